"""Pages are a list to whoever reads them; an edit leaves the old ones as they are and copies one page."""

import random

import pytest

from ctys_ls.pages import PAGE, SHORT, Pages, spliced


@pytest.mark.parametrize("seed", range(30))
def test_random_splices_read_as_those_of_a_list(seed):
    chance = random.Random(seed)
    items = plain = list(range(chance.randint(SHORT, 4 * SHORT)))
    for step in range(120):
        first = chance.randint(0, len(plain))
        last = min(len(plain), first + chance.choice([0, 1, 1, 3, PAGE, 3 * PAGE]))
        fresh = [-step] * chance.choice([0, 1, 1, 2, PAGE, 5 * PAGE])
        before, was = items, list(plain)
        items = spliced(items, first, last, fresh)
        plain = [*plain[:first], *fresh, *plain[last:]]
        where = (seed, step, first, last, len(fresh))
        assert list(items) == plain, where
        assert list(before) == was, where
        assert len(items) == len(plain), where
        for _ in range(5):
            start, end = sorted(chance.randint(-9, len(plain) + 9) for _ in range(2))
            assert items[start:end] == plain[start:end], (*where, start, end)
        number = chance.randint(-len(plain), len(plain) - 1) if plain else 0
        assert not plain or items[number] == plain[number], (*where, number)
        for outside in (len(plain), -len(plain) - 1):
            with pytest.raises(IndexError):
                items[outside]


def test_everything_may_go_and_come_again():
    gone = spliced(list(range(2 * SHORT)), 0, 2 * SHORT, [])
    assert list(gone) == []
    assert list(spliced(gone, 0, 0, [1, 2])) == [1, 2]


def test_an_edit_copies_one_page_and_short_texts_stay_lists():
    assert isinstance(spliced([1, 2, 3], 1, 2, [4]), list)
    many = spliced([object() for _ in range(40 * PAGE)], 0, 1, [object()])
    assert isinstance(many, Pages)
    after = spliced(many, 7 * PAGE, 7 * PAGE + 1, [object()])
    old, new = (list(map(id, pages._pages)) for pages in (many, after))
    assert len(old) == len(new) == 40
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1
    assert max(map(len, after._pages)) < 2 * PAGE
