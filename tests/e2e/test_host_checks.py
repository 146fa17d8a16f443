"""Domain files against simulated hosts over real ssh, through a client: what is told, when, and that nobody waits for it."""

from __future__ import annotations

import sys

import pytest
from wire_client import Wire

PROGRAM = (sys.executable, "-m", "ctys_ls")
GUEST = """name = "web"
uuid = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2"
kernel = "{home}/xen/vmlinuz-simulatde"
memory = 20000
vif = [ 'mac=00:16:3e:00:00:07,bridge=xenbr1' ]
disk = [ 'file:{home}/xen/tst-ctys/tst100/xvda.img,xvda,w' ]
#@#IP0 = "192.168.1.222"
"""
WRONG = {"host-path", "host-memory", "host-bridge"}


@pytest.fixture
async def wire(fresh_lab, tmp_path):
    client = await Wire.start(command=PROGRAM, CTYS_SSH_CONFIG=str(fresh_lab.ssh_config), HOME=str(tmp_path))
    client.lab = fresh_lab
    client.home = fresh_lab.host("lab00").home
    client.text = GUEST.format(home=client.home)
    yield client
    await client.stop()


async def begin(wire, **xenconf):
    settings = {"hosts": ["lab00", "lab01"], "ssh": {"connectTimeout": 3}, "xenconf": xenconf}
    literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}
    await wire.initialize({"textDocument": {"codeAction": literals}}, options=settings)
    start = len(wire.messages)
    await wire.open(wire.text, language="xenconf", uri="file:///w/web.conf")
    return start


async def told(wire, start, wanted, words="", bound=20):
    """Wait until exactly these codes about hosts are published, with these words; the problems by code."""

    def codes(message):
        return {
            item["code"].removeprefix("xenconf."): item
            for item in message["params"]["diagnostics"]
            if item["code"].startswith("xenconf.host-")
        }

    def is_so(message):
        published = message.get("method") == "textDocument/publishDiagnostics"
        return published and codes(message).keys() == wanted and words in str(message)

    return codes(await wire.until(is_so, start, bound))


async def run(wire, name, **argument):
    job = (await wire.call("workspace/executeCommand", {"command": name, "arguments": [argument]}))["job"]

    def ended(message):
        params = message.get("params", {})
        return message.get("method") == "ctys/job" and params["job"] == job and params["kind"] == "end"

    return (await wire.until(ended, bound=30))["params"]


async def test_a_file_is_checked_against_the_host_of_the_setting_as_it_is_opened(wire):
    start = await begin(wire, hosts=["lab00"])
    found = await told(wire, start, WRONG)
    assert "lab00 has no bridge xenbr1; it has xenbr0." in found["host-bridge"]["message"]
    assert f"There is no {wire.home}/xen/vmlinuz-simulatde on lab00." in found["host-path"]["message"]
    assert "lab00 has 16 GiB in all" in found["host-memory"]["message"]
    assert found["host-path"]["range"]["start"] == {"line": 2, "character": 10}

    where = {"start": {"line": 2, "character": 12}, "end": {"line": 2, "character": 12}}
    asked = {"textDocument": {"uri": "file:///w/web.conf"}, "range": where, "context": {"diagnostics": []}}
    titles = [action["title"] for action in await wire.call("textDocument/codeAction", asked)]
    assert f"Write {wire.home}/xen/vmlinuz-simulated" in titles

    line = wire.text.splitlines()[4]
    place = {"line": 4, "character": line.index("xenbr1")}
    asked = {"textDocument": {"uri": "file:///w/web.conf"}, "position": place}
    items = (await wire.call("textDocument/completion", asked))["items"]
    assert items[0]["label"] == "xenbr0"

    start = len(wire.messages)
    good = wire.text.replace("xenbr1", "xenbr0").replace("simulatde", "simulated").replace("20000", "128")
    change = {"textDocument": {"uri": "file:///w/web.conf", "version": 2}, "contentChanges": [{"text": good}]}
    wire.notify("textDocument/didChange", change)
    await told(wire, start, set())


async def test_running_guests_are_compared_and_a_saved_file_is_judged_by_what_runs_now(wire):
    start = await begin(wire, hosts=["lab00"])
    await told(wire, start, WRONG)
    created = await run(wire, "ctys.create", host="lab00", address={"label": "tst100"}, privilege=["KSU"])
    assert created["state"] == "done", created
    start = len(wire.messages)
    wire.notify("textDocument/didSave", {"textDocument": {"uri": "file:///w/web.conf"}})
    await told(wire, start, WRONG | {"host-uuid", "host-disk"}, "The guest tst100, which runs on lab00")


async def test_a_file_is_checked_by_command_and_offered_that_on_its_name(wire):
    start = await begin(wire)
    await wire.diagnostics("file:///w/web.conf", start=start)
    where = {"start": {"line": 0, "character": 2}, "end": {"line": 0, "character": 2}}
    asked = {"textDocument": {"uri": "file:///w/web.conf"}, "range": where, "context": {"diagnostics": []}}
    actions = {
        action["title"]: action.get("command") for action in await wire.call("textDocument/codeAction", asked)
    }
    command = actions["Check against lab00"]
    start = len(wire.messages)
    end = await run(wire, command["command"], **command["arguments"][0])
    assert end["state"] == "failed"
    (target,) = end["targets"]
    assert "web.conf:5: lab00 has no bridge xenbr1; it has xenbr0." in target["text"].splitlines()
    await told(wire, start, WRONG)
    shown = await wire.until(lambda message: message.get("method") == "window/showMessage", start)
    assert "xenbr1" in shown["params"]["message"]


async def test_a_host_that_does_not_answer_raises_no_alarm_and_is_named(wire):
    wire.lab.host("lab01").faults.set("refused")
    await begin(wire)
    end = await run(wire, "ctys.check", hosts=["lab01"], uri="file:///w/web.conf")
    assert end["targets"][0]["trouble"]["code"] == "refused"
    asked = {"textDocument": {"uri": "file:///w/web.conf"}, "position": {"line": 0, "character": 1}}
    assert await wire.call("textDocument/hover", asked)
    assert not [
        item
        for message in wire.messages
        if message.get("method") == "textDocument/publishDiagnostics"
        for item in message["params"]["diagnostics"]
        if "host-" in item["code"]
    ]


async def test_typing_goes_on_while_the_host_is_slow(wire):
    wire.lab.host("lab00").faults.set("slow", "2")
    start = await begin(wire, hosts=["lab00"])
    asked = {"textDocument": {"uri": "file:///w/web.conf"}, "position": {"line": 0, "character": 1}}
    answers = 0
    while not any("host-bridge" in str(message) for message in wire.messages[start:]):
        await wire.call("textDocument/hover", asked)
        answers += 1
        assert answers < 100_000
    assert answers > 20


async def test_the_release_of_the_host_counts_where_the_settings_name_none(wire):
    wire.text += "bootloader_user = 'nobody'\n"
    start = await begin(wire, hosts=["lab00"])
    await told(wire, start, WRONG)

    def newer(message):
        return message.get("method") == "textDocument/publishDiagnostics" and "xenconf.newer-key" in {
            item["code"] for item in message["params"]["diagnostics"]
        }

    await wire.until(newer, start)
    last = {"textDocument": {"uri": "file:///w/web.conf"}, "position": {"line": 7, "character": 3}}
    found = await wire.call("textDocument/completion", last)
    assert "bootloader_user" not in {item["label"] for item in found["items"]}


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"hosts": []}, "hosts is empty"),
        ({"hosts": ["lab00"], "uri": "file:///no.conf"}, "uri is no open domain file"),
        ({"hosts": ["-x"]}, "hosts[0] is no host name"),
        ({}, "hosts is missing"),
    ],
)
async def test_arguments_that_cannot_be_used(wire, argument, sentence):
    await begin(wire)
    error = await wire.refused("workspace/executeCommand", {"command": "ctys.check", "arguments": [argument]})
    assert sentence in error["message"]
