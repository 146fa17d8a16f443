"""Questions to the user, and what becomes of the answers. A planted secret is looked for everywhere afterwards."""

from __future__ import annotations

import pytest
from wire_client import Wire, frame

SECRET = "s3cret-pass-phrase"


async def start(tmp_path, options=None):
    wire = await Wire.start("--log-file", str(tmp_path / "log"), "--log-level", "debug")
    await wire.initialize(options=options)
    return wire


async def act(wire, label, **more):
    argument = {"host": "lab00", "address": {"label": label}} | more
    params = {"command": "ctys.create", "arguments": [argument]}
    return (await wire.call("workspace/executeCommand", params))["job"]


async def end_of(wire, job):
    def ended(message):
        params = message.get("params", {})
        return message.get("method") == "ctys/job" and params["job"] == job and params["kind"] == "end"

    return (await wire.until(ended))["params"]


def reply(wire, asked, result):
    wire.raw(frame({"jsonrpc": "2.0", "id": asked["id"], "result": result}))


async def asked_by(wire, method):
    return await wire.until(lambda message: message.get("method") == method)


async def test_a_secret_reaches_who_asked_and_nothing_else(tmp_path):
    wire = await start(tmp_path, {"prompt": True})
    try:
        job = await act(wire, "asks-password")
        asked = await asked_by(wire, "ctys/prompt")
        assert asked["params"] == {
            "v": 1, "kind": "password", "host": "lab00", "text": "May I?", "detail": "the details", "secret": True,
        }  # fmt: skip
        reply(wire, asked, {"answer": SECRET})
        end = await end_of(wire, job)
        assert end["targets"][0]["text"] == f"{len(SECRET)} characters"
        assert SECRET not in str(wire.messages)
        assert SECRET not in (tmp_path / "log").read_text()
    finally:
        await wire.stop()


@pytest.mark.parametrize("answer", [{"answer": None}, None, {}, {"answer": 7}, "yes"])
async def test_anything_but_a_text_is_a_refusal(tmp_path, answer):
    wire = await start(tmp_path, {"prompt": True})
    try:
        job = await act(wire, "asks-confirm")
        reply(wire, await asked_by(wire, "ctys/prompt"), answer)
        assert (await end_of(wire, job))["targets"][0]["ok"] is False
    finally:
        await wire.stop()


async def test_buttons_where_the_client_has_no_prompt(tmp_path):
    wire = await start(tmp_path)
    try:
        job = await act(wire, "asks-hostKey")
        asked = await asked_by(wire, "window/showMessageRequest")
        assert "the details" in asked["params"]["message"]
        reply(wire, asked, {"title": "Yes"})
        assert (await end_of(wire, job))["targets"][0]["ok"] is True

        refused = await act(wire, "asks-password")
        assert (await end_of(wire, refused))["targets"][0]["ok"] is False, (
            "a secret is not asked for with buttons"
        )

        confirmed = await act(wire, "asks-confirm", confirmed=True)
        assert (await end_of(wire, confirmed))["targets"][0]["ok"] is True, "the user has been asked already"
    finally:
        await wire.stop()


async def test_cancelling_takes_the_question_back(tmp_path):
    wire = await start(tmp_path, {"prompt": True})
    try:
        job = await act(wire, "asks-confirm")
        asked = await asked_by(wire, "ctys/prompt")
        await wire.call(
            "workspace/executeCommand", {"command": "ctys.cancelJob", "arguments": [{"job": job}]}
        )
        taken = await asked_by(wire, "$/cancelRequest")
        assert taken["params"]["id"] == asked["id"]
        assert (await end_of(wire, job))["state"] == "cancelled"
        reply(wire, asked, {"answer": "yes"})
        assert await wire.call("test/text", {"uri": "x"}) is None
    finally:
        await wire.stop()
