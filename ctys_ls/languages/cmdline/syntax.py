"""From words to a command: options, actions, suboptions, contexts, targets (ctys-facts section 1).

The functions never fail; what is missing is None and ``check`` says so. They parse words before or after expansion
alike, which is why they take pieces and not text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ctys_ls.languages.cmdline.nodes import Action, Arguments, Command, Context, Option, Sub, Target
from ctys_ls.languages.cmdline.pieces import Piece, joined

#: The letters of each program and whether each takes a value; getopts of the original (CLI.sh, fetchOptions).
_CTYS = "a:A:b:d:D:c:C:EfF:g:hH:j:k:l:L:M:no:O:p:r:s:S:t:T:vVwW:x:XyYz:Z:"
_VHOST = "C:cd:hH:i:I:l:M:o:p:rRsST:VX"
_BODIES = ("SUBTASK", "SUBGROUP", "VMSTACK")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_OPTION_LIKE = re.compile(r"-[A-Za-z]$")
_NAME = re.compile(r"(?:\{macro:[^}]*\}|[^\s(){}])+", re.IGNORECASE)
_DECODE = re.compile(r",,|::|\\:")


def _letters(text: str) -> dict[str, bool]:
    return {char: text[index + 1 : index + 2] == ":" for index, char in enumerate(text) if char != ":"}


LETTERS: Mapping[str, Mapping[str, bool]] = {"ctys": _letters(_CTYS), "ctys-vhost": _letters(_VHOST)}


def command(program: str, name: Piece, words: Sequence[Piece], end: int) -> Command:
    """A command from its name and the words behind it; ``end`` is where it ends in the chunk."""
    return Command(program, name, arguments(program, words), tuple(words), name.start, end)


def arguments(program: str, words: Sequence[Piece]) -> Arguments:
    """Everything behind a command's name."""
    options, count = read_options(program, words)
    separator = None
    if count < len(words) and words[count].text == "--":
        separator = words[count]
        count += 1
    rest = words[count:]
    if program == "ctys-vhost":
        return Arguments(options, separator, terms=tuple(rest))
    common, targets = _targets(joined(rest, " ")) if rest else (None, ())
    return Arguments(options, separator, common, targets)


def targets_of(line: Piece) -> Arguments:
    """Targets alone, as a group file has them."""
    common, targets = _targets(line)
    return Arguments((), None, common, targets)


def read_options(program: str, words: Sequence[Piece]) -> tuple[tuple[Option, ...], int]:
    """The options in front, as getopts reads them, and how many words they fill."""
    letters = LETTERS[program]
    found: list[Option] = []
    index = 0
    while index < len(words):
        word = words[index]
        if len(word.text) < 2 or word.text[0] != "-" or word.text == "--":
            break
        index += 1
        column = 1
        while column < len(word.text):
            letter = word.text[column]
            flag = word.cut(0 if column == 1 else column, column + 1)
            takes = letters.get(letter)
            column += 1
            if not takes:
                known = takes is not None
                found.append(
                    Option(letter, flag if known else word.cut(0 if column == 2 else column - 1), known=known)
                )
                if known:
                    continue
                break
            glued = column < len(word.text)
            value: Piece | None = word.cut(column) if glued else None
            if not glued and index < len(words) and not _looks_like_option(letter, words[index].text):
                value = words[index]
                index += 1
            action = read_action(value) if letter == "a" and program == "ctys" and value is not None else None
            found.append(Option(letter, flag, value, glued, action, takes=True))
            break
    return tuple(found), index


def _looks_like_option(letter: str, word: str) -> bool:
    """Whether the word behind an option is rather the next option, because the value was forgotten.

    Only -M and -O take texts that may begin with a hyphen.
    """
    return letter not in "MO" and (word == "--" or _OPTION_LIKE.match(word) is not None)


# -- actions and suboptions ----------------------------------------------------------------------------------------


def read_action(value: Piece) -> Action:
    """``NAME[=SUB[,SUB…]]``; only the first ``=`` counts."""
    equals = value.text.find("=")
    if equals < 0:
        return Action(value, value)
    return Action(value, value.cut(0, equals), tuple(read_subs(value.cut(equals + 1))), equals=True)


def read_subs(text: Piece) -> list[Sub]:
    """The suboptions between single commas; ``,,`` is a comma of the text."""
    if not text.text:
        return []
    subs, first, index, raw = [], 0, 0, text.text
    while (index := raw.find(",", index)) >= 0:
        if raw.startswith(",,", index):
            index += 2
            continue
        subs.append(_sub(text.cut(first, index)))
        index = first = index + 1
    subs.append(_sub(text.cut(first)))
    return subs


def _sub(whole: Piece) -> Sub:
    raw = whole.text
    colon = _single_colon(raw, 0)
    if colon < 0:
        return Sub(whole, _decoded(whole))
    key = _decoded(whole.cut(0, colon))
    if mac := _MAC.match(raw, colon + 1):
        rest = whole.cut(mac.end()) if mac.end() < len(raw) else None
        return Sub(whole, key, whole.cut(colon + 1, mac.end()), rest)
    second = _single_colon(raw, colon + 1)
    if second < 0:
        return Sub(whole, key, _decoded(whole.cut(colon + 1)))
    return Sub(whole, key, _decoded(whole.cut(colon + 1, second)), whole.cut(second))


def _single_colon(raw: str, start: int) -> int:
    """The place of the next colon that is neither doubled nor behind a backslash, -1 without one."""
    index = start
    while (index := raw.find(":", index)) >= 0:
        if raw.startswith("::", index):
            index += 2
        elif index > start and raw[index - 1] == "\\":
            index += 1
        else:
            return index
    return -1


def _decoded(piece: Piece) -> Piece:
    """``,,`` ``::`` and ``\\:`` as the one character they mean."""
    if not _DECODE.search(piece.text):
        return piece
    for pattern, char in ((_COMMAS, ","), (_COLONS, ":")):
        piece = piece.replaced(pattern, char)
    return piece


_COMMAS = re.compile(",,")
_COLONS = re.compile(r"::|\\:")
_SINGLE_PERCENT = re.compile(r"(?<!%)%(?!%)")


def elements(argument: Piece, *, lenient: bool = False) -> list[Piece]:
    """The elements of a list between single ``%``; ``%%`` is a percent sign of the text.

    ``lenient`` takes ``%%`` as a separator too: PING, SSHPING and tables need it doubled in the original although its
    manuals write one (ctys-facts 1.1).
    """
    parts, first, index, raw = [], 0, 0, argument.text
    while (index := raw.find("%", index)) >= 0:
        doubled = raw.startswith("%%", index)
        if doubled and not lenient:
            index += 2
            continue
        parts.append(argument.cut(first, index))
        index = first = index + (2 if doubled else 1)
    parts.append(argument.cut(first))
    return parts if lenient else [part.replaced(_PERCENTS, "%") for part in parts]


_PERCENTS = re.compile("%%")


def meant(argument: Piece) -> str:
    """An argument as the original's plugins get it: list elements between blanks."""
    return " ".join(part.text for part in elements(argument))


# -- contexts and targets ------------------------------------------------------------------------------------------


def _targets(line: Piece) -> tuple[Context | None, tuple[Target, ...]]:
    """The global context in front, if there is one, and the targets."""
    text, place = line.text, _skip(line.text, 0)
    common = None
    if text.startswith("(", place):
        common, place = _context(line, place)
    targets: list[Target] = []
    while (place := _skip(text, place)) < len(text):
        if text[place] == "(" and targets and targets[-1].body is None:
            context, end = _context(line, place)
            last = targets[-1]
            targets[-1] = last._replace(
                whole=_through(line, last.whole, end), contexts=(*last.contexts, context)
            )
            place = end
            continue
        target, place = _target(line, place)
        targets.append(target)
    return common, tuple(targets)


def _through(line: Piece, first: Piece, end: int) -> Piece:
    """From where ``first`` begins to character ``end`` of the line."""
    start = line.column_of(first.start)
    return line.cut(start, end)


def _target(line: Piece, place: int) -> tuple[Target, int]:
    match = _NAME.match(line.text, place)
    if match is None:
        # A bracket that belongs to nothing; it is kept as a target of its own and reported.
        stray = line.cut(place, place + 1)
        return Target(stray, stray, None, stray), place + 1
    name, end = line.cut(place, match.end()), match.end()
    opened = _skip(line.text, end)
    if line.text.startswith("{", opened) and name.text.upper() in _BODIES:
        close = _closing_brace(line.text, opened)
        inner = line.cut(opened + 1, close)
        last = min(close + 1, len(line.text))
        body = arguments("ctys", inner.words())
        return Target(line.cut(place, last), name, None, name, (), body, close < len(line.text)), last
    at = name.text.find("@")
    user = name.cut(0, at) if at >= 0 else None
    return Target(name, name, user, name.cut(at + 1)), end


def _context(line: Piece, place: int) -> tuple[Context, int]:
    """A context from its ``(`` on; the first ``)`` closes it."""
    close = line.text.find(")", place)
    closed = close >= 0
    inner = line.cut(place + 1, close if closed else len(line.text))
    words = inner.words()
    options, count = read_options("ctys", words)
    extra = list(words[count:])
    opened = inner.text.find("(")
    nested = (inner.cut(opened, opened + 1),) if opened >= 0 else ()
    end = close + 1 if closed else len(line.text)
    return Context(line.cut(place, end), closed, options, tuple(extra), nested), end


def _closing_brace(text: str, place: int) -> int:
    depth = 0
    for index in range(place, len(text)):
        if text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if not depth:
                return index
    return len(text)


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
