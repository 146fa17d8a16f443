"""Every command line of the use-case page, as printed, on real Xen hosts: by ``ctys`` and by the server's ``ctys.run``.

A line with -Z runs as acue, an ordinary user with a Kerberos ticket and an entry in sudoers; the others run as root.
What a line shall do is asked of xl over another connection. The lines are sorted so that the state one leaves is the
one that the next needs; what is missing is brought about by xl (``xenlab.use_cases``).
"""

import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from needs import need_program
from terminals import Pty, until
from wire_client import Wire
from xenlab.desk import Desk
from xenlab.fixtures import XenHosts
from xenlab.guests import TST100, Guests
from xenlab.server import SLOW, job, run_line, start_server
from xenlab.use_cases import CASES, Case, Ran, World, is_now

pytestmark = [
    pytest.mark.xen,
    pytest.mark.long,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]

_PAGE = json.loads((Path(__file__).parents[1] / "data/use-cases.json").read_text())
LINES = {line["id"]: line["text"] for line in _PAGE}
#: acue's guests need no Linux and, but for some lines, no screen: the GRUB of the hosts is up in a second. It never
#: rests, so it gets a quarter of a processor.
_SMALL = """for name in tst100 tst101; do sed -i \
 -e 's#^kernel = .*#kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"#' -e '/^ramdisk/d' -e '/^extra/d' -e '/^vnc/d' \
 -e 's/^memory = .*/memory = 32\\ncap = 25/' /homen/acue/xen/tst-ctys/$name/$name.conf; done"""
#: What sed adds to a guest's file for a screen (the page's keys).
SCREEN = r"s/^vcpus.*/&\nvnc = 1\nvncunused = 1\nvncconsole = 1/"
#: Printed without the backslash after the first target: the guest that only the line with it starts.
BROKEN = {"UC-26": "lab00/tst101", "UC-27": "lab01/tst101"}
#: Consoles that differ in more than the address: their processes on the host are looked at.
CLOSELY = ("UC-01", "UC-02", "UC-04")
#: UC-30's copies: another place, one without a UUID, another user's.
_COPIES = """mkdir -p /root/xen/tst100 && cd /root/xen/tst100 && cp ../tst-ctys/tst100/tst100.conf . &&
sed '/uuid/d' tst100.conf > tst100-inst.conf"""


async def test_all_lines_of_the_page_are_here():
    assert sorted(CASES) == sorted(LINES)


@pytest.fixture(scope="module")
def world(desk: Desk, xen_hosts: XenHosts) -> Callable[[Case], World]:
    """Brings about what a case needs."""
    hosts = {name: Guests(host) for name, host in xen_hosts.hosts.items()}
    for guests in hosts.values():
        guests.ask(_SMALL)

    def prepared(case: Case) -> World:
        for place, state in case.needs.items():
            name, _, label = place.partition("/")
            hosts[name].bring(state, label, case.home)
        screened = case.console == "VNC" and case.user == "acue"
        hosts["lab00"].ask(f"sed -i '/^vnc/d; {SCREEN if screened else ''}' /homen/acue/{TST100}/tst100.conf")
        named = {place.partition("/")[0] for place in case.needs}
        ids = {
            f"{name}/{label}": domain.id for name in named for label, domain in hosts[name].domains().items()
        }
        return World(desk, hosts, ids, Ran(0, ""))

    return prepared


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(desk: Desk) -> AsyncIterator[dict[str, Wire]]:
    """A language server for each user, as an editor starts it."""
    started = {}
    for user in ("acue", "root"):
        started[user] = await start_server(desk.env(user))
    yield started
    for wire in started.values():
        await wire.stop()


@pytest.mark.parametrize("name", CASES)
async def test_by_ctys(name: str, world, desk: Desk, special):
    case = CASES[name]
    before = world(case)
    with special(name) as more:
        if case.console == "CLI":
            done = _in_terminal(desk.terminal(LINES[name], case.user), before, closely=name in CLOSELY)
        else:
            ended = desk.run(LINES[name], case.user, **more)
            done = Ran(ended.returncode, ended.stdout, ended.stderr)
        _ended(name, done)
        _judge(case, before, done)
        _handed_over(case, desk, before)


@pytest.mark.parametrize("name", CASES)
async def test_by_the_server(name: str, world, servers: dict[str, Wire], special, desk: Desk):
    case = CASES[name]
    before = world(case)
    wire = servers[case.user]
    start = len(wire.messages)
    if name == "UC-30":
        # It asks what was enumerated, by a server with a HOME of its own.
        with special(name) as more:
            other = await start_server(desk.env(case.user, **more))
            try:
                end = await run_line(other, LINES[name])
            finally:
                await other.stop()
            _judge(case, before, Ran(end["exitStatus"], end["text"]))
        return
    if name in BROKEN:
        refused = await wire.refused("workspace/executeCommand", job(LINES[name]))
        assert "without a backslash" in refused["message"]
        assert before.hosts["lab00"].state("tst100") == "absent"
    end = await run_line(wire, LINES[name].replace(")'\nlab0", ")' \\\nlab0"))
    assert end["state"] == "done", end
    _judge(case, before, Ran(end["exitStatus"], end["text"]))
    if name in BROKEN:
        is_now("running", BROKEN[name])(before)
    ready = [m["params"] for m in wire.messages[start:] if m.get("method") == "ctys/consoleReady"]
    assert [one["kind"] for one in ready] == ([case.console] if case.console else []), ready
    for one in ready:
        host, _, label = next(iter(case.needs)).partition("/")
        assert (one["host"], one["label"], one["guestBuffer"]) == (host, label, label)
        if name in CLOSELY:
            pty = Pty(one["argv"], {**desk.env(case.user), **one["env"]})
            pty.child.timeout = SLOW
            _in_terminal(pty, before, closely=True)


def _in_terminal(pty: Pty, world: World, *, closely: bool) -> Ran:
    """A console in a terminal: the host says that it is attached, ^] ends it. ``closely``: xl's process is looked at."""
    try:
        pty.see(r"detach with \^\]")
        console = until(lambda: _console(world), "console on lab00", SLOW) if closely else ""
        pty.type("\x1d")
        status = pty.end()
        if closely:
            until(lambda: console not in _processes(world), f"end of {console}", SLOW)
    finally:
        pty.close()
    return Ran(status, pty.seen)


def _processes(world: World) -> str:
    return world.hosts["lab00"].ask("ps -eo pid,args | grep '[x]enconsole [0-9]' || true")


def _console(world: World) -> str:
    """The process on the host that is the guest's console, empty where there is none."""
    return next(iter(_processes(world).splitlines()), "")


def _ended(name: str, done: Ran) -> None:
    if name in BROKEN:
        # The shell takes the rest for a command of its own.
        assert done.status == 127, done
        assert "-a create=f:xen/tst-ctys/tst101/tst101.conf" in done.err
        return
    assert done.status == 0, done


def _judge(case: Case, world: World, done: Ran) -> None:
    case.then(World(world.desk, world.hosts, world.ids, done))


def _handed_over(case: Case, desk: Desk, world: World) -> None:
    """What the program behind a window was told. The windows themselves are the editors' tests'."""
    match case.console:
        case "XTERM":
            until(lambda: _console(world), "console on lab00", SLOW)
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


@pytest.fixture
def special(desk: Desk, xen_hosts: XenHosts, tmp_path: Path):
    """What single lines need beyond states: variables of the environment, files that are there for them only."""

    @contextmanager
    def around(name: str) -> Iterator[dict[str, str]]:
        if CASES[name].console in ("XTERM", "GTERM", "VNC"):
            with screen() as display:
                yield {"DISPLAY": display}
            return
        if name != "UC-30":
            yield {}
            return
        lab00 = Guests(xen_hosts["lab00"])
        lab00.ask(_COPIES)
        try:
            seen = desk.run(
                "ctys -t xen -a enumerate=b:/root/xen/tst100%/homen/chkusr lab00", HOME=str(tmp_path)
            )
            assert seen.returncode == 0, seen.stderr
            yield {"HOME": str(tmp_path)}
        finally:
            lab00.ask("rm -r /root/xen/tst100")

    return around


@contextmanager
def screen() -> Iterator[str]:
    """The number of an X display of its own."""
    program = need_program("Xvfb", "xvfb")
    need_program("xterm", "xterm")
    reader, writer = os.pipe()
    with subprocess.Popen(
        [program, "-displayfd", str(writer), "-nolisten", "tcp", "-screen", "0", "800x600x24"],
        pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        os.close(writer)
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()
