"""Quotes, parentheses and braces: what the shell or ctys cannot put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline.check_values import find_value
from ctys_ls.languages.cmdline.chunk import Chunk, Simple
from ctys_ls.languages.cmdline.findings import Finding, Repair, perhaps
from ctys_ls.languages.cmdline.nodes import Arguments, Command, Context, all_contexts
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.stacks import label_in
from ctys_ls.languages.cmdline.words import Lexeme
from ctys_ls.schema import cmdline as schema


def shell_findings(chunk: Chunk) -> list[Finding]:
    """What the shell would refuse in the commands of ours that stand on this line."""
    found: list[Finding] = []
    for simple in chunk.simple:
        if simple.command is None:
            continue
        found += [_open_quote(chunk, word) for word in simple.words if word.open]
        if bare := bare_places(simple):
            found.append(_bare(chunk, simple.command, simple.words, bare))
    return found


def bare_places(simple: Simple) -> list[int]:
    """Where the shell would see a parenthesis of its own."""
    return [place for word in simple.words for place in word.bare]


def _open_quote(chunk: Chunk, word: Lexeme) -> Finding:
    start = chunk.text.rfind(word.open, word.start, word.end)
    where = Piece(word.open, start, start + 1)
    end = len(chunk.text.rstrip())
    return Finding(
        "ctys.open-quote",
        where,
        f"Nothing closes this {word.open} quote.",
        (Repair(f"Close the quote with {word.open}", ((Piece("", end, end), word.open),), safe=False),),
    )


def _bare(chunk: Chunk, command: Command, words: Sequence[Lexeme], bare: Sequence[int]) -> Finding:
    """One finding for all parentheses; the repairs put quotes round each pair, the second one closes the last, too."""
    pairs: list[tuple[Piece, str]] = []
    opened: int | None = None
    for place in bare:
        if chunk.text[place] == "(" and opened is None:
            opened = place
        elif chunk.text[place] == ")" and opened is not None:
            pairs += _quoted(chunk, opened, place + 1, "'")
            opened = None
    repairs = [Repair("Put the parentheses in quotes", tuple(pairs))] if pairs else []
    message = "The shell takes this parenthesis for its own; write it in quotes."
    if opened is not None:
        message += " Nothing closes it." if opened == bare[0] else " Nothing closes the last one."
        end = _inside_until(command, words, opened)
        blank = " " if chunk.text[opened + 1 : opened + 2].isspace() else ""
        if closed := _quoted(chunk, opened, end, f"{blank})'"):
            title = "Close the parenthesis, and put it in quotes"
            repairs.append(Repair(title, (*pairs, *closed), safe=False))
        elif end <= opened + 1:
            alone = (Piece("(", opened, opened + 1), "")
            repairs.append(Repair("Leave the parenthesis out", (*pairs, alone), safe=False))
    where = Piece(chunk.text[bare[0]], bare[0], bare[0] + 1)
    return Finding("ctys.bare-parenthesis", where, message, tuple(repairs))


def _quoted(chunk: Chunk, start: int, end: int, closing: str) -> list[tuple[Piece, str]]:
    """The edits that put a stretch into single quotes; none where it has such quotes, or nothing, inside."""
    inside = chunk.text[start + 1 : end]
    if not inside or "'" in inside:
        return []
    return [(Piece("", start, start), "'"), (Piece("", end, end), closing)]


def _inside_until(command: Command, words: Sequence[Lexeme], opened: int) -> int:
    """Where a context that nothing closes was meant to end: behind its options, in front of the next target."""
    context = next((one for one in all_contexts(command.arguments) if one.whole.start == opened), None)
    strange = [] if context is None else [piece.start for piece in (*context.extra, *context.nested)]
    inside = [word for word in words if word.end > opened and not any(word.end > start for start in strange)]
    return inside[-1].end if context and inside else opened


def structure_findings(command: Command) -> list[Finding]:
    """Contexts and bodies that are not closed, or hold what has no place there."""
    found: list[Finding] = []
    for context in all_contexts(command.arguments):
        found += _context(context)
    found += _brackets(command.arguments, in_stack=False)
    for target in command.arguments.targets:
        if target.body is not None and not target.closed:
            end = Piece("", target.whole.end, target.whole.end)
            found.append(
                Finding(
                    "ctys.unclosed-body",
                    target.name,
                    f"Nothing closes the braces of {target.keyword}.",
                    (Repair("Close the braces", ((end, " }"),), safe=False),),
                )
            )
        elif target.name.text in "(){}":
            found.append(
                Finding("ctys.stray-bracket", target.name, f"This {target.name.text!r} belongs to nothing.")
            )
    return found


def _brackets(arguments: Arguments, *, in_stack: bool) -> Iterator[Finding]:
    """Machines in brackets where there is none below them."""
    for number, target in enumerate(arguments.targets):
        if target.body is not None:
            yield from _brackets(target.body, in_stack=in_stack or target.keyword == "VMSTACK")
        elif target.name.text.startswith("[") and not label_in(target):
            yield Finding("ctys.stray-bracket", target.name, "Only a label stands between brackets: [LABEL].")
        elif label_in(target) and not in_stack:
            text = f"{target.name.text} is a machine inside another one; only VMSTACK'{{ HOST [LABEL] … }}' has such."
            yield Finding("ctys.nested-machine", target.name, text)
        elif label_in(target) and not number:
            text = f"Nothing stands below {target.name.text}: the host comes first."
            yield Finding("ctys.nested-machine", target.name, text)


def _context(context: Context) -> list[Finding]:
    found = []
    if context.nested:
        found.append(
            Finding(
                "ctys.nested-context",
                context.nested[0],
                "A context cannot hold another one: the first ')' ends it.",
            )
        )
    elif not context.closed:
        opening = context.whole.cut(0, 1)
        end = Piece("", context.whole.end, context.whole.end)
        found.append(
            Finding(
                "ctys.unclosed-context",
                opening,
                "Nothing closes this context.",
                (Repair("Close the context", ((end, ")"),), safe=False),),
            )
        )
    if not context.nested:
        found += map(_extra, context.extra)
    return found


def _extra(word: Piece) -> Finding:
    """A word in a context that is no option; the options that it may be the value of are named."""
    letters = [
        row.letter
        for row in schema.rows().options["ctys"].values()
        if row.kind in ("enum", "enums") and not row.status and find_value(row.values, word.text)
    ]
    # A word that several options know (OFF, ALL) tells nothing.
    letters = letters if len(letters) == 1 and not word.text.isdigit() else []
    return Finding(
        "ctys.extra-word",
        word,
        f"Only options stand in a context; {word.text!r} is none."
        + perhaps([f"-{letter} {word.text}" for letter in letters]),
        tuple(
            Repair(f"Write -{letter} {word.text}", ((word.cut(0, 0), f"-{letter} "),), safe=False)
            for letter in letters
        ),
    )
