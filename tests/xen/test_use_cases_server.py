"""Every command line of the use-case page on real Xen hosts: by ``ctys.run`` of a language server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from terminals import Pty
from wire_client import Wire
from xenlab.desk import Desk
from xenlab.page_lines import BROKEN, CLOSELY, LINES, in_terminal, judge
from xenlab.server import SLOW, job, run_line, start_server
from xenlab.use_cases import CASES, Ran, is_now

pytestmark = [
    pytest.mark.xen,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(desk: Desk) -> AsyncIterator[dict[str, Wire]]:
    """A language server for each user, as an editor starts it."""
    started = {}
    for user in ("acue", "root"):
        started[user] = await start_server(desk.env(user))
    yield started
    for wire in started.values():
        await wire.stop()


@pytest.mark.parametrize("name", CASES)
async def test_by_the_server(name: str, world, servers: dict[str, Wire], special, desk: Desk):
    case = CASES[name]
    before = world(case)
    wire = servers[case.user]
    start = len(wire.messages)
    if name == "UC-30":
        # It asks what was enumerated, by a server with a HOME of its own.
        with special(name) as more:
            other = await start_server(desk.env(case.user, **more))
            try:
                end = await run_line(other, LINES[name])
            finally:
                await other.stop()
            judge(case, before, Ran(end["exitStatus"], end["text"]))
        return
    if name in BROKEN:
        refused = await wire.refused("workspace/executeCommand", job(LINES[name]))
        assert "without a backslash" in refused["message"]
        assert before.hosts["lab00"].state("tst100") == "absent"
    end = await run_line(wire, LINES[name].replace(")'\nlab0", ")' \\\nlab0"))
    assert end["state"] == "done", end
    judge(case, before, Ran(end["exitStatus"], end["text"]))
    if name in BROKEN:
        is_now("running", BROKEN[name])(before)
    ready = [m["params"] for m in wire.messages[start:] if m.get("method") == "ctys/consoleReady"]
    assert [one["kind"] for one in ready] == ([case.console] if case.console else []), ready
    for one in ready:
        host, _, label = next(iter(case.needs)).partition("/")
        assert (one["host"], one["label"], one["guestBuffer"]) == (host, label, label)
        if name in CLOSELY:
            pty = Pty(one["argv"], {**desk.env(case.user), **one["env"]})
            pty.child.timeout = SLOW
            in_terminal(pty, before, closely=True)
