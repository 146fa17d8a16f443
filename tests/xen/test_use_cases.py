"""Every command line of the use-case page, as printed, on real Xen hosts: by ``ctys``."""

import re

import pytest
from terminals import until
from xenlab.desk import Desk
from xenlab.page_lines import BROKEN, CLOSELY, LINES, console_of, in_terminal, judge
from xenlab.use_cases import CASES, SLOW, Case, Ran, World

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]


def test_all_lines_of_the_page_are_here():
    assert sorted(CASES) == sorted(LINES)


@pytest.mark.parametrize("name", CASES)
def test_by_ctys(name: str, world, desk: Desk, special):
    case = CASES[name]
    before = world(case)
    with special(name) as more:
        if case.console == "CLI":
            done = in_terminal(desk.terminal(LINES[name], case.user), before, closely=name in CLOSELY)
        else:
            ended = desk.run(LINES[name], case.user, **more)
            done = Ran(ended.returncode, ended.stdout, ended.stderr)
        _ended(name, done)
        judge(case, before, done)
        _handed_over(case, desk, before)


def _ended(name: str, done: Ran) -> None:
    if name in BROKEN:
        # The shell takes the rest for a command of its own.
        assert done.status == 127, done
        assert "-a create=f:xen/tst-ctys/tst101/tst101.conf" in done.err
        return
    assert done.status == 0, done


def _handed_over(case: Case, desk: Desk, world: World) -> None:
    """What the program behind a window was told. The windows themselves are the editors' tests'."""
    match case.console:
        case "XTERM":
            host = next(iter(case.needs)).partition("/")[0]
            until(lambda: console_of(world, host), f"console on {host}", SLOW)
        case "GTERM":
            told = until(lambda: desk.told("gnome-terminal"), "call of gnome-terminal").splitlines()
            assert told[:2] == ["--title", "tst100 lab00"]
            assert told[told.index("console") :][1:] == ["--kind", "GTERM", "-Z", "KSU", "lab00/tst100"]
        case "EMACS":
            told = desk.told("emacsclient")
            assert '(ctys-console-open :kind "EMACS" :label "tst100"' in told
            assert ':guestBuffer "tst100"' in told
        case "VNC":
            # The end of a tunnel on this machine; the guest's own port is only open on its host.
            told = until(lambda: desk.told("vncviewer"), "call of vncviewer")
            assert re.search(r"^(127\.0\.0\.1|localhost)::\d+$", told, re.MULTILINE), told
        case _:
            pass
