"""The relay where lines are edited elsewhere: a dumb terminal, a pipe."""

import subprocess

from terminals import DETACHED


def test_plain_lines_in_a_dumb_terminal(start, pty):
    start("tst100")
    terminal = pty("ctys-ls", "console", "lab00/tst100", TERM="dumb")
    terminal.see("login: ")
    terminal.line("root")
    terminal.see("# ")
    terminal.line("hostname")
    # The terminal's own echo is the only one: the guest's is taken out.
    assert terminal.see(r"# ").count("hostname") == 1
    terminal.type("\x03")
    terminal.see(r"\^C")
    terminal.line("\x1d")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.seen


def test_a_pipe_shows_the_guests_echo(start, env):
    start("tst100")
    done = run_with_input("\nroot\nhostname\n\x1d", ["ctys-ls", "console", "lab00/tst100"], env)
    assert done.returncode == 0
    assert DETACHED in done.stderr
    assert "\x1b" not in done.stdout


def run_with_input(text, argv, env):
    return subprocess.run(
        argv, env=env, input=text, capture_output=True, text=True, timeout=60, start_new_session=True
    )
