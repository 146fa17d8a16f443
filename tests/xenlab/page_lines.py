"""The command lines of the use-case page on real hosts: what their tests through ``ctys`` and through the server share.

A line with -Z runs as acue, an ordinary user with a Kerberos ticket and an entry in sudoers; the others run as root.
What a line shall do is asked of xl over another connection. The lines are sorted so that the state one leaves is the
one that the next needs; what is missing is brought about by xl (``xenlab.use_cases``).
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from needs import need_program
from terminals import Pty, until
from xenlab.desk import Desk
from xenlab.fixtures import XenHosts
from xenlab.guests import TST100, Guests
from xenlab.use_cases import CASES, SLOW, Case, Ran, World

_PAGE = json.loads((Path(__file__).parents[1] / "data/use-cases.json").read_text())
LINES = {line["id"]: line["text"] for line in _PAGE}
#: acue's guests need no Linux and, but for some lines, no screen: the GRUB of the hosts does. It never rests, so it
#: gets a twentieth of a processor.
SMALL = """for name in tst100 tst101; do sed -i \
 -e 's#^kernel = .*#kernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"#' -e '/^ramdisk/d' -e '/^extra/d' -e '/^vnc/d' \
 -e 's/^memory = .*/memory = 32\\ncap = 5/' /homen/acue/xen/tst-ctys/$name/$name.conf; done"""
#: What sed adds to a guest's file for a screen (the page's keys).
SCREEN = r"s/^vcpus.*/&\nvnc = 1\nvncunused = 1\nvncconsole = 1/"
#: Printed without the backslash after the first target: the guest that only the line with it starts.
BROKEN = {"UC-26": "lab00/tst101", "UC-27": "lab01/tst101"}
#: Consoles that differ in more than the address: their processes on the host are looked at.
CLOSELY = ("UC-01", "UC-02", "UC-04")
#: UC-30's copies: another place, one without a UUID, another user's.
COPIES = """mkdir -p /root/xen/tst100 && cd /root/xen/tst100 && cp ../tst-ctys/tst100/tst100.conf . &&
sed '/uuid/d' tst100.conf > tst100-inst.conf"""


def world_of(desk: Desk, xen_hosts: XenHosts) -> Callable[[Case], World]:
    """Brings about what a case needs."""
    hosts = {name: Guests(host) for name, host in xen_hosts.hosts.items()}
    for guests in hosts.values():
        guests.ask(SMALL)
    home, screened = "", False

    def prepared(case: Case) -> World:
        nonlocal home, screened
        if case.home != home:
            # The other user's guests have the same names and are made of other files.
            for guests in hosts.values():
                guests.stop_all()
            home = case.home
        if screened != (case.console == "VNC" and case.user == "acue"):
            screened = not screened
            edit = f"sed -i '/^vnc/d; {SCREEN if screened else ''}' /homen/acue/{TST100}/tst100.conf"
            hosts["lab00"].ask(edit)
        ids = {}
        for name in sorted({place.partition("/")[0] for place in case.needs}):
            domains = hosts[name].domains()
            done = [
                hosts[name].bring(
                    state,
                    label,
                    case.home,
                    screen=case.screen,
                    now=domains[label].state if label in domains else "absent",
                )
                for place, state in case.needs.items()
                for host, _, label in (place.partition("/"),)
                if host == name
            ]
            if any(done):
                domains = hosts[name].domains()
            ids |= {f"{name}/{label}": domain.id for label, domain in domains.items()}
        return World(desk, hosts, ids, Ran(0, ""))

    return prepared


def special_to(desk: Desk, xen_hosts: XenHosts, tmp_path: Path):
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
        lab00.ask(COPIES)
        try:
            seen = desk.run(
                "ctys -t xen -a enumerate=b:/root/xen/tst100%/homen/chkusr lab00", HOME=str(tmp_path)
            )
            assert seen.returncode == 0, seen.stderr
            yield {"HOME": str(tmp_path)}
        finally:
            lab00.ask("rm -r /root/xen/tst100")

    return around


def in_terminal(pty: Pty, world: World, *, closely: bool) -> Ran:
    """A console in a terminal: the host says that it is attached, ^] ends it. ``closely``: xl's process is looked at."""
    try:
        pty.see(r"detach with \^\]")
        attached = until(lambda: console_of(world, "lab00"), "console on lab00", SLOW) if closely else ""
        pty.type("\x1d")
        status = pty.end()
        if closely:
            until(lambda: attached != console_of(world, "lab00"), f"end of {attached}", SLOW)
    finally:
        pty.close()
    return Ran(status, pty.seen)


def console_of(world: World, host: str) -> str:
    """The process on the host that is the guest's console, empty where there is none."""
    seen = world.hosts[host].ask("ps -eo pid,args | grep '[x]enconsole [0-9]' || true")
    return next(iter(seen.splitlines()), "")


def judge(case: Case, world: World, done: Ran) -> None:
    case.then(World(world.desk, world.hosts, world.ids, done))


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
