"""The relay against simulated hosts, over the real ssh, in real terminals."""

import re
import stat
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from terminals import environment, processes_of, run, until

from ctys_ls.cli.console import sentence
from ctys_ls.runtime.consoledialog import How, Place

DETACHED = "detached from tst100 on lab00; it runs on"


@pytest.fixture
def console(start, pty):
    """A terminal attached to tst100, with a shell prompt."""

    def attached(*words, **more):
        start("tst100")
        terminal = pty("ctys-ls", "console", *words, "lab00/tst100", **more)
        terminal.log_in()
        return terminal

    return attached


@pytest.fixture
def nothing_left(tmp_path, fresh_lab):
    """Wait for the end of every process that was started here or on the simulated hosts."""

    def waited():
        until(lambda: not processes_of(tmp_path) and not processes_of(fresh_lab.root), "end of all processes")

    return waited


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


# -- where lines are edited elsewhere --------------------------------------------------------------------------------


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


@pytest.mark.parametrize("how", list(How))
def test_every_end_has_its_words(how):
    assert "None" not in sentence(Place("root@lab00", "tst100"), how, "why")


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def told(env, *words, **options):
    done = run(["ctys-ls", "console", *words], env, **options)
    lines = [line for line in done.stderr.splitlines() if "waiting for" not in line]
    assert len(lines) == 1, done.stderr
    return done.returncode, lines[0]


def test_no_such_guest(env):
    status, said = told(env, "--wait", "0", "lab00/nosuch")
    assert status == 1
    assert said == "ctys-ls: lab00: no guest nosuch is running; ctys -a list lab00 shows what is"


def test_a_guest_that_comes_later(env, pty, start):
    terminal = pty("ctys-ls", "console", "--wait", "30", "lab00/tst100")
    terminal.see("waiting for the guest; Ctrl-C gives up")
    start("tst100")
    terminal.see("login: ")


def test_giving_up_the_wait(env, pty):
    terminal = pty("ctys-ls", "console", "--wait", "60", "lab00/tst100")
    terminal.see("waiting for the guest; Ctrl-C gives up")
    terminal.type("\x03")
    assert terminal.end() != 0
    assert "gave up waiting for tst100 on lab00" in terminal.seen


def test_no_such_host(env):
    status, said = told(env, "nosuch.invalid/tst100")
    assert status == 1
    assert "nosuch.invalid: cannot be reached: ssh: Could not resolve hostname" in said
    assert said.endswith("ctys-ls doctor nosuch.invalid finds out why")


def test_host_is_down(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("refused")
    status, said = told(env, "lab00/tst100")
    assert status == 1
    assert "Connection refused" in said


def test_host_key_has_changed(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("changed-key")
    status, said = told(env, "lab00/tst100")
    assert status == 1
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in said


def test_no_toolstack(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("missing")
    status, said = told(env, "lab00/tst100")
    assert status == 1
    # Where the machine that runs the tests has Xen's tools of its own, the simulated host has those left.
    assert re.search(r"neither xl nor xm is installed|check that it was booted under Xen", said)


def test_not_allowed(env, fresh_lab, start):
    start("tst100")
    fresh_lab.host("lab00").faults.set("denied", "all")
    status, said = told(env, "-Z", "KSU", "lab00/tst100")
    assert status == 1
    assert "not allowed" in said


def test_second_attach_is_refused_in_words(console, env):
    console()
    done = run(["ctys-ls", "console", "lab00/tst100"], env)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("ctys-ls: lab00: the console of tst100 was refused: another client is attached: ")
    assert "Could not lock" in said
    assert said.endswith("; RECONNECT (here: --take) ends that one first, a shell on the host: --shell lab00")


def test_reconnect_ends_the_old_client_first(console, pty):
    first = console()
    second = pty("ctys", "-t", "xen", "-a", "create=l:tst100,RECONNECT,CONSOLE:cli", "lab00")
    assert first.end() == 0
    assert DETACHED in first.seen
    second.see(r"detach with \^\]\r\n")
    until(lambda: second.line("echo still") or "still" in second.see(r"still\r\n"), "answer")


@pytest.fixture
def channels(fresh_lab, start):
    """The guest tst100 with two consoles beside its first one."""
    conf = fresh_lab.host("lab00").home / "xen/tst-ctys/tst100/tst100.conf"
    conf.write_text(conf.read_text() + "channel = ['name=one,connection=pty', 'name=two,connection=pty']\n")
    start("tst100")


def test_another_console_of_the_guest(channels, env, pty):
    """The first one is free for somebody else meanwhile."""
    second = pty("ctys-ls", "console", "--number", "2", "lab00/tst100")
    second.see(r"detach with \^\]\r\n")
    first = pty("ctys-ls", "console", "lab00/tst100")
    first.see("login: ")
    second.type("nobody logs in here")
    second.see("nobody logs in here")
    assert "login" not in second.seen
    status, said = told(env, "--wait", "0", "--number", "3", "lab00/tst100")
    assert status == 1
    assert said == "ctys-ls: lab00: tst100 has no console 3; it has 0, 1, 2"
    for each in (first, second):
        each.type("\x1d")
        assert each.end() == 0


def test_the_only_console_of_the_guest(env, start):
    start("tst100")
    status, said = told(env, "--wait", "0", "--number", "1", "lab00/tst100")
    assert status == 1
    assert said == "ctys-ls: lab00: tst100 has no console 1; it has 0"


def test_a_guest_without_a_console(env, fresh_lab, start):
    """A HVM guest has one if its file gives it a serial line. Hosts of a lab start none, so one is made of another."""
    start("tst100")
    domain = fresh_lab.host("lab00").domains["tst100"]
    domain.config = replace(domain.config, kind="hvm")
    done = run(["ctys-ls", "console", "lab00/tst100"], env)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith(
        "ctys-ls: lab00: tst100 has no console: the console ended with status 2: xenconsole: "
    )
    assert (
        "; see its screen (ctys-ls vnc lab00/tst100), or give a HVM guest serial = 'pty' in its file" in said
    )


def test_a_small_terminal_is_told(start, pty):
    start("tst100")
    terminal = pty("ctys-ls", "console", "lab00/tst100", rows=5, columns=40)
    terminal.see("this terminal has 5 rows and 40 columns, too few for menus")
    terminal.see("login: ")


@pytest.mark.parametrize("login", ["nobody", "@", "-oProxyCommand=x"])
def test_a_login_that_names_nobody(env, login):
    status, said = told(env, f"--login={login}", "lab00/tst100")
    assert status == 2
    assert "is no USER@ADDRESS" in said


def test_a_guest_that_answers_no_ssh(env, start):
    """The next best way is its console."""
    start("tst100")
    status, said = told(env, "--wait", "0", "--login", "root@192.168.1.220", "lab00/tst100")
    assert status == 1
    assert said.startswith("ctys-ls: lab00: no login in tst100 as root@192.168.1.220: ")
    assert said.endswith("; its console: ctys-ls console lab00/tst100")


def test_giving_up_the_wait_for_a_login(env, start, pty):
    start("tst100")
    terminal = pty("ctys-ls", "console", "--wait", "60", "--login", "root@192.168.1.220", "lab00/tst100")
    terminal.see("waiting for tst100 to answer ssh; Ctrl-C gives up")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "gave up waiting for tst100 on lab00" in terminal.seen


def test_user_asks_for_a_login(ctys, start):
    """USER and the guest's address: the console is a login in the guest."""
    done = ctys("-t", "xen", "-a", "create=l:tst100,USER:root,CONSOLE:xterm", "lab00")
    # Without a DISPLAY the command is printed that the window would have run.
    assert "--login root@192.168.1.220 --wait 60" in done.stderr


def test_ssh_is_missing(tmp_path):
    env = environment(tmp_path) | {"PATH": str(tmp_path)}
    done = run([sys.executable, "-m", "ctys_ls", "console", "lab00/tst100"], env)
    assert done.returncode == 1
    assert done.stderr == "ctys-ls: ssh is not installed here; install it (package openssh-client)\n"


@pytest.mark.parametrize(
    "words", [["lab00"], ["--shell", "lab00/tst100"], ["-Z", "SU", "lab00/x"], ["/tst100"]]
)
def test_wrong_arguments(words, env):
    done = run(["ctys-ls", "console", *words], env)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# -- transcript --------------------------------------------------------------------------------------------------------


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


def test_transcript_that_cannot_be_written(env, tmp_path):
    status, said = told(env, "--transcript", str(tmp_path / "no" / "log"), "lab00/tst100")
    assert status == 1
    assert "cannot write the transcript" in said
