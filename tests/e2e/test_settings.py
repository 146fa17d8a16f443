"""Settings from start, section and change; complaints reach the user."""

from __future__ import annotations

import sys

from wire_client import Wire, frame


async def asked_for_section(wire, start=0):
    return await wire.until(lambda message: message.get("method") == "workspace/configuration", start)


async def test_a_bad_value_is_told_and_the_server_goes_on():
    wire = await Wire.start()
    try:
        await wire.initialize(options={"readOnly": "yes", "hosts": ["lab00"]})
        told = await wire.until(lambda message: message.get("method") == "window/showMessage")
        assert "ctys.readOnly must be true or false" in told["params"]["message"]
        answer = await wire.call(
            "workspace/executeCommand", {"command": "ctys.sessions", "arguments": [{"action": "subscribe"}]}
        )
        assert [host["host"] for host in answer["hosts"]] == ["lab00"]
    finally:
        await wire.stop()


async def test_the_section_is_asked_for_and_followed():
    wire = await Wire.start()
    try:
        capabilities = {
            "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
        }
        await wire.initialize(capabilities, options={"hosts": ["lab00"], "readOnly": True})
        registered = await wire.until(lambda message: message.get("method") == "client/registerCapability")
        assert registered["params"]["registrations"][0]["method"] == "workspace/didChangeConfiguration"
        asked = await asked_for_section(wire)
        assert asked["params"]["items"] == [{"section": "ctys"}]
        wire.raw(frame({"jsonrpc": "2.0", "id": asked["id"], "result": [{"hosts": ["lab07", "lab08"]}]}))
        await wire.call("test/settings")
        # Answers are handed on in the loop's next turn; the second call is in that one or a later one.
        held = await wire.call("test/settings")
        assert held == {"hosts": ["lab07", "lab08"], "readOnly": True}, (
            "the rest keeps what it was started with"
        )
        start = len(wire.messages)
        wire.notify("workspace/didChangeConfiguration", {"settings": None})
        again = await asked_for_section(wire, start)
        wire.raw(frame({"jsonrpc": "2.0", "id": again["id"], "result": [{"hosts": 7}]}))
        await wire.until(lambda message: message.get("method") == "window/showMessage", start)
        assert (await wire.call("test/settings"))["hosts"] == []
    finally:
        await wire.stop()


async def test_settings_sent_with_the_notification():
    wire = await Wire.start()
    try:
        await wire.initialize()
        wire.notify(
            "workspace/didChangeConfiguration", {"settings": {"ctys": {"hosts": ["lab09"]}, "other": 1}}
        )
        assert (await wire.call("test/settings"))["hosts"] == ["lab09"]
    finally:
        await wire.stop()


async def test_the_release_is_followed_in_open_files(tmp_path):
    wire = await Wire.start(command=(sys.executable, "-m", "ctys_ls"), HOME=str(tmp_path))
    text = 'name = "g"\nkernel = "/boot/k"\nmemory = 128\nbootloader_user = "nobody"\n'

    def release(value):
        wire.notify(
            "workspace/didChangeConfiguration", {"settings": {"ctys": {"xenconf": {"release": value}}}}
        )

    try:
        await wire.initialize(options={"xenconf": {"release": "4.17"}})
        start = await wire.open(text, language="xenconf", uri="file:///w/g.conf")
        (found,) = await wire.diagnostics("file:///w/g.conf", start=start)
        assert (found["code"], found["range"]["start"]["line"]) == ("xenconf.newer-key", 3)
        for value, codes in (("4.20", []), ("4.16", ["xenconf.newer-key"]), ("", [])):
            start = len(wire.messages)
            release(value)
            told = await wire.diagnostics("file:///w/g.conf", start=start)
            assert [item["code"] for item in told] == codes, value
    finally:
        await wire.stop()


async def test_new_settings_leave_running_jobs_and_watched_tables_alone():
    wire = await Wire.start()
    try:
        await wire.initialize(options={"hosts": ["lab00"]})

        async def command(name, **argument):
            return await wire.call("workspace/executeCommand", {"command": name, "arguments": [argument]})

        await command("ctys.sessions", action="subscribe")
        job = (await command("ctys.create", host="lab00", address={"label": "stubborn"}))["job"]
        await wire.until(lambda message: message.get("params", {}).get("kind") == "report")
        wire.notify(
            "workspace/didChangeConfiguration", {"settings": {"ctys": {"hosts": ["lab00"], "readOnly": True}}}
        )
        assert (await wire.call("test/settings"))["readOnly"] is True
        start = len(wire.messages)
        await command("ctys.create", host="lab00", address={"label": "tst200"})
        told = await wire.until(lambda message: message.get("method") == "ctys/sessionsChanged", start)
        assert told["params"]["rows"][0]["label"] == "tst200", "the table is watched by the new engine"
        assert (await command("ctys.cancelJob", job=job))["known"] is True
        end = await wire.until(
            lambda message: message.get("params", {}).get("kind") == "end" and message["params"]["job"] == job
        )
        assert end["params"]["targets"][0]["state"] == "paused", "the job ended as jobs do"
    finally:
        await wire.stop()
