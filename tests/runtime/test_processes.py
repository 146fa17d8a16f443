"""Sessions that are processes on a host: what ps prints, and what LIST makes of it."""

import asyncio
import grp
import os
import pwd
import subprocess

import pytest
from labtools import connect
from waiting import until

from ctys_ls.requests import Address, ConsoleKind, Create, Invocation, List, Target
from ctys_ls.runtime import answer, probe
from ctys_ls.runtime.processes import read_processes, sessions_of


def sessions(*args):
    lines = "".join(f"{100 + n:>7} acue users {line}\n" for n, line in enumerate(args))
    found = sessions_of(read_processes(lines), {5: "tst100"}, {"5900": "tst100"})
    return [(one.type, one.side[0], one.label, one.cport) for one in found]


@pytest.mark.parametrize(
    ("args", "session"),
    [
        ("/usr/bin/Xvnc :1 -desktop LAB00 -rfbport 5901", ("VNC", "S", "LAB00", "5901")),
        ("/usr/bin/Xtigervnc :2 -auth /root/.Xauthority", ("VNC", "S", ":2", "5902")),
        ("x11vnc -display :0 -rfbport=5999", ("VNC", "S", ":0", "5999")),
        ("vncviewer -name tst101:1 :1", ("VNC", "C", "tst101", "")),
        ("/usr/bin/xtigervncviewer localhost:0", ("VNC", "C", "tst100", "")),
        ("xtigervncviewer 127.0.0.1::5900", ("VNC", "C", "tst100", "")),
        ("xtigervncviewer elsewhere:7", ("VNC", "C", "elsewhere:7", "")),
        ("vncviewer", ("VNC", "C", "", "")),
        ("/usr/libexec/xen/bin/xenconsole 5 --num 0 --type pv", ("CLI", "C", "tst100", "")),
        ("/usr/lib/xen-4.17/bin/xenconsole 6", ("CLI", "C", "6", "")),
        (
            "ssh -f -L 5950:localhost:5900 a@h sleep 120 # DYNREMAP:XEN:h:5950:tst100:5900",
            ("SSH(XEN)", "T", "tst100", "5950"),
        ),
        ("grep -E X[a-z]*vnc|vncviewer|xenconsole|DYNREMAP:", None),
        ("sh -c ps | grep vncviewer", None),
        ("vim vncviewer.txt", None),
        ("ssh host xl console 5", None),
    ],
)
def test_what_a_process_is(args, session):
    assert sessions(args) == ([session] if session else [])


def test_a_viewer_of_a_desktop_has_its_name_and_comes_before_it():
    assert sessions("Xvnc :1 -desktop LAB00", "vncviewer localhost:1") == [
        ("VNC", "C", "LAB00", ""),
        ("VNC", "S", "LAB00", "5901"),
    ]


def test_lines_that_are_no_processes_are_passed_over():
    assert read_processes("  PID USER COMMAND\n\nps: bad option\n 12 a b\n") == ()


def test_a_real_process_is_found_by_the_probe_in_a_real_ps():
    """The stand-in shows what the real ps would: the probe finds a process of this machine by its name."""
    call = probe.call(probe.Look(("processes",)), ())
    viewer = subprocess.Popen(["bash", "-c", "exec -a vncviewer sleep 60"])
    try:
        ran = subprocess.run(
            ["sh", "-c", call.line], input=call.stdin, capture_output=True, text=True, check=True
        )
        seen = answer.parse(ran.stdout, call.boundary, "here", lambda text, path: None)
        (mine,) = [one for one in seen.processes if one.pid == str(viewer.pid)]
        assert mine.args == "vncviewer 60"
        assert (
            mine.user
            == subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        )
    finally:
        viewer.kill()
        viewer.wait()
    assert all(one.pid != str(os.getpid()) for one in seen.processes)


async def test_an_attached_console_is_a_client_on_its_host(desk):
    user = desk()
    assert (await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))).ok
    connection = await connect(user.lab)
    process = await connection.create_process("xl console tst100", term_type="xterm")
    try:
        await asyncio.to_thread(until, lambda: user.lab.host("lab00").machine.processes)
        rows = (await user.one(List())).rows
        assert [row.record[1:3] + row.record[13:14] for row in rows[:1]] == [("CLI", "tst100", "CLIENT")]
        assert rows[0].record[11]
    finally:
        process.close()
        connection.close()
        await connection.wait_closed()
    await asyncio.to_thread(until, lambda: not user.lab.host("lab00").machine.processes)
    assert [row.record[1] for row in (await user.one(List())).rows] == ["XEN", "XEN", "PM"]


@pytest.mark.parametrize(
    ("scope", "labels"),
    [
        ("", ["a", "b"]),
        ("ALL", ["a", "b"]),
        ("usrlst=root,other", ["b"]),
        ("GRPLST=ldapusers", ["a"]),
        ("USER", ["c"]),
        ("GROUP", ["c"]),
    ],
)
async def test_whose_sessions_are_listed(desk, scope, labels):
    user = desk()
    name, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    processes = user.lab.host("lab00").machine.processes
    if scope in ("USER", "GROUP"):
        processes[3] = (name, group, "vncviewer -name c:1")
        processes[1] = ("acue", "ldapusers", "vncviewer -name a:1")
    else:
        processes[1] = ("acue", "ldapusers", "vncviewer -name a:1")
        processes[2] = ("root", "root", "vncviewer -name b:1")
    target = Target("lab00", List(), scope=scope)
    (done,) = (await user.engine.run(Invocation((target,)), user.report, user.ask)).targets
    assert [row.record[2] for row in done.rows] == [*labels, "Domain-0", "lab00"]
