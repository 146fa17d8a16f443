"""What to say where xl's grammar refuses a text, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ctys_ls.languages.xenconf.lexer import NAME, NEWLINE, NUMBER, STRING, Piece
from ctys_ls.languages.xenconf.quoting import Escape
from ctys_ls.problems import Fix, Problem, Related, Severity
from ctys_ls.text import Edit, Position, Span, span

Where = Callable[[int, int], Span]

_TRUE = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0", "none": None}
#: An absolute path as somebody may write it without quotes.
_PATH = re.compile(r"/[^\s#;,'\"\[\]]*")
_PASSWORD = re.compile(r"\s*\w*passwd\s*=")
_NUMBER = re.compile(r"[+-]\d+|\d*\.\d+")
_STRONG = re.compile(r"^\s*(?:import\s+\w|from\s+[\w.]+\s+import\b|def\s+\w+\s*\()")
_WEAK = re.compile(
    r"^\s*(?:if|elif|while)\b.*:|^\s*(?:else|try|finally)\s*:|^\s*(?:for\s+\w+\s+in|except|print|global|return|raise|del|assert)\b"
    r"|[\"']\s*%|[\w\"')]\s*\+\s*[\w\"']|[a-z_.]\w*\(|\"\"\"|'''|\b(?:os|sys|string)\.[a-z]|^\s*\w+\s*=\s*\("
)
#: The code for carriage returns; the file's check makes one problem of all of them.
CRLF = "syntax-crlf"
#: Of a very long line no more is looked at.
_LOOKED_AT = 300
_WANTED = {
    "statement": "a key is expected here",
    "operator": "“=” or “+=” is expected here",
    "value": "a quoted string, a number or a list is expected here",
    "end": "a new line or “;” is expected here",
    "item": "a quoted string, a number, a list or “]” is expected here",
    "comma": "“,” or “]” is expected here",
}


def python_score(line: str) -> int:
    """How much a refused line looks like Python: 0, 1 or 2."""
    head = line[:_LOOKED_AT]
    if _STRONG.match(head):
        return 2
    return 1 if _WEAK.search(head) else 0


def error(code: str, where: Span, message: str, *fixes: Fix, related: tuple[Related, ...] = ()) -> Problem:
    """A problem for which xl refuses the file."""
    return Problem(f"xenconf.{code}", Severity.ERROR, where, message, fixes, related)


def bad_piece(piece: Piece, line: str, where: Span, place: Where) -> list[Problem]:
    """Characters that begin no token."""
    text = piece.text
    if text[0] == "\r":
        return [_carriage_return(piece, line, place)]
    if text[0] == "\ufeff":
        mark = place(piece.start, piece.start + 1)
        return [
            error(
                "syntax-bom",
                mark,
                "A byte-order mark begins the file; xl takes it for a wrong character.",
                Fix("Remove the byte-order mark", (Edit(mark, ""),)),
            )
        ]
    if text[0] == "#":
        return [
            error(
                "syntax-final-comment",
                place(piece.start, len(line)),
                "The file ends in a comment without a line end; xl refuses it.",
                Fix("Add the final line end", (Edit(place(len(line), len(line)), "\n"),)),
            )
        ]
    if text[0] in "\"'":
        return [_unterminated(piece, line, place)]
    word = re.match(r"[A-Za-z_][\w]*", text)
    if word and _after_equals(line, piece.start):
        return [_bare_word(word[0], place(piece.start, piece.start + len(word[0])), line)]
    if (path := _PATH.match(line, piece.start)) and _after_equals(line, piece.start):
        return [_bare_word(path[0], place(*path.span()), line)]
    if (number := _NUMBER.match(text)) and _after_equals(line, piece.start):
        where = place(piece.start, piece.start + number.end())
        return [
            error(
                "syntax-number",
                where,
                f"xl knows no sign and no decimal point in a bare number; write '{number[0]}' in quotes.",
                Fix(f"Quote {number[0]}", (Edit(where, f'"{number[0]}"'),)),
            )
        ]
    if name := re.match(r"[A-Za-z][\w.-]*(?=\s*\+?=)", line[piece.start :]):
        return [_bad_name(name[0], line, piece, place)]
    if "“" in text or "”" in text or "‘" in text or "’" in text:
        return [_curly(line, piece, place)]
    if python_score(line):
        return [_python(place(piece.start, piece.end))]
    shown = text if text.isprintable() else ascii(text)[1:-1]
    return [error("syntax-character", where, f"xl knows no “{shown}” outside quotes.")]


def unexpected(
    piece: Piece, wanted: str, line: str, where: Span, opened: Span | None, place: Where
) -> list[Problem]:
    """A token in the wrong place."""
    if opened is not None and wanted in {"item", "comma"} and where.start.line > opened.start.line:
        related = (
            Related(
                None,
                Span(opened.start, Position(opened.start.line, opened.start.column + 1)),
                "the list begins here",
            ),
        )
        if piece.kind == NAME and re.match(r"\s*\+?=", line[piece.end :]):
            before = Span(Position(where.start.line, 0), Position(where.start.line, 0))
            return [
                error(
                    "syntax-unclosed-list",
                    where,
                    f"The list is not closed before “{piece.text}”.",
                    Fix("Close the list", (Edit(before, "]\n"),), safe=False),
                    related=related,
                )
            ]
        if piece.kind in {STRING, NUMBER} and wanted == "comma":
            return [_no_comma(where, related)]
        return [error("syntax", where, f"Unexpected {_named(piece)}: {_WANTED[wanted]}.", related=related)]
    if piece.kind in {STRING, NUMBER} and wanted == "comma":
        return [_no_comma(where, ())]
    if piece.kind == NAME and wanted == "value":
        return [_bare_word(piece.text, where, line)]
    if python_score(line):
        return [_python(where)]
    if piece.kind == NAME and wanted == "end":
        glued = line[: piece.start][-1:].isdigit()
        if glued:
            return [
                error(
                    "syntax-number",
                    where,
                    f"“{piece.text}” cannot follow a number directly; xl knows no units.",
                )
            ]
        fix = Fix("Separate the statements with “;”", (Edit(Span(where.start, where.start), "; "),))
        fixes = (fix,) if re.match(r"\s*\+?=", line[piece.end :]) else ()
        return [error("syntax", where, f"Unexpected {_named(piece)}: {_WANTED[wanted]}.", *fixes)]
    if piece.kind == NEWLINE and wanted in {"value", "operator"}:
        return [
            error(
                "syntax-incomplete",
                place(_content_end(line), _content_end(line)),
                f"The statement is not complete: {_WANTED[wanted]}.",
            )
        ]
    return [error("syntax", where, f"Unexpected {_named(piece)}: {_WANTED[wanted]}.")]


def unclosed(opened: Span, end: Span, last: str) -> Problem:
    """A list that runs to the end of the file."""
    first = Span(opened.start, Position(opened.start.line, opened.start.column + 1))
    fix = Fix(
        "Close the list", (Edit(end, "]\n" if not last or last.endswith("\n") else "\n]\n"),), safe=False
    )
    return error(
        "syntax-unclosed-list",
        end,
        "The file ends inside a list.",
        fix,
        related=(Related(None, first, "the list begins here"),),
    )


def too_deep(where: Span, deepest: int) -> Problem:
    """More brackets than the tool's stack holds."""
    return error("syntax-depth", where, f"Lists may be nested {deepest} deep; xl's parser gives up here.")


def dropped_end(piece: Piece, where: Span) -> Problem:
    """One stray character at the end of the file."""
    return Problem(
        "xenconf.stray-end",
        Severity.WARNING,
        where,
        f"The file ends in a stray “{piece.text}”, which xl drops without a word.",
        (Fix("Remove it", (Edit(where, ""),)),),
    )


def in_string(raw: str, escapes: tuple[Escape, ...], line: int, column: int) -> list[Problem]:
    """Escapes that are refused or swallowed, and NUL bytes."""
    problems = []
    for escape in escapes:
        where = span(line, column + escape.start, column + escape.end)
        text = raw[escape.start : escape.end]
        if escape.bad:
            fix = Fix(
                "Write the backslash twice", (Edit(span(line, where.start.column, where.start.column), "\\"),)
            )
            problems.append(error("syntax-escape", where, f"xl knows no escape “{text}”.", fix))
        else:
            problems.append(
                Problem(
                    "xenconf.swallowed-escape",
                    Severity.WARNING,
                    where,
                    f"xl accepts “{text}” but drops the character: nothing of it arrives.",
                    (
                        Fix(
                            "Write the backslash twice",
                            (Edit(span(line, where.start.column, where.start.column), "\\"),),
                            safe=False,
                        ),
                    ),
                )
            )
    if "\0" in raw:
        at = column + raw.index("\0")
        problems.append(
            error(
                "syntax-nul",
                span(line, at, at + 1),
                "A NUL byte inside a string makes xl abort.",
                Fix("Remove the NUL byte", (Edit(span(line, at, at + 1), ""),)),
            )
        )
    return problems


def _no_comma(where: Span, related: tuple[Related, ...]) -> Problem:
    fix = Fix("Insert the comma", (Edit(Span(where.start, where.start), ", "),))
    return error("syntax-comma", where, "A comma is missing between the elements.", fix, related=related)


def _carriage_return(piece: Piece, line: str, place: Where) -> Problem:
    begin = place(piece.start, piece.start).start
    end = line[piece.start :] in {"\r\n", "\r"}
    where = Span(begin, Position(begin.line, begin.column + 1))
    fix = Fix("Write a Unix line end", (Edit(Span(begin, Position(begin.line + 1, 0)), "\n"),))
    if end:
        return error(
            CRLF, where, "xl takes the carriage return of a Windows line end for a wrong character.", fix
        )
    return error(
        CRLF, where, "xl ends lines at a line feed only; this carriage return is a wrong character.", fix
    )


def _unterminated(piece: Piece, line: str, place: Where) -> Problem:
    end = _content_end(line)
    where = place(piece.start, end)
    body = line[piece.start + 1 : end]
    comment = body.find("#")
    at = end if comment < 0 else piece.start + 1 + len(body[:comment].rstrip())
    fix = Fix("Close the string", (Edit(place(at, at), piece.text[0]),), safe=False)
    return error(
        "syntax-string", where, f"The string is not closed with {piece.text[0]} before the line ends.", fix
    )


def _bare_word(word: str, where: Span, line: str) -> Problem:
    number = _TRUE.get(word.lower())
    if _PASSWORD.match(line):
        # What checks a file prints this where many can read it.
        fix = Fix("Quote it", (Edit(where, f'"{word}"'),), safe=False)
        return error("syntax-word", where, "The password must stand in quotes.", fix)
    fixes = [Fix(f'Quote it: "{word}"', (Edit(where, f'"{word}"'),), safe=number is None)]
    if number:
        fixes.insert(0, Fix(f"Write {number}", (Edit(where, number),)))
        return error("syntax-boolean", where, f"xl knows no {word}: booleans are 0 and 1.", *fixes)
    why = "" if word.startswith("/") else ": xl knows no names of values"
    return error("syntax-word", where, f"“{word}” must stand in quotes{why}.", *fixes)


def _bad_name(name: str, line: str, piece: Piece, place: Where) -> Problem:
    start = piece.start
    head = re.search(r"[a-z][_0-9a-z.]*$", line[max(0, start - 60) : start])
    if head:
        start, name = start - len(head[0]), head[0] + name
    good = re.sub(r"[^a-z0-9_.]", "_", name.lower())
    where = place(start, start + len(name))
    return error(
        "syntax-name",
        where,
        f"“{name}” is no key: keys are lower-case letters, digits, “_” and “.”.",
        Fix(f"Write {good}", (Edit(where, good),)),
    )


def _curly(line: str, piece: Piece, place: Where) -> Problem:
    edits = tuple(
        Edit(place(at, at + 1), '"' if line[at] in "“”" else "'")
        for at in range(piece.start, len(line))
        if line[at] in "“”‘’"
    )
    return error(
        "syntax-quote",
        place(piece.start, piece.end),
        "xl knows straight quotes only.",
        Fix("Use straight quotes", edits),
    )


def _python(where: Span) -> Problem:
    return error(
        "syntax-python", where, "This is Python, which only the old xm could read; xl computes nothing."
    )


def _after_equals(line: str, start: int) -> bool:
    return line[:start].rstrip(" \t")[-1:] in {"=", "[", ","}


def _content_end(line: str) -> int:
    return len(line.rstrip("\r\n"))


def _named(piece: Piece) -> str:
    if piece.kind == NEWLINE:
        return "end of the line"
    return f"“{piece.text}”" if len(piece.text) <= 40 else f"“{piece.text[:37]}…”"
