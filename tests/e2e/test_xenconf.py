"""Every ability for domain files, asked for by a client at places a user stands at; each answer is known beforehand."""

from __future__ import annotations

import sys
from time import monotonic

import pytest
import pytest_asyncio
from wire_client import BOUND, Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROGRAM = (sys.executable, "-m", "ctys_ls")
URI = "file:///w/web/web.conf"
DOC = {"uri": URI}
TEXT = """#@#MAGICID-XEN
#@#LABEL = "web"
# the web server of the lab
# and its disks
name = "web"
type = "hvm"
memory = 02000
maxmem = 4096
vncdisplay = 7
cpus = "0-3,^2"
kernel = "/boot/vmlinuz"
disk = [ 'format=raw, vdev=xvda, target=/srv/w,eb.img',
         'phy:/dev/vg0/data,xvdb,w' ]
vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0' ]
"""
LINES = TEXT.splitlines()
CAPABILITIES = {
    "textDocument": {
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "rename": {"prepareSupport": True},
        "hover": {"contentFormat": ["markdown"]},
        "completion": {
            "completionItem": {"snippetSupport": True, "resolveSupport": {"properties": ["documentation"]}}
        },
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source.fixAll"]}}
        },
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(tmp_path_factory):
    client = await Wire.start(command=PROGRAM, HOME=str(tmp_path_factory.mktemp("home")))
    await client.initialize(CAPABILITIES, options={"hosts": ["lab00"]})
    await client.open(TEXT, language="xenconf", uri=URI)
    await client.diagnostics(URI)
    yield client
    await client.stop()


def place(line, word, after=0):
    return {"textDocument": DOC, "position": {"line": line, "character": LINES[line].index(word) + after}}


def texts(spans):
    return [
        LINES[span["start"]["line"]][span["start"]["character"] : span["end"]["character"]] for span in spans
    ]


async def typed(wire, text, column=None, line=None, uri="file:///w/typed.conf"):
    """The completion at the end of a new text."""
    lines = text.split("\n")
    where = {
        "line": len(lines) - 1 if line is None else line,
        "character": len(lines[-1]) if column is None else column,
    }
    await wire.open(text, language="xenconf", uri=uri)
    found = await wire.call("textDocument/completion", {"textDocument": {"uri": uri}, "position": where})
    return found["items"] if found else []


@pytest.mark.parametrize(
    ("line", "word", "said"),
    [
        (6, "02000", "octal 02000 is 1024, 1 GiB"),
        (6, "memory", "MiB"),
        (7, "4096", "4 GiB"),
        (8, "7", "port 5907"),
        (9, "0-3", "`##.#....`"),
        (11, "format=raw", "disk: format"),
        (13, "bridge=", "vif: bridge"),
        (1, "LABEL", "tag of ctys"),
        (5, "type", "default"),
    ],
)
async def test_hover(wire, line, word, said):
    found = await wire.call("textDocument/hover", place(line, word, 1))
    assert said in found["contents"]["value"]


async def test_completion_of_keys_that_this_guest_may_still_set(wire):
    items = {item["label"]: item for item in await typed(wire, 'name = "g"\ntype = "hvm"\nh')}
    assert {"hpet", "hap"} <= items.keys()
    assert not {"name", "type", "pvshim"} & items.keys()
    chosen = items["hpet"]
    assert "documentation" not in chosen
    resolved = await wire.call("completionItem/resolve", chosen)
    assert "High Precision Event Timer" in str(resolved["documentation"]) or resolved["documentation"]
    pv = {item["label"] for item in await typed(wire, 'name = "g"\ntype = "pv"\nh')}
    assert "hpet" not in pv


async def test_completion_of_whole_guests_is_a_snippet(wire):
    items = {item["label"]: item for item in await typed(wire, "")}
    guests = {"guest-pv", "guest-pvh", "guest-hvm"}
    assert guests <= items.keys()
    assert all(items[name]["insertTextFormat"] == 2 for name in guests)
    assert "${1:guest}" in str(items["guest-hvm"]["textEdit"])


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("on_reboot = '", {"restart", "destroy"}, set()),
        ("disk = [ 'format=", {"raw", "qcow2"}, {"target"}),
        ("disk = [ 'format=raw,", {"vdev", "target"}, {"format"}),
        ("vif = [ 'type=", {"ioemu"}, set()),
        ("#@#", {"#@#MAGICID-XEN", "#@#LABEL", "#@#IP0"}, set()),
        ("kernel = '", {"/boot/vmlinuz", "/srv/w,eb.img", "/dev/vg0/data"}, set()),
    ],
)
async def test_completion_of_values_parameters_tags_and_paths(wire, text, wanted, unwanted):
    found = await labels(wire, text)
    end = monotonic() + BOUND
    while not wanted <= found and monotonic() < end:
        # What other open files say is read when typing pauses.
        found = await labels(wire, text)
    assert wanted <= found
    assert not unwanted & found


async def labels(wire, text):
    return {item["label"] for item in await typed(wire, text)}


async def test_signature_help_inside_a_disk(wire):
    found = await wire.call("textDocument/signatureHelp", place(11, "xvda"))
    (one,) = found["signatures"]
    assert one["label"].startswith("disk: ")
    assert one["parameters"][found["activeParameter"]]["label"] == "vdev"


async def test_notes_and_their_switches(wire):
    whole = {
        "textDocument": DOC,
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 14, "character": 0}},
    }

    async def shown():
        return [hint["label"] for hint in await wire.call("textDocument/inlayHint", whole)]

    everything = await shown()
    assert everything == ["octal 02000 is 1024", "1 GiB", "4 GiB", "port 5907", "CPUs 0-7: ##.#...."]
    for topic, gone in (
        ("sizes", {"1 GiB", "4 GiB"}),
        ("octal", {everything[0]}),
        ("ports", {"port 5907"}),
        ("cpus", {everything[-1]}),
    ):
        settings = {"ctys": {"hosts": ["lab00"], "hints": {topic: False}}}
        wire.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert await shown() == [label for label in everything if label not in gone], topic
    wire.notify("workspace/didChangeConfiguration", {"settings": {"ctys": {"hosts": ["lab00"]}}})
    assert await shown() == everything


async def test_links_outline_folds_and_selections(wire):
    links = await wire.call("textDocument/documentLink", {"textDocument": DOC})
    assert [link["target"] for link in links] == [
        "file:///boot/vmlinuz",
        "file:///srv/w%2Ceb.img",
        "file:///dev/vg0/data",
    ]
    assert texts(link["range"] for link in links) == ["/boot/vmlinuz", "/srv/w,eb.img", "/dev/vg0/data"]
    (guest,) = await wire.call("textDocument/documentSymbol", {"textDocument": DOC})
    assert guest["name"] == "web"
    assert [child["name"] for child in guest["children"]][:3] == ["name", "type", "memory"]
    folds = await wire.call("textDocument/foldingRange", {"textDocument": DOC})
    assert {(fold["startLine"], fold["endLine"]) for fold in folds} == {(0, 3), (11, 12)}
    (found,) = await wire.call(
        "textDocument/selectionRange", {"textDocument": DOC, "positions": [place(11, "xvda")["position"]]}
    )
    assert texts([found["range"]]) == ["xvda"]
    assert texts([found["parent"]["range"]]) == ["vdev=xvda"]


async def test_mentions_highlights_and_renaming_of_the_guest(wire):
    here = place(4, "web")
    highlights = await wire.call("textDocument/documentHighlight", here)
    assert texts(one["range"] for one in highlights) == ["web", "web"]
    mentions = await wire.call("textDocument/references", here | {"context": {"includeDeclaration": True}})
    assert texts(one["range"] for one in mentions) == ["web", "web"]
    (definition,) = await wire.call("textDocument/definition", place(1, "web"))
    assert definition["range"]["start"]["line"] == 4
    assert texts([await wire.call("textDocument/prepareRename", here)]) == ["web"]
    edit = await wire.call("textDocument/rename", here | {"newName": "mail"})
    assert [one["newText"] for one in edit["changes"][URI]] == ["mail", "mail"]


async def test_semantic_tokens_and_their_differences(wire):
    uri = {"uri": "file:///w/tokens.conf"}
    await wire.open("memory = 128\nmemroy = 1\n# c\n", language="xenconf", uri=uri["uri"])
    full = await wire.call("textDocument/semanticTokens/full", {"textDocument": uri})
    assert len(full["data"]) == 5 * 7
    change = {
        "textDocument": uri | {"version": 2},
        "contentChanges": [
            {
                "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 6}},
                "text": "vcpus",
            }
        ],
    }
    wire.notify("textDocument/didChange", change)
    asked = {"textDocument": uri, "previousResultId": full["resultId"]}
    delta = await wire.call("textDocument/semanticTokens/full/delta", asked)
    data = list(full["data"])
    for edit in sorted(delta["edits"], key=lambda edit: -edit["start"]):
        data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit.get("data", [])
    assert data == (await wire.call("textDocument/semanticTokens/full", {"textDocument": uri}))["data"]
    assert data != full["data"]


async def test_formatting_of_all_of_a_range_and_while_typing(wire):
    uri = {"uri": "file:///w/format.conf"}
    options = {"options": {"tabSize": 4, "insertSpaces": True}}
    await wire.open("name=\"g\"   # its name\nvif=[\n'bridge=a']\n", language="xenconf", uri=uri["uri"])
    whole = await wire.call("textDocument/formatting", {"textDocument": uri} | options)
    assert [edit["newText"] for edit in whole] == ['name = "g"   # its name', "vif = [", "    'bridge=a' ]"]
    first = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    assert (
        await wire.call("textDocument/rangeFormatting", {"textDocument": uri, "range": first} | options)
        == whole[:1]
    )
    typing = {"textDocument": uri, "position": {"line": 2, "character": 0}, "ch": "\n"} | options
    assert [edit["newText"] for edit in await wire.call("textDocument/onTypeFormatting", typing)] == ["    "]


async def test_fixing_everything_and_again(wire):
    uri = {"uri": "file:///w/fix.conf"}
    await wire.open(
        'name = "g"\nkernel = "/k"\nmemroy = 128\nvnc = True\n# end', language="xenconf", uri=uri["uri"]
    )
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 5}}
    asked = {"textDocument": uri, "range": whole, "context": {"diagnostics": [], "only": ["source.fixAll"]}}
    (action,) = await wire.call("textDocument/codeAction", asked)
    assert action["kind"].startswith("source.fixAll")
    edits = action["edit"]["changes"][uri["uri"]]
    assert sorted(edit["newText"] for edit in edits) == ["\n", "1", "memory"]
    good = 'name = "g"\nkernel = "/k"\nmemory = 128\nvnc = 1\n# end\n'
    wire.notify(
        "textDocument/didChange", {"textDocument": uri | {"version": 2}, "contentChanges": [{"text": good}]}
    )
    assert await wire.call("textDocument/codeAction", asked) == []


async def test_a_file_of_xm_is_told_once_and_converted(wire):
    uri = "file:///w/old.conf"
    old = 'import os\n# the kernel\nkernel = os.path.join("/boot", "vmlinuz")\nname = "vm%d" % 3\nmemory = 64 + 64\nvnc = True\n'
    start = await wire.open(old, language="xenconf", uri=uri)
    (problem,) = await wire.diagnostics(uri, start=start)
    assert problem["code"] == "xenconf.syntax-python"
    asked = {"textDocument": {"uri": uri}, "range": problem["range"], "context": {"diagnostics": []}}
    action = next(
        one for one in await wire.call("textDocument/codeAction", asked) if "Convert" in one["title"]
    )
    (edit,) = action["edit"]["changes"][uri]
    start = len(wire.messages)
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": edit["newText"]}]}
    wire.notify("textDocument/didChange", change)
    assert not [item for item in await wire.diagnostics(uri, 2, start) if item["severity"] == 1]
    assert edit["newText"] == '# the kernel\nkernel = "/boot/vmlinuz"\nname = "vm3"\nmemory = 128\nvnc = 1\n'
