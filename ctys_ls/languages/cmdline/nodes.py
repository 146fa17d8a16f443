"""The parts of a ctys command, as values that know where they were written.

The shape of the grammar is here and in ``syntax``; which letters, actions, keys and values exist is data
(``schema/data/ctys-cli.toml``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ctys_ls.languages.cmdline.pieces import Piece


class Sub(NamedTuple):
    """A suboption ``KEY`` or ``KEY:ARGUMENT``. ``argument`` has ``,,`` and ``::`` already read as one character, its
    ``%`` are untouched; ``lost`` is the text behind a second colon, which ctys drops.
    """

    whole: Piece
    key: Piece
    argument: Piece | None = None
    lost: Piece | None = None


class Action(NamedTuple):
    """The value of ``-a``: ``NAME`` or ``NAME=SUB,SUB``."""

    whole: Piece
    name: Piece
    subs: tuple[Sub, ...] = ()
    equals: bool = False


class Option(NamedTuple):
    """An option. ``flag`` is the letter with its hyphen (or the letter alone inside a cluster), ``value`` None where
    it is missing or not taken; ``known`` is False for a letter that no row has.
    """

    letter: str
    flag: Piece
    value: Piece | None = None
    glued: bool = False
    action: Action | None = None
    known: bool = True
    takes: bool = False


class Context(NamedTuple):
    """``( … )`` behind a target or in front of all: options, and ``extra`` words that have no place there."""

    whole: Piece
    closed: bool
    options: tuple[Option, ...]
    extra: tuple[Piece, ...] = ()
    nested: tuple[Piece, ...] = ()


class Target(NamedTuple):
    """``[user@]host`` or group, with contexts; or ``SUBTASK{ … }`` and its like, whose inside is ``body``."""

    whole: Piece
    name: Piece
    user: Piece | None
    host: Piece
    contexts: tuple[Context, ...] = ()
    body: Arguments | None = None
    closed: bool = True

    @property
    def keyword(self) -> str:
        """``SUBTASK``, ``SUBGROUP`` or ``VMSTACK`` for a target with a body, else the empty string."""
        return self.name.text.upper() if self.body is not None else ""


class Arguments(NamedTuple):
    """All that follows a command's name."""

    options: tuple[Option, ...]
    separator: Piece | None = None
    common: Context | None = None
    targets: tuple[Target, ...] = ()
    #: ctys-vhost: the search terms.
    terms: tuple[Piece, ...] = ()


class Command(NamedTuple):
    """One call of ``ctys`` or ``ctys-vhost``; offsets count characters of its chunk."""

    program: str
    name: Piece
    arguments: Arguments
    words: tuple[Piece, ...]
    start: int
    end: int


def all_options(arguments: Arguments) -> Iterator[Option]:
    """Every option of a command, in order of place, contexts and bodies included."""
    yield from arguments.options
    if arguments.common:
        yield from arguments.common.options
    for target in arguments.targets:
        if target.body:
            yield from all_options(target.body)
        for context in target.contexts:
            yield from context.options


def all_contexts(arguments: Arguments) -> Iterator[Context]:
    """Every context of a command, in order of place."""
    if arguments.common:
        yield arguments.common
    for target in arguments.targets:
        if target.body:
            yield from all_contexts(target.body)
        yield from target.contexts


def all_targets(arguments: Arguments) -> Iterator[Target]:
    """Every target that names a host or group, bodies included."""
    for target in arguments.targets:
        if target.body is None:
            yield target
        else:
            yield from all_targets(target.body)
