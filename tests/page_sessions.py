"""The sessions that the printed tables of the use-case page show, as records, and the tables themselves."""

from pathlib import Path

_TEXT = (Path(__file__).parent / "data" / "page-tables.txt").read_text(encoding="utf-8")


def printed(name: str) -> str:
    """A table as the page prints it, trailing blanks and all."""
    return _TEXT.split(f"== {name}\n", 1)[1].split("\n== ", 1)[0].rstrip("\n")


def session(host, kind, label, side, user="", group="", guest="", cport="", mac=""):
    """One LIST record of 22 fields."""
    record = [""] * 22
    for number, text in (
        (1, host),
        (2, kind),
        (3, label),
        (6, mac),
        (7, guest),
        (9, cport),
        (12, user),
        (13, group),
    ):
        record[number - 1] = text
    record[13] = side
    return tuple(record)


WS2 = [
    session("ws2.soho", "VNC", "tst100", "CLIENT", "acue", "ldapusers"),
    session("ws2.soho", "PM", "ws2", "SERVER", guest="ws2.soho."),
    session("ws2.soho", "SSH(XEN)", "tst100", "TUNNEL", "acue", "ldapusers"),
]
DOMAIN_0 = session("lab00.soho", "XEN", "Domain-0", "SERVER")
TST100 = session("lab00.soho", "XEN", "tst100", "SERVER", guest="tst100")
TST101 = session("lab00.soho", "XEN", "tst101", "SERVER", guest="tst101")
LAB00 = session("lab00.soho", "PM", "lab00", "SERVER", guest="lab00.soho.")
LAB00_VNC = [
    session("lab00.soho", "VNC", "LAB00", "CLIENT", "root", "root"),
    session("lab00.soho", "VNC", "LAB00", "SERVER", "root", "root"),
]

#: The sessions of each printed table of the standard form.
SESSIONS = {
    "UC-18": WS2,
    "UC-19": [*WS2, DOMAIN_0, TST100, LAB00],
    "UC-45": [*LAB00_VNC, DOMAIN_0, TST100, TST101, LAB00],
    "UC-46": [DOMAIN_0, TST100, TST101],
    "UC-47": [
        *WS2,
        session("lab00.soho", "VNC", "tst101", "CLIENT", "acue", "ldapusers"),
        *LAB00_VNC,
        DOMAIN_0,
        TST100,
        TST101,
        LAB00,
    ],
}

#: What LIST knows of the same sessions' ports and addresses (UC-48).
PORTS = [
    session("ws2.soho", "VNC", "tst100", "CLIENT"),
    session("ws2.soho", "PM", "ws2", "SERVER", guest="192.168.1.70", mac="00:1D:60:A5:89:06"),
    session("ws2.soho", "SSH(XEN)", "tst100", "TUNNEL", cport="5950"),
    session("lab00.soho", "VNC", "tst101", "CLIENT"),
    session("lab00.soho", "VNC", "LAB00", "CLIENT"),
    session("lab00.soho", "VNC", "LAB00", "SERVER", cport="5901"),
    session("lab00.soho", "XEN", "Domain-0", "SERVER"),
    session("lab00.soho", "XEN", "tst100", "SERVER", cport="5900", mac="00:50:56:13:11:40"),
    session("lab00.soho", "XEN", "tst101", "SERVER", cport="5902", mac="00:50:56:13:11:41"),
    session("lab00.soho", "PM", "lab00", "SERVER", guest="192.168.1.71", mac="00:0E:0C:35:F8:48"),
]


def configured(host, kind, label, mac, address):
    """One ENUMERATE record of 47 fields."""
    return (host, kind, label, "", "", mac, address, *[""] * 40)


#: What ENUMERATE finds on the two hosts (UC-50).
CONFIGURED = [
    row
    for host, machine, mac, address in (
        ("ws2.soho", "ws2", "00:1D:60:A5:89:06", "192.168.1.70"),
        ("lab00.soho", "lab00", "00:0E:0C:35:F8:48", "192.168.1.71"),
    )
    for row in (
        *(
            configured(host, "XEN", f"tst10{n}", f"00:50:56:13:11:4{n}", f"192.168.1.22{n}")
            for n in (0, 1, 4)
        ),
        configured(host, "PM", machine, mac, address),
    )
]
