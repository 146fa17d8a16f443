"""The strings of disk=, pci= and vif's rate= against the library's own readers, the values of disks, too."""

import os
import random

import pytest
from languages.xenconf.guests import PCI_ITEMS, PCIS, RATES

from ctys_ls.languages.xenconf.rules.disk import read_disk
from ctys_ls.languages.xenconf.rules.hardware import read_pci
from ctys_ls.languages.xenconf.rules.network import rate
from ctys_ls.languages.xenconf.rules.spec import Part
from ctys_ls.problems import Severity

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(300)]

SEED = int(os.environ.get("CTYS_SEED", "4017"))
SPECS = int(os.environ.get("CTYS_SPECS", "4000"))

DISKS = [
    *(
        "/x.img",
        "raw",
        "qcow2",
        "xvda",
        "w",
        "r",
        "",
        "vdev=xvda",
        "target=/a",
        "target=/x,b",
        "format=raw",
        "format=",
    ),
    *(
        "access=w",
        "access=q",
        "cdrom",
        "devtype=cdrom",
        "devtype=disk",
        "devtype=x",
        "hdc:cdrom",
        "hda:disk",
        "hd:x",
    ),
    *(" ", "\t", "phy:/dev/x", "file:/x", "tap:aio:/x", "tap2:", "bogus:/x", "http://x", "a:b", "backend=d"),
    *(
        "backendtype=phy",
        "backendtype=x",
        "specification=virtio",
        "specification=q",
        "script=s",
        "script=",
        "iscsi:iqn",
    ),
    *(
        "nbd:h:1",
        "vhd:/x",
        "qcow:/y",
        "direct-io-safe",
        "discard",
        "no-discard",
        "colo",
        "no-colo",
        "colo-port=5",
    ),
    *(
        "colo-port=x",
        "colo-port=0",
        "colo-host=h",
        "colo-export=e",
        "active-disk=a",
        "hidden-disk=h",
        "foo=1",
        "foo=",
    ),
    *(
        "foo=bar",
        "Vdev=x",
        "=",
        "a=b",
        "vdev=",
        "w!",
        "ro",
        "rw",
        "RAW",
        "empty",
        "/x=y",
        "9x:",
        "x-y:",
        "\n",
        "qed",
    ),
    *("format=vhd", "vdev=xvdb", "ioemu:hda", "-", "target=", "trusted", "untrusted"),
]


def refused(findings) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def test_disks(libxl):
    """Half of them are good in most places, so that the values are compared, too."""
    chance = random.Random(SEED)
    trusts = libxl.disk("/x,raw,xvda,w,trusted")["accepted"]
    accepted = 0
    for number in range(SPECS):
        parts = [
            chance.choice(["", "", " ", "\t"]) + chance.choice(DISKS) for _ in range(chance.randrange(6))
        ]
        if chance.random() < 0.5:
            parts = [
                chance.choice(["/x", "phy:/x", "file:/x"]),
                *chance.choice([[], ["raw"], [""]]),
                "xvda",
                *parts[:2],
            ]
        spec = ",".join(parts) + chance.choice(["", "", "", ","])
        theirs, ours = libxl.disk(spec), read_disk(spec, trusts)
        assert theirs["accepted"] != refused(ours.findings), (SEED, number, spec, theirs, ours.findings)
        if not theirs["accepted"]:
            continue
        accepted += 1
        value = theirs["value"]
        mine = {
            "pdev_path": ours.target,
            "vdev": ours.vdev,
            "backend_domname": ours.backend,
            "script": ours.script,
        }
        assert {name: text or "" for name, text in mine.items()} == {
            name: value.get(name) or "" for name in mine
        }, spec
        assert bool(value.get("is_cdrom")) == ours.cdrom, spec
        if not ours.cdrom:
            assert value.get("format", "raw") == (ours.format or "raw"), spec
            assert bool(value.get("readwrite")) == (ours.writable is not False), spec
    assert SPECS // 10 < accepted < SPECS * 9 // 10, "the generator has become lopsided"


def test_pci_devices(libxl):
    chance = random.Random(SEED)
    for number in range(SPECS):
        items = [chance.choice(PCIS), *chance.choices(PCI_ITEMS, k=chance.randrange(3))]
        spec = chance.choice(["", "", "bdf=", "name="]) + ",".join(items)
        theirs = libxl.pci(spec)
        assert theirs["accepted"] != refused(read_pci(spec)), (SEED, number, spec, theirs)


def test_rates(libxl):
    chance = random.Random(SEED)
    for number in range(SPECS):
        spec = chance.choice(RATES)
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(spec) + 1)
            spec = spec[:at] + chance.choice("0 5KMGbB/s@um9x") + spec[at + chance.randrange(2) :]
        theirs = libxl.rate(spec)
        assert theirs["accepted"] != refused(rate(Part(spec, 0, len(spec)))), (SEED, number, spec, theirs)
