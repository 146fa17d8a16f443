"""Every way in which a start can fail, through ``ctys`` and through ``ctys.run``: told with cause and cure, the state as it
is, and the other host is served all the same.
"""

import re
import shutil
import sys

import pytest
from wire_client import Wire, frame

CREATE = "create={},CONSOLE:none"
GUEST = "l:tst100"
SUSPEND = "cancel=l:tst100,SUSPEND"


def fault(*words):
    return lambda host, start: host.faults.set(*words)


def edited(old, new):
    """Another text in the guest's file."""

    def change(host, start):
        conf = host.conf("tst100")
        conf.write_text(re.sub(old, new, conf.read_text(), flags=re.MULTILINE))

    return change


def taken(host, start):
    """Another guest runs under the name."""
    other = host.home / "other" / "guest.conf"
    other.parent.mkdir()
    shutil.copy(host.conf("tst101"), other)
    other.write_text(other.read_text().replace('name = "tst101"', 'name = "tst100"'))
    start("f:other/guest.conf")


def full(host, start):
    start(GUEST)
    host.faults.set("full")


#: What goes wrong: how it is made so, the action, the code of the trouble, and words that must be told.
CASES = {
    "refused": (fault("refused"), CREATE.format(GUEST), "refused", "Check that sshd runs on lab00"),
    "silent": (fault("silent"), CREATE.format(GUEST), "timeout", "no answer within"),
    "reset mid-command": (fault("dropped", 0, "xl create"), CREATE.format(GUEST), "dropped", "starting"),
    "garbage": (fault("garbage"), CREATE.format(GUEST), "garbage", ""),
    "changed key": (fault("changed-key"), CREATE.format(GUEST), "host-key", "CHANGED"),
    "unknown key": (fault("unknown-key"), CREATE.format(GUEST), "host-key", "SHA256:"),
    "no privilege": (fault("denied", "all"), CREATE.format(GUEST), "privilege", "plain:"),
    "xl missing": (fault("missing"), CREATE.format(GUEST), "tool-missing", ""),
    "disk full": (full, SUSPEND, "command-failed", "space"),
    "out of memory": (edited(r"^memory = .*", "memory = 999999"), CREATE.format(GUEST), "command-failed", "memory"),
    "kernel missing": (edited(r"^(kernel|bootloader) = .*", 'kernel = "/no/such"'), CREATE.format(GUEST), "command-failed", "/no/such"),
    "syntax error": (edited(r"^memory = .*", "memory = [1,,"), CREATE.format(GUEST), "command-failed", "tst100.conf"),
    "name taken": (taken, CREATE.format("f:tst-ctys/tst100/tst100.conf"), "exists", "tst100"),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request, fresh_lab, ctys):
    """A host with something wrong: the action, its code, its words, and what ran before."""
    make, action, code, words = CASES[request.param]

    def start(address):
        for host in ("lab00", "lab01") if address == GUEST else ("lab00",):
            done = ctys("-t", "xen", "-a", CREATE.format(address), host)
            assert done.returncode == 0, done.stderr

    make(fresh_lab.host("lab00"), start)
    return action, code, words, dict(fresh_lab.host("lab00").domains)


def is_as_told(lab, before, told):
    """lab00 is as it was, or as it was told to be; lab01 did what it should."""
    now = lab.host("lab00").domains
    if "absent" in told:
        assert not now
    elif re.search(r"running|blocked", told):
        assert "tst100" in now
    else:
        assert now == before
    assert not (lab.host("lab00").conf("tst100").with_name("tst100.stat")).exists()


def served(lab, action):
    there = "tst100" in lab.host("lab01").domains
    return not there if action == SUSPEND else there


def test_in_a_terminal(case, ctys, fresh_lab):
    action, _, words, before = case
    done = ctys("-t", "xen", "-a", action, "lab00", "lab01")
    assert done.returncode == 1
    # The fingerprint of an unknown key comes before.
    *_, told, count = done.stderr.splitlines()
    assert told.startswith("ctys: lab00: ")
    assert len(done.stderr.splitlines()) <= (4 if words == "SHA256:" else 2)
    assert words in (done.stderr if words == "SHA256:" else told)
    assert count == "ctys: 1 of 2 calls failed (lab00)"
    is_as_told(fresh_lab, before, told)
    assert served(fresh_lab, action)
    assert "lab01" in done.stdout


async def test_by_the_server(case, fresh_lab, env):
    action, code, words, before = case
    wire = await Wire.start(command=(sys.executable, "-m", "ctys_ls"), **env)
    try:
        await wire.initialize(options={"ssh": {"connectTimeout": 3}})
        line = {"commandLine": f"ctys -t xen -a {action} lab00 lab01", "confirmed": True}
        job = (await wire.call("workspace/executeCommand", {"command": "ctys.run", "arguments": [line]}))[
            "job"
        ]

        def told(message):
            params = message.get("params", {})
            ended = message.get("method") == "ctys/job" and params["job"] == job and params["kind"] == "end"
            return ended or message.get("method") == "window/showMessageRequest"

        message = await wire.until(told, bound=40)
        if code == "host-key" and words == "SHA256:":
            # The user says no.
            assert words in message["params"]["message"]
            wire.raw(frame({"jsonrpc": "2.0", "id": message["id"], "result": None}))
            message = await wire.until(told, wire.messages.index(message) + 1, bound=40)
        outcome = message["params"]
    finally:
        await wire.stop()
    assert (outcome["state"], outcome["exitStatus"]) == ("failed", 1)
    bad, good = outcome["targets"]
    assert (bad["host"], bad["ok"], good["host"], good["ok"]) == ("lab00", False, "lab01", True)
    trouble = bad["trouble"]
    assert trouble["code"] == code
    assert trouble["act"]
    assert trouble["cure"]
    assert words in f"{trouble['act']}: {trouble['words']} {trouble['cure']}" or code == "host-key"
    is_as_told(fresh_lab, before, bad["state"])
    assert served(fresh_lab, action)
