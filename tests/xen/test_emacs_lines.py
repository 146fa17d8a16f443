"""Each CREATE line of the page that names a console, typed into a graphical Emacs, opens it on a real guest."""

from collections.abc import Callable, Iterator

import psutil
import pytest
from editors.emacs.desk import screen_of_its_own
from editors.emacs.test_picture import Window, window
from terminals import until
from xenlab.desk import Desk
from xenlab.editor_lines import NAMES, Attached, editor_env, line_of, viewers
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests
from xenlab.use_cases import CASES, SLOW, Case, World

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.emacs, pytest.mark.timeout(600)]
SIZE = (1100, 700)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with screen_of_its_own(*SIZE) as number:
        yield number


@pytest.fixture(scope="module")
def emacs(desk: Desk, display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One Emacs for all lines, as a user's is."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "lines.ctys").write_text("ctys -a list lab00 lab01\n")
    with window(folder, editor_env(desk, tmp_path_factory.mktemp("env")), display, SIZE) as running:
        running.limit = SLOW
        running.shows("*ctys sessions*", "Domain-0")
        running.act("(setq ctys-terminal-backend 'ansi-term)")
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_line(
    name: str, emacs: Window, display: str, world: Callable[[Case], World], xen_hosts: XenHosts
) -> None:
    case = CASES[name]
    world(case)
    host = next(iter(case.needs)).partition("/")[0]
    attached = Attached(name, Guests(xen_hosts[host]))
    line = line_of(name).removeprefix("ctys ")
    emacs.act('(progn (delete-other-windows) (switch-to-buffer (get-buffer-create "*scratch*")))')
    emacs.act(f'(ctys-run "{line}")')
    attached.await_it()
    match case.console:
        case "VNC":
            in_a_viewer(emacs, display)
            return
        case "XTERM" | "GTERM":
            emacs.true(f"""(member "ctys {case.console}" (mapcar #'process-name (process-list)))""")
            emacs.act(
                f"""(dolist (one (process-list))
                      (when (equal (process-name one) "ctys {case.console}") (delete-process one)))"""
            )
        case _:
            # GRUB clears a terminal.
            emacs.shows("*tst100*", f"console of tst100 on {host}\\\\|grub> ")
            mode = "ctys-console-mode" if case.console == "EMACS" else "term-mode"
            assert emacs.value('(with-current-buffer "*tst100*" major-mode)') == mode
            emacs.act('(kill-buffer "*tst100*")')
    attached.await_end()


def in_a_viewer(emacs: Window, display: str) -> None:
    """A real viewer is on Emacs' display; closed, its tunnel ends."""
    emacs.true('(member "ctys VNC" (mapcar #\'process-name (process-list)))')
    (viewer,) = until(lambda: viewers(display), "viewer on Emacs' display", SLOW)
    viewer.terminate()
    psutil.wait_procs([viewer], SLOW)
    emacs.true('(not (member "ctys VNC" (mapcar #\'process-name (process-list))))')
