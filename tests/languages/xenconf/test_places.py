"""Completion of what hosts and other files know: bridges, kernels, images, MACs; ``|`` marks the place."""

import re

import pytest

from ctys_ls.facts import Equipment, Facts, Guest, Host
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf.facts import as_guest, read_conf
from ctys_ls.text import Edit, Position, apply_edits, split_lines

LAB = Host(
    "lab00",
    equipment=Equipment(
        bridges=("xenbr0", "dmz"),
        paths={"/srv/a b,c.img": True, "/srv/gone.img": False},
        images=("/boot/vmlinuz-6.1",),
    ),
)
MAIL = """name = "mail"
kernel = "/boot/mail-kernel"
vif = [ 'bridge=lan, mac=00:16:3e:00:00:01', 'bridge=lan' ]
disk = [ 'phy:/dev/vg0/mail,xvda,w' ]
"""
FILES = (as_guest(read_conf(MAIL, "/w/mail.conf"), MAIL),)
OTHER = Guest("lab07", "db", disks=("/srv/db.img",), macs=("00:16:3e:00:00:02",))
WORLD = Facts(
    hosts=(LAB, Host("lab01", equipment=Equipment(bridges=("no",)))),
    guests=(OTHER,),
    files=FILES,
    targets={"/w/web.conf": ("root@lab00",)},
)
PATHS = ["/boot/vmlinuz-6.1", "/srv/a b,c.img", "/boot/mail-kernel", "/dev/vg0/mail", "/srv/db.img"]


def complete(marked, facts=WORLD):
    before, _, after = marked.partition("|")
    lines = split_lines(before)
    tree = xenconf.parse(split_lines(before + after), path="/w/web.conf")
    return tree, xenconf.complete(tree, Position(len(lines) - 1, len(lines[-1])), facts)


def labels(marked, facts=WORLD):
    _, found = complete(marked, facts)
    return [choice.label for choice in found.choices] if found else []


def chosen(marked, label):
    tree, found = complete(marked)
    choice = next(choice for choice in found.choices if choice.label == label)
    return apply_edits("".join(tree.lines), [Edit(found.replace, choice.insert)])


def test_bridges_of_the_host_come_first_then_those_of_other_files():
    assert labels("vif = [ 'mac=x,bridge=|' ]\n") == ["xenbr0", "dmz", "lan"]
    assert labels("vif = [ 'bridge=|' ]\n", Facts()) == []
    assert chosen("vif = [ 'bridge=x|br,mac=x' ]\n", "dmz") == "vif = [ 'bridge=dmz,mac=x' ]\n"


@pytest.mark.parametrize(
    "marked",
    [
        'kernel = "|"\n',
        "ramdisk = '/b|'\n",
        "disk = [ 'vdev=xvda, target=|' ]\n",
        "disk = [ 'file:/s|,xvda,w' ]\n",
    ],
)
def test_kernels_and_images(marked):
    assert labels(marked) == PATHS
    assert labels(marked, Facts()) == []


def test_a_chosen_image_replaces_the_whole_path_and_nothing_else():
    assert chosen("disk = [ 'file:/s|rv/x,xvda,w' ]\n", PATHS[0]) == f"disk = [ 'file:{PATHS[0]},xvda,w' ]\n"
    assert (
        chosen("disk = [ 'vdev=xvda, target=/a,|b' ]\n", PATHS[1])
        == f"disk = [ 'vdev=xvda, target={PATHS[1]}' ]\n"
    )
    assert chosen("kernel = '/bo|ot/x'\n", PATHS[0]) == f"kernel = '{PATHS[0]}'\n"


def test_the_first_word_of_a_disk_may_be_an_image_or_a_parameter():
    found = labels("disk = [ '|' ]\n")
    assert {"target", "vdev", *PATHS} <= set(found)
    assert not set(PATHS) & set(labels("disk = [ '/a,|' ]\n"))


def test_a_mac_that_nobody_has_and_a_new_uuid():
    (mac,) = labels("vif = [ 'mac=|' ]\n")
    assert re.fullmatch(r"00:16:3e(:[0-9a-f]{2}){3}", mac)
    taken = Guest("", "x", macs=(mac,))
    (other,) = labels("vif = [ 'mac=|' ]\n", Facts(files=(taken,)))
    assert other != mac
    (fresh,) = labels('uuid = "|"\n')
    tree = xenconf.parse(split_lines(f'name = "g"\nkernel = "/k"\nuuid = "{fresh}"\n'))
    assert xenconf.check(tree, Facts()) == []


def test_choices_are_made_once_for_one_state_of_the_world():
    first, second = (complete("vif = [ 'bridge=|' ]\n")[1].choices for _ in range(2))
    assert all(one is other for one, other in zip(first, second, strict=True))
