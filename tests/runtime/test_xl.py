"""xl's answers as a real host gave them."""

import pytest
import recorded

from ctys_ls.runtime.toolstacks import TOOLSTACKS, merged
from ctys_ls.runtime.toolstacks.base import state_word

XL = TOOLSTACKS["xl"]


def test_the_long_table_gives_every_column():
    dom0, tst100, tst101 = XL.parse_list(recorded.out("xl-list-v"))
    assert (dom0.id, dom0.name, dom0.memory, dom0.vcpus, dom0.state) == (0, "Domain-0", 1280, 1, "running")
    assert (tst100.id, tst100.name, tst100.state, tst100.seconds) == (17, "tst100", "blocked", 7.9)
    assert tst100.uuid == "6842caf91e3e43249ed596b8b9f2c5c2"
    assert tst101.uuid == "7a52caf91e3e43249ed596b8b9f2c5c3"


@pytest.mark.parametrize(
    ("name", "label", "state"),
    [
        ("xl-list-paused", "tst100", "paused"),
        ("xl-list-shutdown", "tst100", "shutdown"),
        ("xl-list-rebooted", "tst100", "running"),
        ("xl-list-unpaused", "tst100", "blocked"),
        ("xl-list-grub-paused", None, "paused"),
    ],
)
def test_states_are_read_from_the_six_places(name, label, state):
    guests = [domain for domain in XL.parse_list(recorded.out(name)) if domain.id]
    chosen = [guest for guest in guests if label in (None, guest.name)]
    assert state in [guest.state for guest in chosen]


def test_all_dashes_are_a_guest_that_runs():
    assert state_word("------") == "running"


def test_a_name_with_blanks_is_one_name():
    table = recorded.out("xl-list-renamed").replace("tst101b ", "my guest")
    assert "my guest" in [domain.name for domain in XL.parse_list(table)]


def test_something_else_is_no_table():
    with pytest.raises(ValueError, match="no table"):
        XL.parse_list("\x8f\x02 nothing of the kind\n")


def test_details_carry_uuid_and_mac_by_the_outer_id():
    (domain,) = XL.parse_details(recorded.out("xl-list-l-tst100"))
    assert (domain.id, domain.name, domain.kind) == (17, "tst100", "pv")
    assert domain.uuid == "6842caf91e3e43249ed596b8b9f2c5c2"
    assert domain.macs == ("00:50:56:13:11:40",)
    assert domain.bridges == ("xenbr0",)


def test_table_and_details_join_by_id():
    rows = XL.parse_list(recorded.out("xl-list-v"))
    joined = {
        domain.name: domain for domain in merged(rows, XL.parse_details(recorded.out("xl-list-l-tst100")))
    }
    assert joined["tst100"].macs == ("00:50:56:13:11:40",)
    assert joined["tst100"].state == "blocked"
    assert joined["tst101"].macs == ()


@pytest.mark.parametrize("text", ["{}", "[", '"x"', "garbage"])
def test_details_that_are_no_list_are_an_error(text):
    with pytest.raises(ValueError, match=r".+"):
        XL.parse_details(text)


@pytest.mark.parametrize(
    "text", ["[]", '[{"domid": 1}]', '[{"domid": 1, "config": {"nics": null, "vfbs": 3}}]', "[3]"]
)
def test_details_with_missing_pieces_are_read_as_far_as_they_go(text):
    assert [domain.id for domain in XL.parse_details(text)] in ([], [1])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xl-create-bad-missing-kernel", "failed to open file '/srv/xen/no-such-kernel'"),
        (
            "xl-create-bad-missing-disk",
            "Disk vdev=xvda failed to stat: /srv/xen/none.img: No such file or directory",
        ),
        ("xl-create-bad-syntax-bracket", "syntax-bracket.conf:3: config parsing error near `memory'"),
        ("xl-create-bad-no-name", "Domain name must be specified."),
        ("xl-create-bad-no-kernel", "Neither kernel nor bootloader specified"),
        ("xl-create-bad-bad-uuid", "Failed to parse UUID: not-a-uuid"),
        ("xl-create-bad-memory-not-number", "can't allocate low memory for domain: Out of memory"),
        ("xl-create-bad-vfb-no-qemu", "device model /usr/libexec/xen-qemu-system-i386 is not executable"),
        ("xl-create-bad-no-bridge", "Could not find bridge device nosuchbr"),
        ("xl-create-bad-kernel-too-big-for-64MB", "segment kernel too large"),
        ("xl-create-name-exists", 'Domain with name "tst100" already exists.'),
        ("xl-create-nofile", "Failed to read config file: /srv/xen/nofile.conf: No such file or directory"),
        ("xl-destroy-unknown", "nosuch is an invalid domain identifier (rc=-6)"),
        ("xl-restore-garbage", "File has wrong magic number - corrupt or for a different tool?"),
    ],
)
def test_the_cause_is_found_and_the_clean_up_left_out(name, words):
    said = XL.first_words(recorded.err(name))
    assert words in said
    assert "Destruction of domain failed" not in said
    assert "Parsing config" not in said


def test_calls_are_argument_lists():
    assert XL.create("/usr/sbin/xl", "/a b.conf", ("-p",)).argv == (
        "/usr/sbin/xl",
        "create",
        "/a b.conf",
        "-p",
    )
    assert XL.save("xl", "tst100", "/x.stat").argv == ("xl", "save", "tst100", "/x.stat")
    assert XL.save("xl", "tst100", "/x.stat").timeout is None
