"""Commands and shells over real ssh: the ssh program and asyncssh."""

import asyncio
import subprocess

import asyncssh
import pytest
from needs import need_program

from ctys_ls.lab import Lab


def ssh(lab: Lab, *words: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    program = need_program("ssh", "openssh-client")
    return subprocess.run(
        [program, "-F", str(lab.ssh_config), *words],
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        **kwargs,
    )  # type: ignore[call-overload]


async def connect(lab: Lab, name: str = "lab00") -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(name, config=[str(lab.ssh_config)])


def test_the_ssh_program_gets_output_errors_and_status(lab: Lab) -> None:
    done = ssh(lab, "lab00", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


async def test_asyncssh_gets_output_errors_and_status(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await connection.run("echo out; echo err >&2; exit 7")
        assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 7)


async def test_a_signal_is_reported_as_one(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await connection.run("kill -TERM $$")
        assert done.exit_signal is not None
        assert done.exit_signal[0] == "TERM"


@pytest.mark.parametrize("name", ["lab00", "lab01"])
def test_a_host_has_its_own_name_and_home(lab: Lab, name: str) -> None:
    done = ssh(lab, name, "hostname; hostname -f; uname -n; echo $HOME")
    assert done.stdout.split() == [name, f"{name}.soho", name, str(lab.host(name).home)]


async def test_fifty_sessions_at_once_on_one_connection(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await asyncio.gather(*(connection.run(f"xl domid Domain-0; echo {n}") for n in range(50)))
        assert [one.stdout for one in done] == [f"0\n{n}\n" for n in range(50)]
