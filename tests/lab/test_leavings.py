"""Nothing is left when a lab has ended: no process, no port, no file; also when it was killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from labtools import connect

from ctys_ls.lab import Lab
from ctys_ls.lab.child import MARK
from ctys_ls.lab.folders import sweep


def of_lab(root: Path) -> list[psutil.Process]:
    """The processes of a lab by their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def refused(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


async def test_stop_leaves_nothing(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    lab = Lab(root=tmp_path / "lab", pace=0.5)
    await lab.start()
    ports = [host.port for host in lab.hosts]
    connection = await connect(lab)
    for command in ("sleep 1000", "setsid nohup sleep 1000 >/dev/null 2>&1 </dev/null & echo; sleep 1000"):
        await connection.create_process(command)
    guest = "xen/tst-ctys/tst100/tst100.conf"
    await connection.run(f"echo 'channel = [\"name=one,connection=pty\"]' >> {guest}; xl create -q {guest}")
    await connection.create_process("xl console tst100", term_type="xterm")
    assert len(of_lab(lab.root)) >= 3
    root = lab.root
    await lab.stop()
    connection.abort()
    await connection.wait_closed()
    assert of_lab(root) == []
    assert all(refused(port) for port in ports)
    assert not root.exists()
    assert not set(asyncio.all_tasks()) - before


async def test_a_root_with_other_files_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    async with Lab(["one"], root=tmp_path):
        pass
    assert os.listdir(tmp_path) == ["mine"]  # noqa: PTH208


async def test_a_long_folder_name_is_no_trouble(tmp_path: Path) -> None:
    async with (
        Lab(["one"], root=tmp_path / ("long name " * 15)) as lab,
        await connect(lab, "one") as connection,
    ):
        assert (await connection.run("xl domid Domain-0")).stdout == "0\n"


def test_what_a_killed_lab_left_goes_with_the_next_one(tmp_path: Path) -> None:
    """The temporary folder of a lab whose process was killed, and a command that still runs there."""
    code = (
        "import asyncio, os\nfrom ctys_ls.lab import Lab\n"
        "async def main():\n lab = Lab(['one']); await lab.start(); print(lab.root, flush=True); await asyncio.sleep(1000)\n"
        "asyncio.run(main())"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    root = Path(owner.stdout.readline().strip())
    orphan = subprocess.Popen(["sleep", "1000"], env={**os.environ, MARK: str(root)})
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert root.exists()
    sweep()
    assert not root.exists()
    assert not psutil.pid_exists(orphan.pid)
    orphan.poll()


def program(*words: str, **kwargs: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ctys_ls", "lab", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


@pytest.fixture
def state(tmp_path: Path):  # type: ignore[no-untyped-def]
    folder = tmp_path / "state"
    yield folder
    program("down", "--state", str(folder))


def test_up_says_how_to_use_it_and_down_takes_everything_away(state: Path) -> None:
    up = program("up", "--state", str(state))
    assert up.returncode == 0
    assert "SIMULATED" in up.stdout
    assert f"export CTYS_SSH_CONFIG={state}/ssh_config" in up.stdout
    done = subprocess.run(
        ["ssh", "-F", str(state / "ssh_config"), "lab01", "xl create -q xen/tst-ctys/tst104/tst104.conf"],
        capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    status = json.loads(program("status", "--state", str(state), "--format", "json").stdout)
    assert status["simulated"] is True
    assert [host["name"] for host in status["hosts"]] == ["lab00", "lab01"]
    assert [guest["name"] for guest in status["hosts"][1]["guests"]] == ["tst104"]
    assert "tst104 (1, running)" in program("status", "--state", str(state)).stdout
    again = program("up", "--state", str(state))
    assert (again.returncode, "running already" in again.stderr) == (1, True)
    down = program("down", "--state", str(state))
    assert (down.returncode, down.stdout) == (0, "Gone.\n")
    assert not state.exists()
    assert not list(Path(tempfile.gettempdir()).glob(f"ctys-lab-{status['pid']}-*"))
    assert all(refused(host["port"]) for host in status["hosts"])
    assert (
        not psutil.pid_exists(status["pid"]) or psutil.Process(status["pid"]).status() == psutil.STATUS_ZOMBIE
    )


def test_faults_are_set_and_cleared_from_the_command_line(state: Path) -> None:
    program("up", "--hosts", "1", "--state", str(state))
    assert (
        program("fault", "lab00", "slow", "3", "xl", "--state", str(state)).stdout == "lab00: faults slow\n"
    )
    wrong = program("fault", "lab00", "storm", "--state", str(state))
    assert (wrong.returncode, "no fault is called 'storm'" in wrong.stderr) == (2, True)
    nobody = program("fault", "lab09", "slow", "--state", str(state))
    assert (nobody.returncode, nobody.stderr) == (2, "no host is called 'lab09'; there are: lab00\n")
    assert program("fault", "lab00", "clear", "--state", str(state)).stdout == "lab00: faults none\n"


def test_a_killed_lab_is_found_out_and_cleaned_up(state: Path) -> None:
    status = json.loads(program("up", "--state", str(state), "--format", "json").stdout)
    os.kill(status["pid"], signal.SIGKILL)
    gone = program("status", "--state", str(state))
    assert (gone.returncode, "ctys-ls lab up" in gone.stderr) == (1, True)
    assert program("up", "--state", str(state)).returncode == 0
    assert program("status", "--state", str(state)).returncode == 0


def test_somebody_elses_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = program("up", "--state", str(tmp_path))
    assert (done.returncode, "letter.txt" in done.stderr) == (1, True)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_without_a_lab_every_command_says_how_to_start_one(tmp_path: Path) -> None:
    for words, status in (
        (["status"], 1),
        (["shell", "lab00"], 1),
        (["fault", "lab00", "slow"], 1),
        (["down"], 0),
    ):
        done = program(*words, "--state", str(tmp_path / "none"))
        assert (done.returncode, "ctys-ls lab up" in done.stderr) == (status, True)


@pytest.mark.parametrize("number", ["0", "65", "two"])
def test_a_wrong_number_of_hosts_is_refused(number: str, tmp_path: Path) -> None:
    done = program("up", "--hosts", number, "--state", str(tmp_path / "none"))
    assert (done.returncode, "is no number of hosts" in done.stderr) == (2, True)
