"""What the languages offer is what is said of them."""

from __future__ import annotations

import pytest

from ctys_ls.languages import IDS, PLACES, for_language
from ctys_ls.languages.extras import OFFERS, Extras

NAMES = frozenset(name for name in vars(Extras) if not name.startswith("_"))


@pytest.mark.parametrize("language", [*IDS, *PLACES])
def test_offers(language):
    package = for_language(language)
    assert OFFERS.get(language, frozenset()) == {
        name for name in NAMES if callable(getattr(package, name, None))
    }
