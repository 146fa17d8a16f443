"""Names in all files and places: found, renamed and called, open or closed, in every unit that a client may count in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from wire_client import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVER = [sys.executable, "-m", "ctys_ls", "--stdio"]
UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
#: Every kind of file that may mention a name, 🐧 in front of the names; {home} and {work} are made for the test.
FILES = {
    "home/.ctys/macros/default": "# 🐧\nCOLS = 3_Label_10\nTAB = tab_gen:macro:COLS%%1_PM_10\nWHO = l:tst100\n",
    "home/.ctys/macros/mine": "TAB = machine\nLOOP = macro:LOOP%mine\n",
    "home/.ctys/groups/lab/all": "root@lab00'(-a list=macro:TAB -M 🐧)' lab01\n#include rest\n",
    "home/.ctys/groups/rest": "lab02 lab/all\n",
    "work/start": "#!/bin/sh\necho '🐧' && ctys -t xen -a create=l:tst100,CONSOLE:cli lab00\n",
    "work/notes.md": "🐧 See `ctys -a list=macro:TAB lab/all`.\n\n```sh\n🐧$ ctys -t xen -a cancel=LABEL:tst100 lab00\n```\n",
    "work/notes.org": "#+begin_src sh\necho '🐧' | ctys -a list={{macro:TAB}} lab/all\n#+end_src\n",
    "work/lines.ctys": "ctys -a list=macro:TAB%mine lab01 # 🐧 macro:TAB\nctys -t vnc -a create=l:tst100 lab00\n",
    "work/xen/tst100.conf": '#@#LABEL = "tst100"\n# 🐧\nname = "tst100" # 🐧\nmemory = 128\ndisk = ["/vm/tst100.img,raw,xvda,rw"]\n',
    "work/xen/tst1000.conf": 'name = "tst1000"\nmemory = 128\n',
}
FILES = {name: text.replace("{{", "{").replace("}}", "}") for name, text in FILES.items()}
#: What a rename makes of them, by hand: file to the text where the name stood and what stands there now.
LABEL = {
    "home/.ctys/macros/default": None,
    "work/start": ("l:tst100,", "l:guest,"),
    "work/notes.md": ("LABEL:tst100", "LABEL:guest"),
    "work/xen/tst100.conf": ('"tst100"', '"guest"'),
}
MACRO = {
    "home/.ctys/macros/default": ("TAB =", "WIDE ="),
    "home/.ctys/groups/lab/all": ("macro:TAB", "macro:WIDE"),
    "work/notes.md": ("macro:TAB", "macro:WIDE"),
    "work/notes.org": ("macro:TAB", "macro:WIDE"),
}
GROUP = {
    "home/.ctys/groups/rest": ("lab/all", "lab/every"),
    "work/notes.md": ("lab/all", "lab/every"),
    "work/notes.org": ("lab/all", "lab/every"),
}


def renamed(changes: Mapping[str, tuple[str, str] | None]) -> dict[str, str]:
    return {name: FILES[name].replace(*change) for name, change in changes.items() if change}


class Desk:
    """A server with files, some of them open."""

    def __init__(self, wire: Wire, folder: Path, unit: str) -> None:
        self.wire, self.folder, self.unit = wire, folder, unit

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def open(self, name: str) -> None:
        languages = {"start": "shellscript", ".md": "markdown", ".org": "org", ".conf": "xenconf"}
        language = next((each for end, each in languages.items() if name.endswith(end)), "ctys")
        start = await self.wire.open(FILES[name], language, self.uri(name), version=7)
        await self.wire.diagnostics(self.uri(name), start=start)

    def at(self, name: str, word: str, shift: int = 0) -> dict:
        """The place of a word, as the client counts."""
        before = FILES[name][: FILES[name].index(word) + shift]
        line = before.rpartition("\n")[2]
        units = len(line.encode(UNITS[self.unit])) // WIDTH[self.unit]
        return {
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": before.count("\n"), "character": units},
        }

    def slice(self, uri: str, where: dict) -> str:
        """The text of a range, as the client counts."""
        name = next(name for name in FILES if self.uri(name) == uri)
        start, end = (self._offset(FILES[name], where[edge]) for edge in ("start", "end"))
        return FILES[name][start:end]

    def _offset(self, text: str, place: dict) -> int:
        lines = text.split("\n")
        line = lines[place["line"]].encode(UNITS[self.unit])[: place["character"] * WIDTH[self.unit]]
        return sum(len(each) + 1 for each in lines[: place["line"]]) + len(line.decode(UNITS[self.unit]))

    def applied(self, changes: list[dict]) -> dict[str, str]:
        """The files that a workspace edit changes, changed."""
        found = {}
        for change in changes:
            if "kind" in change:
                continue
            name = next(name for name in FILES if self.uri(name) == change["textDocument"]["uri"])
            text = FILES[name]
            edits = sorted(change["edits"], key=lambda edit: self._offset(text, edit["range"]["start"]))
            for edit in reversed(edits):
                start, end = (self._offset(FILES[name], edit["range"][edge]) for edge in ("start", "end"))
                text = text[:start] + edit["newText"] + text[end:]
            found[name] = text
        return found


@pytest_asyncio.fixture(params=UNITS, scope="module", loop_scope="module")
async def desk(request, tmp_path_factory):
    """A desk that no test changes, in each unit."""
    async for made in started(tmp_path_factory.mktemp("desk"), request.param):
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plain(tmp_path_factory):
    """The same with an editor that renames no files."""
    async for made in started(tmp_path_factory.mktemp("plain"), "utf-16", operations=()):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def own(tmp_path):
    """A desk for one test, whose files it may change."""
    async for made in started(tmp_path, "utf-16"):
        yield made


async def started(folder: Path, unit: str, operations=("rename",)):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "work/start").chmod(0o755)
    environ = {"HOME": str(folder / "home"), "XDG_STATE_HOME": str(folder / "state")}
    wire = await Wire.start(command=SERVER, **environ)
    edits = {"documentChanges": True, "resourceOperations": list(operations)}
    await wire.initialize(
        {
            "general": {"positionEncodings": [unit]},
            "workspace": {"workspaceEdit": edits},
            "textDocument": {"rename": {"prepareSupport": True}},
        },
        root=(folder / "work").as_uri(),
    )
    made = Desk(wire, folder, unit)
    for name in ("home/.ctys/macros/default", "work/notes.md", "work/lines.ctys"):
        await made.open(name)
    # The workspace is read in the background; its guest is the last thing to be known before the names.
    await asyncio.wait_for(everything_known(made), 30)
    yield made
    await wire.stop()


async def everything_known(desk):
    found = []
    while len(found) < 4:
        await asyncio.sleep(0.05)
        found = await desk.wire.call("textDocument/references", desk.at("work/notes.md", "LABEL:tst100", 6))


@pytest.mark.parametrize(
    ("start", "new", "expected", "moved"),
    [
        (("work/notes.md", "tst100"), "guest", LABEL, []),
        (("home/.ctys/macros/default", "TAB ="), "WIDE", MACRO, []),
        (("work/notes.md", "macro:TAB", 8), "WIDE", MACRO, []),
        (("work/notes.md", "lab/all", 2), "lab/every", GROUP, [("lab/all", "lab/every")]),
    ],
    ids=["a label", "a macro at its definition", "a macro where it is used", "a group"],
)
async def test_rename_in_all_files(desk, start, new, expected, moved):
    at = desk.at(*start)
    span = await desk.wire.call("textDocument/prepareRename", at)
    assert desk.slice(at["textDocument"]["uri"], span) in ("tst100", "TAB", "lab/all")
    edit = await desk.wire.call("textDocument/rename", at | {"newName": new})
    assert desk.applied(edit["documentChanges"]) == renamed(expected)
    versions = {
        change["textDocument"]["uri"]: change["textDocument"]["version"]
        for change in edit["documentChanges"]
        if "kind" not in change
    }
    assert versions.get(desk.uri("work/notes.md")) == 7
    assert {
        version for uri, version in versions.items() if "notes.md" not in uri and "default" not in uri
    } == {None}
    groups = desk.uri("home/.ctys/groups")
    assert [change for change in edit["documentChanges"] if "kind" in change] == [
        {"kind": "rename", "oldUri": f"{groups}/{old}", "newUri": f"{groups}/{fresh}"} for old, fresh in moved
    ]


async def test_references_in_all_files(desk):
    asked = desk.at("work/notes.md", "macro:TAB", 8) | {"context": {"includeDeclaration": True}}
    found = await desk.wire.call("textDocument/references", asked)
    assert {desk.slice(one["uri"], one["range"]) for one in found} == {"TAB"}
    assert sorted(one["uri"] for one in found) == sorted(desk.uri(name) for name in MACRO)
    asked["context"]["includeDeclaration"] = False
    fewer = await desk.wire.call("textDocument/references", asked)
    assert [one for one in found if one not in fewer] == [
        one for one in found if one["uri"] == desk.uri("home/.ctys/macros/default")
    ]


@pytest.mark.parametrize(
    ("start", "target", "word"),
    [
        (("work/notes.md", "macro:TAB", 8), "home/.ctys/macros/default", "TAB"),
        (("work/lines.ctys", "macro:TAB%mine", 8), "home/.ctys/macros/mine", "TAB"),
        (("work/notes.md", "lab/all", 3), "home/.ctys/groups/lab/all", ""),
        (("work/notes.md", "LABEL:tst100", 8), "work/xen/tst100.conf", "tst100"),
    ],
    ids=["a macro", "a macro of another file", "a group", "a label's conf file"],
)
async def test_definition_in_another_file(desk, start, target, word):
    (found,) = await desk.wire.call("textDocument/definition", desk.at(*start))
    assert found["uri"] == desk.uri(target)
    assert desk.slice(found["uri"], found["range"]) == word


async def test_what_changes_behind_the_servers_back_is_read_again(own):
    script = own.folder / "work/start"
    script.write_text("#!/bin/sh\n\nctys -t xen -a create=l:tst100 lab00\n", encoding="utf-8")
    (own.folder / "work/notes.org").unlink()
    edit = await own.wire.call(
        "textDocument/rename", own.at("work/notes.md", "tst100") | {"newName": "guest"}
    )
    (change,) = (
        change for change in edit["documentChanges"] if change["textDocument"]["uri"] == script.as_uri()
    )
    (one,) = change["edits"]
    assert (one["range"]["start"], one["newText"]) == ({"line": 2, "character": 24}, "guest")
    found = await own.wire.call("textDocument/references", own.at("work/notes.md", "macro:TAB", 8))
    assert own.uri("work/notes.org") not in {one["uri"] for one in found}


@pytest.mark.parametrize(
    ("start", "new", "words"),
    [
        (("work/notes.md", "LABEL:tst100", 8), "tst1000", "a guest tst1000 already"),
        (("home/.ctys/macros/default", "TAB ="), "COLS", "a macro COLS already"),
        (("work/notes.md", "LABEL:tst100", 8), "two words", "cannot be the name of a label"),
    ],
)
async def test_what_would_break_something_is_refused(plain, start, new, words):
    error = await plain.wire.refused("textDocument/rename", plain.at(*start) | {"newName": new})
    assert (error["code"], words in error["message"]) == (-32602, True), error


async def test_a_group_cannot_be_renamed_without_its_file(plain):
    at = plain.at("work/notes.md", "lab/all", 2)
    error = await plain.wire.refused("textDocument/rename", at | {"newName": "lab/every"})
    assert "rename the file first" in error["message"]


# -- who uses whom -----------------------------------------------------------------------------------------------------


async def item(desk, *start):
    (found,) = await desk.wire.call("textDocument/prepareCallHierarchy", desk.at(*start))
    return found


async def test_who_uses_a_macro(plain):
    made = await item(plain, "work/notes.md", "macro:TAB", 8)
    assert (made["name"], made["detail"], made["uri"]) == (
        "TAB",
        "macro in default",
        plain.uri("home/.ctys/macros/default"),
    )
    calls = await plain.wire.call("callHierarchy/incomingCalls", {"item": made})
    assert {call["from"]["name"] for call in calls} == {
        "lab/all",
        "list=macro:TAB on lab/all",
        "list={macro:TAB} on lab/all",
    }
    (group,) = (call for call in calls if call["from"]["name"] == "lab/all")
    assert [plain.slice(group["from"]["uri"], where) for where in group["fromRanges"]] == ["TAB"]
    (made,) = [call["to"] for call in await plain.wire.call("callHierarchy/outgoingCalls", {"item": made})]
    assert (made["name"], plain.slice(made["uri"], made["selectionRange"])) == ("COLS", "COLS")


async def test_what_a_group_is_made_of(plain):
    made = await item(plain, "work/notes.md", "lab/all", 2)
    assert made["detail"] == "group in all, leads back to itself"
    calls = await plain.wire.call("callHierarchy/outgoingCalls", {"item": made})
    assert [call["to"]["name"] for call in calls] == ["lab00", "TAB", "lab01", "rest"]
    details = [call["to"]["detail"] for call in calls]
    assert details == [
        "host, defined nowhere here",
        "macro in default",
        "host, defined nowhere here",
        "group in rest, leads back to itself",
    ]


async def test_a_macro_that_uses_itself_is_marked(plain):
    await plain.open("home/.ctys/macros/mine")
    made = await item(plain, "home/.ctys/macros/mine", "LOOP =")
    assert made["detail"] == "macro in mine, leads back to itself"
    (call,) = await plain.wire.call("callHierarchy/outgoingCalls", {"item": made})
    assert call["to"]["name"] == "LOOP"


async def test_a_command_line_calls_what_it_names(plain):
    made = await item(plain, "work/notes.md", "cancel=", 1)
    assert made["name"] == "cancel=LABEL:tst100 on lab00"
    calls = await plain.wire.call("callHierarchy/outgoingCalls", {"item": made})
    assert [call["to"]["name"] for call in calls] == ["tst100", "lab00"]
    assert calls[0]["to"]["uri"] == plain.uri("work/xen/tst100.conf")
    assert await plain.wire.call("callHierarchy/incomingCalls", {"item": made}) == []


def published(uri, codes):
    """A test of messages: the problems of a document are just these."""

    def wanted(message):
        params = message.get("params") or {}
        told = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
        return told and [problem["code"] for problem in params["diagnostics"]] == codes

    return wanted


async def test_a_macro_that_is_saved_counts_everywhere(own):
    uri = own.uri("work/more.ctys")
    # The first judgement may come before the user's files have been read: what is unknown is no mistake.
    start = await own.wire.open("ctys -a list=macro:FRESH lab00\n", "ctys", uri)
    await own.wire.until(published(uri, ["ctys.unknown-macro"]), start)
    name = "home/.ctys/macros/default"
    (own.folder / name).write_text(FILES[name] + "FRESH = machine\n", encoding="utf-8")
    start = len(own.wire.messages)
    own.wire.notify("textDocument/didSave", {"textDocument": {"uri": own.uri(name)}})
    await own.wire.until(published(uri, []), start)
