"""Long sequences of which an edit copies a page, not the whole.

A document's snapshot stays as it was when the next key is typed. With plain lists each key would copy ten thousand
references, and count up and down at each of the ten thousand lines they lead to; the memory for that lies all over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import TypeVar, overload

T = TypeVar("T")

#: So many items are a page; what is shorter than SHORT stays a list.
PAGE, SHORT = 256, 1024


def spliced(items: Sequence[T], first: int, last: int, fresh: list[T]) -> Sequence[T]:
    """``items`` with those from ``first`` to before ``last`` replaced by ``fresh``; ``items`` are left as they are."""
    if isinstance(items, Pages):
        return items.spliced(first, last, fresh)
    if len(items) < SHORT:
        return [*items[:first], *fresh, *items[last:]]
    return Pages(_cut(items)).spliced(first, last, fresh)


class Pages(Sequence[T]):
    """A sequence in pages, none of them empty. Never changed after it is made."""

    __slots__ = ("_pages", "_starts")

    def __init__(self, pages: list[list[T]]) -> None:
        self._pages = pages
        #: The number of each page's first item, and of the one behind the last.
        self._starts = list(accumulate(map(len, pages), initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._pages)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, key: int) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    def __getitem__(self, key: int | slice) -> T | list[T]:
        if isinstance(key, slice):
            first, last, step = key.indices(len(self))
            return self._between(first, last) if step == 1 else list(self)[key]
        number = key if key >= 0 else key + len(self)
        page = bisect_right(self._starts, number) - 1
        if not 0 <= page < len(self._pages):
            raise IndexError(key)
        return self._pages[page][number - self._starts[page]]

    def _between(self, first: int, last: int) -> list[T]:
        if first >= last:
            return []
        starts, pages = self._starts, self._pages
        page, end = bisect_right(starts, first) - 1, bisect_right(starts, last - 1) - 1
        if page == end:
            return pages[page][first - starts[page] : last - starts[page]]
        inner = chain.from_iterable(pages[page + 1 : end])
        return [*pages[page][first - starts[page] :], *inner, *pages[end][: last - starts[end]]]

    def spliced(self, first: int, last: int, fresh: list[T]) -> Pages[T]:
        """The same with the items from ``first`` to before ``last`` replaced by ``fresh``."""
        starts, pages = self._starts, self._pages
        count = len(pages)
        if not count:
            return Pages(_cut(fresh))
        page = min(bisect_right(starts, first), count) - 1
        end = min(bisect_right(starts, max(first, last)), count) - 1
        middle = [*pages[page][: first - starts[page]], *fresh, *pages[end][max(first, last) - starts[end] :]]
        return Pages([*pages[:page], *_cut(middle), *pages[end + 1 :]])


def _cut(items: Sequence[T]) -> list[list[T]]:
    """Pages of items; one of less than twice the length stays whole."""
    if len(items) < 2 * PAGE:
        return [list(items)] if items else []
    return [list(items[at : at + PAGE]) for at in range(0, len(items), PAGE)]
