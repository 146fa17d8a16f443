"""A misspelt command line in the minibuffer of a real Emacs, put right by its keys."""

import pytest
from editors.emacs.desk import terminal

pytestmark = [pytest.mark.emacs, pytest.mark.editors]


@pytest.mark.timeout(120)
def test_a_misspelt_line_is_put_right_by_keys(workspace, env):
    with terminal(workspace, env) as emacs:
        emacs.sees("Domain-0", 60)
        emacs.calls("ctys")
        emacs.sees(r"^ctys *$")
        emacs.types("-t xne -a craete=l:tst100 lab00")
        emacs.sees(r"-t has no value 'xne'\. Perhaps xen\? C-c C-f: fix")
        # Two words are wrong: the choices are shown, and Return takes the first.
        emacs.keys("C-c", "C-f")
        emacs.sees("Change to 'create'")
        emacs.sees(r"^Fix \(default Change to 'xen'\)")
        emacs.keys("Enter")
        emacs.sees(r"^ctys -t xen -a craete=l:tst100 lab00  \[There is no action 'craete'")
        emacs.keys("C-c", "C-f")
        emacs.sees(r"^ctys -t xen -a create=l:tst100 lab00 *$")
