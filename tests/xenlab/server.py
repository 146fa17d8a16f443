"""A language server in front of real hosts, and what its jobs end with."""

import sys

from wire_client import Wire, frame

#: A job on a busy machine takes at most this long.
SLOW = 200


async def start_server(env: dict[str, str], *words: str, **options: object) -> Wire:
    """A server as an editor starts it; ``words`` are its arguments, ``options`` initialization options."""
    wire = await Wire.start(*words, command=(sys.executable, "-m", "ctys_ls"), **env)
    await wire.initialize(options={"hosts": ["lab00", "lab01"], "prompt": True, **options})
    return wire


def job(line: str) -> dict:
    """The parameters of executeCommand that run a command line."""
    return {"command": "ctys.run", "arguments": [{"commandLine": line, "confirmed": True}]}


async def begin(wire: Wire, line: str) -> str:
    """Run a command line by ``ctys.run``; the job's number."""
    return (await wire.call("workspace/executeCommand", job(line)))["job"]


async def end_of(wire: Wire, number: str) -> dict:
    """How a job ended: docs/protocol.md, ``ctys/job``."""

    def ended(message: dict) -> bool:
        params = message.get("params", {})
        return message.get("method") == "ctys/job" and params["job"] == number and params["kind"] == "end"

    return (await wire.until(ended, bound=SLOW))["params"]


async def run_line(wire: Wire, line: str) -> dict:
    """Both."""
    return await end_of(wire, await begin(wire, line))


async def asked(wire: Wire, start: int) -> dict:
    """The next question to the user, from message number ``start`` on."""
    return await wire.until(lambda message: message.get("method") == "ctys/prompt", start, bound=SLOW)


def answer(wire: Wire, question: dict, text: str | None) -> None:
    """The user's answer; None is a refusal."""
    wire.raw(frame({"jsonrpc": "2.0", "id": question["id"], "result": {"answer": text}}))
