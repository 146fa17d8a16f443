"""The console forms of Emacs on a real Xen guest: the windows, what stands in them, a picture, and nothing left behind."""

import pytest
from editors.emacs.desk import screen_of_its_own
from editors.emacs.test_picture import window

from editors.emacs import forms

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.emacs, pytest.mark.timeout(600)]


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "guests"
    folder.mkdir()
    (folder / "lines.ctys").write_text("ctys -a list lab00\n")
    return folder


def test_the_four_forms_on_a_real_guest(workspace, tmp_path, xen_hosts):
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home), "CTYS_SSH_CONFIG": str(xen_hosts.ssh_config), "LANG": "C.UTF-8"}
    with screen_of_its_own(*forms.SIZE) as display, window(workspace, env, display, forms.SIZE) as emacs:
        # An emulated host starts a guest in half a minute.
        emacs.limit = 150
        emacs.shows("*ctys sessions*", "Domain-0")
        emacs.act("(setq ctys-terminal-backend 'ansi-term)")
        talks = {}
        for kind in forms.FORMS:
            talks[kind] = forms.talk(forms.open_form(emacs, kind, "lab00"))
            if kind == "EMACSAM":
                forms.settle(emacs)
                forms.photograph(display, tmp_path / "xen.png", forms.SIZE, "console-emacsam-xen.png")
            forms.close_form(emacs, kind, "lab00")
            assert "xenconsole " not in xen_hosts["lab00"].ssh("ps w").stdout
            assert xen_hosts["lab00"].ssh("xl destroy tst100").returncode == 0
        # What was typed and answered; the guest's own services speak in between before that.
        spoken = {kind: lines[lines.index("/ # hostname") :] for kind, lines in talks.items()}
        assert spoken["EMACS"] == ["/ # hostname", "tst100", "/ #"]
        assert spoken["EMACS"] == spoken["EMACSA"] == spoken["EMACSM"] == spoken["EMACSAM"]
