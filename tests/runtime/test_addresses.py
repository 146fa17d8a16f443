"""Machine addresses against what a look at a host showed: every part must agree, several matches are all told."""

import pytest

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.requests import Address
from ctys_ls.runtime.addresses import derived_path, did_you_mean, find, guests, near, running, shortest
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.toolstacks import Domain

UUID = "6842caf91e3e43249ed596b8b9f2c5c2"


def conf(path, name, uuid="", mac="00:50:56:13:11:40", ip="192.168.1.220"):
    text = f'name = "{name}"\nvif = ["mac={mac}"]\nmemory = 64\n#@#IP0 = "{ip}"\n'
    return Conf(path, read_conf(text + (f'uuid = "{uuid}"\n' if uuid else ""), path))


PAGE = Snapshot(
    "lab00",
    home="/homen/acue",
    confs=(
        conf("/root/xen/tst100/tst100.conf", "tst100", UUID),
        conf("/root/xen/tst100/tst100-inst.conf", "tst100"),
        conf("/homen/chkusr/xen/tst-ctys/tst100/tst100.conf", "tst100", UUID),
        conf("/homen/acue/xen/tst-ctys/tst10/tst10.conf", "tst10", mac="00:50:56:13:11:4A", ip="10.0.0.10"),
    ),
    domains=(
        Domain(0, "Domain-0"),
        Domain(7, "tst100", uuid=UUID, state="blocked"),
        Domain(9, "guest", uuid="a" * 32),
    ),
)


def paths(**parts):
    return [guest.path or guest.label for guest in find(Address(**parts), PAGE)]


def test_a_label_matches_exactly():
    assert paths(label="tst10") == ["/homen/acue/xen/tst-ctys/tst10/tst10.conf"]
    assert len(paths(label="tst100")) == 3
    assert paths(label="tst1") == []


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("tst100/tst100.conf", 2),
        ("tst-ctys/tst100/tst100.conf", 1),
        ("tst100.conf", 2),
        ("st100.conf", 0),
        ("/homen/chkusr/xen/tst-ctys/tst100/tst100.conf", 1),
        ("", 0),
        ("conf", 0),
    ],
)
def test_a_file_name_matches_the_end_of_a_path_at_a_slash(name, count):
    assert len(paths(filename=name)) == count


def test_every_other_part():
    assert paths(pathname="/root/xen/tst100/tst100.conf") == ["/root/xen/tst100/tst100.conf"]
    assert paths(pathname="/root/xen/../xen/tst100//tst100.conf") == ["/root/xen/tst100/tst100.conf"]
    assert len(paths(uuid="6842CAF9-1E3E-4324-9ED5-96B8B9F2C5C2")) == 3
    assert paths(mac="00:50:56:13:11:4a") == ["/homen/acue/xen/tst-ctys/tst10/tst10.conf"]
    assert paths(tcp="10.0.0.10") == ["/homen/acue/xen/tst-ctys/tst10/tst10.conf"]
    assert paths(label="guest") == ["guest"]


def test_parts_that_disagree_fit_nothing():
    assert paths(label="tst10", tcp="192.168.1.220") == []
    assert paths(label="tst100", filename="tst-ctys/tst100/tst100.conf") == [
        "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf"
    ]


def test_a_domain_belongs_to_the_files_of_its_name_and_uuid():
    states = {guest.path: guest.state for guest in guests(PAGE) if guest.conf}
    assert states["/root/xen/tst100/tst100.conf"] == "blocked"
    assert states["/homen/acue/xen/tst-ctys/tst10/tst10.conf"] == "absent"
    other = Snapshot("lab00", confs=(conf("/x/a.conf", "tst100", "b" * 32),), domains=PAGE.domains)
    assert [guest.state for guest in guests(other) if guest.conf] == ["absent"]


def test_a_copy_with_other_disks_is_another_guest():
    def copy(folder):
        text = f'name = "a"\nmemory = 64\ndisk = ["file:{folder}/xvda.img,xvda,w"]\n'
        return Conf(f"{folder}/a.conf", read_conf(text, f"{folder}/a.conf"))

    domain = Domain(3, "a", state="running", disks=("/x/xvda.img",))
    seen = Snapshot("lab00", confs=(copy("/x"), copy("/y")), domains=(domain,))
    assert [(guest.path, guest.state) for guest in guests(seen)] == [
        ("/x/a.conf", "running"),
        ("/y/a.conf", "absent"),
    ]


def test_copies_of_one_running_guest_are_one_guest_to_stop():
    assert [guest.label for guest in running(find(Address(label="tst100"), PAGE))] == ["tst100"]


def test_the_shortest_address_of_each_copy_fits_it_alone():
    found = find(Address(label="tst100"), PAGE)
    said = [shortest(guest, guests(PAGE)) for guest in found]
    assert said == [
        "f:xen/tst100/tst100.conf",
        "f:tst100-inst.conf",
        "f:tst-ctys/tst100/tst100.conf",
    ]


def test_near_names_are_offered():
    assert "tst100" in near(Address(label="tst1O0"), PAGE)
    assert "/homen/acue/xen/tst-ctys/tst10/tst10.conf" in near(Address(filename="tst10.cnf"), PAGE)
    assert near(Address(uuid="f" * 32), PAGE) == ()


def test_a_guest_without_a_known_file_is_placed_beside_its_first_disk():
    assert derived_path(Domain(4, "tst100", disks=("/home/acue/xen/tst100/xvda.img",))) == (
        "/home/acue/xen/tst100/tst100.conf"
    )
    assert derived_path(Domain(4, "tst100", disks=("/dev/vg0/tst100",))) == ""


@pytest.mark.parametrize(
    ("near", "asked"),
    [
        ((), None),
        (("a",), "Did you mean a?"),
        (("a", "b"), "Did you mean a or b?"),
        ("abc", "Did you mean a, b or c?"),
    ],
)
def test_what_was_perhaps_meant_is_asked_in_one_sentence(near, asked):
    assert did_you_mean(near) == asked
