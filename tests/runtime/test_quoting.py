"""What arrives on a host equals what was meant, for hostile words, in every shell that a host may have."""

import random
import subprocess

import pytest
from needs import need_program

from ctys_ls.runtime.hostcommand import quote
from ctys_ls.runtime.privilege import Method, wrap

SHELLS = {"dash": ("dash",), "bash": ("bash",), "busybox": ("busybox", "sh")}
NASTY = [
    "", " ", "'", '"', "\\", "$HOME", "`id`", "$(id)", "!x", "*", "~", "a b", "\n", "\t", ";", "&&", "|", "<", ">", "#",
    "-rf", "--", "{a,b}", "é", "\u2028", "%s", "\x1b[31m", "=", "a'b\"c", "\\'", "$'x'", "[!a]", "\r",
]  # fmt: skip
PRINT = 'for word do printf "%s\\0" "$word"; done'


@pytest.mark.parametrize("shell", SHELLS)
def test_hostile_words_arrive_unchanged(shell):
    need_program(SHELLS[shell][0], SHELLS[shell][0])
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(40):
        words = ["".join(chance.choices(NASTY, k=chance.randint(1, 4))) for _ in range(chance.randint(1, 6))]
        line = quote((*SHELLS[shell], "-c", PRINT, "ctys", *words))
        # Twice quoted: the user's login shell reads the line, a second shell gets the words.
        ran = subprocess.run([*SHELLS[shell], "-c", line], capture_output=True, check=True)
        arrived = ran.stdout.decode().split("\0")[:-1]
        assert arrived == words, f"seed {seed}, words {words!r}"


def test_a_nul_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        quote(("xl", "create", "a\0b"))


def test_rights_are_put_in_front_and_no_password_is_an_argument():
    argv = ("/usr/sbin/xl", "list")
    assert wrap(argv, Method.ROOT) == argv
    assert wrap(argv, Method.PLAIN) == argv
    under = wrap(argv, Method.KSU)
    assert under[:5] == ("ksu", "-q", "-e", "/bin/sh", "-c")
    assert under[-3:] == ("sh", *argv)
    assert wrap(argv, Method.SUDO) == ("sudo", "-n", "--", "/usr/sbin/xl", "list")
    assert wrap(argv, Method.SUDO_PASSWORD) == ("sudo", "-k", "-S", "-p", "", "--", "/usr/sbin/xl", "list")
