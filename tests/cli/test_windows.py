"""XTERM: windows of this machine, and with -L DF windows of the host through X11 forwarding; real xterms under Xvfb."""

import re
import subprocess

import pytest
from display import windows, xvfb
from needs import need_program
from realsshd import Sshd, need_sshd
from terminals import BIN, run, until

from ctys_ls.runtime.screens.rfb import password_file

XL = """#!/bin/sh
# Stands in for xl on this machine: one guest, whose console is a shell that says so.
case $1 in
domid) [ "$2" = tst100 ] && echo 7 ;;
list) echo "Name ID Mem VCPUs State Time(s)" ;;
console) echo "console of $2"; exec sh ;;
esac
"""


@pytest.fixture
def display():
    need_program("xterm", "xterm")
    with xvfb() as name:
        yield name


@pytest.fixture
def real(tmp_path, env):
    """A real sshd whose xl is the stand-in; gives the environment that reaches it as ``real``."""
    need_sshd()
    need_program("xauth", "xauth")
    folder = tmp_path / "sshd"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/xl").write_text(XL)
    (folder / "bin/xl").chmod(0o755)
    server = Sshd(folder)
    server.options = {"X11Forwarding": "yes", "X11UseLocalhost": "yes", "XAuthLocation": "/usr/bin/xauth"}
    server.know()
    server.start()
    (folder / "config").write_text(server.config())
    yield server, {**env, "CTYS_SSH_CONFIG": str(folder / "config")}
    server.stop()


def ended(process):
    process.terminate()
    process.wait(20)


def test_a_window_of_this_machine(ctys, env, start, display):
    """UC-02 without -L: xterm here, the relay in it."""
    start("tst100")
    done = run(
        ["ctys", "-t", "xen", "-a", "create=l:tst100,CONNECT,CONSOLE:xterm", "lab00"],
        {**env, "DISPLAY": display},
    )
    assert done.returncode == 0, done.stderr
    until(lambda: '"tst100 lab00"' in windows(display, env), "window named for guest and host")
    rows = run(["ctys", "-a", "list", "localhost"], env).stdout
    assert re.search(r"\|tst100 *\|X11 *\|C\|", rows)


#: How each program's manual has it run a command with arguments in a window with a title: xterm(1), gnome-terminal(1),
#: konsole(1) and its profile's property "tabtitle", kitty(1), alacritty(1), Debian Policy 11.8.3 for x-terminal-emulator.
MANUALS = {
    "xterm": ["-T", "TITLE", "-e"],
    "gnome-terminal": ["--title", "TITLE", "--"],
    "konsole": ["-p", "tabtitle=TITLE", "-e"],
    "kitty": ["-T", "TITLE"],
    "alacritty": ["-T", "TITLE", "-e"],
    "x-terminal-emulator": ["-T", "TITLE", "-e"],
}


@pytest.fixture
def opened(env, start, tmp_path):
    """Connect by XTERM or GTERM where only the named program is installed; gives its arguments up to the relay's."""

    def run_in(kind, program, **more):
        start("tst100")
        folder, told = tmp_path / "only", tmp_path / "told"
        folder.mkdir()
        emulator = folder / program
        emulator.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{told}.new; /bin/mv {told}.new {told}\n')
        emulator.chmod(0o755)
        path = f"{BIN}:{folder}"
        done = run(
            [str(BIN / "ctys"), "-t", "xen", "-a", f"create=l:tst100,CONNECT,CONSOLE:{kind}", "lab00"],
            {**env, "PATH": path, "DISPLAY": ":99", **more},
        )
        assert done.returncode == 0, done.stderr
        words = until(lambda: told.exists() and told.read_text().splitlines(), "call")
        at = words.index("-m")
        assert words[at : at + 3] == ["-m", "ctys_ls", "console"]
        return words[: at - 1]

    return run_in


@pytest.mark.parametrize("program", MANUALS)
def test_an_emulator_is_called_as_its_manual_says(opened, program):
    kind = "xterm" if program == "xterm" else "gterm"
    assert opened(kind, program) == [word.replace("TITLE", "tst100 lab00") for word in MANUALS[program]]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("kitty", ["-T", "tst100 lab00"]),
        ("kitty --class=x --title {title}", ["--class=x", "--title", "tst100 lab00"]),
    ],
)
def test_an_emulator_of_the_users_choice_goes_before_xterm(opened, command, words):
    assert opened("xterm", "kitty", CTYS_TERMINAL=command) == words


@pytest.mark.parametrize(
    ("command", "said"),
    [("nosuch -e", "no terminal emulator is installed (nosuch)"), ("'", "CTYS_TERMINAL is wrong")],
)
def test_an_emulator_that_cannot_be_had(env, start, command, said):
    start("tst100")
    done = run(
        ["ctys", "-t", "xen", "-a", "create=l:tst100,CONNECT,CONSOLE:gterm", "lab00"],
        {**env, "DISPLAY": ":99", "CTYS_TERMINAL": command},
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert said in line
    assert line.endswith("ctys_ls console --kind GTERM lab00/tst100")


def test_a_window_of_the_host(real, display):
    """-L DF: the host's xterm, its window on this display."""
    _, env = real
    env = {**env, "DISPLAY": display}
    relay = subprocess.Popen(
        ["ctys-ls", "console", "--kind", "XTERM", "-L", "DF", "--events", "--option=-bg", "--option=red", "real/tst100"],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        told = relay.stdout.readline()
        assert "xterm of real shows the console of tst100" in told
        until(lambda: '"tst100 real"' in windows(display, env), "window of the host's xterm")
        assert re.search(r"\|tst100 *\|X11 *\|C\|", run(["ctys", "-a", "list", "localhost"], env).stdout)
    finally:
        ended(relay)
    until(lambda: '"tst100 real"' not in windows(display, env), "end of the window")


def refused(env, place="real/tst100"):
    done = run(["ctys-ls", "console", "--kind", "XTERM", "-L", "DF", place], env)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_no_display_here(real):
    _, env = real
    assert refused(env | {"DISPLAY": ""}) == (
        "ctys-ls: no window can be opened, for DISPLAY is not set; "
        "the console in this terminal: ctys-ls console real/tst100"
    )


def test_the_host_forwards_no_display(real, display):
    server, env = real
    server.stop()
    server.options["X11Forwarding"] = "no"
    server.start()
    said = refused(env | {"DISPLAY": display})
    assert said.startswith(
        "ctys-ls: real forwards no display (X11Forwarding of its sshd, package xauth); without -L DF"
    )


def test_no_such_guest(real, display):
    _, env = real
    said = refused(env | {"DISPLAY": display}, "real/nosuch")
    assert said == "ctys-ls: real: no guest nosuch is running; ctys -a list real shows what is"


def test_no_such_host(env, display):
    said = refused(env | {"DISPLAY": display}, "nosuch.invalid/tst100")
    assert said.startswith("ctys-ls: nosuch.invalid: cannot be reached: ")
    assert said.endswith("; ctys-ls doctor nosuch.invalid finds out why")


def test_a_viewer_of_the_host(real, display, tmp_path):
    """-L DF of a VNC screen, with the password through a pipe: a viewer's stand-in on the host says what it was given."""
    server, env = real
    told = tmp_path / "viewer-told"
    viewer = server.folder / "bin/vncviewer"
    viewer.write_text(
        f'#!/bin/sh\n{{ echo "$@"; od -An -tx1 </dev/stdin; echo "$DISPLAY"; }} >{told}\nexec sleep 100\n'
    )
    store = server.folder / "bin/xenstore-read"
    store.write_text(
        "#!/bin/sh\ncase $1 in *vnc-port) echo 5901 ;; *vnc-listen) echo 0.0.0.0 ;; *vnc-pass) echo geheim ;; *) exit 1 ;; esac\n"
    )
    for program in (viewer, store):
        program.chmod(0o755)
    relay = subprocess.Popen(
        ["ctys-ls", "vnc", "-L", "DF", "--events", "--option=-Shared", "real/tst100"],
        env={**env, "DISPLAY": display}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert "vncviewer of real" in relay.stdout.readline()
        words, secret, shown = until(
            lambda: (
                told.exists() and len(told.read_text().splitlines()) == 3 and told.read_text().splitlines()
            ),
            "call",
        )
        assert words == "-passwd /dev/stdin -Shared 127.0.0.1::5901"
        # That a real VNC server takes such a file is shown in tests/runtime/test_screens.py.
        assert bytes.fromhex(secret) == password_file("geheim")
        assert shown.startswith("localhost:1")
        arguments = subprocess.run(
            ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
        assert not re.search(r"^(?!.*echo).*geheim", arguments, re.MULTILINE)
    finally:
        ended(relay)
