"""Findings inside a string of parameters: columns of its value, turned into problems where the string stands."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ctys_ls.languages.xenconf.rules.reader import Item, Reader, Sort
from ctys_ls.languages.xenconf.values import Atom, Block, Items, Value
from ctys_ls.problems import Fix, Severity
from ctys_ls.text import Edit, Position, Span


class Mend(NamedTuple):
    """Replace ``value[start:end]`` by ``text``."""

    title: str
    start: int
    end: int
    text: str
    safe: bool = True


class Finding(NamedTuple):
    """Something about ``value[start:end]``."""

    code: str
    severity: Severity
    start: int
    end: int
    message: str
    mends: tuple[Mend, ...] = ()


def refuse(code: str, start: int, end: int, message: str, *mends: Mend) -> Finding:
    """A finding for which xl refuses the file."""
    return Finding(code, Severity.ERROR, start, end, message, mends)


def doubt(code: str, start: int, end: int, message: str, *mends: Mend) -> Finding:
    """A finding that xl only mentions, or keeps silent about."""
    return Finding(code, Severity.WARNING, start, end, message, mends)


def report(reader: Reader, item: Item, findings: Iterable[Finding]) -> None:
    """Add the findings of one string."""
    for finding in findings:
        where = item.part(finding.start, finding.end) if finding.end > finding.start else item.span
        if reader.full(finding[:2]):
            reader.count(finding[:2], 1, where)
            continue
        fixes = tuple(
            Fix(mend.title, (Edit(item.part(mend.start, mend.end), mend.text),), mend.safe)
            for mend in finding.mends
        )
        reader.report(finding.code, finding.severity, where, finding.message, *fixes)


def strings(reader: Reader, name: str) -> list[tuple[int, Block]]:
    """The strings of a list; xl's loop ends at the first element that is a list, and what follows is lost."""
    blocks = reader.blocks(name) or ()
    for number, (line, block) in enumerate(blocks):
        index = block.kept(first_list)
        if index is None:
            continue
        lost = sum(len(later.items) for _, later in blocks[number:]) - index
        item = Item(block.items[index], line)
        reader.warn(
            "nested-list",
            item.span,
            f"A list inside {name}: xl stops reading here without a word and loses "
            f"{'this element' if lost == 1 else f'these {lost} elements'}.",
            *_unwrapped(item),
        )
        return [*blocks[:number], (line, Block(block.items[:index]))]
    return list(blocks)


def first_list(items: Sequence[Value]) -> int | None:
    """The index of the first element that is a list."""
    return next((index for index, item in enumerate(items) if isinstance(item, Items)), None)


#: Tells what is wrong with one string; a function of a module, as what it found is kept by its name.
Read = Callable[[str], Iterable[Finding]]


def judge(reader: Reader, blocks: Iterable[tuple[int, Block]], read: Read) -> None:
    """Report what is wrong with each string of a list."""
    for line, block in blocks:
        flaws = block.kept(_flaws, read)
        if all(map(reader.full, flaws.counts)):
            for sort, number in flaws.counts.items():
                reader.count(sort, number, flaws.last.shifted(line))
            continue
        for item in map(block.items.__getitem__, flaws.numbers):
            if isinstance(item, Atom):
                report(reader, Item(item, line), read(item.value))


class Flaws(NamedTuple):
    """What is wrong in a block: the numbers of the strings, how often each kind of problem, the last string's place.

    The findings themselves are made again where they are listed: kept, they would be a hundred times their text.
    """

    numbers: array[int]
    counts: Counter[Sort]
    last: Span


def _flaws(items: Sequence[Value], read: Read) -> Flaws:
    numbers, counts = array("L"), Counter[Sort]()
    for number, item in enumerate(items):
        if isinstance(item, Atom) and (sorts := [finding[:2] for finding in read(item.value)]):
            numbers.append(number)
            counts.update(sorts)
    return Flaws(numbers, counts, items[numbers[-1]].span if numbers else _NOWHERE)


_NOWHERE = Span(Position(0, 0), Position(0, 0))


class Mention(NamedTuple):
    """A word that a list should have once only, and the string and the columns of its value where it stands."""

    word: str
    string: Atom
    start: int
    end: int


#: Tells what the strings of a block name; a function of a module, as what it found is kept by its name.
Mentions = Callable[[Sequence[Value]], Sequence[Mention]]


def twice(blocks: Sequence[tuple[int, Block]], mentions: Mentions) -> Iterator[tuple[Mention, Item, Item]]:
    """What stands in two strings of a list: the later mention, the string it stands in, and the first such string."""
    named = [block.kept(_named, mentions) for _, block in blocks]
    # A set of all is made much faster than a dictionary, and nearly always there is nothing more to do.
    if len(set().union(*(words for words, _ in named))) == sum(len(found) for _, found in named):
        return
    seen: dict[str, Item] = {}
    for (line, _), (_, found) in zip(blocks, named, strict=True):
        for mention in found:
            item = Item(mention.string, line)
            other = seen.setdefault(mention.word, item)
            if other is not item and other.value is not item.value:
                yield mention, item, other


def _named(items: Sequence[Value], mentions: Mentions) -> tuple[frozenset[str], Sequence[Mention]]:
    found = mentions(items)
    return frozenset(mention.word for mention in found), found


def _unwrapped(item: Item) -> tuple[Fix, ...]:
    """Take the brackets away from around a list."""
    (first, column), (last, end) = item.span
    edits = (
        Edit(Span(Position(first, column), Position(first, column + 1)), ""),
        Edit(Span(Position(last, end - 1), Position(last, end)), ""),
    )
    return (Fix("Remove the inner brackets", edits, safe=False),) if item.inner() else ()


class Part(NamedTuple):
    """One comma-separated part: ``start`` and ``end`` are its columns."""

    text: str
    start: int
    end: int


def split(text: str, *, empty: bool = False) -> list[Part]:
    """The parts between commas; as C's strtok, empty ones are left out unless ``empty``."""
    parts, at = [], 0
    for piece in text.split(","):
        if piece or empty:
            parts.append(Part(piece, at, at + len(piece)))
        at += len(piece) + 1
    return parts
