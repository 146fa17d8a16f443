"""The relay against simulated hosts, over the real ssh, in real terminals."""

import re
import stat
import sys

import psutil
import pytest
from terminals import DETACHED, until


def test_first_line_says_where_one_is(start, pty):
    start("tst100")
    terminal = pty("ctys-ls", "console", "lab00/tst100")
    assert re.match(
        r"ctys-ls: console of tst100 on lab00 \(a simulated host\); detach with \^\]\r\n",
        terminal.see("login: "),
    )


def test_type_see_the_answer_and_detach(console, nothing_left):
    terminal = console()
    terminal.line("hostname")
    terminal.see(r"hostname\r\ntst100\r\n.*# ")
    terminal.type("\x1d")
    assert terminal.end() == 0
    assert DETACHED in terminal.seen
    nothing_left()


def test_the_guest_runs_on_and_remembers(console, pty):
    first = console()
    first.type("\x1d")
    assert first.end() == 0
    again = pty("ctys-ls", "console", "lab00/tst100")
    again.see(r"detach with \^\]\r\n")
    again.log_in_done = until(
        lambda: again.line("echo still") or "still" in again.see(r"still\r\n"), "answer"
    )


def test_control_c_is_the_guests(console):
    terminal = console()
    terminal.type("half a line\x03")
    terminal.see(r"half a line\^C\r\n")
    terminal.line("echo alive")
    terminal.see(r"echo alive\r\nalive\r\n")


def test_letters_of_all_kinds(console):
    terminal = console()
    terminal.line("echo grün ☃ 漢字 𝄞")
    terminal.see("# ")
    assert "\ngrün ☃ 漢字 𝄞\r\n" in terminal.seen.split("echo grün")[1]


def test_keys_of_ssh_itself_reach_the_guest(console):
    """A tilde after a line's end is ssh's own escape character, and must not be taken away."""
    terminal = console()
    terminal.line("echo one")
    terminal.see(r"one\r\none\r\n.*# ")
    terminal.line("~.")
    terminal.see(r"sh: ~\.: not found")


def test_the_detach_key_among_other_keys(console):
    terminal = console()
    terminal.type("echo never\x1drest")
    assert terminal.end() == 0
    assert DETACHED in terminal.seen


def test_ten_megabytes_arrive_whole(console):
    terminal = console()
    terminal.child.maxread = 65536
    terminal.line("flood 10")
    text = terminal.see("flood: done")
    numbers = [int(number) for number in re.findall(r"^(\d{9}) =", text, re.MULTILINE)]
    assert numbers == list(range(100_000))


def test_a_reboot_is_followed(console):
    terminal = console()
    terminal.line("reboot")
    terminal.see("waiting for the guest to come back")
    terminal.see(r"console of tst100 on lab00 .*\r\n")
    terminal.see("login: ")
    terminal.type("\x1d")
    assert terminal.end() == 0


def test_the_guest_ends(console):
    terminal = console()
    terminal.line("poweroff")
    terminal.see("waiting for the guest to come back")
    assert terminal.end() == 0
    assert "tst100 on lab00 has ended" in terminal.seen


def test_host_goes_away(console, fresh_lab):
    terminal = console()
    fresh_lab.host("lab00").faults.set("refused")
    assert terminal.end() == 1
    assert "lab00: the connection ended; ctys-ls doctor lab00 finds out why" in terminal.seen


def test_the_terminal_is_closed(console, nothing_left):
    terminal = console()
    children = psutil.Process(terminal.child.pid).children(recursive=True)
    assert any(child.name() == "ssh" for child in children)
    terminal.close()
    until(lambda: not any(child.is_running() for child in children), "end of ssh")
    nothing_left()


@pytest.mark.parametrize("signal", ["terminate", "kill"])
def test_the_relay_is_ended(console, signal, nothing_left):
    terminal = console()
    relay = psutil.Process(terminal.child.pid)
    getattr(relay, signal)()
    terminal.end()
    nothing_left()


def test_terminal_modes_are_put_back(start, tmux):
    start("tst100")
    window = tmux(
        "/bin/sh",
        "-c",
        "cd; stty -a > before; ctys-ls console lab00/tst100; stty -a > after; cmp before after && echo SAME",
    )
    window.see(r"login:$")
    window.keys("C-]")
    window.see("^SAME$")


def test_the_screen_of_a_terminal(start, tmux):
    start("tst100")
    window = tmux("ctys-ls", "console", "lab00/tst100")
    window.see(r"login:$")
    window.keys("root", "Enter")
    window.see(r"^\[root@tst100 ~\]#$")
    window.keys("hostname", "Enter")
    lines = [line.rstrip() for line in window.see(r"^tst100$").splitlines()]
    assert lines[0] == "ctys-ls: console of tst100 on lab00 (a simulated host); detach with ^]"
    place = lines.index("[root@tst100 ~]# hostname")
    assert lines[place + 1] == "tst100"


def test_rows_and_columns_reach_the_host(pty):
    terminal = pty("ctys-ls", "console", "--shell", "lab00", rows=31, columns=97)
    terminal.see(r"shell on lab00; exit ends it")
    terminal.see(r"\$ |# ")
    terminal.line("stty size")
    terminal.see(r"31 97\r\n")
    terminal.child.setwinsize(44, 133)
    until(lambda: terminal.line("stty size") or "44 133" in terminal.see(r"\d+ \d+\r\n"), "new size")
    terminal.line("exit 7")
    assert terminal.end() == 7


#: Prints the size of its terminal when that changes, and reads no key meanwhile. It waits for the signal instead of
#: printing in a handler, where a second signal would come into the print of the first and end it.
WATCHER = (
    "import os, signal; wanted = {signal.SIGWINCH};"
    "signal.pthread_sigmask(signal.SIG_BLOCK, wanted);"
    "print('watching', flush=True);"
    "[print('now', *os.get_terminal_size()[::-1], flush=True) for _ in iter(lambda: signal.sigwait(wanted), 0)]"
)


def test_every_new_size_reaches_the_host_without_a_key(pty):
    """A signal that comes as the relay is about to wait must not be slept over."""
    terminal = pty("ctys-ls", "console", "--shell", "lab00", rows=31, columns=97)
    terminal.see(r"\$ |# ")
    terminal.line(f'{sys.executable} -c "{WATCHER}"')
    terminal.see(r"watching\r\n")
    for rows in range(20, 40):
        terminal.child.setwinsize(rows, 100)
        terminal.see(rf"now {rows} 100\r\n")


def test_the_size_reaches_the_host_whatever_signals_were_handed_on(pty):
    """A program can be started with signals ignored (nohup) or blocked (a supervisor)."""
    handed_on = (
        "import os, signal, sys;"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH, signal.SIGTERM});"
        "[signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGWINCH)];"
        "os.execvp(sys.argv[1], sys.argv[1:])"
    )
    terminal = pty(
        sys.executable, "-c", handed_on, "ctys-ls", "console", "--shell", "lab00", rows=31, columns=97
    )
    terminal.see(r"\$ |# ")
    terminal.child.setwinsize(44, 133)
    until(lambda: terminal.line("stty size") or "44 133" in terminal.see(r"\d+ \d+\r\n"), "new size")


def test_term_reaches_the_host(pty):
    terminal = pty("ctys-ls", "console", "--shell", "lab00", TERM="screen-256color")
    terminal.see(r"\$ |# ")
    terminal.line("echo T=$TERM")
    terminal.see(r"T=screen-256color\r\n")


def test_transcript(console, tmp_path):
    path = tmp_path / "log"
    terminal = console("--transcript", str(path))
    terminal.line("hostname")
    terminal.see(r"tst100\r\n")
    terminal.type("\x1d")
    assert terminal.end() == 0
    text = path.read_text()
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} tst100$", text, re.MULTILINE)
    assert "\x1b" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
