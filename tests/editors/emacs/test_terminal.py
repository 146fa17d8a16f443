"""A user's session in a terminal Emacs on simulated hosts: every step is read back from the screen."""

import re

import pytest
from editors.emacs.desk import terminal

pytestmark = [pytest.mark.emacs, pytest.mark.editors, pytest.mark.slow]


@pytest.mark.timeout(240)
def test_a_morning_with_two_hosts(workspace, env):
    with terminal(workspace, env, rows=44, columns=120) as emacs:
        # A domain file shows its mistakes.
        emacs.sees(r"tst100\.conf .*Flymake\[(?!0 0).*\[eglot:")
        # The table below has both hosts.
        emacs.sees(r"lab00\S* .*Domain-0 +XEN")
        emacs.sees(r"lab01\S* .*Domain-0 +XEN")

        # A command line is completed, checked, planned and run.
        emacs.calls("ctys")
        emacs.sees(r"^ctys$")
        emacs.types("-t xen -a cr")
        emacs.sees(r"^ctys -t xen -a cr")
        emacs.keys("Tab")
        emacs.sees(r"^ctys -t xen -a create")
        emacs.keys("C-a", "C-k")
        emacs.types("-t xen -a create=l:tst100,CONSOLE:emcs lab00")
        emacs.sees(r"\[CONSOLE has no value 'emcs'")
        emacs.keys("C-a", "C-k")
        emacs.types("-t xen -a create=l:tst100,CONSOLE:emacsm lab00")
        emacs.loses(r"emcs")
        emacs.keys("C-c", "C-p")
        emacs.sees(r"1\. lab00: ")
        emacs.keys("Enter")

        # The documented windows: above the guest, below a shell on the host.
        login = emacs.sees(r"tst100 login:")
        emacs.sees(r"\*tst100\* ")
        emacs.sees(r"\*lab00\* ")
        screen = emacs.screen()
        above, below = (re.search(rf"\*{name}\* ", screen).start() for name in ("tst100", "lab00"))
        assert login.start() < above < below
        emacs.types("root")
        emacs.keys("Enter")
        emacs.sees(r"root@tst100|tst100:~#|Password")

        # The windows from before come back, and the table has the guest.
        emacs.calls("ctys-console-restore-windows")
        emacs.sees(r"lab00\S* .*tst100 +XEN +S .*(running|blocked)")

        # It is cancelled from the table, after a question that names it.
        emacs.calls("ctys-list")
        emacs.sees(r"\*ctys sessions\*")
        # The guest's row, and not that of a console which may still stand above it.
        emacs.keys("C-s")
        emacs.types("tst100 XEN")
        emacs.keys("Enter", "?")
        emacs.sees(r"k power off")
        emacs.keys("C-g")
        emacs.loses(r"k power off")
        emacs.keys("k")
        emacs.sees(r"Power off tst100 on lab00\?")
        emacs.keys("y")
        emacs.loses(r"lab00\S* .*tst100 +XEN +S ")
        emacs.keys("$")
        emacs.sees(r"lab00\$ .*xl.* shutdown")

        # Nothing of this was worth a warning to this release of Emacs.  (Where the distribution compiles its own Lisp
        # in the background, try.el lets that complain there unseen.)
        emacs.asks(
            """(list "warnings:" (with-current-buffer (get-buffer-create "*Warnings*")"""
            """ (how-many "(\\(?:emacs\\|jsonrpc\\|eglot\\|ctys\\))" (point-min) (point-max))))"""
        )
        emacs.sees(r'^\("warnings:" 0\)')


@pytest.mark.timeout(120)
def test_without_a_server_there_is_one_clear_sentence(workspace, env_of, lab):
    missing = """(setq ctys-server-command '("ctys-ls-that-is-not-there"))"""
    sentence = r"^(ctys: )?The program ctys-ls-that-is-not-there is not on PATH: install the Python package"
    with terminal(workspace, env_of(lab), init=missing, rows=30) as emacs:
        emacs.sees(sentence)
        # It is said once more when the table is tried, below the file; only then does nothing cover a Quit.
        emacs.sees(r"tst100\.conf +All [\s\S]*tst100\.conf +(All|Top) ")
        for command in ("ctys", "ctys-list", "eglot"):
            emacs.keys("C-g")
            emacs.sees(r"^Quit")
            emacs.calls(command)
            emacs.sees(sentence)
        assert "Backtrace" not in emacs.screen()
