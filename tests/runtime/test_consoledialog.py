"""The talk between the relay and the script on the host."""

import itertools
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctys_ls.requests import Privilege
from ctys_ls.runtime.consoledialog import SCRIPT, Marks, Place, Ssh, console_argv, parse_place

STREAM = (
    b"motd\r\n\x1eabc:wait\x1e\x1eabc:attach 7 real\x1eboot \x1exyz:ended 0\x1e\x1eab tail\x1eabc:ended 1\x1e"
)


def taken_apart(pieces):
    marks = Marks("abc")
    found, text = [], b""
    for piece in pieces:
        for part in marks.feed(piece):
            if isinstance(part, bytes):
                text += part
            else:
                found.append(list(part))
    return found, text + marks.flush()


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_marks_are_found_whatever_the_pieces(cuts):
    places = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(places)]
    assert taken_apart(pieces) == taken_apart([STREAM])


def test_a_mark_with_another_nonce_is_text():
    found, text = taken_apart([STREAM])
    assert found == [["wait"], ["attach", "7", "real"], ["ended", "1"]]
    assert text == b"motd\r\nboot \x1exyz:ended 0\x1e\x1eab tail"


@given(st.binary())
def test_no_byte_is_lost(data):
    assert taken_apart([data])[1] == data


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_script_goes_through_a_login_shell(shell):
    """The words arrive at the script as they were given, whatever is in them."""
    place = Place("lab00", 'a\'b "c" $HOME `id` !x')
    line = console_argv(place, Privilege(ksu=True), Ssh(), 3, "nonce")[-1]
    assert "\n" not in line
    shown = line.replace("exec ", "exec printf '%s\\n' ", 1)
    words = subprocess.run([shell, "-c", shown], capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert words[:7] == ["/bin/sh", "-c", SCRIPT, "ctys-console", place.label, "ksu plain", "3"]


def test_script_is_posix_shell():
    assert subprocess.run(["/bin/sh", "-n", "-c", SCRIPT]).returncode == 0
    assert "'" not in SCRIPT


def test_ssh_is_left_no_key_and_no_word_to_take():
    argv = console_argv(
        Place("root@lab00", "tst100"), Privilege(), Ssh(Path("/x/config"), Path("/y z/known")), 5, "n"
    )
    assert argv[:4] == ["ssh", "-tt", "-F", "/x/config"]
    assert argv[argv.index("-e") + 1] == "none"
    assert 'UserKnownHostsFile="/y z/known"' in argv
    assert argv[-3:-1] == ["--", "root@lab00"]


def test_this_machine_needs_no_ssh():
    assert console_argv(Place("localhost", "tst100", local=True), Privilege(), Ssh(), 5, "n")[0] == "/bin/sh"
    assert console_argv(Place("localhost", "tst100"), Privilege(), Ssh(), 5, "n")[0] == "ssh"


@pytest.mark.parametrize(
    ("text", "shell", "words"),
    [
        ("lab00", False, "names no guest"),
        ("/tst100", False, "names no host"),
        ("-oProxyCommand=x/y", False, "names no host"),
        ("root@", True, "names no host"),
        ("lab00/tst100", True, "leave out /tst100"),
        ("lab00/a\x1bb", False, "control character"),
    ],
)
def test_a_wrong_place_is_refused_in_words(text, shell, words):
    with pytest.raises(ValueError, match=words):
        parse_place(text, shell=shell)


def test_a_place():
    assert parse_place("root@lab00/tst100", shell=False) == Place("root@lab00", "tst100")
    assert parse_place("lab00", shell=True) == Place("lab00")
