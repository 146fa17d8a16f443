"""-C and -c word by word, each call a process of its own: what one keeps another one uses, and hosts are asked or not."""

import json
import sqlite3
from pathlib import Path

import pytest

LIST = ("-t", "xen", "-a", "list=machine", "lab00")
#: With a guest's files, the machine and its addresses.
ENUMERATE = ("-t", "xen", "-a", "enumerate", "lab00")


@pytest.fixture
def gone(fresh_lab):
    """Take lab00 off the net: what answers from now on is kept."""

    def off():
        fresh_lab.host("lab00").faults.set("refused")
        fresh_lab.host("lab00").cut_connections()

    return off


@pytest.mark.parametrize("words", ["keep", "on,keep", "auto", "keepall", "1,keepall,raw"])
def test_an_answer_that_is_kept_serves_other_programs(ctys, start, gone, words):
    start("tst100")
    asked = ctys("-C", words, *LIST)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert ";tst100;" in asked.stdout
    gone()
    assert ctys(*LIST).returncode == 1
    for reading in ("on,lifetime:600", "auto,lifetime:600", "only", "lifetime:600,keep"):
        served = ctys("-C", reading, *LIST)
        assert (served.returncode, served.stdout) == (0, asked.stdout), served.stderr
    # It was kept as the host gave it: other fields and other types can be made of it.
    table = ctys("-C", "only", "-a", "list=TAB_TCP,MAC", "lab00")
    assert "tst100" in table.stdout
    assert "PM" in table.stdout


@pytest.mark.parametrize("words", ["on", "lifetime:600", "off", "raw", "fout:{home}/answers"])
def test_without_keep_no_other_program_is_served(ctys, gone, env, words):
    ctys("-C", words.format(home=env["HOME"]), *LIST)
    gone()
    done = ctys("-C", "only", *LIST)
    assert done.returncode == 1
    assert "no earlier answer is kept" in done.stderr
    assert "Leave ONLY out." in done.stderr


def test_keep_alone_renews_what_is_kept(ctys, start):
    ctys("-C", "keep", *LIST)
    start("tst100")
    assert "tst100" not in ctys("-C", "on,lifetime:600", *LIST).stdout
    assert "tst100" not in ctys("-C", "on,keep,lifetime:600", *LIST).stdout
    assert ";tst100;" in ctys("-C", "keep", *LIST).stdout
    assert ";tst100;" in ctys("-C", "on,lifetime:600", *LIST).stdout


def test_an_answer_that_is_too_old_is_not_used(ctys, start, env):
    ctys("-C", "keep", *LIST)
    start("tst100")
    age(env["HOME"], 1000)
    assert ";tst100;" in ctys("-C", "on", *LIST).stdout, "20 seconds where LIFETIME is not given"
    assert "tst100" not in ctys("-C", "on,lifetime:3000", *LIST).stdout
    assert "tst100" not in ctys("-C", "only", *LIST).stdout


def age(folder, seconds):
    """Make all kept answers older."""
    (path,) = Path(folder).rglob("inventory*.sqlite3")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE answer SET taken = taken - ?", (seconds,))
    database.close()


def test_keepall_keeps_what_list_and_enumerate_need(ctys, gone):
    whole = ctys(*ENUMERATE).stdout
    assert whole.count("\n") > 2
    ctys("-C", "keepall", *LIST)
    gone()
    assert ctys("-C", "only", *ENUMERATE).stdout == whole
    assert ctys("-C", "only", *LIST).returncode == 0


def test_keep_keeps_what_was_asked_for(ctys, gone):
    ctys("-C", "keep", *ENUMERATE)
    ctys("-C", "keep", "-a", "enumerate=b:xen", "lab00")
    gone()
    assert ctys("-C", "only", *ENUMERATE).returncode == 0
    assert ctys("-C", "only", "-a", "enumerate=b:xen", "lab00").returncode == 0
    assert ctys("-C", "only", "-a", "enumerate=b:/etc/xen", "lab00").returncode == 1, (
        "another place was never asked for"
    )
    assert ctys("-C", "only", *LIST).returncode == 1


@pytest.mark.parametrize("action", ["show", "info"])
def test_what_show_and_info_tell_is_kept(ctys, gone, action):
    asked = ctys("-t", "xen", "-C", "keep", "-a", action, "lab00")
    assert asked.returncode == 0
    gone()
    served = ctys("-t", "xen", "-C", "only", "-a", action, "lab00")
    assert (served.returncode, served.stdout) == (0, asked.stdout)
    other = {"show": "info", "info": "show"}[action]
    refused = ctys("-t", "xen", "-C", "only", "-a", other, "lab00")
    assert refused.returncode == 1
    assert "no earlier answer is kept" in refused.stderr


def test_a_file_of_answers_is_written_and_read(ctys, start, gone, env, tmp_path):
    start("tst100")
    file = tmp_path / "Answers Of Today"
    both = ("-a", "list=machine", "lab00", "lab01")
    asked = ctys("-C", f"fout:{file}", *both)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob(".Answers*")] == []
    gone()
    age_of_file(file, 10_000)
    served = ctys("-C", f"fin:{file}", *both)
    assert (served.returncode, served.stdout) == (0, asked.stdout)
    # Those that are not in it are asked, or not with ONLY.
    ctys("-C", f"fout:{file}", "-a", "list=machine", "lab01")
    assert ctys("-C", f"fin:{file}", "-a", "list=machine", "lab01").returncode == 0
    asked = ctys("-C", f"fin:{file}", *LIST)
    assert "no earlier answer" not in asked.stderr
    assert asked.returncode == 1
    assert "no earlier answer" in ctys("-C", f"fin:{file},only", *LIST).stderr


def age_of_file(file, seconds):
    raw = json.loads(file.read_text())
    for answer in raw["answers"]:
        answer["taken"] -= seconds
    file.write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("", "it is no file of answers"),
        ("[]", "it is no file of answers"),
        ('{"v": 7, "answers": []}', "version 7"),
        ('{"v": 1, "answers": [{"destination": "lab00"}]}', "it is no file of answers"),
        ('{"v": 1, "answers": [{"destination": "lab00", "action": "LIST", "taken": "x", "text": "", "boundary": ""}]}', "of another form"),
        ('{"v": 1, "answers": [{"destination": "lab00", "action": "LIST", "taken": 1, "text": "rubbish", "boundary": "b"}]}', "rubbish"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(ctys, tmp_path, text, words):
    file = tmp_path / "answers"
    if text is not None:
        file.write_text(text)
    done = ctys("-C", f"fin:{file}", *LIST)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_answers_that_cannot_be_written_are_told_and_shown(ctys, tmp_path):
    done = ctys("-C", f"fout:{tmp_path}/none/answers", *LIST)
    assert done.returncode == 1
    assert "Domain-0" in done.stdout
    assert f"writing the answers to {tmp_path}/none/answers: No such file" in done.stderr
    assert ctys("-C", f"fout:{tmp_path}", *LIST).returncode == 1


# -- the inventory: -c -------------------------------------------------------------------------------------------------


def test_local_uses_the_inventory_and_remote_leaves_it_out(ctys):
    ctys(*ENUMERATE)
    create = ("-t", "xen", "-a", "create=dbrecord:0,CONSOLE:none", "lab00")
    for word in ("off", "remote", "3", "0"):
        done = ctys("-c", word, *create)
        assert done.returncode == 1
        assert "OFF or REMOTE leaves out the inventory" in done.stderr
    assert ctys("-c", "local", *create).returncode == 0


def test_only_the_inventory_and_no_inventory_is_nothing(ctys):
    ctys(*ENUMERATE)
    create = ("-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00")
    for words in ("remote,only", "off,only"):
        done = ctys("-c", words, *create)
        assert done.returncode == 1
        assert "ONLY forbids a search" in done.stderr
        assert "-c LOCAL,ONLY" in done.stderr
    assert ctys("-c", "local,only", *create).returncode == 0


def test_remote_reads_the_files_on_the_host_again(ctys, fresh_lab, start):
    ctys(*ENUMERATE)
    start("tst101")
    conf = fresh_lab.host("lab00").conf("tst101")
    line = ("-t", "xen", "-a", "list=tcp,label", "lab00")
    conf.write_text(conf.read_text().replace("192.168.1.221", "10.7.7.7"))
    done = ctys("-c", "remote", *line)
    assert "10.7.7.7;tst101" in done.stdout
