"""The workspace as a whole: guests found by label, MAC or path, and files that change behind the editor's back."""

from __future__ import annotations

import pytest
from wire_client import Wire, frame

GUEST = 'name = "{label}"\nmemory = 128\nvif = [ "mac=00:16:3e:00:00:{mac}" ]\n'
WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}


@pytest.fixture
async def indexed(tmp_path):
    folder = tmp_path / "a b" / "xen"
    folder.mkdir(parents=True)
    for number in (10, 11):
        (folder / f"tst{number}.conf").write_text(
            "# a guest\n" + GUEST.format(label=f"tst{number}", mac=number)
        )
    (folder / "httpd.conf").write_text("Listen 80\n")
    (folder / "broken.conf").write_bytes(b"\xff\xfe" * 1000)
    (folder / "loop").symlink_to(tmp_path)
    wire = await Wire.start()
    await wire.initialize(WATCHES, root=tmp_path.as_uri())
    asked = await wire.until(lambda message: message.get("method") == "client/registerCapability")
    wire.raw(frame({"jsonrpc": "2.0", "id": asked["id"], "result": None}))
    await wire.eventually("test/index")
    wire.folder = folder
    yield wire
    await wire.stop()


async def names(wire, query):
    return [symbol["name"] for symbol in await wire.call("workspace/symbol", {"query": query})]


async def test_guests_are_found(indexed):
    assert await names(indexed, "") == ["tst10", "tst11"], "what is no domain file is passed over"
    assert await names(indexed, "00:16:3e:00:00:11") == ["tst11"]
    assert await names(indexed, "t11") == ["tst11"], "letters in order are enough"
    (found,) = await indexed.call("workspace/symbol", {"query": "tst10"})
    assert found["location"]["uri"] == (indexed.folder / "tst10.conf").as_uri()
    assert found["location"]["range"]["start"]["line"] == 1


async def test_changes_are_followed(indexed):
    new, old = indexed.folder / "tst12.conf", indexed.folder / "tst10.conf"
    new.write_text(GUEST.format(label="tst12", mac=12))
    old.unlink()
    changes = [{"uri": new.as_uri(), "type": 1}, {"uri": old.as_uri(), "type": 3}]
    indexed.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    for _ in range(200):
        if await names(indexed, "") == ["tst11", "tst12"]:
            return
    raise AssertionError(await names(indexed, ""))


async def test_an_open_document_speaks_for_itself(indexed):
    uri = (indexed.folder / "tst11.conf").as_uri()
    await indexed.open("label = 1\n", uri=uri)
    assert await names(indexed, "") == ["label", "tst10"]


async def test_folders_come_and_go(indexed, tmp_path):
    other = tmp_path.parent / f"{tmp_path.name}-other"
    other.mkdir()
    (other / "x.cfg").write_text(GUEST.format(label="tst99", mac=99))
    event = {
        "added": [{"uri": other.as_uri(), "name": "o"}],
        "removed": [{"uri": tmp_path.as_uri(), "name": "w"}],
    }
    indexed.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    await indexed.eventually("test/index")
    assert await names(indexed, "") == ["tst99"]


async def test_problems_of_files_that_are_not_open(indexed):
    bad, good = (indexed.folder / f"tst{number}.conf" for number in (10, 11))
    bad.write_text(GUEST.format(label="tst10", mac=10) + 'kernel = "/k"\nmemry = 1\n')
    first = await indexed.call("workspace/diagnostic", {"previousResultIds": []})
    reports = {report["uri"]: report for report in first["items"]}
    assert reports.keys() == {bad.as_uri(), good.as_uri()}
    assert "xenconf.unknown-key" in {item["code"] for item in reports[bad.as_uri()]["items"]}

    known = [{"uri": uri, "value": report["resultId"]} for uri, report in reports.items()]
    waiting = indexed.send("workspace/diagnostic", {"previousResultIds": known})
    bad.write_text(GUEST.format(label="tst10", mac=10) + 'kernel = "/k"\n')
    indexed.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": bad.as_uri(), "type": 2}]})
    second = {report["uri"]: report for report in (await indexed.answer(waiting))["result"]["items"]}
    assert second[good.as_uri()]["kind"] == "unchanged"
    assert "xenconf.unknown-key" not in {item["code"] for item in second[bad.as_uri()]["items"]}

    known = [{"uri": uri, "value": report["resultId"]} for uri, report in second.items()]
    waiting = indexed.send("workspace/diagnostic", {"previousResultIds": known})
    await indexed.open("bad\n", uri=bad.as_uri())
    third = {report["uri"]: report for report in (await indexed.answer(waiting))["result"]["items"]}
    assert third[bad.as_uri()]["items"] == [], "an open document speaks for itself"

    known = [{"uri": uri, "value": report["resultId"]} for uri, report in third.items()]
    waiting = indexed.send("workspace/diagnostic", {"previousResultIds": known})
    assert await indexed.call("shutdown") is None
    assert (await indexed.answer(waiting))["error"]["code"] == -32800, "nobody waits for ever"


async def codes_of(wire, path, start, wanted):
    """Wait until the published problems of a file have these workspace codes; the problems."""

    def is_so(message):
        if message.get("method") != "textDocument/publishDiagnostics":
            return False
        params = message["params"]
        found = {item["code"] for item in params["diagnostics"] if "workspace" in item["code"]}
        return params["uri"] == path.as_uri() and found == {f"xenconf.workspace-{kind}" for kind in wanted}

    return (await wire.until(is_so, start))["params"]["diagnostics"]


TWIN = """name = "{label}"
uuid = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c{digit}"
kernel = "/k"
memory = 128
vif = [ "bridge=xenbr0, script=/etc/🐧, mac=00:16:3E:0:0:{digit}" ]
disk = [ "/srv/🐧.iso,raw,xvdb,r", "/srv/é/{digit}.img,raw,xvda,w", "/srv/iso.img,raw,xvdc,r" ]
vncdisplay = {digit}
#@#IP0 = "192.168.1.{digit}%255.255.255.0"
"""
ALL = ("name", "uuid", "mac", "disk", "vnc", "ip")


#: What one place further is, by the client's unit.
UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


@pytest.fixture
def unit():
    """The unit in which the client counts; a test may be run in each."""
    return "utf-16"


@pytest.fixture
async def twins(tmp_path, unit):
    """Two files, a and b, that have everything in common; a is open, b lies on the disk."""
    first, second = tmp_path / "a.conf", tmp_path / "b.conf"
    first.write_text(TWIN.format(label="web", digit=1))
    second.write_text("# a copy\n" + TWIN.format(label="web", digit=1))
    wire = await Wire.start()
    capabilities = {
        "general": {"positionEncodings": [unit]},
        "textDocument": {"publishDiagnostics": {"relatedInformation": True}},
    }
    await wire.initialize(capabilities, root=tmp_path.as_uri())
    await wire.open(first.read_text(), language="xenconf", uri=first.as_uri())
    wire.first, wire.second = first, second
    yield wire
    await wire.stop()


@pytest.mark.parametrize("unit", list(UNITS))
async def test_what_two_guests_must_not_share_is_told_with_the_other_place(twins, unit):
    found = await codes_of(twins, twins.first, 0, ALL)
    related = {
        item["code"].removeprefix("xenconf.workspace-"): item["relatedInformation"][0]["location"]
        for item in found
        if "workspace" in item["code"]
    }
    assert {place["uri"] for place in related.values()} == {twins.second.as_uri()}
    lines = twins.second.read_text().splitlines()

    def shown(place):
        start, end = place["range"]["start"], place["range"]["end"]
        line = lines[start["line"]].encode(UNITS[unit])
        return line[start["character"] * WIDTH[unit] : end["character"] * WIDTH[unit]].decode(UNITS[unit])

    assert {kind: shown(place) for kind, place in related.items()} == {
        "name": "web",
        "uuid": "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c1",
        "mac": "00:16:3E:0:0:1",
        "disk": "/srv/é/1.img",
        "vnc": "1",
        "ip": "192.168.1.1",
    }


@pytest.mark.parametrize("cure", ["mended", "deleted"])
async def test_duplicates_go_when_the_other_file_changes_on_the_disk(twins, cure):
    await codes_of(twins, twins.first, 0, ALL)
    start = len(twins.messages)
    if cure == "mended":
        twins.second.write_text(TWIN.format(label="other", digit=2))
    else:
        twins.second.unlink()
    changes = [{"uri": twins.second.as_uri(), "type": 2 if cure == "mended" else 3}]
    twins.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    await codes_of(twins, twins.first, start, ())


async def test_duplicates_come_and_go_while_the_other_file_is_typed_in(twins):
    await codes_of(twins, twins.first, 0, ALL)
    start = len(twins.messages)
    text = TWIN.format(label="web", digit=2)
    await twins.open(text, language="xenconf", uri=twins.second.as_uri())
    await codes_of(twins, twins.first, start, ("name",))
    change = {"textDocument": {"uri": twins.second.as_uri(), "version": 2}}
    start = len(twins.messages)
    twins.notify(
        "textDocument/didChange", change | {"contentChanges": [{"text": text.replace("web", "mail")}]}
    )
    await codes_of(twins, twins.first, start, ())
    await codes_of(twins, twins.second, start, ())
    start = len(twins.messages)
    twins.notify("textDocument/didClose", {"textDocument": {"uri": twins.second.as_uri()}})
    await codes_of(twins, twins.first, start, ALL)


async def test_a_file_that_nobody_has_opened_is_judged_anew_when_another_changes(twins):
    def of_second(answer):
        report = next(one for one in answer["items"] if one["uri"] == twins.second.as_uri())
        return {item["code"] for item in report["items"]}, report["resultId"]

    await twins.eventually("test/index")
    codes, ident = of_second(await twins.call("workspace/diagnostic", {"previousResultIds": []}))
    assert {f"xenconf.workspace-{kind}" for kind in ALL} <= codes
    known = [{"uri": twins.second.as_uri(), "value": ident}]
    waiting = twins.send("workspace/diagnostic", {"previousResultIds": known})
    change = {"textDocument": {"uri": twins.first.as_uri(), "version": 2}}
    other = TWIN.format(label="mail", digit=3)
    twins.notify("textDocument/didChange", change | {"contentChanges": [{"text": other}]})
    codes, _ = of_second((await twins.answer(waiting))["result"])
    assert not any("workspace" in code for code in codes)
