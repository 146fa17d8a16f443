"""CONSOLE:EMACS from a terminal: in the Emacs that runs, else in one that is started."""

from pathlib import Path

import pytest
from needs import need_program
from terminals import until

pytestmark = [pytest.mark.emacs, pytest.mark.editors]

CREATE = ("ctys", "-t", "xen", "-a")


@pytest.fixture
def emacs(tmux, tmp_path):
    """An Emacs in a terminal that knows nothing of ctys and serves emacsclient; gives its window."""
    need_program("emacs", "emacs")
    server = tmp_path / "emacs-server"
    form = f'(progn (setq server-socket-dir "{tmp_path}" server-name "{server.name}") (server-start))'
    window = tmux("emacs", "-nw", "-Q", "--eval", form)
    until(server.exists, "server of Emacs")
    return window


@pytest.fixture
def served(pty, tmp_path):
    """Run a command line whose Emacs is the one of ``emacs``; gives exit status and what was printed."""

    def run(*words):
        terminal = pty(*words, EMACS_SOCKET_NAME=str(tmp_path / "emacs-server"))
        return terminal.end(), terminal.seen

    return run


def test_shell_buffer_in_the_running_emacs(emacs, served):
    """UC-15."""
    status, said = served(*CREATE, "create=l:tst100,CONSOLE:emacs", "lab00(-Z KSU)")
    assert status == 0, said
    screen = emacs.see(r"login:")
    assert "*tst100*" in screen
    assert "kill this buffer or detach with ^]" in screen
    emacs.keys("root", "Enter")
    emacs.see(r"^\[root@tst100 ~\]#")
    emacs.keys("hostname", "Enter")
    screen = emacs.see(r"^tst100$")
    # The typed line is there once, and no escape sequence of the guest's is.
    assert screen.count("]# hostname") == 1
    assert "^[" not in screen


@pytest.mark.parametrize("kind", ["emacsm", "emacsam"])
def test_two_windows_in_the_running_emacs(kind, emacs, served):
    status, said = served(*CREATE, f"create=l:tst100,CONSOLE:{kind}", "lab00")
    assert status == 0, said
    emacs.see("login:")
    screen = emacs.see(r"\[simulated\] \S+@lab00")
    assert screen.index("*tst100*") < screen.index("*lab00*")


def test_an_emacs_is_started_where_none_runs(tmux, tmp_path):
    need_program("emacs", "emacs")
    window = tmux(
        *CREATE, "create=l:tst100,CONSOLE:emacsa", "lab00", EMACS_SOCKET_NAME=str(tmp_path / "none"), DISPLAY=""
    )  # fmt: skip
    screen = window.see("login:")
    assert "*tst100*" in screen


def test_another_editor_is_not_started_in_its_place(pty, tmp_path):
    """emacsclient would start ALTERNATE_EDITOR when no server runs."""
    started = tmp_path / "started"
    other = tmp_path / "other"
    other.write_text(f"#!/bin/sh\ntouch {started}\n")
    other.chmod(0o755)
    terminal = pty(
        *CREATE, "create=l:tst100,CONSOLE:emacsa", "lab00",
        EMACS_SOCKET_NAME=str(tmp_path / "none"), ALTERNATE_EDITOR=str(other), DISPLAY="",
    )  # fmt: skip
    terminal.see("login:")
    assert not started.exists()


@pytest.fixture
def among(env, pty, tmp_path):
    """Run the line of UC-15 where only these programs are installed, beside ssh and a shell; gives its terminal."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ctys = Path(env["PATH"].split(":")[0]) / "ctys"

    def run(*programs):
        for program in ("ssh", "sh", *programs):
            (folder / program).symlink_to(need_program(program, program))
        line = (str(ctys), *CREATE[1:], "create=l:tst100,CONSOLE:emacs", "lab00")
        return pty(*line, PATH=str(folder), DISPLAY="", EMACS_SOCKET_NAME=str(tmp_path / "none"))

    return run


def test_without_emacs_the_next_best_way_is_said(among):
    terminal = among()
    assert terminal.end() == 1
    assert "Emacs is not installed; the console here: " in terminal.seen


def test_without_emacsclient_the_console_is_in_an_emacs_of_its_own(among):
    terminal = among("emacs")
    terminal.see("emacsclient is not installed, so that no running Emacs can be asked")
    terminal.see("login:")
    terminal.type("\x18\x03")
    assert terminal.end() == 0
