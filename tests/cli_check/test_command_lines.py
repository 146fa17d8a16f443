"""ctys-ls check and fix over every kind of place where a command line may stand, with what an editor would know."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from inventory import remember

#: Each file with the codes it gets.
FILES = {
    "lines.ctys": (
        "ctys -t xne -a list lab/all\nctys -a list=macro:NIX lab/al\n",
        "unknown-value unknown-macro unknown-group",
    ),
    "start.sh": ("#!/bin/sh\nx=$(ctys -a lst lab00)\nctys -a list=macro:MINE lab/all\n", "unknown-action"),
    "notes.md": (
        "`ctys -a lst`\n\n```sh\nctys -a show -- \\\nlab00'(-Z KSU)'\nctys -a foo\n```\n",
        "unknown-action",
    ),
    "notes.org": ("#+begin_src sh\nctys -t xen -a cancel=l:tst100 lab00\n#+end_src\n", "ambiguous-address"),
    ".ctys/macros/default": ("MINE = machine\nTWO = a\nTWO = b\n", "duplicate-macro"),
    ".ctys/groups/lab/all": ("lab00'(-Z KSV)' lab01\n", "unknown-value"),
    ".ctys/groups/more": ("#include lab/none\n", "unknown-group"),
    "README.md": ("```sh\nls -Q | cyts\n```\n", None),
    "other.sh": ("echo hello\n", None),
    "node_modules/x/README.md": ("```sh\nctys -a foo\n```\n", None),
}


@pytest.fixture
def home(tmp_path):
    for name, (text, _) in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    remember(tmp_path / "state")
    return tmp_path


def run(home, *arguments):
    environ = {**os.environ, "HOME": str(home), "CTYS_STATE_DIR": str(home / "state"), "CTYS_SSH_CONFIG": ""}
    program = [sys.executable, "-m", "ctys_ls", *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, env=environ, timeout=60, check=False)


def codes(home, *paths):
    report = json.loads(run(home, "check", "--format", "json", *paths).stdout)
    return {
        os.path.relpath(file["path"], home): " ".join(
            problem["code"].removeprefix("ctys.") for problem in file["problems"]
        )
        for file in report["files"]
    }


def test_a_folder_is_searched_for_every_kind_of_place(home):
    assert codes(home, home) == {name: wanted for name, (_, wanted) in FILES.items() if wanted is not None}


def test_files_that_are_named(home):
    for name, (_, wanted) in FILES.items():
        if wanted:
            assert codes(home, home / name) == {name: wanted}


def test_a_folder_with_nothing_of_ours(home):
    done = run(home, "check", home / "node_modules" / "x")
    assert done.returncode == 1, "a folder that is named is searched, whatever it is called"
    (home / "only").mkdir()
    (home / "only" / "x.sh").write_text("echo\n")
    done = run(home, "check", home / "only")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no script or text with command lines" in done.stderr


def test_fix_mends_them_where_they_stand(home):
    assert run(home, "fix", home).returncode == 0
    assert (home / "start.sh").read_text() == FILES["start.sh"][0].replace("lst", "list")
    assert (home / ".ctys/groups/lab/all").read_text() == FILES[".ctys/groups/lab/all"][0].replace(
        "KSV", "KSU"
    )
    assert (home / "notes.md").read_text() == FILES["notes.md"][0]
    assert (home / "notes.org").read_text() == FILES["notes.org"][0], (
        "which machine is meant is the user's choice"
    )
