"""What lines are told once a host's guests are known, and that they are told nothing before, in every place of a line.

Two servers: one has enumerated the simulated lab00 over ssh (its files are those of ``ctys_ls.lab.content``: tst100,
tst101 and tst104, each with its address as a tag); the other has heard of no host.
"""

from __future__ import annotations

import sys
from urllib.parse import quote

import pytest
import pytest_asyncio
from line_places import AROUND, Standing
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROGRAM = (sys.executable, "-m", "ctys_ls", "--stdio")
#: Line, the code it gets, the words that are marked, and what is said.
JUDGED = {
    "a label that no host has": (
        "ctys -t xen -a create=l:tst110,CONSOLE:none lab00'(-Z KSU)'",
        "ctys.unknown-label",
        "tst110",
        "No machine on lab00 has this address. Perhaps",
    ),
    "address and tag disagree": (
        "ctys -t xen -a create=l:tst100,t:192.168.1.221,CONSOLE:none lab00",
        "ctys.address-disagrees",
        "l:tst100,t:192.168.1.221",
        "Each part fits a machine on lab00, but all of them fit none.",
    ),
    "an unknown host": (
        "ctys -t xen -a list lba00",
        "ctys.unknown-host",
        "lba00",
        "No host lba00 is known. Perhaps lab00?",
    ),
}
#: What the same server has nothing to say to: each differs from a line above in what is known.
SOUND = {
    "the label": "ctys -t xen -a create=l:tst101,CONSOLE:none lab00'(-Z KSU)'",
    "a host that was not enumerated": "ctys -t xen -a create=l:tst110,CONSOLE:none lab01'(-Z KSU)'",
    "address and tag agree": "ctys -t xen -a create=l:tst101,t:192.168.1.221,CONSOLE:none lab00",
    "the host": "ctys -t xen -a list lab00",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(lab, tmp_path_factory):
    """A server that has looked at lab00."""
    home = tmp_path_factory.mktemp("known-hosts")
    client = await Wire.start(command=PROGRAM, CTYS_SSH_CONFIG=str(lab.ssh_config), HOME=str(home))
    await client.initialize(options={"hosts": ["lab00", "lab01"]})
    assert (await job(client, "ctys.enumerate", hosts=["lab00"]))["state"] == "done"
    yield client
    await client.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unknowing(tmp_path_factory):
    """A server that knows no host."""
    home = tmp_path_factory.mktemp("unknowing")
    client = await Wire.start(
        command=PROGRAM, HOME=str(home), CTYS_STATE_DIR=str(home / "state"), CTYS_SSH_CONFIG=""
    )
    await client.initialize()
    yield client
    await client.stop()


async def job(client, name, **argument):
    """Run a command to its end."""
    asked = {"command": name, "arguments": [argument]}
    ident = (await client.call("workspace/executeCommand", asked))["job"]

    def ended(message):
        params = message.get("params", {})
        return message.get("method") == "ctys/job" and params["job"] == ident and params["kind"] == "end"

    return (await client.until(ended, bound=30))["params"]


async def judged(client, language, line):
    """The document with the line, and its problems."""
    standing = Standing(language, line, f"file:///{quote(line, safe='')}.{language}")
    start = await client.open(standing.text, language, standing.uri)
    problems = await client.diagnostics(standing.uri, start=start)
    client.notify("textDocument/didClose", {"textDocument": {"uri": standing.uri}})
    return standing, problems


async def prompted(client, line):
    """The problems of a line at a prompt."""
    asked = {"command": "ctys.complete", "arguments": [{"v": 1, "line": line, "cursor": len(line)}]}
    return (await client.call("workspace/executeCommand", asked))["problems"]


@pytest.mark.parametrize("language", AROUND)
@pytest.mark.parametrize("case", JUDGED)
async def test_what_is_wrong_is_told_where_it_stands(known, case, language):
    line, code, words, said = JUDGED[case]
    standing, problems = await judged(known, language, line)
    assert [problem["code"] for problem in problems] == [code]
    assert problems[0]["range"] == standing.spot(words)
    assert problems[0]["message"].startswith(said)


@pytest.mark.parametrize("case", JUDGED)
async def test_what_is_wrong_is_told_at_a_prompt(known, case):
    line, code, _, said = JUDGED[case]
    (problem,) = await prompted(known, line)
    assert problem["code"] == code
    assert problem["message"].startswith(said)


@pytest.mark.parametrize("language", AROUND)
@pytest.mark.parametrize("case", SOUND)
async def test_what_is_right_or_not_known_is_let_alone(known, case, language):
    _, problems = await judged(known, language, SOUND[case])
    assert problems == []
    assert await prompted(known, SOUND[case]) == []


@pytest.mark.parametrize("language", AROUND)
@pytest.mark.parametrize("case", JUDGED)
async def test_nothing_is_said_where_nothing_is_known(unknowing, case, language):
    line = JUDGED[case][0]
    _, problems = await judged(unknowing, language, line)
    assert problems == []
    assert await prompted(unknowing, line) == []


async def refused_rename(client, line, word, new):
    """What a rename is refused with."""
    standing = Standing("ctys", line, "file:///rename.ctys")
    start = await client.open(standing.text, "ctys", standing.uri)
    await client.diagnostics(standing.uri, start=start)
    error = await client.refused("textDocument/rename", standing.at(word, 1) | {"newName": new})
    client.notify("textDocument/didClose", {"textDocument": {"uri": standing.uri}})
    return error["code"], error["message"]


async def test_a_macro_that_comes_with_the_program_is_not_renamed(known):
    code, said = await refused_rename(known, "ctys -a list=macro:TAB_CPORT lab00", "TAB_CPORT", "MINE")
    assert code == -32602
    assert "TAB_CPORT comes with ctys-ls; define a macro of your own" in said


async def test_a_guest_that_runs_is_not_renamed_until_it_is_stopped(known):
    line = "ctys -t xen -a create=l:tst104,CONSOLE:none lab00'(-Z KSU)'"
    assert (await job(known, "ctys.run", commandLine=line, confirmed=True))["state"] == "done"
    assert (await job(known, "ctys.list", hosts=["lab00"]))["state"] == "done"
    code, said = await refused_rename(known, line, "tst104", "tst105")
    assert code == -32602
    assert said == "tst104 runs on lab00 under this name; stop it first."
    stop = "ctys -t xen -a cancel=l:tst104,POWEROFF:0 lab00'(-Z KSU)'"
    assert (await job(known, "ctys.run", commandLine=stop, confirmed=True))["state"] == "done"
    assert (await job(known, "ctys.list", hosts=["lab00"]))["state"] == "done"
    standing = Standing("ctys", line, "file:///stopped.ctys")
    start = await known.open(standing.text, "ctys", standing.uri)
    await known.diagnostics(standing.uri, start=start)
    edit = await known.call("textDocument/rename", standing.at("tst104", 1) | {"newName": "tst105"})
    (change,) = edit["changes"][standing.uri]
    assert change == {"range": standing.spot("tst104"), "newText": "tst105"}
