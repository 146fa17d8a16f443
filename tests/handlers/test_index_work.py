"""After one change only what changed is looked at, however many files there are; and the outcome is that of a whole look."""

from __future__ import annotations

import random

import pytest

from ctys_ls.facts import Guest
from ctys_ls.handlers import index as index_module
from ctys_ls.handlers.index import Index
from ctys_ls.handlers.world import _put_together
from ctys_ls.languages.xenconf import known

FILES = 500


def guest(number, **other):
    """One of many, with marks of its own."""
    marks = {"label": f"tst{number}", "macs": (f"00:16:3e:00:{number >> 8:02x}:{number & 255:02x}",)}
    return Guest(host="", path=f"/w/tst{number}.conf", **(marks | other))


@pytest.fixture
def looked_at(monkeypatch):
    """The labels of the guests whose marks were asked for."""
    labels, marks = [], Guest.marks

    def counted(self):
        labels.append(self.label)
        return marks(self)

    monkeypatch.setattr(Guest, "marks", counted)
    return labels


def test_one_change_looks_at_one_guest(looked_at):
    guests = {one.path: one for one in map(guest, range(FILES))}
    files, affected = _put_together(guests, {}, ())
    assert {*looked_at} == {one.label for one in files}
    assert affected == frozenset()
    looked_at.clear()
    renamed = guest(7, label="tst8")
    files, affected = _put_together({**guests, renamed.path: renamed}, {}, files)
    assert {*looked_at} == {"tst7", "tst8"}
    assert affected == {"/w/tst7.conf", "/w/tst8.conf"}
    looked_at.clear()
    assert known.by_mark(files)["name", "tst8"] == [renamed, guests["/w/tst8.conf"]]
    assert looked_at == [], "what was put together is kept for the checks"


def test_whoever_loses_a_clash_is_judged_anew():
    stays = guest(2, label="tst1")
    before, _ = _put_together({one.path: one for one in (guest(1), stays)}, {}, ())
    files, affected = _put_together({stays.path: stays}, {}, before)
    assert files == (stays,)
    assert affected == {"/w/tst2.conf"}
    assert _put_together({stays.path: stays}, {}, files) == (files, frozenset())


def test_an_open_document_speaks_for_its_file():
    on_disk = {one.path: one for one in (guest(1), guest(2))}
    files, _ = _put_together(on_disk, {}, ())
    files, affected = _put_together(on_disk, {"file:///w/tst2.conf": guest(2, label="tst1")}, files)
    assert [one.label for one in files] == ["tst1", "tst1"]
    assert affected == {"/w/tst1.conf", "/w/tst2.conf"}
    files, affected = _put_together(on_disk, {"file:///w/tst2.conf": None}, files)
    assert [one.label for one in files] == ["tst1"]
    assert affected == {"/w/tst1.conf"}


@pytest.mark.parametrize("seed", range(20))
def test_step_by_step_is_the_same_as_at_once(seed, monkeypatch):
    chance = random.Random(seed)
    guests, files, steps = {}, (), []
    for _ in range(40):
        for number in chance.sample(range(12), chance.randint(0, 3)):
            if chance.random() < 0.3:
                guests.pop(f"/w/tst{number}.conf", None)
                steps.append((number, None))
            else:
                label, mac = chance.choice("abcd"), chance.choice(("00:16:3e:00:00:01", "00:16:3e:00:00:02"))
                one = guest(number, label=label, macs=(mac, mac), disks=("/dev/vg/x",))
                guests[one.path] = one
                steps.append((number, (label, mac)))
        files, _ = _put_together(dict(guests), {}, files)
        step_by_step = known.by_mark(files)
        # Forgotten: it is worked out from nothing now.
        monkeypatch.setattr(known, "_made", [])
        assert files == tuple(guests[path] for path in sorted(guests)), (seed, steps)
        assert step_by_step == known.by_mark(files), (seed, steps)
        monkeypatch.setattr(known, "_made", [(files, step_by_step)])


def test_a_search_folds_no_words(tmp_path, monkeypatch):
    folded, fold = [], index_module._folded

    def counted(one):
        folded.append(one.label)
        return fold(one)

    monkeypatch.setattr(index_module, "_folded", counted)
    found = Index()
    paths = []
    for number in range(20):
        path = tmp_path / f"Tst{number}.conf"
        path.write_text(f'name = "Tst{number}"\nmemory = 128\n')
        paths.append(str(path))
    found.update_all(paths)
    assert len(folded) == 20
    folded.clear()
    assert [one.label for one in found.find("tST7")] == ["Tst7", "Tst17"], "the beginning of a word first"
    assert [one.label for one in found.find("t1", most=3)] == ["Tst1", "Tst10", "Tst11"], "letters in order"
    assert [one.label for one in found.find("st19")] == ["Tst19"], "in the middle of a word"
    assert found.find("1t") == []
    assert folded == []
    found.update(paths[7])
    assert folded == ["Tst7"]
