"""Everything that can go wrong on a real host: its own words, the cause, the cure, the exit status, and what is then.

All faults here are real ones of real hosts; reset connections and broken answers are made by the host's own processes.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from terminals import until
from wire_client import Wire
from xenlab import qmp
from xenlab.desk import Desk
from xenlab.fixtures import XenHosts
from xenlab.guests import TST100, Guests
from xenlab.server import SLOW, answer, asked, begin, end_of, run_line, start_server

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]

START = "ctys -t xen -a create=l:tst100,CONSOLE:none lab00"
LIST = "ctys -t xen -a list lab00"
BAD = "/root/xen/bad/bad.conf"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(desk: Desk) -> AsyncIterator[Wire]:
    started = await start_server(desk.env("root"), ssh={"connectTimeout": 5})
    yield started
    await started.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(desk: Desk) -> AsyncIterator[Wire]:
    """A server that is not connected to any host yet."""
    started = await start_server(desk.env("root"), ssh={"connectTimeout": 5})
    yield started
    await started.stop()


async def trouble(wire: Wire, line: str) -> dict:
    """How the only target of a line failed; the line as a whole ends with status 1 and says the same in one sentence."""
    end = await run_line(wire, line)
    assert (end["state"], end["exitStatus"]) == ("failed", 1), end
    (target,) = end["targets"]
    assert not target["ok"]
    told = target["trouble"]
    assert told["host"] == target["host"]
    assert told["act"]
    assert told["cure"], told
    return {**told, "state": target["state"], "ran": target["ran"]}


def bad_file(guests: Guests, text: str) -> str:
    """The line that starts a guest from a file with this text."""
    guests.ask(f"mkdir -p /root/xen/bad && cat > {BAD} <<'END'\n{text}\nEND")
    return f"ctys -t xen -a create=p:{BAD},CONSOLE:none lab00"


#: What a file says, what xl says to it (its own words), a piece of the cure, what runs then.
FILES = {
    "out of memory for the guest": (
        'name = "bad"\nkernel = "/root/xen/vmlinux"\nmemory = 64000',
        r"can't allocate low memory for domain: Out of memory",
        "Free memory on lab00",
    ),
    "kernel file missing": (
        'name = "bad"\nkernel = "/root/xen/nosuch"\nmemory = 64',
        r"failed to open file '/root/xen/nosuch'.*No such file or directory",
        "path of the kernel",
    ),
    "no kernel": (
        'name = "bad"\nmemory = 64',
        r"[Nn]either kernel nor bootloader specified",
        "kernel or bootloader",
    ),
    "kernel too large": (
        'name = "bad"\nkernel = "/root/xen/vmlinux"\nmemory = 32',
        r"segment kernel too large",
        "more memory",
    ),
    "syntax error": (
        'name = "bad"\nkernel = "/root/xen/vmlinux"\nvif = [ "bridge=xenbr0"\nmemory = 64',
        r"bad\.conf:4: config parsing error near .*syntax error",
        "line",
    ),
    "no bridge": (
        'name = "bad"\nkernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"\nmemory = 32\nvif = [ "bridge=nosuch" ]',
        r"Could not find bridge device nosuch",
        "Create the bridge",
    ),
    "disk missing": (
        'name = "bad"\nkernel = "/usr/lib/grub-xen/grub-x86_64-xen.bin"\nmemory = 32\ndisk = [ "/root/nosuch.img,raw,xvda,rw" ]',
        r"/root/nosuch\.img",
        "path of the disk",
    ),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_file_that_xl_refuses(case: str, wire: Wire, lab00: Guests):
    text, words, cure = FILES[case]
    told = await trouble(wire, bad_file(lab00, text))
    assert told["code"] == "command-failed"
    assert re.search(words, told["words"]), told["words"]
    assert cure in told["cure"], told["cure"]
    assert [line for line in told["ran"] if f"xl create {BAD}" in line], told["ran"]
    assert told["state"] == "absent"
    assert lab00.state("bad") == "absent"


async def test_the_terminal_says_the_same(desk: Desk, lab00: Guests):
    done = desk.run(bad_file(lab00, FILES["kernel file missing"][0]))
    assert done.returncode == 1
    assert re.fullmatch(
        r"ctys: lab00: starting the guest of /root/xen/bad/bad\.conf: .*nosuch.*Correct the path of the kernel.*\n",
        done.stderr,
    ), done.stderr


async def test_the_name_is_taken(wire: Wire, lab00: Guests):
    lab00.ask(
        "printf '%s\\n' 'name = \"tst100\"' 'kernel = \"/usr/lib/grub-xen/grub-x86_64-xen.bin\"' 'memory = 32' > /tmp/other.conf"
        " && xl create -q -p /tmp/other.conf"
    )
    try:
        told = await trouble(wire, START)
        assert told["code"] == "exists"
        assert "name" in told["words"]
        assert told["state"] == "paused"
        # Nothing was tried, and xl itself would have refused: "exists" is what it says.
        assert told["ran"] == []
        assert "already exists" in lab00.host.ssh(f"xl create -q /root/{TST100}/tst100.conf").stderr
    finally:
        lab00.ask("xl destroy tst100")


async def test_the_disk_is_full(wire: Wire, lab00: Guests):
    folder = f"/root/{TST100}"
    lab00.bring("answering", "tst101")
    place = folder.replace("tst100", "tst101")
    lab00.ask(
        f"cp {place}/tst101.conf /tmp && mount -t tmpfs -o size=4m small {place} && cp /tmp/tst101.conf {place}"
    )
    try:
        told = await trouble(wire, "ctys -t xen -a cancel=l:tst101,SUSPEND lab00")
        assert told["code"] == "command-failed"
        assert "No space left on device" in told["words"]
        assert "room" in told["cure"]
        # The guest goes on, and what was written of it is gone.
        assert told["state"] in ("running", "blocked")
        assert lab00.state("tst101") == "running"
        assert lab00.ask(f"ls {place}").split() == ["tst101.conf"]
    finally:
        lab00.ask(f"umount {place}")
        lab00.bring("absent", "tst101")


async def test_xl_is_missing(wire: Wire, lab00: Guests):
    lab00.ask("mv /usr/sbin/xl /usr/sbin/xl.away")
    try:
        for line in (START, LIST):
            told = await trouble(wire, line)
            assert told["code"] == "tool-missing"
            assert "neither xl nor xm" in told["words"]
            assert "xen-utils" in told["cure"]
            assert told["ran"] == []
    finally:
        lab00.ask("mv /usr/sbin/xl.away /usr/sbin/xl")


async def test_no_privilege(desk: Desk):
    wire = await start_server(desk.env("visitor"))
    try:
        for rights, words in (("", "plain: "), ("(-Z KSU)", "ksu: "), ("(-Z SUDO)", "sudo: ")):
            job = await begin(wire, START + rights)
            if "SUDO" in rights:
                answer(wire, await asked(wire, 0), None)
            end = await end_of(wire, job)
            told = end["targets"][0]["trouble"]
            assert end["exitStatus"] == 1
            assert told["code"] == "privilege"
            assert words in told["words"], told
            # A right that was asked for with -Z has to be given; without it, -Z is the way.
            assert ("-Z" if not rights else ".k5users" if "KSU" in rights else "sudoers") in told["cure"]
            assert end["targets"][0]["ran"] == []
    finally:
        await wire.stop()


async def test_a_connection_that_the_host_resets_in_the_middle_of_a_start(wire: Wire, lab00: Guests):
    lab00.ask(
        'nohup sh -c \'until p=$(pgrep -o -f "[x]l create"); do sleep 0.05; done;'
        ' until [ "$(cat /proc/$p/comm)" = sshd ]; do p=$(sed -n "s/^PPid:[[:blank:]]*//p" /proc/$p/status); done;'
        " kill -9 $p' >/dev/null 2>&1 &"
    )
    told = await trouble(wire, START)
    assert told["code"] == "dropped"
    assert [line for line in told["ran"] if "xl create" in line]
    # xl went on or not; what is said is what xl says, over a connection that was made anew.
    now = lab00.state("tst100")
    assert told["state"] in ({"absent": ["absent"]}.get(now, [now, "running", "blocked", "paused"])), (
        told,
        now,
    )
    lab00.bring("absent")


async def test_a_host_that_answers_garbage(desk: Desk, lab00: Guests):
    lab00.ask(
        "printf '#!/bin/sh\\nhead -c 3000 /dev/urandom\\n' > /tmp/garbage && chmod 755 /tmp/garbage &&"
        " sed -i 's#^\\(visitor:.*\\):/bin/sh#\\1:/tmp/garbage#' /etc/passwd"
    )
    wire = await start_server(desk.env("visitor"))
    try:
        told = await trouble(wire, START)
        assert told["code"] == "garbage"
        assert told["words"].isprintable()
        assert "ssh lab00" in told["cure"]
    finally:
        await wire.stop()
        lab00.ask("sed -i 's#:/tmp/garbage#:/bin/sh#' /etc/passwd")


async def test_a_host_with_another_key_than_the_one_on_record(fresh: Wire, lab00: Guests):
    key = "/etc/ssh/ssh_host_ed25519_key"
    # It writes its number once it listens; init starts it anew.
    new = '[ -s /run/sshd.pid ] && [ "$(cat /run/sshd.pid)" != "$old" ]'
    # It has to greet as well: a connection that comes just before is dropped.
    greets = "ssh-keyscan -T 5 -t ed25519 127.0.0.1 2>/dev/null | grep -q ssh-ed25519"
    again = f"old=$(cat /run/sshd.pid); kill $old; until {new} && {greets}; do sleep 0.1; done"
    lab00.ask(f"mkdir /root/kept && mv {key}* /root/kept && ssh-keygen -q -t ed25519 -N '' -f {key}; {again}")
    try:
        fingerprint = lab00.ask(f"ssh-keygen -l -f {key}").split()[1]
        told = await trouble(fresh, START)
        assert told["code"] == "host-key"
        assert "CHANGED" in told["words"]
        assert fingerprint in told["words"]
        assert "ssh-keygen -R" in told["cure"]
    finally:
        lab00.ask(f"mv -f /root/kept/* /etc/ssh; {again}")
    assert lab00.state("tst100") == "absent"


async def test_a_host_whose_key_is_not_on_record_is_asked_about(desk: Desk, xen_hosts: XenHosts, tmp_path):
    config, known = tmp_path / "config", tmp_path / "known_hosts"
    text = xen_hosts.ssh_config.read_text()
    # The lab's own entry says "yes": ssh, and so ctys, then asks nobody.
    text = text.replace("StrictHostKeyChecking yes", "StrictHostKeyChecking ask")
    config.write_text(text.replace(str(xen_hosts["lab00"].folder / "known_hosts"), str(known)))
    wire = await start_server({**desk.env("root"), "CTYS_SSH_CONFIG": str(config)})
    try:
        job = await begin(wire, START)
        question = await asked(wire, 0)
        mark = xen_hosts["lab00"].ssh("ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub").stdout.split()[1]
        assert (question["params"]["kind"], question["params"]["host"]) == ("hostKey", "lab00")
        assert mark in question["params"]["detail"]
        answer(wire, question, None)
        told = (await end_of(wire, job))["targets"][0]["trouble"]
        assert told["code"] == "host-key"
        assert "not accepted" in told["words"]
        assert told["cure"]
        assert not known.exists()
    finally:
        await wire.stop()


async def test_a_silent_host_costs_the_others_nothing(desk: Desk, xen_hosts: XenHosts, tmp_path):
    """Three names of one machine, and one that takes connections and says nothing more (ten: tests/runtime)."""
    lines = [xen_hosts.ssh_config.read_text()]
    names = [f"node{number}" for number in (1, 2)]
    lines += [xen_hosts["lab00"].config_lines().replace("Host lab00", f"Host {name}") for name in names]
    config = tmp_path / "config"
    config.write_text("".join(lines))
    hosts = ["lab00", "lab01", *names]
    # The machine stands still: its network stack takes the connection.
    qmp.command(xen_hosts["lab01"].folder / "qmp", "stop")
    wire = await start_server(
        {**desk.env("root"), "CTYS_SSH_CONFIG": str(config)}, hosts=hosts, ssh={"connectTimeout": 60}
    )
    try:
        watching = {"action": "subscribe", "hosts": hosts}
        await wire.call("workspace/executeCommand", {"command": "ctys.sessions", "arguments": [watching]})
        for name in hosts:
            if name == "lab01":
                continue
            change = await wire.until(
                lambda message, name=name: (
                    message.get("method") == "ctys/sessionsChanged"
                    and message["params"]["host"]["host"] == name
                    and message["params"]["host"]["state"] == "ok"
                ),
                bound=SLOW,
            )
            assert "Domain-0" in [row["label"] for row in change["params"]["rows"]]
        states = [
            message["params"]["host"]["state"]
            for message in wire.messages
            if message.get("method") == "ctys/sessionsChanged"
            and message["params"]["host"]["host"] == "lab01"
        ]
        assert "ok" not in states, "the silent host has answered: it is none"
    finally:
        await wire.stop()
        qmp.command(xen_hosts["lab01"].folder / "qmp", "cont")


async def test_a_host_that_says_nothing(desk: Desk, xen_hosts: XenHosts, tmp_path):
    config = tmp_path / "config"
    config.write_text(xen_hosts.ssh_config.read_text().replace("ConnectTimeout 60", "ConnectTimeout 5"))
    fresh = await start_server({**desk.env("root"), "CTYS_SSH_CONFIG": str(config)})
    qmp.command(xen_hosts["lab01"].folder / "qmp", "stop")
    try:
        told = await trouble(fresh, START.replace("lab00", "lab01"))
    finally:
        await fresh.stop()
        qmp.command(xen_hosts["lab01"].folder / "qmp", "cont")
    assert told["code"] == "timeout"
    assert "5 s" in told["words"]
    assert told["ran"] == []


async def test_xenstored_is_dead(wire: Wire, lab00: Guests):
    """It cannot be started again: this is the last thing that lab00 is used for as it is."""
    lab00.ask("pkill oxenstored")
    until(lambda: lab00.host.ssh("pgrep oxenstored").returncode, "end of xenstored")
    told = await trouble(wire, START)
    # xl says nothing at all then, and never ends.
    assert told["code"] == "timeout"
    assert "no end within" in told["words"]
    assert "xenstored" in told["cure"]
    assert told["ran"] == []


async def test_a_host_without_power(fresh: Wire, xen_hosts: XenHosts):
    xen_hosts["lab00"].pull_the_plug()
    told = await trouble(fresh, START)
    assert told["code"] == "refused"
    assert "sshd" in told["cure"]
    assert told["ran"] == []
    end = await run_line(fresh, "ctys -t xen -a list lab00 lab01")
    assert end["exitStatus"] == 1
    assert [target["ok"] for target in end["targets"]] == [False, True]
    assert "Domain-0" in end["text"]
