"""Clients on this machine: shown while they live, gone with their process."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from ctys_ls.requests import List
from ctys_ls.runtime.registry import Client, clients, registered

CONSOLE = Client("lab00", "tst100", "CLI")
TUNNEL = Client("lab00", "tst100", "SSH(XEN)", "T", cport="5950", sport="5900")


#: A process that notes itself as a console of a guest in a folder.
CLIENT = (
    "import sys\nfrom pathlib import Path\nfrom ctys_ls.runtime.registry import Client, registered\n"
    "with registered(Path(sys.argv[1]), Client('lab00', sys.argv[2], 'CLI')):\n"
    "    print('in', flush=True)\n    sys.stdin.read()\n"
)


def test_a_client_is_known_while_its_block_runs(tmp_path):
    with registered(tmp_path, CONSOLE):
        (known,) = clients(tmp_path)
        assert (known.host, known.label, known.type, known.side) == ("lab00", "tst100", "CLI", "C")
        assert known.user
        assert next((tmp_path / "clients").iterdir()).stat().st_mode & 0o777 == 0o600
    assert clients(tmp_path) == ()


def test_a_client_that_was_killed_is_taken_away(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", CLIENT, tmp_path, "tst100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"in\n"
    assert [client.pid for client in clients(tmp_path)] == [other.pid]
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    # It has ended, but nobody has asked how: its number and its start are still there.
    assert clients(tmp_path) == ()
    other.communicate(timeout=10)
    assert list((tmp_path / "clients").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"host": "x", "other": 1}'])
def test_a_file_that_is_none_of_ours_is_passed_over(tmp_path, text):
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "1-x.json").write_text(text)
    assert clients(tmp_path) == ()


def test_a_place_that_cannot_be_written_costs_only_the_row(tmp_path):
    (tmp_path / "clients").write_text("in the way")
    with registered(tmp_path, CONSOLE):
        assert clients(tmp_path) == ()


@pytest.fixture
def started(tmp_path):
    """Two processes that note themselves as consoles of tst100 and tst101."""
    found = [
        subprocess.Popen(
            [sys.executable, "-c", CLIENT, tmp_path / "state", label],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for label in ("tst100", "tst101")
    ]
    assert [one.stdout.readline() for one in found] == [b"in\n", b"in\n"]
    yield found
    for one in found:
        one.kill()
        one.communicate(timeout=10)


async def test_a_client_is_ended_by_its_row_and_no_other(desk, tmp_path, started):
    user, (first, second) = desk(), started
    outcome = await user.one(List(), host="localhost")
    key = next(row.key for row in outcome.rows if row.record[10] == str(first.pid))
    strange = (
        key + "0", f"localhost/CLI/tst101/C/{os.getpid()}", "lab01/CLI/tst100/C/7", "lab00/XEN/tst100/S/7", "lab00/VNC/tst100/C/7"
    )  # fmt: skip
    assert await user.engine.end_clients((key, *strange)) == (key,)
    assert await asyncio.to_thread(first.wait, 10) == -signal.SIGTERM
    assert second.poll() is None


async def test_a_console_is_ended_by_the_row_of_its_other_end(desk, started):
    """On the guest's host it is a xenconsole with a number of that host."""
    first, second = started
    assert await desk().engine.end_clients(("lab00/CLI/tst101/C/4711",)) == ("lab00/CLI/tst101/C/4711",)
    assert await asyncio.to_thread(second.wait, 10) == -signal.SIGTERM
    assert first.poll() is None


async def test_list_shows_clients_and_tunnels_on_this_machine_in_the_pages_order(desk, tmp_path):
    user = desk()
    with registered(tmp_path / "state", TUNNEL), registered(tmp_path / "state", CONSOLE):
        outcome = await user.one(List(), host="localhost")
        remote = await user.one(List(), host="lab00")
    told = [(row.record[1], row.record[13], row.record[8]) for row in outcome.rows]
    assert told[0] == ("CLI", "CLIENT", "")
    assert told[-2][0] == "PM"
    assert told[-1] == ("SSH(XEN)", "TUNNEL", "5950")
    assert outcome.rows[0].record[11]
    assert not [row for row in remote.rows if row.record[13] != "SERVER"]
    assert len({row.key for row in outcome.rows}) == len(outcome.rows)
