"""Tokens of a part of a text are those that the whole text has there, and others may come with them."""

import pytest

from ctys_ls.languages import for_language
from ctys_ls.text import split_lines

XEN = "# head\nname = 'a'\ndisk = [\n" + "  'phy:/x,xvda,w', # note\n" * 200 + "]\nmemory = 5\n"
LINES = (
    "# head\nctys -t xen -a create=l:a,CONSOLE:emacs \\\n  lab00'(-Z \\\n  KSU)'\nfor x in y; do\n  ctys -a list lab01\ndone\n"
    * 40
)


@pytest.mark.parametrize(("language", "text"), [("xenconf", XEN), ("ctys", LINES), ("shellscript", LINES)])
def test_a_part(language, text):
    package = for_language(language)
    tree = package.parse(split_lines(text))
    whole = package.tokens(tree)
    assert len(whole) > 100
    for first, last in ((0, 0), (1, 1), (2, 3), (50, 90), (199, 500), (3, 2**31)):
        part = package.tokens(tree, first, last)
        within = [token for token in whole if first <= token.span.start.line <= last]
        assert [token for token in part if first <= token.span.start.line <= last] == within
        # Those of a command line that has only a part there come as a whole.
        assert all(first - 3 <= token.span.start.line <= last + 3 for token in part)
