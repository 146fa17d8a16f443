"""The words of a command one by one, each with what it is: the common ground of completion, hover, tokens, renames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.expand import MACRO
from ctys_ls.languages.cmdline.nodes import Arguments, Command, Context, Option, Sub, Target
from ctys_ls.languages.cmdline.pieces import Piece


class Spot(NamedTuple):
    """A word in its role. ``kind`` is one of program, flag, value, action, key, argument, user, host, construct,
    bracket, separator, word (out of place), term; ``scope`` are the options of the same local part or context.
    """

    kind: str
    piece: Piece
    option: Option | None = None
    action: str = ""
    sub: Sub | None = None
    subs: tuple[Sub, ...] = ()
    target: Target | None = None
    scope: tuple[Option, ...] = ()


def spots(command: Command) -> Iterator[Spot]:
    """All words of a command, in order of place."""
    if command.name.text:
        yield Spot("program", command.name)
    yield from _arguments(command.arguments)


def _arguments(arguments: Arguments) -> Iterator[Spot]:
    for option in arguments.options:
        yield from _option(option, arguments.options)
    if arguments.separator:
        yield Spot("separator", arguments.separator)
    if arguments.common:
        yield from _context(arguments.common, None)
    for target in arguments.targets:
        yield from _target(target)
    for term in arguments.terms:
        yield Spot("term", term)


def _target(target: Target) -> Iterator[Spot]:
    if target.body is not None:
        yield Spot("construct", target.name, target=target)
        yield from _arguments(target.body)
        return
    if target.user is not None:
        yield Spot("user", target.user, target=target)
    yield Spot("host", target.host, target=target)
    for context in target.contexts:
        yield from _context(context, target)


def _context(context: Context, target: Target | None) -> Iterator[Spot]:
    yield Spot("bracket", context.whole.cut(0, 1))
    for option in context.options:
        yield from (spot._replace(target=target) for spot in _option(option, context.options))
    for word in context.extra:
        yield Spot("word", word, scope=context.options)
    if context.closed:
        yield Spot("bracket", context.whole.cut(len(context.whole.text) - 1))


def _option(option: Option, scope: tuple[Option, ...]) -> Iterator[Spot]:
    yield Spot("flag", option.flag, option, scope=scope)
    if option.value is None:
        return
    if option.action is not None:
        action = option.action
        name = action.name.text.upper()
        yield Spot("action", action.name, option, name, scope=scope)
        yield from _subs(name, action.subs, option, scope)
    elif option.letter == "o":
        yield from _subs("VHOST", tuple(syntax.read_subs(option.value)), option, scope)
    else:
        yield Spot("value", option.value, option, scope=scope)


def _subs(action: str, subs: tuple[Sub, ...], option: Option, scope: tuple[Option, ...]) -> Iterator[Spot]:
    for sub in subs:
        yield Spot("key", sub.key, option, action, sub, subs, scope=scope)
        if sub.argument is not None:
            argument = sub.argument
            if sub.lost is not None:
                # A MAC address on its way: its colons still look like a lost end.
                argument = sub.whole.cut(len(sub.whole.text) - len(argument.text) - len(sub.lost.text))
            yield Spot("argument", argument, option, action, sub, subs, scope=scope)


def spot_at(command: Command, offset: int) -> Spot | None:
    """The word at an offset; between two words that touch, the one that begins there."""
    found = None
    for spot in spots(command):
        if spot.piece.start <= offset <= spot.piece.end:
            found = spot
    return found


def macro_spots(command: Command) -> Iterator[tuple[Piece, Piece, str]]:
    """Every macro reference: the whole, its name alone, and its file (empty: the default one)."""
    for word in command.words:
        if "macro:" not in word.text.lower():
            continue
        for match in MACRO.finditer(word.text):
            group = 1 if match.group(1) else 3
            modifiers = [part for part in (match.group(group + 1) or "").split("%") if part]
            file = next((part for part in modifiers if part.upper() not in ("ECHO", "EVAL", "OPTIONAL")), "")
            yield word.cut(*match.span()), word.cut(*match.span(group)), file
