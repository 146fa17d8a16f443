"""CONSOLE:EMACS, EMACSA, EMACSM and EMACSAM in a graphical Emacs on simulated hosts, each with its picture for the pages."""

import pytest
from editors.emacs.desk import screen_of_its_own
from editors.emacs.test_picture import window

from editors.emacs import forms

pytestmark = [pytest.mark.emacs, pytest.mark.editors, pytest.mark.slow]

INSTEAD = """(setq ctys-terminal-backend 'ansi-term)"""


@pytest.mark.timeout(240)
def test_the_four_forms(workspace, env, tmp_path, lab):
    with screen_of_its_own(*forms.SIZE) as display, window(workspace, env, display, forms.SIZE) as emacs:
        emacs.shows("*ctys sessions*", "Domain-0")
        emacs.act(INSTEAD)
        talks = {}
        for kind in forms.FORMS:
            talks[kind] = forms.talk(forms.open_form(emacs, kind, "lab00"))
            forms.settle(emacs)
            forms.photograph(display, tmp_path / f"{kind}.png", forms.SIZE, f"console-{kind.lower()}.png")
            forms.close_form(emacs, kind, "lab00")
            emacs.act('(ctys-run "-t xen -a cancel=l:tst100,POWEROFF:0,FORCE lab00")')
            emacs.true(
                '(with-current-buffer "*ctys*" (string-match-p "cancel=l:tst100.*\\\\[done" (buffer-string)))'
            )
            emacs.act('(kill-buffer "*ctys*")')
        # What a guest says is the same text in each.
        assert talks["EMACS"] == talks["EMACSA"] == talks["EMACSM"] == talks["EMACSAM"]
