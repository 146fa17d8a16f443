"""The word that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def distance(left: str, right: str, limit: int) -> int:
    """Edits between two words (a swap of neighbours is one); anything above ``limit`` is ``limit + 1``."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        fresh = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, fresh[j - 1] + 1, row[j - 1] + (a != b))
            if before and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            fresh.append(cost)
        if min(fresh) > limit:
            return limit + 1
        before, row = row, fresh
    return row[-1]


def near(word: str, words: Iterable[str]) -> str | None:
    """The closest of ``words``, None where none is close; case and the kind of hyphen do not count."""
    limit = 1 if len(word) <= 4 else 2
    plain = word.lower().replace("-", "_")
    best, found = limit + 1, None
    for other in words:
        if abs(len(other) - len(plain)) > limit or not _alike(plain, other, limit):
            continue
        far = distance(plain, other.lower().replace("-", "_"), limit)
        if far < best:
            best, found = far, other
    return found


def _alike(left: str, right: str, limit: int) -> bool:
    """A quick look that spares most comparisons: how many letters of one the other does not have."""
    return len(set(left) - set(right.lower())) <= limit
