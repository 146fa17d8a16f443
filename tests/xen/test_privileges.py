"""-Z KSU and SUDO for real: a ticket of the host's own Kerberos realm, sudo without and with a password.

The password is looked for everywhere it must not be: in the arguments and environments of all processes of the host
while the line runs, in the server's log at its most talkative, in what the client was told, on the screen.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from terminals import until
from xenlab.desk import Desk
from xenlab.guests import Guests
from xenlab.server import answer, asked, begin, end_of, run_line, start_server

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]

SECRET = "Pass-Wort-7391"
CREATE = "ctys -t xen -a create=l:tst104,CONSOLE:none lab00'(-Z {rights})'"
CANCEL = "ctys -t xen -a cancel=l:tst104,POWEROFF:0 lab00'(-Z {rights})'"


@pytest.fixture(scope="module")
def chkusr(desk: Desk) -> str:
    """A user who may use sudo with a password."""
    host = desk.hosts["lab00"]
    done = host.ssh(f"usermod -p \"$(mkpasswd -m sha512 '{SECRET}')\" chkusr")
    assert done.returncode == 0, done.stderr
    return "chkusr"


@contextmanager
def watched(guests: Guests) -> Iterator[list[str]]:
    """Look at arguments and environment of every process of the host as fast as it goes; what was found is added."""
    guests.ask("rm -f /tmp/stop; printf '%s\\n' /usr/sbin/xl -7391 > /tmp/patterns")
    guests.ask(
        "nohup sh -c 'until [ -e /tmp/stop ]; do grep -a -o -h -F -f /tmp/patterns /proc/[0-9]*/cmdline"
        " /proc/[0-9]*/environ; done > /tmp/watched 2>/dev/null; touch /tmp/stopped' >/dev/null 2>&1 &"
    )
    found: list[str] = []
    try:
        yield found
    finally:
        guests.ask("touch /tmp/stop; until [ -e /tmp/stopped ]; do sleep 0.2; done; rm /tmp/stopped")
        found += sorted(set(guests.ask("cat /tmp/watched").split()))


@pytest.mark.parametrize(
    ("user", "rights", "prefix"),
    [
        ("acue", "KSU", "ksu -q -e /bin/sh -c "),
        ("acue", "SUDO", "sudo -n -- /usr/sbin/xl create "),
        ("acue", "SUDO,KSU", "ksu -q -e /bin/sh -c "),
        ("root", "KSU", "/usr/sbin/xl create "),
    ],
)
async def test_rights_without_a_question(user, rights, prefix, desk: Desk, lab00: Guests):
    wire = await start_server(desk.env(user))
    try:
        end = await run_line(wire, CREATE.format(rights=rights))
        assert end["state"] == "done", end
        assert end["targets"][0]["ran"][0].startswith(prefix)
        assert "/usr/sbin/xl create /" in end["targets"][0]["ran"][0]
        assert lab00.state("tst104") != "absent"
        end = await run_line(wire, CANCEL.format(rights=rights))
        assert end["state"] == "done", end
        assert lab00.state("tst104") == "absent"
    finally:
        await wire.stop()


async def test_a_password_is_asked_for_once_and_leaves_no_trace(chkusr, desk: Desk, lab00: Guests, tmp_path):
    log = tmp_path / "log"
    wire = await start_server(desk.env(chkusr), "--log-file", str(log), "--log-level", "debug")
    try:
        with watched(lab00) as found:
            job = await begin(wire, CREATE.format(rights="KSU,SUDO"))
            question = await asked(wire, 0)
            assert question["params"]["kind"] == "password"
            assert question["params"]["host"] == "lab00"
            assert question["params"]["secret"] is True
            start = len(wire.messages)
            answer(wire, question, "wrong-7391")
            again = await asked(wire, start)
            assert again["params"]["detail"] == "again"
            answer(wire, again, SECRET)
            end = await end_of(wire, job)
            assert end["state"] == "done", end
            assert end["targets"][0]["ran"][0].startswith("sudo -k -S -p '' -- /usr/sbin/xl create ")
            assert lab00.state("tst104") != "absent"
            start = len(wire.messages)
            assert (await run_line(wire, CANCEL.format(rights="KSU,SUDO")))["state"] == "done"
            assert not [m for m in wire.messages[start:] if m.get("method") == "ctys/prompt"]
        assert found == ["/usr/sbin/xl"], "xl was seen at its work, and no secret"
        assert "-7391" not in log.read_text()
        assert "-7391" not in str(wire.messages)
        assert lab00.state("tst104") == "absent"
    finally:
        await wire.stop()


def test_a_password_typed_in_the_terminal_is_not_shown(chkusr, desk: Desk, lab00: Guests):
    with watched(lab00) as found:
        terminal = desk.terminal(CREATE.format(rights="SUDO"), chkusr)
        try:
            terminal.see("password")
            until(lambda: not terminal.child.getecho(), "terminal without echo")
            terminal.line(SECRET)
            assert terminal.end() == 0, terminal.seen
        finally:
            terminal.close()
    assert found == ["/usr/sbin/xl"], "xl was seen at its work, and no secret"
    assert "tst104 started on lab00" in terminal.seen
    assert "7391" not in terminal.seen
    assert lab00.state("tst104") != "absent"
    lab00.bring("absent", "tst104")


def test_without_a_terminal_nobody_is_asked(chkusr, desk: Desk, lab00: Guests):
    done = desk.run(CREATE.format(rights="SUDO"), chkusr)
    assert done.returncode == 1
    assert "sudo" in done.stderr
    assert "password" in done.stderr
    assert lab00.state("tst104") == "absent"
