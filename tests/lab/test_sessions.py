"""Commands and shells over real ssh: the ssh program and asyncssh."""

import asyncio
import stat

import asyncssh
import pexpect
import psutil
import pytest
from labtools import Screen, connect, run, ssh, until
from needs import need_program

from ctys_ls.lab import Lab


def test_the_ssh_program_gets_output_errors_and_status(lab: Lab) -> None:
    done = ssh(lab, "lab00", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


async def test_asyncssh_gets_output_errors_and_status(lab: Lab) -> None:
    async with await connect(lab) as connection:
        assert await run(connection, "echo out; echo err >&2; exit 7") == ("out\n", "err\n", 7)


async def test_a_signal_is_reported_as_one(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await connection.run("kill -TERM $$")
        assert done.exit_signal is not None
        assert done.exit_signal[0] == "TERM"


async def test_a_signal_reaches_the_command(lab: Lab) -> None:
    async with await connect(lab) as connection:
        process = await connection.create_process(
            'trap "echo got it; exit 3" USR1; echo ready; while :; do sleep 0.05; done'
        )
        screen = Screen(process)
        await screen.expect("ready\n")
        process.send_signal("USR1")
        await screen.expect("got it\n")
        assert (await process.wait()).exit_status == 3


async def test_standard_input_is_passed_on_with_its_end(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await connection.run("wc -c", input="x" * 3_000_000)
        assert str(done.stdout).strip() == "3000000"


def test_binary_output_is_not_touched(lab: Lab) -> None:
    done = ssh(lab, "lab00", "head -c 10000000 /dev/zero | md5sum; head -c 10000000 /dev/zero", stdin="")
    assert done.stdout.startswith("311175294563b07db7ea80dee2e5b3c6")
    assert done.stdout.count("\0") == 10_000_000


@pytest.mark.parametrize("name", ["lab00", "lab01"])
def test_a_host_has_its_own_name_and_home(lab: Lab, name: str) -> None:
    done = ssh(lab, name, "hostname; hostname -f; uname -n; echo $HOME; pwd")
    home = str(lab.host(name).home)
    assert done.stdout.split() == [name, f"{name}.soho", name, home, home]


async def test_fifty_sessions_at_once_on_one_connection(lab: Lab) -> None:
    async with await connect(lab) as connection:
        done = await asyncio.gather(*(run(connection, f"xl domid Domain-0; echo {n}") for n in range(50)))
        assert done == [(f"0\n{n}\n", "", 0) for n in range(50)]


async def test_a_terminal_has_the_size_and_kind_that_was_asked_for(lab: Lab) -> None:
    async with await connect(lab) as connection:
        process = await connection.create_process(
            "tty; echo $TERM; stty size; trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done",
            term_type="vt220",
            term_size=(101, 31),
        )
        screen = Screen(process)
        seen = await screen.expect("ready\r\n")
        assert seen.split()[0].startswith("/dev/")
        assert seen.split()[1:] == ["vt220", "31", "101", "ready"]
        process.change_terminal_size(77, 22)
        await screen.expect("22 77\r\n")
        process.stdin.write("\x03")
        assert (await process.wait()).returncode != 0


def test_the_ssh_program_gets_a_shell_that_says_what_it_is(lab: Lab) -> None:
    """A login shell with a prompt; the simulated tools come first in PATH there too."""
    program = need_program("ssh", "openssh-client")
    with pexpect.spawn(
        program, ["-F", str(lab.ssh_config), "-tt", "lab00"], encoding="utf-8", timeout=15
    ) as shell:
        shell.expect_exact("lab00 is a SIMULATED Xen host")
        shell.expect_exact("[simulated]")
        shell.sendline("xl domname 0; exit 5")
        shell.expect_exact("Domain-0")
        shell.expect(pexpect.EOF)
        shell.close()
        assert shell.exitstatus == 5


async def test_a_lost_connection_takes_its_processes_along(lab: Lab) -> None:
    connection = await connect(lab)
    pids = []
    for command, options in (
        ("echo $$; exec sleep 1000", {}),
        ("echo $$; nohup sleep 1000", {"term_type": "xterm"}),
    ):
        process = await connection.create_process(command, **options)
        pids.append(int(await process.stdout.readline()))
    assert all(psutil.pid_exists(pid) for pid in pids)
    connection.abort()
    await until(lambda: not any(running(pid) for pid in pids), "the processes end")


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_another_key_is_not_let_in(lab: Lab) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect("lab00", config=[str(lab.ssh_config)], client_keys=[stranger], agent_path=None)


def test_keys_and_files_are_private(lab: Lab) -> None:
    for name in ("ssh_config", "known_hosts", "id_ed25519"):
        assert stat.S_IMODE((lab.root / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(lab.root.stat().st_mode) == 0o700


def test_host_names_are_simulated_and_users_are_real(lab: Lab) -> None:
    done = ssh(
        lab,
        "lab00",
        "getent hosts tst100 192.168.1.71; getent passwd root | cut -d: -f1; getent hosts nowhere; echo $?",
    )
    assert done.stdout.splitlines() == [
        "192.168.1.220   tst100",
        "192.168.1.71    lab00.soho lab00",
        "root",
        "2",
    ]


async def test_the_tools_take_any_argument(lab: Lab) -> None:
    """Quotes, blanks, newlines and bytes that are no text come through."""
    async with await connect(lab) as connection:
        _, err, status = await run(connection, "xl domid 'a b\n\"c\\'")
        assert (err, status) == (
            "Can't get domid of domain name 'a b\n\"c\\', maybe this domain does not exist.\n",
            1,
        )
