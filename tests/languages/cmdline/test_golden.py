"""Inputs whose results were found by running the text functions of the original (ctys 01_11)."""

import pytest

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.expand import with_macros
from ctys_ls.languages.cmdline.pieces import plain


def split(text: str) -> list[str]:
    subs = syntax.read_subs(plain(text))
    return [
        f"{sub.key.text.upper()}={syntax.meant(sub.argument) if sub.argument is not None else ''}"
        for sub in subs
    ]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (
            "f:xen/tst-ctys/tst100/tst100.conf,CONSOLE:cli",
            ["F=xen/tst-ctys/tst100/tst100.conf", "CONSOLE=cli"],
        ),
        ("m:00:50:56:13:11:40,CONSOLE:cli,connect", ["M=00:50:56:13:11:40", "CONSOLE=cli", "CONNECT="]),
        ("FORCE,REBOOT,p:/a/b.conf", ["FORCE=", "REBOOT=", "P=/a/b.conf"]),
        ("machine,title,b:xen%/etc/ctys.d", ["MACHINE=", "TITLE=", "B=xen /etc/ctys.d"]),
        ("l:a,,b", ["L=a,b"]),
        ("l:a%%b", ["L=a%b"]),
        ("p:/a::b", ["P=/a:b"]),
        (r"p:/a\:b", ["P=/a:b"]),
        ("x:a=b:c", ["X=a=b"]),
        ("l:foo:bar", ["L=foo"]),
        ("t:10.0.0.1:22", ["T=10.0.0.1"]),
        ("p:/x/y:z.conf", ["P=/x/y"]),
        ("m:00:50:56:13:11:4", ["M=00"]),
        ("m:00-50-56-13-11-40", ["M=00-50-56-13-11-40"]),
        ("M:aa:bb:cc:dd:ee:ff:11", ["M=aa:bb:cc:dd:ee:ff"]),
        ("CONSOLE:", ["CONSOLE="]),
        ("TAB_TCP", ["TAB_TCP="]),
    ],
)
def test_suboptions(text: str, result: list[str]) -> None:
    assert split(text) == result


def shape(text: str) -> tuple[str | None, list[str]]:
    """The global context's inside, and each target with its context as one word."""
    found = syntax.arguments("ctys", plain(f"-- {text}").words())
    common = found.common.whole.text[1:-1] if found.common else None
    targets = []
    for target in found.targets:
        inside = [" ".join(context.whole.text[1:-1].split()) for context in target.contexts]
        targets.append(target.name.text + "".join(f"({each})" for each in inside))
    return common, targets


def test_contexts() -> None:
    line = "lab00(-Z KSU) lab01 lab02 ( -a create=l:x -Z SUDO ) root@lab03( -d 1 )"
    assert shape(line) == (
        None,
        ["lab00(-Z KSU)", "lab01", "lab02(-a create=l:x -Z SUDO)", "root@lab03(-d 1)"],
    )


def test_global_context() -> None:
    assert shape("(-Z KSU) lab00( -a create=f:x ) lab01") == ("-Z KSU", ["lab00(-a create=f:x)", "lab01"])
    assert shape("lab00(-Z KSU) lab01") == (None, ["lab00(-Z KSU)", "lab01"])


def test_macros() -> None:
    macros = {
        "F_LABEL": "3_Label_10",
        "F_STYPE": "2_stype_8",
        "TAB_CPORT": "tab_gen:macro:F_LABEL%%macro:F_STYPE%%9_cport_5_L%%1_PM_10",
    }
    trouble: list = []
    line = plain("-a enumerate=macro:TAB_CPORT,b:xen%/etc/ctys.d h")
    fresh = with_macros(line, Facts(macros={"default": macros}), trouble)
    assert (
        fresh.text == "-a enumerate=tab_gen:3_Label_10%%2_stype_8%%9_cport_5_L%%1_PM_10,b:xen%/etc/ctys.d h"
    )
    assert trouble == []


def test_a_macro_keeps_the_place_it_was_written_at() -> None:
    line = plain("list=macro:TAB_CPORT,b:x")
    fresh = with_macros(line, Facts(), [])
    sub = syntax.read_action(fresh).subs[0]
    assert line.text[sub.whole.start : sub.whole.end] == "macro:TAB_CPORT"
