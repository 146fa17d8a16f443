"""The program itself, its real engine, and simulated hosts over real ssh."""

from __future__ import annotations

import sys
import time

import pytest
from wire_client import Wire, frame

PROGRAM = (sys.executable, "-m", "ctys_ls")
CREATE = "ctys -t xen -a create=l:tst100,CONSOLE:none lab00'(-Z KSU)'"
DOC = {"uri": "file:///doc.conf"}


@pytest.fixture
async def wire(fresh_lab, tmp_path):
    client = await Wire.start(command=PROGRAM, CTYS_SSH_CONFIG=str(fresh_lab.ssh_config), HOME=str(tmp_path))
    client.lab = fresh_lab
    await client.initialize(options={"hosts": ["lab00", "lab01"], "ssh": {"connectTimeout": 3}})
    yield client
    await client.stop()


async def run(wire, name, **argument):
    job = (await wire.call("workspace/executeCommand", {"command": name, "arguments": [argument]}))["job"]

    def ended(message):
        params = message.get("params", {})
        return message.get("method") == "ctys/job" and params["job"] == job and params["kind"] == "end"

    return (await wire.until(ended, bound=30))["params"]


async def test_create_list_cancel(wire):
    created = await run(wire, "ctys.run", commandLine=CREATE, confirmed=True)
    assert created["state"] == "done", created
    assert any("xl create" in command for command in created["targets"][0]["ran"])
    listed = await run(wire, "ctys.list")
    assert {(row["host"], row["label"]) for row in listed["rows"] if row["type"] == "XEN"} >= {
        ("lab00", "tst100")
    }
    assert "tst100" in listed["text"]
    target = {"host": "lab00", "address": {"label": "tst100"}}
    cancelled = await run(wire, "ctys.cancel", targets=[target], delay=1, privilege=["KSU"], confirmed=True)
    assert cancelled["state"] == "done", cancelled
    assert cancelled["targets"][0]["state"] == "absent"


async def test_a_guest_that_starts_appears_in_the_watched_table_and_in_its_file(wire):
    await wire.open('name = "tst100"\n', language="xenconf", uri="file:///w/tst100.conf")
    watching = {"action": "subscribe", "hosts": ["lab00"]}
    await wire.call("workspace/executeCommand", {"command": "ctys.sessions", "arguments": [watching]})
    start = len(wire.messages)
    assert (await run(wire, "ctys.run", commandLine=CREATE, confirmed=True))["state"] == "done"
    change = await wire.until(
        lambda message: (
            message.get("method") == "ctys/sessionsChanged"
            and "tst100" in [row["label"] for row in message["params"]["rows"]]
        ),
        start,
        bound=20,
    )
    assert change["params"]["host"]["state"] == "ok"
    told = await wire.until(lambda message: message.get("method") == "ctys/fileState", start)
    assert told["params"]["states"][0]["label"] == "tst100"


async def test_typing_goes_on_while_a_host_is_slow(wire):
    wire.lab.host("lab00").faults.set("slow", "1")
    await wire.open('name = "x"\nmemory = 1\n', language="xenconf")
    listing = {"command": "ctys.list", "arguments": [{"hosts": ["lab00", "lab01"]}]}
    job = (await wire.call("workspace/executeCommand", listing))["job"]
    worst, asked = 0.0, 0
    while not [
        m for m in wire.messages if m.get("params", {}).get("kind") == "end" and m["params"]["job"] == job
    ]:
        begun = time.monotonic()
        await wire.call("textDocument/hover", {"textDocument": DOC, "position": {"line": 1, "character": 2}})
        worst, asked = max(worst, time.monotonic() - begun), asked + 1
    assert asked > 20
    assert worst < 1.0, f"a hover took {worst:.2f} s; it must never wait for a host"


async def test_a_refused_host_is_named_with_a_cure_and_costs_the_other_nothing(wire):
    wire.lab.host("lab01").faults.set("refused")
    end = await run(wire, "ctys.list", hosts=["lab00", "lab01"])
    assert (end["state"], end["exitStatus"]) == ("failed", 1)
    good, bad = end["targets"]
    assert good["ok"] is True
    assert bad["trouble"]["host"] == "lab01"
    assert bad["trouble"]["cure"]


async def test_an_unknown_host_key_is_asked_for_with_its_fingerprint(wire):
    wire.lab.host("lab00").faults.set("unknown-key")
    listing = {"command": "ctys.list", "arguments": [{"hosts": ["lab00"]}]}
    job = (await wire.call("workspace/executeCommand", listing))["job"]
    asked = await wire.until(lambda message: message.get("method") == "window/showMessageRequest", bound=20)
    assert "SHA256:" in asked["params"]["message"]
    wire.raw(frame({"jsonrpc": "2.0", "id": asked["id"], "result": {"title": "No"}}))
    end = await wire.until(
        lambda message: message.get("params", {}).get("kind") == "end" and message["params"]["job"] == job,
        bound=20,
    )
    assert end["params"]["targets"][0]["trouble"]["code"] in ("declined", "host-key")


async def test_hosts_macros_and_labels_are_known_once_seen(wire):
    line = "ctys -t xen -a cancel=l:tst100 lab0"
    await run(wire, "ctys.enumerate", hosts=["lab00"])
    typed = {"command": "ctys.complete", "arguments": [{"line": line, "cursor": len(line)}]}
    found = await wire.call("workspace/executeCommand", typed)
    assert {"lab00", "lab01"} <= {choice["label"] for choice in found["choices"]}


async def ask(wire, name, **argument):
    return await wire.call("workspace/executeCommand", {"command": name, "arguments": [argument]})


async def test_a_guest_is_told_of_in_detail_and_renamed(wire):
    assert (await run(wire, "ctys.run", commandLine=CREATE, confirmed=True))["state"] == "done"
    told = await ask(wire, "ctys.guest", host="lab00", label="tst100")
    assert told["trouble"] is None
    guest = told["guest"]
    assert (guest["host"], guest["label"], guest["memory"]) == ("lab00", "tst100", 128)
    assert guest["networks"][0]["mac"] == "00:50:56:13:11:40"
    assert guest["disks"][0]["name"] == "xvda"
    assert guest["vcpus"][0]["affinity"] == "all / all"
    assert guest["vncPort"] == wire.lab.host("lab00").domains["tst100"].vnc_port
    assert told["text"].startswith("tst100 on lab00\n")

    renamed = await run(wire, "ctys.rename", host="lab00", label="tst100", to="web")
    assert renamed["state"] == "done", renamed
    assert 'tst100.conf still reads name = "tst100"' in renamed["text"]
    gone = await ask(wire, "ctys.guest", host="lab00", label="tst100")
    assert gone["guest"] is None
    assert gone["trouble"]["code"] == "not-running"


@pytest.mark.parametrize("to", ["", "two words", "17", "-x", "a/b"])
async def test_what_is_no_name_is_refused_before_a_host_is_asked(wire, to):
    with pytest.raises(AssertionError, match="to is no name for a guest"):
        await ask(wire, "ctys.rename", host="lab00", label="tst100", to=to)
    assert not wire.lab.host("lab00").connections


async def test_what_an_act_has_found_is_shown_in_command_lines_without_a_list(wire):
    """The note beside a line says that the guest runs as soon as its creation has ended."""
    await wire.open("ctys -t xen -a cancel=l:tst100 lab00\n", language="ctys", uri="file:///w/a.ctys")
    assert (await run(wire, "ctys.run", commandLine=CREATE, confirmed=True))["state"] == "done"
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
    asked = {"textDocument": {"uri": "file:///w/a.ctys"}, "range": whole}
    hints = await wire.call("textDocument/inlayHint", asked)
    assert any(
        "running" in str(hint["label"]) and "not running" not in str(hint["label"]) for hint in hints
    ), hints


async def test_what_a_call_keeps_serves_the_server_and_the_other_way_round(wire, tmp_path):
    """-C: one process keeps an answer, another one is served; a host that is gone is asked by neither."""
    kept = await run(wire, "ctys.run", commandLine="ctys -t xen -C keep -a list=machine lab00")
    assert kept["state"] == "done", kept
    wire.lab.host("lab00").faults.set("refused")
    wire.lab.host("lab00").cut_connections()
    other = await Wire.start(command=PROGRAM, CTYS_SSH_CONFIG=str(wire.lab.ssh_config), HOME=str(tmp_path))
    try:
        await other.initialize(options={"ssh": {"connectTimeout": 3}})
        line = "ctys -t xen -C {} -a list=machine lab00"
        for words in ("only", "on,lifetime:600", "auto,lifetime:600"):
            served = await run(other, "ctys.run", commandLine=line.format(words))
            assert (served["state"], served["text"]) == ("done", kept["text"]), words
            assert served["rows"], "the table of an editor is made of them"
        assert (await run(other, "ctys.run", commandLine=line.format("off")))["state"] == "failed"
        lost = await run(other, "ctys.run", commandLine=line.format("only").replace("lab00", "lab01"))
        assert lost["targets"][0]["trouble"]["code"] == "not-found"
        # Who answers and cannot keep it shows the answer all the same.
        line = f"ctys -t xen -C fout:{tmp_path}/none/x -a list=machine lab01"
        shown = await run(other, "ctys.run", commandLine=line)
        assert (shown["state"], shown["exitStatus"]) == ("failed", 1)
        assert "Domain-0" in shown["text"]
        (target,) = shown["targets"]
        assert target["ok"]
        assert "No such file" in target["trouble"]["words"]
    finally:
        await other.stop()
