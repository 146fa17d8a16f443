"""The 54 command lines of the original's page on Xen, and the world they were written in."""

import json
from pathlib import Path

from ctys_ls.facts import Facts, Guest, Host

_DATA = Path(__file__).parents[2] / "data"

#: Id to the line as it is printed.
LINES: dict[str, str] = {
    case["id"]: case["text"] for case in json.loads((_DATA / "use-cases.json").read_text(encoding="utf-8"))
}
#: The two lines that the page prints without a backslash before their last target.
BROKEN = ("UC-26", "UC-27")

HOME = "/home/acue"
ENV = {"HOME": HOME}

_UUID = "6842caf91e3e43249ed596b8b9f2c5c2"


def _guest(host: str, label: str, path: str, mac: str, address: str, uuid: str | None = None) -> Guest:
    return Guest(host, label, path, uuid, (mac,), (address,))


#: The page's machines, each label once on a host.
PAGE = Facts(
    hosts=(Host("lab00"), Host("lab01"), Host("localhost")),
    guests=(
        _guest(
            "lab00",
            "tst100",
            f"{HOME}/xen/tst-ctys/tst100/tst100.conf",
            "00:50:56:13:11:40",
            "192.168.1.220",
            _UUID,
        ),
        _guest(
            "lab00", "tst101", f"{HOME}/xen/tst-ctys/tst101/tst101.conf", "00:50:56:13:11:41", "192.168.1.221"
        ),
        _guest(
            "lab01",
            "tst100",
            "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf",
            "00:50:56:13:11:40",
            "192.168.1.220",
        ),
        _guest(
            "lab02",
            "tst100",
            "/homen/acue/xen/tst-ctys/tst100/tst100.conf",
            "00:50:56:13:11:40",
            "192.168.1.220",
        ),
    ),
    home=HOME,
)

#: The three records that the page prints after UC-30: the same label three times on one host.
AMBIGUOUS = Facts(
    hosts=(Host("lab00"), Host("lab01")),
    guests=(
        _guest(
            "lab00", "tst100", "/root/xen/tst100/tst100.conf", "00:50:56:13:11:40", "192.168.1.220", _UUID
        ),
        _guest("lab00", "tst100", "/root/xen/tst100/tst100-inst.conf", "00:50:56:13:11:40", "192.168.1.220"),
        _guest(
            "lab00",
            "tst100",
            "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf",
            "00:50:56:13:11:40",
            "192.168.1.220",
            _UUID,
        ),
    ),
    complete_hosts=frozenset({"lab00"}),
)
