"""workspace/executeCommand: every command, its errors in words, and jobs from begin to end."""

from __future__ import annotations

import pytest
import pytest_asyncio
from wire_client import Wire, frame

PROGRESS = {"window": {"workDoneProgress": True}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared():
    """One server for all tests of this module that leave nothing behind."""
    client = await Wire.start()
    await client.initialize()
    yield client
    await client.stop()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def command(wire, name, argument):
    return await wire.call("workspace/executeCommand", {"command": name, "arguments": [argument]})


def job_end(job):
    return lambda message: (
        message.get("method") == "ctys/job"
        and message["params"]["job"] == job
        and message["params"]["kind"] == "end"
    )


def create(label, **more):
    return {"host": "lab00", "address": {"label": label}} | more


async def test_create_answers_at_once_and_reports_its_end(shared):
    answer = await command(shared, "ctys.create", create("tst100"))
    assert answer["v"] == 1
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert (end["state"], end["exitStatus"], end["targets"][0]["state"]) == ("done", 0, "running")
    kinds = [
        message["params"]["kind"]
        for message in shared.messages
        if message.get("method") == "ctys/job" and message["params"]["job"] == answer["job"]
    ]
    assert kinds == ["begin", "report", "end"]


async def test_a_console_is_announced_before_the_end(shared):
    answer = await command(shared, "ctys.create", create("tst101", console="EMACSM"))
    await shared.until(job_end(answer["job"]))
    told = [message for message in shared.messages if message.get("params", {}).get("job") == answer["job"]]
    ready = next(message for message in told if message["method"] == "ctys/consoleReady")
    assert told.index(ready) < len(told) - 1
    assert ready["params"]["argv"] == ["ctys-ls", "console", "lab00/tst101"]
    assert ready["params"]["guestBuffer"] == "tst101"


async def test_a_job_waits_behind_a_console_as_long_as_it_was_told(shared):
    """WAITC; a cancel ends the wait and not what was done."""
    line = "ctys -t xen -a create=l:tst101,CONSOLE:emacs,WAITC:600 lab00"
    job = (await command(shared, "ctys.run", {"commandLine": line}))["job"]
    await shared.until(
        lambda message: message.get("method") == "ctys/consoleReady" and message["params"]["job"] == job
    )
    assert (await command(shared, "ctys.cancelJob", {"job": job}))["known"] is True
    end = (await shared.until(job_end(job)))["params"]
    assert (end["state"], end["targets"][0]["state"]) == ("cancelled", "running")


async def test_cancelling_is_true_and_tells_what_is(shared):
    answer = await command(shared, "ctys.create", create("stubborn"))
    await shared.until(
        lambda message: (
            message.get("params", {}).get("kind") == "report" and message["params"]["job"] == answer["job"]
        )
    )
    assert (await command(shared, "ctys.cancelJob", {"job": answer["job"]}))["known"] is True
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert end["targets"][0]["state"] == "paused"
    assert (await command(shared, "ctys.cancelJob", {"job": answer["job"]}))["known"] is False


async def test_an_ambiguous_address_brings_its_choices(shared):
    answer = await command(shared, "ctys.create", create("ambiguous"))
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert (end["state"], end["exitStatus"]) == ("failed", 1)
    assert end["targets"][0]["trouble"]["choices"] == ["l:a", "l:b"]


async def test_an_engine_that_breaks_fails_its_job_and_tells_no_secret(shared):
    answer = await command(shared, "ctys.create", create("broken"))
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert end["state"] == "failed"
    assert end["targets"][0]["trouble"]["code"] == "internal"
    assert "s3cret" not in str(end)


async def test_list_gives_rows(shared):
    answer = await command(shared, "ctys.list", {"hosts": ["lab00", "lab01"]})
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert [row["host"] for row in end["rows"]] == ["lab00", "lab01"]
    assert end["rows"][0]["cells"]["guest"] == "00:16:3e:00:00:01", (
        "a guest without address is named by its MAC"
    )


@pytest.mark.parametrize("name", ["ctys.enumerate", "ctys.show", "ctys.info"])
async def test_asking_hosts(shared, name):
    answer = await command(shared, name, {"hosts": ["lab00", "lab01"]})
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert [(target["host"], target["ok"]) for target in end["targets"]] == [("lab00", True), ("lab01", True)]


async def test_doctor_names_what_is_wrong(shared):
    answer = await command(shared, "ctys.doctor", {"hosts": ["no-such-host.invalid"]})
    end = (await shared.until(job_end(answer["job"])))["params"]
    assert (end["state"], end["targets"][0]["ok"]) == ("failed", False)
    assert "cure:" in end["text"]


async def test_vhost(shared):
    assert await command(shared, "ctys.vhost", {"terms": ["tst1.*"]}) == {"v": 1, "text": "", "status": 0}


async def test_open_files_are_told_what_runs(shared):
    await shared.open('name = "tst105"\n', language="xenconf", uri="file:///w/tst105.conf")
    await command(shared, "ctys.sessions", {"action": "subscribe", "hosts": ["lab05"]})
    await command(shared, "ctys.create", {"host": "lab05", "address": {"label": "tst105"}})
    told = await shared.until(lambda message: message.get("method") == "ctys/fileState")
    assert told["params"]["uri"] == "file:///w/tst105.conf"
    (state,) = told["params"]["states"]
    assert (state["host"], state["label"], state["state"]) == ("lab05", "tst105", "running")
    start = len(shared.messages)
    await command(shared, "ctys.sessions", {"action": "unsubscribe", "hosts": ["lab05"]})
    gone = await shared.until(lambda message: message.get("method") == "ctys/fileState", start)
    assert gone["params"]["states"] == []


async def test_sessions_subscribe_and_refresh(shared):
    first = await command(shared, "ctys.sessions", {"action": "subscribe", "hosts": ["lab07"]})
    assert [column["key"] for column in first["columns"]] == [
        "container",
        "guest",
        "label",
        "type",
        "side",
        "user",
        "group",
    ]
    assert first["hosts"][0]["state"] == "pending"
    await command(shared, "ctys.sessions", {"action": "refresh", "hosts": ["lab07"]})
    change = await shared.until(
        lambda message: (
            message.get("method") == "ctys/sessionsChanged" and message["params"]["host"]["host"] == "lab07"
        )
    )
    assert change["params"]["rows"][0]["label"] == "tst100"
    now = await command(shared, "ctys.sessions", {"action": "unsubscribe", "hosts": ["lab07"]})
    assert now["rows"] == []


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("ctys.create", [{"address": {"label": "x"}}], "host is missing"),
        ("ctys.create", [{"host": "lab00"}], "address is missing"),
        ("ctys.create", [{"host": "lab00", "address": {}}], "address is empty"),
        ("ctys.create", [{"host": "lab00", "address": {"label": 7}}], "address.label must be a text"),
        ("ctys.create", [{"host": "-oProxyCommand=x", "address": {"label": "x"}}], "host is no host name"),
        ("ctys.create", [{"host": "lab00", "address": {"label": "x"}, "console": "TEAPOT"}], "console must be one of"),
        ("ctys.create", [{"host": "lab00", "address": {"label": "x"}, "privilege": ["ROOT"]}], "privilege[0] must be one of"),
        ("ctys.create", [{"host": "lab00", "address": {"label": "a\0b"}}], "address.label contains a NUL"),
        ("ctys.cancel", [{"targets": []}], "targets names no guest"),
        ("ctys.cancel", [{"targets": [{"host": "lab00", "address": {"label": "x"}}], "delay": -1}], "delay must be a whole number"),
        ("ctys.cancel", [{"targets": [{"host": "lab00", "address": {}}]}], "targets[0].address is empty"),
        ("ctys.cancel", [{"targets": [{"host": "lab00", "address": {"label": "x"}}], "force": "yes"}], "force must be true or false"),
        ("ctys.list", [{}], "hosts is empty"),
        ("ctys.sessions", [{"action": "dance"}], "action must be one of"),
        ("ctys.run", [{"commandLine": "  "}], "commandLine is empty"),
        ("ctys.run", [{"v": 2, "commandLine": "x"}], "v is 2"),
        ("ctys.run", [], "exactly one object"),
        ("ctys.run", [{}, {}], "exactly one object"),
        ("ctys.run", ["x"], "must be an object"),
        ("ctys.run", None, "exactly one object"),
        ("ctys.fly", [{}], "'ctys.fly' is not one of"),
    ],
)  # fmt: skip
async def test_wrong_arguments_are_refused_in_words(shared, name, arguments, words):
    error = await shared.refused("workspace/executeCommand", {"command": name, "arguments": arguments})
    assert error["code"] == -32602
    assert words in error["message"]


async def test_progress_bar_follows_the_job_and_cancels_it():
    wire = await Wire.start()
    try:
        await wire.initialize(PROGRESS)
        answer = await command(wire, "ctys.create", create("slow"))
        asked = await wire.until(lambda message: message.get("method") == "window/workDoneProgress/create")
        wire.raw(frame({"jsonrpc": "2.0", "id": asked["id"], "result": None}))
        await wire.until(
            lambda message: (
                message.get("method") == "$/progress" and message["params"]["value"]["kind"] == "begin"
            )
        )
        wire.notify("window/workDoneProgress/cancel", {"token": asked["params"]["token"]})
        end = (await wire.until(job_end(answer["job"])))["params"]
        assert end["state"] == "cancelled"
        await wire.until(
            lambda message: (
                message.get("method") == "$/progress" and message["params"]["value"]["kind"] == "end"
            )
        )
    finally:
        await wire.stop()


async def test_shutdown_cancels_jobs_and_waits_for_their_word():
    wire = await Wire.start()
    try:
        await wire.initialize()
        jobs = [(await command(wire, "ctys.create", create(label)))["job"] for label in ("slow", "stubborn")]
        for job in jobs:
            await wire.until(
                lambda message, job=job: (
                    message.get("params", {}).get("kind") == "report" and message["params"]["job"] == job
                )
            )
        assert await wire.call("shutdown") is None
        ends = [(await wire.until(job_end(job)))["params"] for job in jobs]
        assert ends[0]["state"] == "cancelled"
        assert ends[1]["targets"][0]["state"] == "paused"
        wire.notify("exit")
        assert await wire.exit_status() == 0
        assert await wire.errors() == ""
    finally:
        await wire.stop()
