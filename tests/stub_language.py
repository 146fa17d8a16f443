"""A language for tests of the server: whatever it answers is known beforehand.

Each line stands for itself: ``bad`` is an error with a safe fix, ``risky`` a warning with an unsafe one, ``boom`` makes
the check raise, ``tedious`` makes it slow, ``word`` has a hover. It stands in for the two real languages, whose own tests are elsewhere; it does
not pretend to be one of them.
"""

from __future__ import annotations

import time

from ctys_ls.languages.answers import (
    Choice,
    Completion,
    Fold,
    Hint,
    Hover,
    Link,
    Place,
    Signature,
    Symbol,
    Token,
)
from ctys_ls.problems import Fix, Problem, Related, Severity
from ctys_ls.text import Edit, Position, Span, content_length, span

KEYS = tuple(
    Choice(
        f"key{number}",
        "property",
        f"detail {number}",
        f"What **key{number}** means.",
        f"key{number} = ",
        f"key{number} = $1",
    )
    for number in range(100)
)
SECRET = "s3cret-marker"


def parse(lines, options=None, *, path=""):
    return list(lines)


def reparse(tree, change):
    return change.lines


def check(tree, facts):
    found = []
    if any("tedious" in line for line in tree):
        time.sleep(0.6)
    for number, line in enumerate(tree):
        if "boom" in line:
            raise RuntimeError(f"the text of an error may hold a {SECRET}")
        for word, severity, safe in (("bad", Severity.ERROR, True), ("risky", Severity.WARNING, False)):
            start = line.find(word)
            if start >= 0:
                where = span(number, start, start + len(word))
                fix = Fix(f"Replace {word} by good", (Edit(where, "good"),), safe=safe)
                found.append(
                    Problem(
                        f"{word}-word",
                        severity,
                        where,
                        f"{word} is not good.",
                        (fix,),
                        (Related(None, span(0, 0, 1), "It begins here."),),
                    )
                )
    return found


def complete(tree, place, facts):
    if "boom" in tree[place.line]:
        raise RuntimeError(f"the text of an error may hold a {SECRET}")
    start = place.column
    while start and tree[place.line][start - 1].isalnum():
        start -= 1
    return Completion(span(place.line, start, place.column), KEYS)


def hover(tree, place, facts):
    line = tree[place.line]
    if "boom" in line:
        raise RuntimeError(f"the text of an error may hold a {SECRET}")
    start = line.find("word")
    if start < 0 or not start <= place.column <= start + 4:
        return None
    return Hover("A **word**.", span(place.line, start, start + 4))


def symbols(tree):
    return [
        Symbol(
            line.split("=")[0].strip(),
            "property",
            span(number, 0, content_length(line)),
            span(number, 0, line.index("=")),
        )
        for number, line in enumerate(tree)
        if "=" in line
    ]


def folds(tree):
    return [Fold(0, len(tree) - 1, "region")] if len(tree) > 2 else []


def tokens(tree, first=0, last=None):
    del first, last
    return [
        Token(number, 0, line.index("="), "property", ("definition",))
        for number, line in enumerate(tree)
        if line.find("=") > 0
    ]


def format(tree, where=None):  # noqa: A001
    edits = []
    for number, line in enumerate(tree):
        end = content_length(line)
        kept = len(line[:end].rstrip(" "))
        if kept < end and (where is None or where.start.line <= number <= where.end.line):
            edits.append(Edit(Span(Position(number, kept), Position(number, end)), ""))
    return edits


def links(tree):
    return [
        Link(
            span(number, line.index("/"), content_length(line)), line[line.index("/") : content_length(line)]
        )
        for number, line in enumerate(tree)
        if "/" in line
    ]


def hints(tree, where, facts):
    return [
        Hint(Position(number, content_length(tree[number])), "hint", "because")
        for number in range(where.start.line, where.end.line + 1)
        if "=" in tree[number]
    ]


def _word(tree, place):
    line, start = tree[place.line], place.column
    while start and line[start - 1].isalnum():
        start -= 1
    end = start
    while end < len(line) and line[end].isalnum():
        end += 1
    return line[start:end]


def references(tree, place):
    word = _word(tree, place)
    return [
        span(number, line.index(word), line.index(word) + len(word))
        for number, line in enumerate(tree)
        if word in line
    ]


def definition(tree, place, facts):
    return [Place(references(tree, place)[0]), Place(span(0, 0, 0), "/etc/x y")]


def renamable(tree, place):
    return next((where for where in references(tree, place) if where.contains(place)), None)


def rename(tree, place, name):
    if not name.isalnum():
        raise ValueError(f"{name!r} is no name.")
    return [Edit(where, name) for where in references(tree, place)]


def signature(tree, place, facts):
    return Signature("key=value", "A line.", (("key", "its name"), ("value", "")), 1)


def on_type(tree, place, typed):
    return [Edit(Span(place, place), "  ")] if typed == "\n" else []


def command_lines(tree, where=None):
    return [
        (span(number, 0, content_length(line)), line[: content_length(line)])
        for number, line in enumerate(tree)
        if line.startswith("ctys ")
    ]
