"""Which guests an address means."""

import pytest
from languages.cmdline.lines import AMBIGUOUS

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.cmdline.resolve import matches, shortest
from ctys_ls.requests import Address

GUEST = Guest(
    "lab00",
    "tst100",
    "/vm/xtst100/tst100.conf",
    "6842CAF9-1e3e-4324-9ed5-96b8b9f2c5c2",
    ("00:50:56:13:11:40",),
    ("192.168.1.220", "tst100.soho"),
)
FACTS = Facts(guests=(GUEST,))


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        (Address(label="tst100"), True),
        (Address(label="tst10"), False),
        (Address(filename="tst100.conf"), True),
        (Address(filename="xtst100/tst100.conf"), True),
        (Address(filename="tst100/tst100.conf"), False),
        (Address(filename="100.conf"), False),
        (Address(pathname="/vm/xtst100/tst100.conf"), True),
        (Address(pathname="/vm/xtst100"), False),
        (Address(uuid="6842caf91e3e43249ed596b8b9f2c5c2"), True),
        (Address(mac="00:50:56:13:11:40"), True),
        (Address(tcp="tst100.soho"), True),
        (Address(tcp="192.168.1.22"), False),
        (Address(label="tst100", mac="00:50:56:13:11:41"), False),
        (Address(label="tst100", basepath=("/vm",)), True),
        (Address(label="tst100", basepath=("/etc", "xtst100")), True),
        (Address(label="tst100", basepath=("/v",)), False),
        (Address(basepath=("/vm",)), False),
    ],
)
def test_every_part_has_to_fit(address: Address, fits: bool) -> None:
    assert (matches(address, "lab00", FACTS) == [GUEST]) is fits
    assert matches(address, "lab01", FACTS) == []


def test_a_guest_that_was_seen_twice_is_one() -> None:
    seen = Guest("lab00", "tst100", "/vm/xtst100/tst100.conf", running=True)
    unfiled = Guest("lab00", "tst100", None, running=True)
    found = matches(Address(label="tst100"), "lab00", Facts(guests=(GUEST, seen, unfiled)))
    assert found == [seen]


def test_the_shortest_address_of_each_is_its_own() -> None:
    guests = list(AMBIGUOUS.guests)
    for guest in guests:
        kind, _, text = shortest(guest, guests).partition(":")
        assert kind == "f"
        assert matches(Address(filename=text), "lab00", AMBIGUOUS) == [guest]
    assert shortest(guests[0], guests[:1]) == "l:tst100"
