"""The inventory on disk: whole or not at all, for several processes, begun anew when it is damaged."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store, location

TEXT = 'name = "{0}"\nuuid = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2"\nmemory = 64\nvif = ["mac=00:50:56:13:11:40"]\n#@#IP0 = "10.0.0.1"\n'


def host(*labels, name="lab00"):
    confs = tuple(
        Conf(f"/xen/{label}.conf", read_conf(TEXT.format(label), f"/xen/{label}.conf")) for label in labels
    )
    return Snapshot(name, name=name, fqdn=f"{name}.soho", confs=confs, taken=5.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "inventory.sqlite3"


def test_what_was_saved_is_loaded(path):
    Store(path, None).save("lab00", host("a", "b"))
    Store(path, None).save("lab01", host("c", name="lab01"))
    loaded = Store(path, None).load()
    assert list(loaded) == ["lab00", "lab01"]
    assert loaded["lab00"].confs == host("a", "b").confs
    assert (loaded["lab00"].fqdn, loaded["lab00"].taken) == ("lab00.soho", 5.0)


def test_a_later_save_takes_the_place_of_the_earlier(path):
    Store(path, None).save("lab00", host("a", "b"))
    Store(path, None).save("lab00", host("b"))
    assert [conf.label for conf in Store(path, None).load()["lab00"].confs] == ["b"]


def test_no_file_is_nothing_known_and_makes_none(path):
    assert Store(path, None).load() == {}
    assert not path.exists()


def test_only_the_owner_reads_it(path):
    Store(path, None).save("lab00", host("a"))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, None])
def test_a_damaged_file_is_put_aside_and_begun_anew(path, damage):
    store = Store(path, None)
    store.save("lab00", host("a"))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100) if damage is None else damage)
    assert store.load() == {}
    store.save("lab00", host("b"))
    assert [conf.label for conf in store.load()["lab00"].confs] == ["b"]
    assert len(list(path.parent.glob("*.damaged-*"))) == (0 if damage == b"" else 1)


def test_a_file_of_another_version_is_put_aside(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("CREATE TABLE x (y)")
    database.close()
    store = Store(path, None)
    store.save("lab00", host("a"))
    assert [conf.label for conf in store.load()["lab00"].confs] == ["a"]


def test_a_place_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "inventory.sqlite3", None)
    store.save("lab00", host("a"))
    assert store.load() == {}


SAVER = """
import sys
from pathlib import Path
from ctys_ls.facts import ConfFacts
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store
for number in range(20):
    conf = Conf(f"/xen/g{number}.conf", ConfFacts(label=f"g{number}"))
    Store(Path(sys.argv[1]), None).save(sys.argv[2], Snapshot(sys.argv[2], confs=(conf,), taken=1.0))
"""


def test_several_processes_save_at_once(path):
    names = ["h0", "h1", "h2", "h3"]
    workers = [subprocess.Popen([sys.executable, "-c", SAVER, path, name]) for name in names]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    loaded = Store(path, None).load()
    assert {name: [conf.label for conf in snapshot.confs] for name, snapshot in loaded.items()} == {
        name: ["g19"] for name in names
    }


WRITER = """
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("DELETE FROM conf")
for number in range(20000):
    database.execute("INSERT INTO conf VALUES (?, ?, 1, 'enumerate', '{}')", ("lab00", f"/x/{number}"))
print("in the middle", flush=True)
sys.stdin.read()
"""


def test_a_writer_that_is_killed_leaves_the_last_whole_state(path):
    Store(path, None).save("lab00", host("a", "b"))
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout.readline() == b"in the middle\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate(timeout=10)
    assert [conf.label for conf in Store(path, None).load()["lab00"].confs] == ["a", "b"]


def test_each_ssh_configuration_has_its_own_and_goes_with_it(tmp_path):
    config = tmp_path / "ssh_config"
    config.write_text("")
    theirs = location(tmp_path, config)
    assert theirs != location(tmp_path, None)
    Store(theirs, config).save("lab00", host("a"))
    mine = Store(location(tmp_path, None), None)
    mine.save("lab00", host("b"))
    mine.sweep()
    assert theirs.exists()
    config.unlink()
    mine.sweep()
    assert not theirs.exists()
    assert [conf.label for conf in mine.load()["lab00"].confs] == ["b"]
