"""Every fault of a simulated host, as its clients meet it, and that it is over when it is cleared."""

import asyncio
import time

import asyncssh
import pytest
from labtools import connect, run, ssh

from ctys_ls.lab import KINDS, FaultError, Lab

CREATE = "xl create -q xen/tst-ctys/tst100/tst100.conf"


async def works(lab: Lab) -> None:
    async with await connect(lab) as connection:
        assert await run(connection, "xl domid Domain-0") == ("0\n", "", 0)


async def test_slow_delays_matching_commands_only(fresh_lab: Lab) -> None:
    fresh_lab.host("lab00").faults.set("slow", 1.5, "xl list")
    async with await connect(fresh_lab) as connection:
        start = time.monotonic()
        await run(connection, "true")
        between = time.monotonic()
        await run(connection, "xl list")
        assert time.monotonic() - between >= 1.5
        assert between - start < 1.5


async def test_refused_cuts_and_refuses_until_cleared(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    connection = await connect(fresh_lab)
    faults.set("refused")
    await asyncio.wait_for(connection.wait_closed(), 5)
    with pytest.raises(ConnectionRefusedError):
        await connect(fresh_lab)
    done = ssh(fresh_lab, "lab00", "true")
    assert (done.returncode, "Connection refused" in done.stderr) == (255, True)
    async with await connect(fresh_lab, "lab01") as other:
        assert await run(other, "hostname") == ("lab01\n", "", 0)
    faults.clear("refused")
    await works(fresh_lab)


async def test_silent_says_nothing_to_new_and_old_connections(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    async with await connect(fresh_lab) as connection:
        faults.set("silent")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connect(fresh_lab), 0.5)
        frozen = asyncio.ensure_future(run(connection, "echo late"))
        done, _ = await asyncio.wait([frozen], timeout=0.5)
        assert not done
        faults.clear("silent")
        assert await frozen == ("late\n", "", 0)
    await works(fresh_lab)


async def test_dropped_cuts_after_so_many_bytes(fresh_lab: Lab) -> None:
    fresh_lab.host("lab00").faults.set("dropped", 1000, "head")
    connection = await connect(fresh_lab)
    assert await run(connection, "echo safe") == ("safe\n", "", 0)
    process = await connection.create_process("head -c 5000 /dev/zero; sleep 1000", encoding=None)
    data = await asyncio.wait_for(process.stdout.read(), 5)
    await asyncio.wait_for(connection.wait_closed(), 5)
    assert len(data) == 1000
    assert process.exit_status is None
    done = ssh(fresh_lab, "lab00", "head -c 5000 /dev/zero; sleep 1000")
    assert (done.returncode, len(done.stdout)) == (255, 1000)


def test_dropped_without_a_number_cuts_as_the_command_starts(fresh_lab: Lab) -> None:
    fresh_lab.host("lab00").faults.set("dropped")
    done = ssh(fresh_lab, "lab00", "echo never; sleep 1000")
    assert (done.returncode, done.stdout) == (255, "")


async def test_garbage_is_no_text_and_succeeds(fresh_lab: Lab) -> None:
    fresh_lab.host("lab00").faults.set("garbage", "xl list")
    async with await connect(fresh_lab) as connection:
        assert await run(connection, "xl domid Domain-0") == ("0\n", "", 0)
        done = await connection.run("xl list", encoding=None)
        assert done.exit_status == 0
        with pytest.raises(UnicodeDecodeError):
            bytes(done.stdout or b"").decode()  # type: ignore[arg-type]


async def test_a_changed_key_is_noticed_by_both_clients(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    faults.set("changed-key")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await connect(fresh_lab)
    done = ssh(fresh_lab, "lab00", "true")
    assert (done.returncode, "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr) == (255, True)
    faults.clear()
    await works(fresh_lab)


async def test_an_unknown_key_is_noticed_by_both_clients(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    faults.set("unknown-key")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await connect(fresh_lab)
    done = ssh(fresh_lab, "lab00", "true")
    assert (done.returncode, "Host key verification failed" in done.stderr) == (255, True)
    async with await connect(fresh_lab, "lab01") as other:
        assert await run(other, "hostname") == ("lab01\n", "", 0)
    faults.clear()
    await works(fresh_lab)


async def test_missing_takes_tools_away(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    async with await connect(fresh_lab) as connection:
        faults.set("missing")
        _, err, status = await run(connection, "xl list")
        assert (status, "not found" in err) == (127, True)
        faults.set("missing", "ksu", "xenstore-list")
        assert await run(connection, "xl domid Domain-0") == ("0\n", "", 0)
        assert (await run(connection, "ksu -q -e true"))[2] == 127
        faults.clear("missing")
        assert await run(connection, "ksu -q -e $(command -v xl) domid Domain-0") == ("0\n", "", 0)


@pytest.mark.parametrize(
    ("word", "allowed"),
    [("plain", {"ksu", "sudo"}), ("ksu", {"sudo"}), ("sudo", {"ksu"}), ("all", set()), ("password", set())],
)
async def test_denied_leaves_the_ways_that_it_says(fresh_lab: Lab, word: str, allowed: set[str]) -> None:
    faults = fresh_lab.host("lab00").faults
    faults.set("denied", word)
    ways = {"plain": "", "ksu": "ksu -q -e $(command -v env) ", "sudo": "sudo -n -- "}
    async with await connect(fresh_lab) as connection:
        found = {name for name, prefix in ways.items() if (await run(connection, f"{prefix}xl list"))[2] == 0}
        assert found == allowed
        _, err, status = await run(connection, "xl list")
        assert (status, "Permission denied" in err) == (1, True)
        assert (await run(connection, "id -u"))[0] == "1000\n"
        assert (await run(connection, "xenstore-list /local/domain"))[2] == 1
        faults.clear()
        assert (await run(connection, "xl list"))[2] == 0


async def test_sudo_asks_for_a_password_and_takes_the_right_one(fresh_lab: Lab) -> None:
    fresh_lab.host("lab00").faults.set("denied", "password")
    async with await connect(fresh_lab) as connection:
        assert (await run(connection, "sudo -n xl list"))[1] == "sudo: a password is required\n"
        right = await connection.run("sudo -S -p '' xl domid Domain-0", input="simulated\n")
        assert (right.stdout, right.exit_status) == ("0\n", 0)
        wrong = await connection.run("sudo -S -p '' xl domid Domain-0", input="guess\n")
        assert (wrong.exit_status, "incorrect password" in str(wrong.stderr)) == (1, True)
        asked = await connection.create_process(
            "sudo xl domid Domain-0; sudo xl domname 0", term_type="xterm"
        )
        assert "password for" in await asyncio.wait_for(asked.stdout.readuntil(": "), 5)
        asked.stdin.write("simulated\n")
        rest = str((await asyncio.wait_for(asked.wait(), 5)).stdout)
        assert rest.split() == ["0", "Domain-0"]
        assert "simulated" not in rest


async def test_nothing_can_be_written_on_a_full_disk(fresh_lab: Lab) -> None:
    host = fresh_lab.host("lab00")
    async with await connect(fresh_lab) as connection:
        assert (await run(connection, CREATE))[2] == 0
        host.faults.set("full")
        _, err, status = await run(connection, "xl save tst100 tst100.stat")
        assert (status, "No space left on device" in err) == (1, True)
        assert "tst100" in host.domains
        assert (await run(connection, "head -c 100 /dev/zero >file"))[2] != 0
        assert (host.home / "file").stat().st_size == 0
        host.faults.clear()
        assert (await run(connection, "head -c 100 /dev/zero >file"))[2] == 0


def test_wrong_faults_are_refused_with_the_right_ones(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab00").faults
    with pytest.raises(FaultError, match="slow, refused, silent"):
        faults.set("earthquake")
    with pytest.raises(FaultError, match="plain, ksu, sudo"):
        faults.set("denied", "everybody")
    with pytest.raises(FaultError, match="number"):
        faults.set("slow", "very")
    with pytest.raises(FaultError, match="too many"):
        faults.set("refused", "1")
    with pytest.raises(FaultError, match="regular expression"):
        faults.set("garbage", "(")
    assert faults.active() == ()


def test_each_fault_can_be_set_without_arguments(fresh_lab: Lab) -> None:
    faults = fresh_lab.host("lab01").faults
    for kind in KINDS:
        faults.set(kind)
    assert {fault.kind for fault in faults.active()} == set(KINDS)
    faults.clear()
    assert faults.active() == ()
