"""Repairs that leave something out: a suboption with its comma, a value of a list, an option with its value."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.languages.cmdline.findings import Repair
from ctys_ls.languages.cmdline.nodes import Command, Option, Sub
from ctys_ls.languages.cmdline.pieces import Piece


def without_sub(subs: Sequence[Sub], sub: Sub, *, title: str = "", safe: bool = False) -> tuple[Repair, ...]:
    """The action without one of its suboptions; the only one is not taken away."""
    whole = _of_list([one.whole for one in subs], sub.whole)
    return (Repair(title or f"Leave {sub.key.text} out", ((whole, ""),), safe),) if whole else ()


def without_value(parts: Sequence[Piece], part: Piece) -> tuple[Repair, ...]:
    """A list of values without one of them."""
    whole = _of_list(parts, part)
    return (Repair(f"Leave {part.text} out", ((whole, ""),), safe=False),) if whole else ()


def _of_list(parts: Sequence[Piece], part: Piece) -> Piece | None:
    """An element with the comma that goes with it."""
    number = next((index for index, one in enumerate(parts) if one is part), None)
    if number is None or len(parts) < 2:
        return None
    if number:
        return Piece("", parts[number - 1].end, part.end)
    return Piece("", part.start, parts[1].start)


def option_and_blanks(command: Command, option: Option, *, value: bool) -> Piece:
    """An option that stands in front of the targets with the blanks behind it; ``value``: also the word that follows."""
    end = option.value.end if option.value is not None else option.flag.end
    behind = [word for word in command.words if word.start >= end]
    if value and behind and not behind[0].text.startswith("-"):
        end, behind = behind[0].end, behind[1:]
    ahead = any(one is option for one in command.arguments.options)
    return Piece("", option.flag.start, behind[0].start if ahead and behind else end)
