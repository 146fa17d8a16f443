"""The index at the size it is made for: the bounds hold, and what is kept of a file is little."""

from __future__ import annotations

import threading
import time

import pytest

from ctys_ls.handlers import index as module
from ctys_ls.handlers.index import Index, domain_files

GUEST = 'name = "tst{number}"\nmemory = 128\nvif = [ "mac=00:16:3e:00:{high:02x}:{low:02x}" ]\n'


def read(folders):
    found, done = Index(), threading.Event()
    found.start([str(folder) for folder in folders], done.set)
    assert done.wait(60)
    return found


@pytest.mark.slow
def test_10000_files(tmp_path):
    for number in range(10_000):
        folder = tmp_path / f"d{number % 100}"
        folder.mkdir(exist_ok=True)
        text = GUEST.format(number=number, high=number >> 8, low=number & 255) + "# notes\n" * 20
        (folder / f"tst{number}.conf").write_text(text)
    begun = time.monotonic()
    found = read([tmp_path])
    assert len(found) == 10_000
    assert time.monotonic() - begun < 60, "generous: the goal is 10 s on a quiet machine"
    path = tmp_path / "d7" / "tst7.conf"
    path.write_text(GUEST.format(number="seven", high=0, low=7))
    found.update(str(path))
    assert [entry.label for entry in found.find("tstseven")] == ["tstseven"]


def test_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 3)
    monkeypatch.setattr(module, "DEEPEST", 2)
    for number in range(5):
        (tmp_path / f"{number}.conf").write_text(GUEST.format(number=number, high=0, low=number))
    (tmp_path / "large.conf").write_text("x" * (module.LARGEST + 1))
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "deep.conf").write_text("name = 1")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.conf").write_text("name = 1")
    assert sorted(path.rpartition("/")[2] for path in domain_files(str(tmp_path))) == [
        f"{n}.conf" for n in range(5)
    ]
    assert len(read([tmp_path])) == 3


def test_a_folder_that_is_not_there(tmp_path):
    assert len(read([tmp_path / "nowhere"])) == 0
