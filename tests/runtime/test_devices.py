"""The tables about one guest: as captured from xl, and in the forms that xl's and xm's manuals have beside."""

import json
from pathlib import Path

import pytest

from ctys_ls.runtime.toolstacks import devices
from ctys_ls.runtime.toolstacks.devices import Channel, Disk, Interface, Vcpu

CAPTURES = {
    capture["name"]: "\n".join(capture["out"])
    for capture in json.loads((Path(__file__).parents[1] / "data/captures/xl-4.17.json").read_text())[
        "captures"
    ]
}


def test_uptimes():
    assert devices.uptimes(CAPTURES["xl-uptime"]) == {0: 254, 17: 45, 19: 32}
    told = (
        "Name                                ID Uptime\n"
        "a b                                 17 12 days,  3:04:05\n"
        "c                                    2 1 day,  0:00:00\n"
    )
    assert devices.uptimes(told) == {17: 12 * 86400 + 3 * 3600 + 4 * 60 + 5, 2: 86400}
    assert devices.uptimes("garbage\n") == {}


def test_vcpus():
    assert devices.vcpus(CAPTURES["xl-vcpu-list-1"]) == (Vcpu(0, 0, "blocked", 8.0, "all / all"),)
    told = (
        "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n"
        "w e b                                3     0    2   r--      12.5  0-3 / all\n"
        "w e b                                3     1    -   --p       0.0  all / all\n"
    )
    assert devices.vcpus(told) == (
        Vcpu(0, 2, "running", 12.5, "0-3 / all"),
        Vcpu(1, None, "offline", 0.0, "all / all"),
    )
    xm = (
        "Name                              ID  VCPU   CPU State   Time(s) CPU Affinity\n"
        "web                                3     0     1   -b-       7.0 any cpu\n"
    )
    assert devices.vcpus(xm) == (Vcpu(0, 1, "blocked", 7.0, "any cpu"),)


def test_interfaces():
    assert devices.interfaces(CAPTURES["xl-network-list"]) == (
        Interface(0, "00:50:56:13:11:40", "connected"),
    )
    xm = (
        "Idx BE     MAC Addr.     handle state evt-ch tx-/rx-ring-ref BE-path\n"
        "0   0  00:16:3E:01:02:03    0     1      9    768/769  /local/domain/0/backend/vif/1/0\n"
    )
    assert devices.interfaces(xm) == (Interface(0, "00:16:3e:01:02:03", "initialising"),)


def test_disks():
    assert devices.disks(CAPTURES["xl-block-list"]) == ()
    told = (
        "Vdev  BE  handle state evt-ch ring-ref BE-path                       \n"
        "51712 0   3      4     8      8        /local/domain/0/backend/vbd/3/51712\n"
    )
    assert devices.disks(told) == (Disk(51712, "xvda", "connected"),)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (51712, "xvda"), (51713, "xvda1"), (51728, "xvdb"), (51952, "xvdp"), (2048, "sda"), (768, "hda"),
        (832, "hdb"), (5632, "hdc"), ((1 << 28) | (26 << 8), "xvdaa"), ((1 << 28) | (15 << 8) | 3, "xvdp3"), (7, "7"),
    ],
)  # fmt: skip
def test_names_of_disks_are_those_of_the_interface(number, name):
    """xen-vbd-interface(7), "Concrete encoding in the VBD interface"."""
    assert devices.device_name(number) == name


def test_channels():
    told = (
        "Idx BE state evt-ch ring-ref connection                               \n"
        "1   0  1     -1     -1       pty        /dev/pts/12                    \n"
        "2   0  4     5      7        socket     /run/agent.sock                \n"
    )
    assert devices.channels(told) == (
        Channel(1, "initialising", "pty", "/dev/pts/12"),
        Channel(2, "connected", "socket", "/run/agent.sock"),
    )
