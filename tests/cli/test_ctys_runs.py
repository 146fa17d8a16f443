"""``ctys`` in the terminal, on simulated hosts, over the real ssh protocol."""

import re
import subprocess

import pytest
from terminals import run, until

CREATE = ("-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00(-Z KSU)")


def labels(table):
    return [line.split("|")[2].strip() for line in table.splitlines()[2:]]


def test_create_list_cancel(ctys):
    done = ctys(*CREATE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tst100" in done.stdout
    listed = ctys("-a", "list", "lab00", "lab01")
    assert listed.returncode == 0
    assert labels(listed.stdout) == ["Domain-0", "tst100", "lab00", "Domain-0", "lab01"]
    done = ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:5", "lab00")
    assert (done.returncode, done.stderr) == (0, "")
    assert labels(ctys("-t", "xen", "-a", "list", "lab00").stdout) == ["Domain-0"]


def test_two_sessions_with_one_call(ctys):
    """UC-24."""
    done = ctys(
        "-t", "xen", "--", "(-Z KSU)",
        "lab00( -a create=f:xen/tst-ctys/tst100/tst100.conf,CONSOLE:none )",
        "lab00( -a create=f:xen/tst-ctys/tst101/tst101.conf,CONSOLE:none )",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert set(labels(ctys("-t", "xen", "-a", "list", "lab00").stdout)) == {"Domain-0", "tst100", "tst101"}


def test_records_and_tables(ctys, start):
    start("tst100")
    machine = ctys("-t", "xen", "-a", "list=machine,titleidx", "lab00").stdout.splitlines()
    assert machine[0].startswith("ContainingMachine(1);SessionType(2);Label(3);")
    assert {line.count(";") for line in machine} == {21}
    ports = ctys("-a", "list=macro:TAB_CPORT", "lab00").stdout.splitlines()
    assert ports[0] == "Label     |stype   |cport|PM        |MAC              |TCP            "
    assert any(line.startswith("tst100    |XEN     |") for line in ports)


def test_what_is_running_already(ctys, start):
    start("tst100")
    done = ctys(*CREATE)
    assert done.returncode == 1
    assert re.match(r"ctys: lab00: .*tst100.*(REUSE|CONNECT)", done.stderr)
    assert len(done.stderr.splitlines()) == 1


def test_no_such_guest(ctys):
    done = ctys("-t", "xen", "-a", "create=l:nosuch,CONSOLE:none", "lab00")
    assert done.returncode == 1
    assert done.stderr.startswith("ctys: lab00: ")
    assert "nosuch" in done.stderr


def test_part_of_the_hosts_fails(ctys, fresh_lab):
    fresh_lab.host("lab01").faults.set("refused")
    done = ctys("-a", "list", "lab00", "lab01")
    assert done.returncode == 1
    assert labels(done.stdout) == ["Domain-0", "lab00"]
    assert "ctys: lab01: " in done.stderr
    assert "1 of 2 calls failed (lab01)" in done.stderr


def test_rows_show_as_hosts_answer_and_the_whole_table_takes_their_place(pty, fresh_lab):
    fresh_lab.host("lab01").faults.set("silent")
    terminal = pty("ctys", "-a", "list", "lab01", "lab00")
    terminal.see(r"lab00\.soho[^\n]*\|lab00 ")
    # The silent host has not been given up yet: what follows is the picture's removal, and the table itself.
    terminal.see(r"\x1b\[J[\s\S]*lab00\.soho[^\n]*\|lab00 ")
    terminal.see("no answer within 8 s")
    assert terminal.end() == 1


def test_a_misspelt_host_gets_the_near_ones(ctys):
    done = ctys("-a", "list", "lab0")
    assert done.returncode == 1
    assert "Did you mean lab00 or lab01?" in done.stderr


def test_unknown_host_key_without_a_terminal_is_refused(ctys, fresh_lab):
    fresh_lab.host("lab00").faults.set("unknown-key")
    done = ctys("-a", "list", "lab00")
    assert done.returncode == 1
    assert "cannot ask, there is no terminal" in done.stderr
    assert "SHA256:" in done.stderr


def test_unknown_host_key_is_asked_on_the_terminal(pty, fresh_lab):
    fresh_lab.host("lab00").faults.set("unknown-key")
    terminal = pty("ctys", "-a", "list", "lab00")
    terminal.see(r"SHA256:\S+")
    terminal.see(r"yes or no\? ")
    terminal.line("yes")
    assert terminal.end() == 0
    assert "Domain-0" in terminal.seen


def test_a_no_is_a_no(pty, fresh_lab):
    fresh_lab.host("lab00").faults.set("unknown-key")
    terminal = pty("ctys", "-a", "list", "lab00")
    terminal.see(r"yes or no\? ")
    terminal.line("no")
    assert terminal.end() == 1
    assert "was not accepted" in terminal.seen


def test_a_password_is_asked_unseen(pty, fresh_lab):
    fresh_lab.host("lab00").faults.set("denied", "password")
    terminal = pty("ctys", "-a", "list", "lab00(-Z KSU,SUDO)")
    terminal.see(r"password.*: ")
    terminal.child.waitnoecho()
    terminal.line("simulated")
    assert terminal.end() == 0
    assert "Domain-0" in terminal.seen
    assert "simulated\r" not in terminal.seen.split("password", 1)[1]


def test_control_c_at_a_question_leaves_the_terminal_as_it_was(tmux, fresh_lab):
    fresh_lab.host("lab00").faults.set("denied", "password")
    window = tmux(
        "/bin/sh", "-c", "trap : INT; cd; stty -a > before; ctys -a list 'lab00(-Z KSU,SUDO)'; stty -a > after; cmp before after && echo SAME"
    )  # fmt: skip
    window.see("password")
    window.keys("C-c")
    window.see("^SAME$")


def test_control_c_cancels_and_says_what_is(pty, fresh_lab):
    fresh_lab.host("lab00").faults.set("slow", 30, "create")
    terminal = pty("ctys", *CREATE)
    terminal.see("lab00: starting")
    terminal.type("\x03")
    assert terminal.end() == 1
    assert re.search(r"ctys: lab00: cancelled.*tst100 is absent now", terminal.seen)


def test_a_second_control_c_waits_for_nothing(pty, fresh_lab):
    """The host is silent, so that what is cannot be found out either."""
    terminal = pty("ctys", *CREATE)
    fresh_lab.host("lab00").faults.set("silent")
    terminal.type("\x03")
    terminal.type("\x03")
    assert terminal.end() != 0


def test_progress_is_for_terminals_only(ctys, pty):
    assert "\r" not in ctys("-a", "list", "lab00").stderr
    terminal = pty("ctys", "-a", "list", "lab00")
    assert terminal.end() == 0
    last = terminal.seen.rsplit("\x1b[K", 1)[-1]
    assert (
        last.startswith(("TCP-container", "\r\nTCP-container", "\rTCP-container")) or "TCP-container" in last
    )


def test_output_into_head(env):
    done = subprocess.run(
        ["/bin/sh", "-c", "ctys -a list lab00 | head -n 1"], env=env, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.stdout.startswith("TCP-container")
    assert done.stderr == ""


# -- consoles at the end of CREATE -----------------------------------------------------------------------------------


def test_console_in_this_terminal(pty):
    """UC-02, UC-03."""
    terminal = pty("ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:cli", "lab00(-Z KSU)")
    terminal.see("detach with")
    terminal.see("login: ")
    terminal.line("root")
    terminal.see("# ")
    terminal.type("\x1d")
    assert terminal.end() == 0
    assert "detached from tst100" in terminal.seen


def test_no_display_is_said_and_the_guest_runs(ctys):
    """UC-13."""
    done = ctys("-t", "xen", "-a", "create=l:tst100,CONSOLE:xterm", "lab00")
    assert done.returncode == 1
    assert "DISPLAY is not set; the console in this terminal: " in done.stderr
    assert "tst100" in labels(ctys("-t", "xen", "-a", "list", "lab00").stdout)


@pytest.mark.parametrize("kind", ["xterm", "gterm"])
def test_window_gets_the_relay(kind, env, tmp_path):
    """UC-13, UC-14. The emulator is a stand-in here that writes down what it was started with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    emulator = folder / {"xterm": "xterm", "gterm": "gnome-terminal"}[kind]
    emulator.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/started\n'
    )
    emulator.chmod(0o755)
    env = {**env, "PATH": f"{folder}:{env['PATH']}", "DISPLAY": ":77"}
    done = run(["ctys", "-t", "xen", "-a", f"create=l:tst100,CONSOLE:{kind}", "lab00"], env)
    assert (done.returncode, done.stderr) == (0, "")
    words = until(lambda: (tmp_path / "started").exists() and (tmp_path / "started").read_text(), "window")
    assert "tst100 lab00" in words.splitlines()
    assert words.splitlines()[-3:] == ["--kind", kind.upper(), "lab00/tst100"]


WINDOW = """#!/bin/sh
echo "$@" >>{0}/begun
until [ -e {0}/close ]; do sleep 0.05; done
echo >>{0}/ended
"""


@pytest.mark.parametrize(("mode", "waits"), [("sync,par", True), ("async,par", False)])
def test_sync_ends_with_the_window_and_async_before(mode, waits, env, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    emulator = folder / "xterm"
    emulator.write_text(WINDOW.format(tmp_path))
    emulator.chmod(0o755)
    env = {**env, "PATH": f"{folder}:{env['PATH']}", "DISPLAY": ":77"}
    line = ["ctys", "-t", "xen", "-b", mode, "-a", "create=l:tst100,CONSOLE:xterm,xopts:-fn%9x15", "lab00"]
    done = subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        words = until(
            lambda: (tmp_path / "begun").exists() and (tmp_path / "begun").read_text(), "window", 30
        )
        assert words.startswith("-fn 9x15 -T tst100 lab00 -e ")
        if not waits:
            assert done.wait(30) == 0
            assert not (tmp_path / "ended").exists()
        (tmp_path / "close").touch()
        assert done.wait(30) == 0
        until((tmp_path / "ended").exists, "the window's end")
    finally:
        (tmp_path / "close").touch()
        done.kill()
        done.communicate()


def test_the_age_of_the_inventory_is_told_unless_it_is_asked_to_be_quiet(ctys, env):
    empty = run(["ctys-vhost", "XEN"], env)
    assert "the inventory is empty; fill it: ctys -a enumerate HOST" in empty.stderr
    assert ctys("-a", "enumerate", "lab00", "lab01").returncode == 0
    told = run(["ctys-vhost", "-o", "machine", "XEN", "tst100"], env)
    assert re.fullmatch(r"ctys-vhost: read lab00 \d+ s ago, lab01 \d+ s ago\n", told.stderr)
    assert len(told.stdout.splitlines()) == 2
    assert run(["ctys-vhost", "-s", "-o", "machine", "XEN", "tst100"], env).stderr == ""


# -- what the environment forbids or guards --------------------------------------------------------------------------


def test_read_only_changes_nothing(env, ctys):
    done = run(["ctys", *CREATE], {**env, "CTYS_READ_ONLY": "1"})
    assert done.returncode == 1
    assert done.stderr.startswith("ctys: lab00: ")
    assert "tst100" not in ctys("-t", "xen", "-a", "list", "lab00").stdout


@pytest.mark.parametrize(("answer", "status", "left"), [("no", 1, True), ("yes", 0, False)])
def test_a_protected_host_asks_first(answer, status, left, start, pty, ctys):
    start("tst100")
    terminal = pty(
        "ctys", "-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0", "lab00", CTYS_PROTECTED_HOSTS="lab00"
    )
    terminal.see(r"tst100[\s\S]*yes or no\? ")
    terminal.line(answer)
    assert terminal.end() == status
    assert ("tst100" in ctys("-t", "xen", "-a", "list", "lab00").stdout) is left


def test_no_host_answered_and_no_table_pretends_otherwise(ctys):
    done = ctys("-a", "list", "nosuch.invalid")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ctys: nosuch.invalid: ")
