"""CTYS_MACRO_PATH and CTYS_GROUPS_PATH: the editor's server and both programs follow them alike."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest
from wire_client import Wire

SERVER = (sys.executable, "-m", "ctys_ls", "--stdio")
FILES = {
    "first/default": "COLS = pm,label\n",
    "second/default": "COLS = uuid\nHIDDEN = label\n",
    "second/more": "EXTRA = macro:COLS\n",
    "racks/lab/all": "lab00'(-Z KSU)' lab01\n",
    "racks/broken": "#include lab/none\n",
    "home/.ctys/macros/default": "OLD = label\n",
    "home/.ctys/groups/old": "lab09\n",
}
LINE = "ctys -a list=macro:COLS lab/all\nctys -a list=macro:OLD rack/x\n"


@pytest.fixture
def environ(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "line.ctys").write_text(LINE)
    return {
        "HOME": str(tmp_path / "home"),
        "CTYS_STATE_DIR": str(tmp_path / "state"),
        "CTYS_SSH_CONFIG": "",
        "CTYS_MACRO_PATH": f"{tmp_path}/first:{tmp_path}/none:{tmp_path}/second",
        "CTYS_GROUPS_PATH": f"{tmp_path}/racks",
    }


def run(environ, *words):
    program = [sys.executable, "-m", "ctys_ls", *words]
    return subprocess.run(
        program, env=os.environ | environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_plan_has_the_macro_and_the_members_of_the_first_folders(environ):
    (plan,) = json.loads(run(environ, "plan", "--format", "json", "ctys -a list=macro:COLS lab/all").stdout)[
        "plans"
    ]
    assert [(target["host"], "ksu" in target["privilege"]) for target in plan["targets"]] == [
        ("lab00", True),
        ("lab01", False),
    ]
    # Those in the home directory are on no path: no macro, and no group but a host.
    unknown = run(environ, "plan", "ctys -a list=macro:OLD lab/all")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "No macro OLD" in unknown.stderr
    assert run(environ, "plan", "ctys -a list old").stdout.startswith("1. old: LIST")


def test_the_gate_of_a_terminal_knows_the_same_names(tmp_path, environ):
    report = json.loads(run(environ, "check", "--format", "json", str(tmp_path)).stdout)
    found = {
        os.path.relpath(file["path"], tmp_path): [
            (problem["code"].removeprefix("ctys."), problem["range"]["start"]["line"])
            for problem in file["problems"]
        ]
        for file in report["files"]
    }
    assert found["line.ctys"] == [("unknown-macro", 1), ("unknown-group", 1)]
    assert found["racks/broken"] == [("unknown-group", 0)]
    assert found["racks/lab/all"] == found["second/more"] == []


async def test_the_server_completes_finds_and_renames_them(tmp_path, environ):
    wire = await Wire.start(command=SERVER, **environ)
    try:
        capabilities = {
            "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["rename"]}}
        }
        await wire.initialize(capabilities)
        uri = (tmp_path / "line.ctys").as_uri()
        start = await wire.open(LINE, "ctys", uri)

        def at(line, column):
            return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}

        # What the user's files say comes when the runtime has read them.
        def judged(message):
            params = message.get("params") or {}
            codes = {problem["code"] for problem in params.get("diagnostics", ())}
            return params.get("uri") == uri and codes == {"ctys.unknown-macro", "ctys.unknown-group"}

        await wire.until(judged, start)

        async def labels(line, column):
            answer = await wire.call("textDocument/completion", at(line, column))
            items = answer["items"] if isinstance(answer, dict) else answer
            return {item["label"] for item in items}

        macros = await labels(0, LINE.index("COLS"))
        assert {"COLS", "EXTRA"} & macros == {"COLS"}
        assert not {"OLD", "HIDDEN"} & macros
        hosts = await labels(0, LINE.index("lab/all"))
        assert "lab/all" in hosts
        assert "old" not in hosts

        async def defined(column):
            found = await wire.call("textDocument/definition", at(0, column))
            return [place["uri"] for place in found]

        assert await defined(LINE.index("COLS") + 1) == [(tmp_path / "first/default").as_uri()]
        assert await defined(LINE.index("lab/all") + 1) == [(tmp_path / "racks/lab/all").as_uri()]

        # Files of the paths are known once they have been read, after the documents.
        async def renamed():
            asked = at(0, LINE.index("COLS") + 1) | {"newName": "WIDE"}
            edit = await wire.call("textDocument/rename", asked)
            return {change["textDocument"]["uri"] for change in edit["documentChanges"]}

        wanted = {uri, *((tmp_path / name).as_uri() for name in ("first/default", "second/more"))}
        async with asyncio.timeout(20):
            while await renamed() != wanted:  # noqa: ASYNC110 - the answer is the event
                await asyncio.sleep(0.1)

        group = (tmp_path / "racks/broken").as_uri()
        start = await wire.open(FILES["racks/broken"], "ctys", group)
        (problem,) = await wire.diagnostics(group, start=start)
        assert problem["code"] == "ctys.unknown-group"

        # A group that is saved there counts from now on.
        (tmp_path / "racks/fresh").write_text("lab00\n")
        wire.notify("textDocument/didSave", {"textDocument": {"uri": (tmp_path / "racks/fresh").as_uri()}})
        async with asyncio.timeout(20):
            while "fresh" not in await labels(0, LINE.index("lab/all")):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
    finally:
        await wire.stop()
