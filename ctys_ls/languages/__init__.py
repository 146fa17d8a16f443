"""The two languages behind one shape: ``for_language(id)`` gives functions of the same names.

Parsing never fails and loses nothing: the pieces of a tree joined are the text. A tree is a list of *chunks*, whole
lines that are parsed together (one logical line, or a list that runs over several lines); spans inside a chunk count
lines from the chunk's first one, so that an edit touches only the chunks it lies in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    # The server's start pays for none of these; the first document does.
    from ctys_ls.facts import Facts
    from ctys_ls.languages.answers import Completion, Fold, Hover, Symbol, Token
    from ctys_ls.problems import Problem
    from ctys_ls.text import Change, Edit, Position, Span

IDS = {
    "xenconf": "ctys_ls.languages.xenconf",
    "ctys": "ctys_ls.languages.cmdline",
}
#: Languages in which command lines stand among other text, and how ``cmdline`` calls that place.
PLACES = {"shellscript": "shell", "markdown": "markdown", "org": "org"}


class Language(Protocol):
    """What every language package offers as module functions. A tree is opaque to everybody else.

    ``options`` is the language's own frozen options value (``Options`` in the package), made from the settings.
    Functions that a language does not have yet return an empty answer.
    """

    def parse(self, lines: Sequence[str], options: Any = None, *, path: str = "") -> Any:
        """The tree of a whole text; ``path`` is the document's file path where it has one."""

    def reparse(self, tree: Any, change: Change) -> Any:
        """The tree after an edit; chunks that the edit does not touch are taken over as they are."""

    def check(self, tree: Any, facts: Facts) -> list[Problem]:
        """All problems, in order of place."""

    def complete(self, tree: Any, place: Position, facts: Facts) -> Completion | None:
        """What may stand at ``place``."""

    def hover(self, tree: Any, place: Position, facts: Facts) -> Hover | None:
        """What the text at ``place`` means."""

    def symbols(self, tree: Any) -> list[Symbol]:
        """The outline."""

    def folds(self, tree: Any) -> list[Fold]:
        """Ranges that can be folded."""

    def tokens(self, tree: Any, first: int = 0, last: int | None = None) -> list[Token]:
        """Semantic tokens in order of place, at least those of the lines ``first`` to ``last``."""

    def format(self, tree: Any, where: Span | None = None) -> list[Edit]:
        """Edits that bring the text (or the lines of ``where``) into the one canonical layout."""


class _Place:
    """The language of command lines with another way to find them; everything but ``parse`` is ``cmdline``'s own."""

    def __init__(self, package: Any, kind: str) -> None:
        self._package = package
        self._options = package.Options(kind)

    def parse(self, lines: Sequence[str], options: Any = None, *, path: str = "") -> Any:
        """The tree of a whole text."""
        del options
        return self._package.parse(lines, self._options, path=path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)


@lru_cache
def _place(language: str) -> _Place:
    return _Place(import_module(IDS["ctys"]), PLACES[language])


def for_language(language: str) -> Language | None:
    """The package of a language id, loaded on first use; None for an id that is not ours."""
    if language in PLACES:
        return cast("Language", _place(language))
    name = IDS.get(language)
    return cast("Language", import_module(name)) if name else None
