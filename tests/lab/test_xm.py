"""The simulated xm: the forms that its manual and its users' published output show (there is no capture of a real one)."""

import re
from collections.abc import Iterator

import pytest
from labtools import Screen, connect, run, until

from ctys_ls.lab import Lab
from ctys_ls.lab.threaded import LabThread, running

CONF = "xen/tst-ctys/tst100/tst100.conf"


@pytest.fixture(scope="module")
def xm_thread() -> Iterator[LabThread]:
    with running(Lab(["old00"], "xm", pace=0.5)) as thread:
        yield thread


@pytest.fixture
def xm_lab(xm_thread: LabThread) -> Lab:
    xm_thread.run(xm_thread.lab.reset())
    return xm_thread.lab


async def test_the_table_has_the_columns_of_xen_3(xm_lab: Lab) -> None:
    async with await connect(xm_lab, "old00") as connection:
        out, err, status = await run(connection, f"xm create {CONF}")
        conf = xm_lab.host("old00").home / CONF
        assert (out, err, status) == (f'Using config file "{conf}".\nStarted domain tst100 (id=1)\n', "", 0)
        head, *rows = (await run(connection, "xm list"))[0].splitlines()
        assert head == "Name                                        ID   Mem VCPUs      State   Time(s)"
        assert all(re.fullmatch(r".{40} {1,5}\d+ +\d+ +\d+ +[-rbpscd]{6} +\d+\.\d", row) for row in rows)
        assert [row.split()[:2] for row in rows] == [["Domain-0", "0"], ["tst100", "1"]]


async def test_details_are_balanced_and_name_the_guest(xm_lab: Lab) -> None:
    async with await connect(xm_lab, "old00") as connection:
        await run(connection, f"xm create -q {CONF}")
        out = (await run(connection, "xm list -l tst100"))[0]
        assert out.count("(") == out.count(")")
        for part in ("(domid 1)", "(name tst100)", "(mac 00:50:56:13:11:40)", "(location localhost:5900)"):
            assert part in out
        assert len(re.findall(r"^\(domain$", (await run(connection, "xm list --long"))[0], re.MULTILINE)) == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("xm create nofile", "Error: Unable to open config file: nofile\n"),
        ("xm destroy nosuch", "Error: Domain 'nosuch' does not exist.\n"),
        ("xm console nosuch", "Error: Domain 'nosuch' does not exist.\n"),
        ("xm list nosuch", "Error: Domain 'nosuch' does not exist.\n"),
        ("xm frobnicate", "Error: Subcommand frobnicate not found!\n"),
        (
            f"xm create -q {CONF} name='\"b\"' kernel='\"/none\"'",
            "Error: Kernel image does not exist: /none\n",
        ),
        (f"xm create -q {CONF}", "Error: Domain 'tst100' already exists with ID '1'\n"),
        (f"xm create -q {CONF} name='\"b\"' memory=999999", "Error: I need 1023998976 KiB"),
    ],
)
async def test_errors_are_one_line_with_status_1(xm_lab: Lab, command: str, said: str) -> None:
    async with await connect(xm_lab, "old00") as connection:
        await run(connection, f"xm create -q {CONF}")
        out, err, status = await run(connection, command)
        assert (out, status) == ("", 1)
        assert err.startswith(said)
        assert err.count("\n") == 1


async def test_a_uuid_without_hyphens_is_fine_for_xm(xm_lab: Lab) -> None:
    conf = xm_lab.host("old00").conf("tst100")
    conf.write_text(
        conf.read_text().replace("6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2", "6842caf91e3e43249ed596b8b9f2c5c2")
    )
    async with await connect(xm_lab, "old00") as connection:
        assert (await run(connection, f"xm create -q {CONF}"))[2] == 0
        assert (
            "(uuid 6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2)" in (await run(connection, "xm list -l tst100"))[0]
        )


async def test_a_guest_lives_and_goes_with_xm(xm_lab: Lab) -> None:
    async with await connect(xm_lab, "old00") as connection:
        await run(connection, f"xm create -q {CONF}")
        screen = Screen(await connection.create_process("xm console tst100", term_type="xterm"))
        await screen.expect("tst100 login: ")
        screen.type("\x1d")
        assert (await screen.process.wait()).exit_status == 0
        assert await run(connection, "xm save tst100 t.stat; xm restore t.stat; xm domid tst100") == (
            "2\n",
            "",
            0,
        )
        assert await run(
            connection, "xm pause tst100; xm unpause tst100; xm rename tst100 b; xm domname 2"
        ) == ("b\n", "", 0)
        out, err, status = await run(connection, "xm shutdown -w b")
        assert (out, err, status) == ("Domain b terminated\nAll domains terminated\n", "", 0)
        await until(lambda: not xm_lab.host("old00").domains, "gone")


async def test_there_is_no_xl_on_a_host_of_xm(xm_lab: Lab) -> None:
    async with await connect(xm_lab, "old00") as connection:
        assert (await run(connection, "xl list"))[2] == 127
        assert "simulated" in (await run(connection, "xm info"))[0]
