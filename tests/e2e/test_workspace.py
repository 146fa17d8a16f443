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
