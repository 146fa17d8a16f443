"""What CREATE adds to a start for CONSOLE:SDL, judged by the real xl: which guests take it, and how it is told."""

import json

import pytest

from ctys_ls.runtime.hostcommand import Completed
from ctys_ls.runtime.toolstacks.xl import Xl

PV = 'name = "a"\nkernel = "/boot/k"\nmemory = 64\n'
HVM = 'name = "a"\ntype = "hvm"\nmemory = 64\n'
WORDS = Xl().sdl_words("localhost:10.0", "/home/acue/.Xauthority")


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("conf", "draws"),
    [
        (HVM, True),
        (PV, False),
        (PV + "vnc = 1\n", True),
        (PV + 'vfb = [ "vnc=1" ]\n', False),
        (PV + 'vfb = [ "vnc=1,sdl=1,display=:0" ]\n', True),
        (PV + 'type = "pvh"\nvnc = 1\n', False),
    ],
    ids=["hvm", "pv", "pv with vnc", "pv with a list", "pv whose list names a display", "pvh"],
)
def test_which_guests_take_a_display(xl_dryrun, conf, draws):
    """xl appends the words of its command line to the file (xl.1, create)."""
    assert _asked(xl_dryrun, conf, *WORDS) is draws


@pytest.mark.oracle
def test_a_window_without_a_display_is_none(xl_dryrun):
    """The device model has none of its own: ksu and sudo take DISPLAY away on the way to it."""
    assert _asked(xl_dryrun, HVM, "sdl=1") is False


def _asked(xl_dryrun, conf, *words):
    verdict = xl_dryrun.check("\n".join([conf, *words, ""]).encode())
    assert verdict.accepted, verdict.messages
    command = Xl().sdl_check("xl", "a.conf", words)
    assert command.argv == ("xl", "create", "-n", "a.conf", *words)
    return command.parse(Completed(0, json.dumps(verdict.config)))
