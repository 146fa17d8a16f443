"""What arrives on a host equals what was meant, for hostile words, in every shell that a host may have."""

import random
import subprocess

import pytest
from needs import need_program

from ctys_ls.runtime.hostcommand import quote
from ctys_ls.runtime.privilege import Method, wrap
from ctys_ls.runtime.toolstacks import TOOLSTACKS
from ctys_ls.runtime.transports.sshchannels import _told

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


def hostile(chance):
    """A word that means something to a shell, or any characters at all."""
    if chance.random() < 0.5:
        return "".join(chance.choices(NASTY[1:], k=chance.randint(1, 4)))
    points = (
        chance.choice((chance.randint(1, 0xFF), chance.randint(1, 0xD7FF), chance.randint(0xE000, 0x10FFFF)))
        for _ in range(chance.randint(1, 8))
    )
    return "".join(map(chr, points))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", TOOLSTACKS)
def test_labels_paths_and_values_reach_the_tool_as_they_are(shell, kind, tmp_path):
    """The whole way of a call: the toolstack's arguments, the line of the ssh channel, the host's shell, the tool."""
    need_program(SHELLS[shell][0], SHELLS[shell][0])
    tool = tmp_path / "it's $(a) tool; *"
    tool.write_text('#!/bin/sh\nfor word do printf "%s\\0" "$word"; done\n')
    tool.chmod(0o755)
    stack = TOOLSTACKS[kind]
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(8):
        label, path, value = hostile(chance), f"/{hostile(chance)}", hostile(chance)
        for command in (
            stack.create(str(tool), path, (value,)),
            stack.destroy(str(tool), label),
            stack.save(str(tool), label, path),
            stack.restore(str(tool), path),
        ):
            line = _told("mark", quote(command.argv))
            ran = subprocess.run([*SHELLS[shell], "-c", line], capture_output=True, check=True)
            arrived = ran.stdout.partition(b"\n")[2].decode(errors="surrogateescape").split("\0")[:-1]
            assert arrived == list(command.argv[1:]), f"seed {seed}, {command.argv!r}"


@pytest.mark.parametrize("kind", TOOLSTACKS)
def test_a_label_that_looks_like_an_option_is_none(kind):
    stack = TOOLSTACKS[kind]
    assert stack.destroy("xl", "-f").argv == ("xl", "destroy", "--", "-f")
    assert stack.save("xl", "-c", "/x").argv == ("xl", "save", "--", "-c", "/x")
    assert stack.console("xl", "-t") == ("xl", "console", "--", "-t")
    assert stack.destroy("xl", "tst100").argv == ("xl", "destroy", "tst100")


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


#: Stand-ins for ksu and sudo: they take the options that we give and run what follows, as the real ones do.
STAND_INS = {
    "ksu": '#!/bin/sh\n[ "$1 $2" = "-q -e" ] || exit 9\nshift 2\nexec "$@"\n',
    "sudo": '#!/bin/sh\nwhile [ "$1" != -- ]; do [ $# -gt 0 ] || exit 9; shift; done\nshift\nexec "$@"\n',
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("method", [Method.KSU, Method.SUDO, Method.SUDO_PASSWORD])
def test_hostile_words_arrive_through_what_gives_rights(shell, method, tmp_path, monkeypatch):
    """Behind ksu there is a shell more, to make its exit status true."""
    need_program(SHELLS[shell][0], SHELLS[shell][0])
    for name, text in STAND_INS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    tool = tmp_path / "the tool's $(own) name"
    tool.write_text(f"#!/bin/sh\n{PRINT}\n")
    tool.chmod(0o755)
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(20):
        words = [hostile(chance) for _ in range(chance.randint(1, 5))]
        line = quote(wrap((str(tool), *words), method))
        ran = subprocess.run([*SHELLS[shell], "-c", line], capture_output=True, check=True)
        arrived = ran.stdout.decode(errors="surrogateescape").split("\0")[:-1]
        assert arrived == words, f"seed {seed}, words {words!r}"
