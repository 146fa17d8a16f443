"""What a language may offer beyond :class:`ctys_ls.languages.Language`.

The server announces an ability as soon as one language offers it. :data:`OFFERS` says so without loading a language; a
test compares it with the packages. To add one: write the function in the package, add its name here, that is all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ctys_ls.languages import PLACES

if TYPE_CHECKING:
    from ctys_ls.facts import Facts
    from ctys_ls.languages.answers import Hint, Link, Name, Place, Signature
    from ctys_ls.text import Edit, Position, Span


class Extras(Protocol):
    """Module functions that a language package may have."""

    def command_lines(self, tree: Any, where: Span | None = None) -> list[tuple[Span, str]]:
        """The command lines in the document: where each stands, and its text as it would be typed in a terminal."""

    def guest_name(self, tree: Any) -> Span | None:
        """The place that names the guest which the document configures; actions on it are offered there."""

    def selections(self, tree: Any, place: Position) -> list[Span]:
        """The spans around a place, the innermost first, each within the next."""

    def links(self, tree: Any) -> list[Link]:
        """Pieces of text that name a file or a page."""

    def hints(self, tree: Any, where: Span, facts: Facts) -> list[Hint]:
        """Notes to show within the lines of ``where``."""

    def definition(self, tree: Any, place: Position, facts: Facts) -> list[Place]:
        """Where what stands at ``place`` is defined."""

    def references(self, tree: Any, place: Position) -> list[Span]:
        """Every mention in this document of what stands at ``place``, its definition included."""

    def renamable(self, tree: Any, place: Position) -> Span | None:
        """The name at ``place`` if it can be renamed."""

    def rename(self, tree: Any, place: Position, name: str) -> list[Edit]:
        """The edits that give it another name; raises ValueError with a sentence where ``name`` is no good one."""

    def signature(self, tree: Any, place: Position, facts: Facts) -> Signature | None:
        """The form of the option or value that is being typed at ``place``."""

    def on_type(self, tree: Any, place: Position, typed: str) -> list[Edit]:
        """Edits after ``typed`` (a line end or a bracket) has been typed just before ``place``."""

    def names(self, tree: Any) -> list[Name]:
        """The names of the document that other documents share: the ground of a search through all files."""

    def name_at(self, tree: Any, place: Position) -> Name | None:
        """That of them at ``place``, looked for in its surroundings only; of two that coincide the macro."""


_COMMAND_LINES = frozenset(
    {
        *("command_lines", "definition", "hints", "name_at", "names", "references", "renamable", "rename"),
        *("selections", "signature"),
    }
)
_DOMAIN_FILES = frozenset(
    {
        *(
            "definition",
            "guest_name",
            "hints",
            "links",
            "name_at",
            "names",
            "on_type",
            "references",
            "renamable",
            "rename",
        ),
        *("selections", "signature"),
    }
)
#: Language id to the functions of :class:`Extras` that its package has.
OFFERS: dict[str, frozenset[str]] = {
    "xenconf": _DOMAIN_FILES,
    "ctys": _COMMAND_LINES,
    **dict.fromkeys(PLACES, _COMMAND_LINES),
}
