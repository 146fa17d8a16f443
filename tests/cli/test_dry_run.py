"""Every command line of the use-case page goes through ``ctys -n``, as a real shell hands it over."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from terminals import environment, run

from ctys_ls.cli import ctys, vhost

CASES = {
    case["id"]: case["text"]
    for case in json.loads(
        (Path(__file__).parents[1] / "data" / "use-cases.json").read_text(encoding="utf-8")
    )
}
#: The page prints these two without the backslash before the last target.
TORN = {"UC-26", "UC-27"}
ACTIONS = re.compile(r"-a (?P<action>create|cancel|list|enumerate|show|info)\b")


def words_of(name, folder):
    """The words that a shell makes of a line; a stand-in for the program writes them down."""
    text = CASES[name].replace(")'\n", ")' \\\n") if name in TORN else CASES[name]
    for program in ("ctys", "ctys-vhost"):
        stand_in = folder / program
        stand_in.write_text('#!/bin/sh\nprintf "%s\\0" "${0##*/}" "$@"\n')
        stand_in.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", text], env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/home/acue"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split("\0")[:-1]


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    for name in ("CTYS_SSH_CONFIG", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("name", [name for name, text in CASES.items() if not text.startswith("ctys-vhost")])
def test_a_line_of_the_page_has_a_plan(name, tmp_path, capsys):
    words = words_of(name, tmp_path)
    assert words.pop(0) == "ctys"
    assert ctys.main(["-n", *words]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    action = ACTIONS.search(CASES[name])["action"].upper()
    hosts = sorted(re.findall(r"\b(?:lab0[01]|localhost)\b", re.sub(r"/\S*", "", CASES[name]))) or [
        "localhost"
    ]
    planned = re.findall(r"^\d+\. (\S+): (\w+)", shown.out, re.MULTILINE)
    assert sorted(planned) == [(host, action) for host in hosts]


def test_the_look_up_of_the_page_answers(tmp_path, capsys):
    words = words_of("UC-30", tmp_path)
    assert words.pop(0) == "ctys-vhost"
    assert vhost.main(words) == 0
    assert capsys.readouterr().err == ""


def test_a_plan_touches_no_host(tmp_path):
    """The host's name cannot even be resolved, and the plan is shown all the same."""
    env = environment(tmp_path)
    done = run(["ctys", "-n", "-t", "xen", "-a", "create=l:tst100", "nosuch.invalid"], env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nosuch.invalid: CREATE l:tst100" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["-a", "crate=l:x", "lab00"], 2, "create"),
        (["-a", "create=lable:x", "lab00"], 1, "Perhaps label?"),
        (["-t", "xen", "-a", "create=CONSOLE:none", "lab00"], 1, "which machine"),
        (["-Q", "lab00"], 1, "-Q"),
        ([], 1, "usage: ctys"),
    ],
)
def test_a_wrong_line_is_one_sentence_and_a_status(words, status, said, capsys):
    assert ctys.main(words) == status
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["-V"]])
def test_help_and_version_are_no_errors(words, capsys):
    assert ctys.main(words) == 0
    assert capsys.readouterr().out.startswith(("usage: ctys", "ctys 0"))


def test_plan_as_json(tmp_path):
    done = run(["ctys-ls", "plan", "--format", "json", CASES["UC-24"]], environment(tmp_path))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["version"] == 1
    (plan,) = document["plans"]
    assert [target["host"] for target in plan["targets"]] == ["lab00", "lab00"]
    assert plan["targets"][0]["steps"][-1]["command"].startswith("ksu -q -e /bin/sh -c ")


def test_plan_of_a_wrong_line(tmp_path):
    done = run(["ctys-ls", "plan", "ctys -a crate=l:x lab00"], environment(tmp_path))
    assert done.returncode == 2
    assert "create" in done.stderr
    done = run(["ctys-ls", "plan", "--format", "json", "ctys -a crate=l:x lab00"], environment(tmp_path))
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"][0]["severity"] == "error"


def test_a_wrong_look_up_names_its_program(capsys):
    assert vhost.main(["-M", "bogus", "tst100"]) == 1
    assert capsys.readouterr().err.startswith("ctys-vhost: ")
