"""Random rubbish from a host: an error of its own kind, or a part of the truth, never a crash."""

import os
import random

import pytest
import recorded

from ctys_ls.languages.reading import READERS
from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime import answer, userfiles
from ctys_ls.runtime.errors import HostError, plain
from ctys_ls.runtime.toolstacks import TOOLSTACKS
from ctys_ls.runtime.transports.sshconfig import SshConfigText

BITS = [
    "\nB begin id\n", "\nB begin list xl root\n", "\nB begin list vm x y\n", "\nB err\n", "\nB end 0\n", "\nB end x\n",
    "\nB vnc 1 5900\n", "\nB vnc x\n", "\nB file /a.conf\n", "\nB found /b.conf\n", "\nB named \n", "\nB bye\n", "\nB xen version/major 4\n",
    "\nB tool xl\n", "\nB begin details\n", "[{}]", "[", "uid=0(root)", "uid=", 'name = "a"\n', "Name ID State\n", "\x00", "\xff", "é", "-",
    "\nB begin route\n", "Iface Destination\neth0 00000000\n", "\nB begin hosts\n", "127.0.0.1 localhost\n", "\nB", "\n",
]  # fmt: skip


def seeds():
    """Others in every run; the processes that share a run must name the tests alike."""
    chance = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
    return [chance.randrange(2**32) for _ in range(4)]


def outcome_of(text):
    try:
        return answer.parse(text, "B", "lab00", read_conf).host
    except HostError as error:
        return error.trouble.code


@pytest.mark.parametrize("seed", seeds())
def test_an_answer_of_rubbish(seed):
    chance = random.Random(seed)
    for _ in range(400):
        text = "".join(chance.choices(BITS, k=chance.randint(0, 25)))
        assert outcome_of(text) in ("garbage", "lab00"), f"seed {seed}: {text!r}"


@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("name", ["xl", "xm"])
def test_listings_with_holes(seed, name):
    chance = random.Random(seed)
    stack = TOOLSTACKS[name]
    for text in (
        recorded.out("xl-list-v"),
        recorded.out("xl-list-l-tst100"),
        "(domain (domid 1) (device (vif)))",
    ):
        for _ in range(100):
            start = chance.randrange(len(text))
            broken = (
                text[:start]
                + chance.choice(["", "\x00", "]", "(", '"', "{"])
                + text[start + chance.randrange(40) :]
            )
            for parse in (stack.parse_list, stack.parse_details):
                try:
                    parse(broken)
                except ValueError:
                    continue
                except Exception as error:  # noqa: BLE001 - the input belongs into the message
                    pytest.fail(f"seed {seed}: {type(error).__name__} for {broken!r}")


def test_files_of_the_user_with_rubbish(tmp_path):
    for text in (
        "\x00",
        "Host\nHost 'a",
        "include\n",
        "A =\n=\n",
        "#include\n(((\n",
        "\\\n",
        "Host " + "a" * 10000,
    ):
        path = tmp_path / "file"
        path.write_text(text)
        list(userfiles.ssh_hosts(path, tmp_path))
        READERS.macros(text)
        READERS.group(text)
        SshConfigText(text).for_host("a")


def test_words_of_a_host_cannot_steer_a_terminal():
    assert plain("\x1b[2J\x1b]0;title\x07 evil\r\nnext\x9b31m") == "]0;title evil next31m"
    assert len(plain("x" * 5000)) == 600


def test_a_domain_whose_number_is_no_number_is_no_domain():
    text = '[{"domid": {"c_info": {}}}, {"domid": 7, "config": {"c_info": {"name": "tst100"}}}]'
    assert [domain.name for domain in TOOLSTACKS["xl"].parse_details(text)] == ["tst100"]


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\x9b2J", "\U000e0001", "\x1b[31m", "\ufdd0"])
def test_what_is_unseen_is_not_shown(unseen):
    assert plain(f"domain{unseen} tst100") in ("domain tst100", "domain2J tst100")
