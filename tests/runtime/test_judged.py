"""What a host's own ``xl create -n`` says about a text: how the text gets there, and that it does not stay."""

import os
import signal
import subprocess
import time

import pytest
from needs import need_program

from ctys_ls.facts import Refusal, mark_of
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime import answer, equipment, probe
from ctys_ls.runtime.privilege import Method
from ctys_ls.text import split_lines

SHELLS = {"dash": ("dash",), "bash": ("bash", "--posix"), "busybox": ("busybox", "sh")}
TABLE = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
#: Stands in for xl: it keeps what it was given, and what the file's rights were; a text with BAD is refused.
XL = """#!/bin/sh
case "$1" in
    list) printf '{table}' ;;
    create)
        stat -c %a "$3" >>"{seen}/modes"
        cat "$3" >"{seen}/text.$$"
        mv "{seen}/text.$$" "{seen}/text"
        while [ -e "{seen}/hold" ]; do sleep 0.05; done
        if grep -q BAD "$3"; then
            echo "Parsing config from $3" >&2
            echo "$3:2: config parsing error near \\`BAD': syntax error" >&2
            echo "Failed to parse config: Invalid argument" >&2
            exit 1
        fi ;;
    *) exit 1 ;;
esac
"""


class Place:
    """A host's PATH with one tool in it, and a folder for files of a while."""

    def __init__(self, folder, shell):
        self.shell, self.seen, self.scratch = shell, folder / "seen", folder / "scratch"
        self.seen.mkdir()
        self.scratch.mkdir()
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.env = {
            "HOME": str(folder),
            "TMPDIR": str(self.scratch),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
        }

    def tool(self, name):
        (self.bin / name).write_text(XL.format(table=TABLE.replace("\n", "\\n"), seen=self.seen))
        (self.bin / name).chmod(0o755)

    def start(self, *texts):
        call = probe.call(probe.look_for((), texts), (Method.PLAIN,))
        line = call.line.replace("exec /bin/sh", "exec " + " ".join(self.shell), 1)
        pipe = subprocess.PIPE
        started = subprocess.Popen(["sh", "-c", line], stdin=pipe, stdout=pipe, stderr=pipe, env=self.env)
        started.stdin.write(call.stdin.encode())
        started.stdin.close()
        started.stdin = None
        return started, call

    def judge(self, *texts):
        started, call = self.start(*texts)
        out, _ = started.communicate(timeout=30)
        found = answer.parse(out.decode(), call.boundary, "lab00", read_conf, call.texts).equipment
        return found.verdicts if found else {}


@pytest.fixture(params=SHELLS)
def place(request, tmp_path):
    need_program(SHELLS[request.param][0], SHELLS[request.param][0])
    return Place(tmp_path, SHELLS[request.param])


def test_each_text_is_judged_as_it_is_and_none_stays(place):
    place.tool("xl")
    good = "name = 'it''s \"$HOME\" `id` \\\\ é'\n\n# end without a line's end"
    bad = "name = 'x'\nBAD\n"
    assert place.judge(bad, good) == {
        mark_of(good): None,
        mark_of(bad): Refusal("config parsing error near `BAD': syntax error", 1),
    }
    assert (place.seen / "text").read_text() == good
    assert (place.seen / "modes").read_text().split() == ["600", "600"]
    assert list(place.scratch.iterdir()) == []


def test_xm_is_not_asked_it_would_run_the_text(place):
    place.tool("xm")
    assert place.judge("name = 'x'\nBAD\n") == {}
    assert not (place.seen / "text").exists()


def test_python_text_is_for_xm_alone():
    python = xenconf.parse(split_lines("import os\nname = os.uname()[1]\n"))
    assert xenconf.text_for_xl(python) == ""
    text = "name = 'x'\r\nkernel = '/k'"
    assert xenconf.text_for_xl(xenconf.parse(split_lines(text))) == text


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE, None])
def test_the_file_goes_whatever_ends_the_look(place, how):
    """``None``: nobody reads the answer any more, as when the connection breaks and no signal comes."""
    place.tool("xl")
    (place.seen / "hold").touch()
    started, _ = place.start("name = 'x'\n")
    deadline = time.monotonic() + 20
    while not (place.seen / "text").exists():
        assert time.monotonic() < deadline, "xl was never asked"
        time.sleep(0.02)
    assert len(list(place.scratch.iterdir())) == 1
    started.stdout.close()
    started.stderr.close()
    if how is not None:
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(started.pid)], capture_output=True, text=True, check=True
        )
        for pid in (*map(int, children.stdout.split()), started.pid):
            os.kill(pid, how)
    (place.seen / "hold").unlink()
    started.wait(timeout=20)
    while list(place.scratch.iterdir()):
        assert time.monotonic() < deadline, "the file is still there"
        time.sleep(0.02)


def test_what_is_not_about_the_text_is_no_refusal():
    for err in (
        "xencall: error: Could not obtain handle on privileged command interface: Permission denied\n",
        "Failed to read config file: /tmp/x: Permission denied\n",
        "cannot init xl context\n",
        "",
    ):
        assert equipment.refusal(1, err, "/tmp/x") is None
    warned = "Parsing config from /tmp/x\n/tmp/x:3: warning: parameter `memory' is not a valid number\n"
    assert equipment.refusal(0, warned, "/tmp/x") is None
    assert equipment.refusal(1, f"{warned}Invalid domain type bogus.\n", "/tmp/x") == Refusal(
        "Invalid domain type bogus."
    )


def test_texts_that_no_shell_can_hold_are_not_sent():
    assert probe.look_for((), ["a\0b", "x" * 70_000, "\ud800", "good", "good"]).texts == ("good",)
