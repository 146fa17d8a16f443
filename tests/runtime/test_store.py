"""The inventory on disk: whole or not at all, for several processes, begun anew when it is damaged."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime.kept import Answer
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store, location

TEXT = 'name = "{0}"\nuuid = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2"\nmemory = 64\nvif = ["mac=00:50:56:13:11:40"]\n#@#IP0 = "10.0.0.1"\n'


def host(*labels, name="lab00"):
    confs = tuple(
        Conf(f"/xen/{label}.conf", read_conf(TEXT.format(label), f"/xen/{label}.conf")) for label in labels
    )
    return Snapshot(name, name=name, fqdn=f"{name}.soho", confs=confs, taken=5.0, names={"10.0.0.1": "a"})


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
    assert loaded["lab00"].names == {"10.0.0.1": "a"}


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
from ctys_ls.runtime.kept import Answer
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
import itertools, sys
from pathlib import Path
from ctys_ls.facts import ConfFacts
from ctys_ls.runtime.kept import Answer
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store
store = Store(Path(sys.argv[1]), None)
for number in itertools.count():
    confs = tuple(Conf(f"/xen/g{n}.conf", ConfFacts(label=f"v{number}", tags={"SERNO": "x" * 500})) for n in range(400))
    store.save("lab00", Snapshot("lab00", name=f"v{number}", confs=confs, taken=1.0))
    print(number, flush=True)
"""


def test_a_program_that_is_killed_while_it_saves_leaves_one_whole_state(path):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    caught = 0
    # On a machine with other work a kill may miss the short moment of a write many times.
    for attempt in range(100):
        if attempt >= 12 and caught:
            break
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE)
        writer.stdout.readline()
        # At any moment of the saves that follow, most of all in the middle of one.
        time.sleep(chance.random() * 0.1)
        caught += path.with_name(path.name + "-journal").exists()
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate(timeout=10)
        loaded = Store(path, None).load()["lab00"]
        assert len(loaded.confs) == 400, f"seed {seed}"
        assert {conf.label for conf in loaded.confs} == {loaded.name}, f"seed {seed}"
        Store(path, None).save("lab01", host("a", name="lab01"))
    assert caught, f"no kill hit a write, seed {seed}"
    assert not list(path.parent.glob("*.damaged-*"))
    assert [conf.label for conf in Store(path, None).load()["lab01"].confs] == ["a"]


def test_every_record_keeps_its_own_age_and_how_it_was_come_by(path):
    old = replace(host("a").confs[0], seen=100.0, source="scan")
    new = replace(host("b").confs[0], seen=200.0, source="named")
    Store(path, None).save("lab00", replace(host(), confs=(old, new), taken=300.0))
    loaded = Store(path, None).load()["lab00"]
    assert [(conf.label, conf.seen, conf.source) for conf in loaded.confs] == [
        ("a", 100.0, "scan"),
        ("b", 200.0, "named"),
    ]


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


# -- answers that -C keeps ---------------------------------------------------------------------------------------------


def answer(destination="lab00", action="LIST", taken=None, text="x"):
    return Answer(destination, action, time.time() if taken is None else taken, text, "b")


def test_answers_are_kept_by_destination_and_action_and_renewed(path):
    store = Store(path, None)
    assert store.answers(["lab00"]) == ()
    assert not path.exists()
    assert store.keep([answer(), answer(action="ENUMERATE"), answer("root@lab00"), answer("lab01")]) == ""
    later = answer(text="é;" * 10_000)
    assert Store(path, None).keep([later]) == ""
    found = {(one.destination, one.action): one for one in Store(path, None).answers(["lab00", "root@lab00"])}
    assert set(found) == {("lab00", "LIST"), ("lab00", "ENUMERATE"), ("root@lab00", "LIST")}
    assert found["lab00", "LIST"].text == later.text
    assert path.stat().st_mode & 0o777 == 0o600


def test_answers_disturb_nobody_who_does_not_know_them(path):
    store = Store(path, None)
    store.save("lab00", host("a"))
    store.keep([answer()])
    store.save("lab00", host("b"))
    assert [conf.label for conf in store.load()["lab00"].confs] == ["b"]
    assert len(store.answers(["lab00"])) == 1


def test_nobody_is_served_from_last_year(path):
    store = Store(path, None)
    store.keep([answer(taken=time.time() - 400 * 86400)])
    store.keep([answer(action="ENUMERATE")])
    assert [one.action for one in store.answers(["lab00"])] == ["ENUMERATE"]


def test_what_is_in_the_way_of_keeping_is_told(tmp_path, path):
    (tmp_path / "file").write_text("")
    assert Store(tmp_path / "file" / "inventory.sqlite3", None).keep([answer()])
    store = Store(path, None)
    store.save("lab00", host("a"))
    path.write_bytes(b"no database at all" * 100)
    assert store.keep([answer()]) == "", "a damaged file is put aside and begun anew"
    assert len(store.answers(["lab00"])) == 1


KEEPER = """
import itertools, sys, time
from pathlib import Path
from ctys_ls.runtime.kept import Answer
from ctys_ls.runtime.store import Store
store = Store(Path(sys.argv[1]), None)
for number in itertools.count():
    words = [Answer(f"h{n}", "LIST", time.time(), f"{number} " + "x" * 20000, "b") for n in range(20)]
    assert store.keep(words) == ""
    print(number, flush=True)
"""


def test_answers_of_one_call_are_kept_whole_whenever_the_keeper_is_killed(path):
    seed = int(os.environ.get("CTYS_TEST_SEED", time.time_ns()))
    chance = random.Random(seed)
    for _ in range(5):
        keeper = subprocess.Popen([sys.executable, "-c", KEEPER, path], stdout=subprocess.PIPE)
        keeper.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.1))
        keeper.send_signal(signal.SIGKILL)
        keeper.wait()
        keeper.stdout.close()
        found = Store(path, None).answers([f"h{n}" for n in range(20)])
        assert len(found) == 20, f"seed {seed}"
        assert len({one.text for one in found}) == 1, f"seed {seed}"
