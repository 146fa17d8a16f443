"""The relay when something is in its way: one sentence, with what helps."""

import re
import sys
from dataclasses import replace

import pytest
from terminals import DETACHED, environment, run, until

from ctys_ls.cli.console import sentence
from ctys_ls.runtime.consoledialog import How, Place


@pytest.mark.parametrize("how", list(How))
def test_every_end_has_its_words(how):
    assert "None" not in sentence(Place("root@lab00", "tst100"), how, "why")


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


def test_transcript_that_cannot_be_written(env, tmp_path):
    status, said = told(env, "--transcript", str(tmp_path / "no" / "log"), "lab00/tst100")
    assert status == 1
    assert "cannot write the transcript" in said
