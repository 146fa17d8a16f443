"""pyGRUB's menu in a terminal that shows lines only: the real pyGRUB on a real disk image, behind the relay.

The host is this machine; only its ``xl`` is a stand-in, whose console is pyGRUB as libxl runs it.
"""

import re
import subprocess
from pathlib import Path

import pytest
from needs import need, need_program

from ctys_ls.runtime.bootmenu import BootMenu

pytestmark = pytest.mark.oracle

MENU = """default=1
timeout={timeout}
title Debian GNU/Linux
    root (hd0)
    kernel /boot/vmlinuz root=/dev/xvda
    initrd /boot/initrd
title Debian GNU/Linux (recovery mode)
    root (hd0)
    kernel /boot/vmlinuz root=/dev/xvda single
    initrd /boot/initrd
title Memory test
    root (hd0)
    kernel /boot/memtest
"""


@pytest.fixture
def pygrub():
    found = sorted(Path("/usr/lib").glob("xen-*/bin/pygrub"))
    need(found, "pyGRUB", "apt-get install xen-utils-4.17")
    return found[-1]


@pytest.fixture
def image(tmp_path):
    """Make a disk image with a menu that waits ``timeout`` seconds."""

    def made(timeout=60):
        tree = tmp_path / "tree"
        (tree / "boot/grub").mkdir(parents=True)
        for name in ("vmlinuz", "initrd", "memtest"):
            (tree / "boot" / name).write_text(name)
        (tree / "boot/grub/menu.lst").write_text(MENU.format(timeout=timeout))
        path = tmp_path / "disk.img"
        subprocess.run(
            [need_program("mke2fs", "e2fsprogs"), "-q", "-t", "ext2", "-d", tree, path, "4M"], check=True
        )
        return path

    return made


@pytest.fixture
def console(pygrub, image, env, pty, tmp_path):
    """The relay in a dumb terminal, attached to pyGRUB."""

    def attached(timeout=60):
        folder = tmp_path / "bin"
        folder.mkdir()
        xl = folder / "xl"
        once = tmp_path / "attached"
        xl.write_text(
            f"#!/bin/sh\ncase $1 in\ndomid) [ ! -e {once} ] && echo 7;;\nlist) ;;\n"
            f"console) touch {once}; exec {pygrub} -n {image(timeout)};;\nesac\n"
        )
        xl.chmod(0o755)
        programs = env["PATH"]
        return pty(
            "ctys-ls",
            "console",
            "localhost/tst100",
            TERM="dumb",
            PATH=f"{folder}:{programs}",
            CTYS_SSH_CONFIG="",
        )

    return attached


def test_the_menu_is_a_numbered_list(console):
    terminal = console()
    text = terminal.see(r"by itself in \d+ s\)\.").replace("\r", "")
    assert "  1 Debian GNU/Linux\n* 2 Debian GNU/Linux (recovery mode)\n  3 Memory test\n" in text
    assert "\x1b" not in text
    assert "qqq" not in text


@pytest.mark.parametrize(
    ("typed", "booted"),
    [
        ("1", r"\(args 'root=/dev/xvda'\)"),
        ("", r"\(args 'root=/dev/xvda single'\)"),
        ("3", r"kernel None\)(?!\(args)"),
    ],
)
def test_a_number_boots_that_entry(console, typed, booted):
    terminal = console()
    terminal.see("Enter alone")
    terminal.line(typed)
    # pyGRUB prints what the hypervisor is to boot; the third entry has no arguments.
    terminal.see(r"linux \(kernel")
    terminal.end()
    assert re.search(booted, terminal.seen)
    assert "\x1b" not in terminal.seen


@pytest.mark.parametrize("typed", ["4", "0", "x", "²"])
def test_a_line_that_names_no_entry(console, typed):
    terminal = console()
    terminal.see("Enter alone")
    terminal.line(typed)
    terminal.see("the menu has the entries 1 to 3; to edit one, open the console in a terminal of its own")


def test_the_menu_boots_by_itself(console):
    terminal = console(timeout=2)
    terminal.see("Enter alone")
    terminal.see(r"root=/dev/xvda single")


def test_the_menu_in_pieces_of_one_byte():
    """Whatever pieces the screen comes in, the list is the same, and what follows it comes through."""
    screen = (
        b"\x1b(B\x1b)0\x1b[1;24r\x1b[m\x0f\x1b[H\x1b[J\x1b[?1h\x1b=\x1b[1B    pyGRUB  version 0.7\r\x1b[1B"
        b" \x1b[0m\x0el" + b"q" * 72 + b"k\x0f\r\x1b[1B \x1b[0m\x0ex\x0f one\x1b[68C\x1b[0m\x0ex\x0f\r\x1b[1B"
        b" \x1b[0m\x0ex\x0f \x1b[0;7m\x0ftwo" + b" " * 67 + b"\x1b[m\x0f \x1b[0m\x0ex\x0f\r\x1b[1B"
        b" \x1b[0m\x0em" + b"q" * 72 + b"j\x0f"
    )
    leaving = b"\x1b[?1l\x1b>\x1b[24;1H\rLinux version 6.1\r\n"
    menu = BootMenu()
    rest = b"".join(menu.feed(bytes([byte])) for byte in screen)
    assert (
        menu.news()
        == "  1 one\n* 2 two\nA number and Enter boots that entry, Enter alone the one with the star."
    )
    assert menu.news() == ""
    assert menu.keys(b"1") == b"\x1bOA\r"
    assert b"version" not in rest
    assert b"one" not in rest
    whole = BootMenu()
    whole.feed(screen)
    after = b"\x1b>\x1b[24;1H\rLinux version 6.1\r\n"
    assert whole.feed(leaving) == after
    assert b"".join(menu.feed(bytes([byte])) for byte in leaving) == after
