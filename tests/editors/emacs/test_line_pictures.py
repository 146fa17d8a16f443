"""Command lines in an Emacs window: a completion in the minibuffer, an ambiguous address with its choices, a plan.

The hosts are simulated; that lab02, which nobody asks, has three machines of one label is an inventory of the page's records (UC-30).
"""

import shutil
from pathlib import Path

import pytest
from editors.emacs.desk import screen_of_its_own
from editors.emacs.test_picture import PICTURE, keep, window
from inventory import SHORTEST, remember
from needs import need

pytestmark = [pytest.mark.emacs, pytest.mark.editors, pytest.mark.slow]

SIZE = (1100, 420)
LINES = """# Of three machines called tst100 one is to be switched off.
ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab02'(-Z KSU)'

ctys -t xen -a create=f:tst-ctys/tst100/tst100.conf,CONSOLE:emacsm \\
     lab02'(-Z KSU)'
"""


@pytest.fixture
def workspace(tmp_path):
    """A folder with these lines alone."""
    folder = tmp_path / "guests"
    folder.mkdir()
    (folder / "lines.ctys").write_text(LINES)
    return folder


def types(emacs, keys):
    """Type keys, as ``kbd`` names them."""
    emacs.act(
        f'(setq unread-command-events (append unread-command-events (listify-key-sequence (kbd "{keys}"))))'
    )


def typed(end):
    """A form: the minibuffer's text ends so."""
    return f"""(when (active-minibuffer-window) (with-current-buffer (window-buffer (active-minibuffer-window))
                 (string-suffix-p "{end}" (minibuffer-contents-no-properties))))"""


def spelled(text):
    """A text as keys of ``kbd``."""
    return " ".join("SPC" if char == " " else char for char in text)


@pytest.mark.timeout(180)
def test_completion_choices_and_plan(workspace, env, tmp_path, lab):
    need(shutil.which("import"), "the program import", "apt-get install imagemagick")
    state = tmp_path / "state"
    remember(state, "lab02", ssh_config=Path(env["CTYS_SSH_CONFIG"]))
    env["CTYS_STATE_DIR"] = str(state)
    with screen_of_its_own(*SIZE) as display, window(workspace, env, display, SIZE) as emacs:
        emacs.true("""(with-current-buffer "lines.ctys"
                        (seq-some (lambda (each) (string-search "3 machines on lab02" (flymake-diagnostic-text each)))
                                  (flymake-diagnostics)))""")
        emacs.shows("*ctys sessions*", "Domain-0")
        emacs.act("""(progn (switch-to-buffer "lines.ctys") (delete-other-windows) (goto-char (point-min))
                            (search-forward "l:tst1") (setq eldoc-echo-area-use-multiline-p nil))""")

        types(emacs, "M-x e g l o t - c o d e - a c t i o n s RET")
        emacs.true("(active-minibuffer-window)")
        types(emacs, "C h o o s e TAB TAB")
        for address in SHORTEST:
            emacs.shows("*Completions*", f"Choose {address}")
        keep(display, tmp_path / "ambiguous.png", SIZE, PICTURE.with_name("line-ambiguous-emacs.png"))
        types(emacs, "C-g")
        emacs.true("(not (active-minibuffer-window))")

        emacs.act(
            """(progn (delete-other-windows) (with-current-buffer "lines.ctys" (goto-char (point-min))))"""
        )
        types(emacs, "M-x c t y s RET")
        emacs.true("(active-minibuffer-window)")
        types(emacs, spelled("-t xen -a create=l:tst100,CONSOLE:em"))
        emacs.true(typed("CONSOLE:em"))
        # The first TAB writes what all choices have in common, the second one shows them.
        types(emacs, "TAB")
        emacs.true(typed("CONSOLE:emacs"))
        types(emacs, "TAB")
        emacs.shows("*Completions*", "emacsam")
        keep(display, tmp_path / "completion.png", SIZE, PICTURE.with_name("line-completion-emacs.png"))
        types(emacs, "C-g")
        emacs.true("(not (active-minibuffer-window))")

        emacs.act("(delete-other-windows)")
        emacs.act(
            """(ctys-plan "-t xen -a create=f:tst-ctys/tst100/tst100.conf,CONSOLE:emacsm lab02'(-Z KSU)'")"""
        )
        emacs.shows("*ctys plan*", "xl create /homen/chkusr/xen/tst-ctys/tst100/tst100.conf")
        emacs.act(
            """(progn (select-window (get-buffer-window "*ctys plan*")) (delete-other-windows) (message nil))"""
        )
        keep(display, tmp_path / "plan.png", SIZE, PICTURE.with_name("line-plan-emacs.png"))
