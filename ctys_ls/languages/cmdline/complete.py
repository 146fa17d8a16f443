"""What may stand at a place.

The line is parsed up to the cursor with a mark put there: the word that holds the mark tells its own role. What
stands behind the cursor only decides how far a choice replaces, and which suboptions are given already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Choice, Completion
from ctys_ls.languages.cmdline import choices
from ctys_ls.languages.cmdline.check_options import session_types
from ctys_ls.languages.cmdline.chunk import Chunk, prompt_chunk
from ctys_ls.languages.cmdline.cutoff import mended, owner_of
from ctys_ls.languages.cmdline.layers import calls
from ctys_ls.languages.cmdline.macrofile import complete_macros
from ctys_ls.languages.cmdline.nodes import Arguments, Command, Option, Sub, Target, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.spots import Spot, spots
from ctys_ls.languages.cmdline.tree import Leaf, Tree
from ctys_ls.languages.cmdline.world import MOST, World, world
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import OptionRow, SubRow
from ctys_ls.text import Position, Span

MARK = "\x00"

_MACRO = re.compile(r"macro:([\w.-]*)$", re.IGNORECASE)
_MACRO_FILE = re.compile(r"macro:([\w.-]+)%(?:[^%,{}\s()]+%)*([^%,{}\s()]*)$", re.IGNORECASE)
_PROGRAM = re.compile(r"[\w./~-]*$")
_REST_OF_NAME = re.compile(r"[\w.-]*")
_REST_OF_VALUE = re.compile(r"[^\s,%()'\"{}|;&<>\\]*")


class Slot(NamedTuple):
    """What may stand at the cursor: ``prefix`` is written already and begins at ``start``."""

    prefix: str
    start: int
    choices: Sequence[Choice]
    rest: re.Pattern[str] = _REST_OF_NAME
    swallow: str = ""


def complete(tree: Tree, place: Position, facts: Facts) -> Completion | None:
    """What may stand at ``place``; None inside comments and in commands that are not ours."""
    if tree.kind == "macros":
        return complete_macros(tree, place, facts)
    leaf = tree.leaf_at(place)
    if leaf is None:
        return None
    found = complete_chunk(leaf.chunk, leaf.offset(place), facts)
    fresh = found is not None and found.choices is choices.programs()
    above = owner_of(tree, leaf) if found is None or fresh else []
    if above and found is None:
        # The command above ends without a backslash, and this line goes on as if it had one.
        leaf = Leaf(above[0].line, above[0].column, Chunk(mended([*above, leaf])))
        found = complete_chunk(leaf.chunk, leaf.offset(place), facts)
    elif above and found is not None:
        found = Completion(found.replace, (*found.choices, *world(facts).hosts))
    elif fresh and tree.kind != "ctys" and found is not None and found.replace.start == found.replace.end:
        # In a script or a text nobody wants ctys offered on every empty line.
        return None
    if found is None or not (leaf.line or leaf.column):
        return found
    return Completion(leaf.span(found.replace), found.choices, found.incomplete)


def complete_line(line: str, cursor: int, facts: Facts) -> Completion | None:
    """The same for one line that is typed at a prompt, where the program's name may be left out.

    ``cursor`` and the answer's columns count code points of ``line``.
    """
    return complete_chunk(prompt_chunk(line), cursor, facts)


def complete_chunk(chunk: Chunk, offset: int, facts: Facts) -> Completion | None:
    """What may stand at an offset of a chunk; lines from the chunk's first one."""
    head = Chunk(chunk.text[:offset] + MARK, chunk.form)
    if not head.simple or head.lexemes[-1].kind != "word":
        return None
    # A command inside a word of another one comes after it.
    marked = [
        each for each in head.simple if any(word.piece and MARK in word.piece.text for word in each.words)
    ]
    if not marked:
        return None
    simple = marked[-1]
    if simple.command is None:
        name = simple.name.piece if simple.name else None
        if name is None or MARK not in name.text or not _PROGRAM.match(_prefix(name)):
            return None
        slot: Slot | None = Slot(_prefix(name), name.start, choices.programs())
    else:
        whole = next((c for c in chunk.commands if c.start == simple.command.start), simple.command)
        slot = _slot(simple.command, whole, facts)
    if slot is None:
        return None
    return _completion(chunk, offset, slot)


def _completion(chunk: Chunk, offset: int, slot: Slot) -> Completion:
    end = offset
    if match := slot.rest.match(chunk.text, offset):
        end = match.end()
    if slot.swallow and chunk.text.startswith(slot.swallow, end):
        end += 1
    some, incomplete = slot.choices, not slot.choices
    if len(some) > MOST:
        prefix = slot.prefix.casefold()
        some = [choice for choice in some if choice.label.casefold().startswith(prefix)]
        some, incomplete = some[:MOST], len(some) > MOST or bool(prefix)
    return Completion(Span(chunk.position(slot.start), chunk.position(end)), some, incomplete)


def _prefix(piece: Piece) -> str:
    return piece.text.partition(MARK)[0]


def _slot(command: Command, whole: Command, facts: Facts) -> Slot | None:
    known = world(facts)
    for word in command.words:
        if MARK in word.text and (match := _MACRO.search(_prefix(word))):
            name = word.cut(match.start(1))
            return Slot(match.group(1), name.start, known.macros)
        if MARK in word.text and (match := _MACRO_FILE.search(_prefix(word))):
            return Slot(match.group(2), word.cut(match.start(2)).start, known.macro_files(match.group(1)))
    spot = next((spot for spot in spots(command) if MARK in spot.piece.text), None)
    if spot is None:
        return None
    option = spot.option
    if option is not None and option.glued and option.value is not None and option.value.text == MARK:
        # Right behind the letter the option itself is still being written.
        others = [each for each in spot.scope if each is not option]
        return Slot(option.flag.text, option.flag.start, _options(command.program, others))
    match spot.kind:
        case "flag":
            return _flag(command, spot)
        case "value":
            return _value(command, spot)
        case "action":
            return _action(spot, whole)
        case "key":
            return _key(spot, whole, facts)
        case "argument":
            return _argument(spot, known, _session_type(spot, whole, facts))
        case "host" | "construct":
            return _target(command, spot, known)
        case "word":
            prefix = _prefix(spot.piece)
            return None if prefix else Slot("", spot.piece.start, _options(command.program, spot.scope))
        case "term":
            return _term(command, spot, known)
        case _:
            return None


# -- options -------------------------------------------------------------------------------------------------------


def _options(program: str, scope: Sequence[Option]) -> list[Choice]:
    """The options that have not been given in the same place."""
    given = {option.letter for option in scope if MARK not in option.flag.text}
    return [choice for letter, choice in choices.options(program).items() if letter not in given]


def _flag(command: Command, spot: Spot) -> Slot | None:
    start, prefix, scope = spot.piece.start, _prefix(spot.piece), spot.scope
    if not prefix:
        # Right behind an option like -n the option itself is still being written; a cluster like -nX is let alone.
        before = scope[-2].flag if len(scope) > 1 else spot.piece
        if not before.text.startswith("-") or before.end != spot.piece.start:
            return None
        start, prefix, scope = before.start, before.text, scope[:-2]
    return Slot(prefix, start, [*_options(command.program, scope), choices.separator()])


def _value(command: Command, spot: Spot) -> Slot | None:
    option, piece = spot.option, spot.piece
    if option is None:
        return None
    row = schema.rows().option(command.program, option.letter)
    return _words(row, piece) if row is not None else None


def _words(row: OptionRow, piece: Piece) -> Slot | None:
    if row.kind == "enums":
        piece = piece.split(",")[piece.text.partition(MARK)[0].count(",")]
    elif row.kind != "enum":
        return None
    prefix = _prefix(piece)
    found = choices.values(row.values, choices.style_of(prefix), row.case)
    return Slot(prefix, piece.start, found, swallow=":" if any(choice.again for choice in found) else "")


# -- actions and suboptions ----------------------------------------------------------------------------------------


def _action(spot: Spot, whole: Command) -> Slot:
    prefix = _prefix(spot.piece)
    written = next(
        (
            o.action
            for o in all_options(whole.arguments)
            if o.action and o.action.whole.start == spot.piece.start
        ),
        None,
    )
    bare = written is not None and written.equals
    found = choices.actions(choices.style_of(prefix), bare=bare)
    return Slot(prefix, spot.piece.start, found)


def _key(spot: Spot, whole: Command, facts: Facts) -> Slot:
    prefix, action = _prefix(spot.piece), spot.action
    style = choices.style_of(prefix)
    written = _written(spot, whole)
    subs = written.action.subs if written is not None and written.action else spot.subs
    session_type = _session_type(spot, whole, facts)
    given = _given(action, subs, spot.piece.start)
    groups = {row.group for row in given if row.group}
    names = {row.name for row in given}
    found: list[Choice] = []
    made = choices.keys(action, style)
    other = choices.aliases(action, style) if prefix else {}
    for row in schema.rows().subs.get(action, ()):
        if row.name in names or (row.group and row.group in groups):
            continue
        if row.types and session_type and session_type not in (*row.types, "ALL"):
            continue
        found += made[row.name]
        found += (
            other[name] for name in row.names(action) if name in other and _is_other(name, made[row.name])
        )
    if action in ("LIST", "ENUMERATE", "VHOST"):
        found.append(choices.macro())
    return Slot(prefix, spot.piece.start, found, swallow=":")


def _written(spot: Spot, whole: Command) -> Option | None:
    """The option at the cursor as the whole line has it."""
    for option in all_options(whole.arguments):
        if (
            spot.option
            and option.value
            and spot.option.value
            and option.value.start == spot.option.value.start
        ):
            return option
    return None


def _session_type(spot: Spot, whole: Command, facts: Facts) -> str:
    """The session type in force where the cursor is; -t may stand behind it."""
    option = _written(spot, whole)
    return session_types(calls(whole.arguments, facts, whole.name)).get(id(option), "") if option else ""


def _is_other(name: str, offered: Sequence[Choice]) -> bool:
    return all(name != choice.label.rstrip(":").upper() for choice in offered)


def _given(action: str, subs: Sequence[Sub], start: int) -> list[SubRow]:
    """The suboptions that are given, but for the one at the cursor."""
    rows = schema.rows()
    found = (
        rows.sub(action, sub.key.text) for sub in subs if sub.key.start != start and MARK not in sub.key.text
    )
    return [row for row in found if row is not None]


def _argument(spot: Spot, known: World, session_type: str) -> Slot | None:
    row = schema.rows().sub(spot.action, spot.sub.key.text) if spot.sub else None
    if row is None:
        return None
    piece = spot.piece
    if row.kind in ("basepath", "types", "columns", "list", "widths", "ping") or row.separator == "%":
        before = _prefix(piece)
        whole_ping = row.kind == "ping" and "%" in before
        piece = piece if whole_ping else piece.cut(before.rfind("%") + 1)
    prefix = _prefix(piece)
    found = _arguments(row, spot.action, prefix, known, session_type)
    return None if found is None else Slot(prefix, piece.start, found, _REST_OF_VALUE)


def _arguments(
    row: SubRow, action: str, prefix: str, known: World, session_type: str
) -> Sequence[Choice] | None:
    match row.kind:
        case "label":
            return known.labels
        case "pathname":
            return known.paths
        case "filename":
            return known.filenames
        case "uuid":
            return known.uuids
        case "mac":
            return known.macs
        case "tcp":
            return known.addresses
        case "statefile":
            return known.states
        case "basepath":
            return (*known.directories, *choices.values(row.values, "", "exact"))
        case "types":
            return choices.values(
                schema.rows().options["ctys"]["t"].values, choices.style_of(prefix), "upper"
            )
        case "columns":
            return choices.columns(action)
    # Where the type is not known those of Xen, of which most lines are.
    values = tuple(value for value in row.values if value.fits(session_type or "XEN"))
    return choices.values(values, choices.style_of(prefix), row.case) if values else None


# -- targets -------------------------------------------------------------------------------------------------------


def _target(command: Command, spot: Spot, known: World) -> Slot | None:
    prefix = _prefix(spot.piece)
    if prefix.startswith("-"):
        return None
    arguments = command.arguments
    level = spot.target is not None and _in_stack(arguments, spot.target)
    if prefix.startswith("["):
        return Slot(prefix, spot.piece.start, known.levels if level else (), swallow="]")
    found: list[Choice] = [*known.hosts, *(known.levels if level else ())]
    if spot.target is None or spot.target.user is None:
        found += choices.constructs()
    first = arguments.targets and arguments.targets[0].name.start == spot.piece.start
    if first and arguments.separator is None and arguments.common is None and not prefix:
        found += _options(command.program, arguments.options)
        found.append(choices.separator())
    return Slot(prefix, spot.piece.start, found)


def _in_stack(arguments: Arguments, wanted: Target) -> bool:
    """Whether a target is a level of a VMSTACK with another one below it."""
    for target in arguments.targets:
        if target.body is None:
            continue
        if target.keyword == "VMSTACK" and any(one is wanted for one in target.body.targets[1:]):
            return True
        if _in_stack(target.body, wanted):
            return True
    return False


def _term(command: Command, spot: Spot, known: World) -> Slot:
    prefix, arguments = _prefix(spot.piece), command.arguments
    found: list[Choice] = list(known.terms)
    if not prefix and arguments.separator is None and arguments.terms[0].start == spot.piece.start:
        found += _options(command.program, arguments.options)
    return Slot(prefix, spot.piece.start, found, _REST_OF_VALUE)
