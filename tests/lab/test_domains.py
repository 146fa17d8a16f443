"""The life of simulated guests, through the simulated xl."""

import asyncio

import asyncssh
import pytest
from labtools import Screen, connect, run, until

from ctys_ls.lab import Lab
from ctys_ls.lab.console import Console

CONF = "xen/tst-ctys/tst100/tst100.conf"


async def create(connection: asyncssh.SSHClientConnection, conf: str = CONF) -> None:
    assert await run(connection, f"xl create {conf}") == ("", f"Parsing config from {conf}\n", 0)


async def console(connection: asyncssh.SSHClientConnection, command: str = "xl console tst100") -> Screen:
    return Screen(await connection.create_process(command, term_type="xterm"))


async def test_a_console_gives_a_login_a_shell_and_detaches(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        screen = await console(connection)
        assert "SIMULATED GUEST" in await screen.expect("tst100 login: ")
        screen.type("root\r")
        await screen.expect("[root@tst100 ~]# ")
        screen.type("echo a  'b  c'\x7f'\r")
        await screen.expect("\r\na b  c\r\n")
        screen.type("\x1d")
        assert (await screen.process.wait()).exit_status == 0
        assert "tst100" in fresh_lab.host("lab00").domains


async def test_what_was_printed_waits_for_the_next_client(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        await until(fresh_lab.host("lab00").domains["tst100"].system.booted.is_set, "booted")
        screen = await console(connection)
        await screen.expect("Linux version")
        await screen.expect("login: ")
        screen.type("\x1d")
        await screen.process.wait()
        again = await console(connection)
        again.type("\r")
        assert "Linux version" not in await again.expect("login: ")
        again.process.kill()


async def test_a_second_client_is_refused(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        first = await console(connection)
        await first.expect("login: ")
        _, err, status = await run(connection, "xl console tst100")
        assert "Could not lock /var/lock/xenconsole.1: Resource temporarily unavailable" in err
        assert status == 11
        first.process.kill()
        await first.process.wait()
        second = await console(connection)
        second.type("\r")
        await second.expect("login: ")
        second.process.kill()


async def test_create_c_shows_the_boot_and_ends_with_the_guest(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        screen = await console(connection, f"xl create -c {CONF}")
        await screen.expect("Linux version")
        await screen.expect("login: ")
        screen.type("root\rpoweroff\r")
        await screen.expect("reboot: Power down")
        assert (await screen.process.wait()).exit_status == 0
        await until(lambda: not fresh_lab.host("lab00").domains, "the guest goes")


async def test_ten_megabytes_come_through_a_console_complete(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        screen = await console(connection)
        await screen.expect("login: ")
        screen.type("root\rflood 10\r")
        text = await screen.expect("flood: done", seconds=60)
        numbers = [int(line[:9]) for line in text.split("\n") if line.endswith("=\r")]
        assert numbers == list(range(100_000))
        screen.process.kill()


async def test_a_console_needs_no_terminal(fresh_lab: Lab) -> None:
    """As with the real one, the end of standard input ends it."""
    async with await connect(fresh_lab) as connection:
        await create(connection)
        await until(fresh_lab.host("lab00").domains["tst100"].system.booted.is_set, "booted")
        out, _, status = await run(connection, "(sleep 0.3) | xl console tst100")
        assert status == 0
        assert "login: " in out


async def test_reboot_gives_a_new_id_and_crash_takes_the_guest_away(fresh_lab: Lab) -> None:
    domains = fresh_lab.host("lab00").hypervisor.domains
    async with await connect(fresh_lab) as connection:
        await create(connection)
        assert await run(connection, "xl reboot tst100") == ("", "Rebooting domain 1\n", 0)
        await until(
            lambda: [d.name for d in domains.values()] == ["tst100"] and 2 in domains, "the guest has id 2"
        )
        screen = await console(connection)
        await screen.expect("login: ")
        screen.type("root\rcrash\r")
        await screen.expect("Kernel panic")
        await until(lambda: not domains, "on_crash=destroy")


async def test_save_and_restore_keep_the_guest(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        _, err, status = await run(connection, "xl save tst100 tst100.stat; xl list tst100")
        assert (status, err.splitlines()[-1]) == (1, "tst100 is an invalid domain identifier (rc=-6)")
        out, err, status = await run(connection, "xl restore tst100.stat; xl list -v tst100")
        assert (status, "Restore successful" in err) == (0, True)
        assert "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2" in out
        screen = await console(connection)
        screen.type("\r")
        await screen.expect("login: ")
        screen.process.kill()


async def test_a_paused_guest_is_silent_until_it_is_unpaused(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        screen = await console(connection)
        await screen.expect("login: ")
        await run(connection, "xl pause tst100")
        out, _, _ = await run(connection, "xl list tst100")
        assert "--p---" in out
        screen.type("root\r")
        with pytest.raises(TimeoutError):
            await screen.expect("~]#", seconds=0.4)
        await run(connection, "xl unpause tst100")
        await screen.expect("~]# ")
        screen.process.kill()


async def test_a_guest_that_still_boots_goes_down_when_it_has_booted(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        _, err, status = await run(connection, "xl shutdown -w tst100")
        assert status == 0
        assert err.splitlines()[-1] == "Domain 1 has been shut down, reason code 0"


async def test_store_and_watch_follow_the_guests(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        watch = Screen(await connection.create_process("xenstore-watch @introduceDomain @releaseDomain"))
        await watch.expect("@introduceDomain\n@releaseDomain\n")
        await create(connection)
        await watch.expect("@introduceDomain\n")
        out, _, _ = await run(
            connection, "xenstore-read /local/domain/1/name /local/domain/1/console/vnc-port"
        )
        assert out == "tst100\n5900\n"
        await run(connection, "xl destroy tst100")
        await watch.expect("@releaseDomain\n")
        _, err, status = await run(connection, "xenstore-read /local/domain/1/name")
        assert (err, status) == ("xenstore-read: couldn't read path /local/domain/1/name\n", 1)
        watch.process.kill()


async def test_a_viewer_reaches_the_screen_through_a_forwarded_port_only(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as connection:
        await create(connection)
        reader, writer = await connection.open_connection("localhost", 5900, encoding=None)
        assert await reader.readexactly(12) == b"RFB 003.008\n"
        writer.write(b"RFB 003.008\n")
        assert await reader.readexactly(2) == b"\x01\x01"
        writer.write(b"\x01")
        assert await reader.readexactly(4) == b"\0\0\0\0"
        writer.write(b"\x01")
        server = await reader.readexactly(24)
        assert b"SIMULATED" in await reader.readexactly(int.from_bytes(server[20:], "big"))
        writer.close()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("localhost", 5901)


async def test_a_killed_tool_leaves_the_host_alone(fresh_lab: Lab) -> None:
    """xl that is killed while it waits ends in the host too; the guest goes down all the same."""
    host = fresh_lab.host("lab00")
    async with await connect(fresh_lab) as connection:
        await create(connection)
        waiting = await connection.create_process("exec xl shutdown -w tst100")
        assert await waiting.stderr.readline() == "Shutting down domain 1\n"
        waiting.send_signal("KILL")
        assert (await waiting.wait()).exit_signal is not None
        await until(lambda: not host.domains, "the guest goes down")
        assert await run(connection, "xl domid Domain-0") == ("0\n", "", 0)


async def test_guests_of_two_hosts_are_different_ones(fresh_lab: Lab) -> None:
    async with await connect(fresh_lab) as first, await connect(fresh_lab, "lab01") as second:
        await asyncio.gather(create(first), create(second, "xen/tst-ctys/tst101/tst101.conf"))
    assert list(fresh_lab.host("lab00").domains) == ["tst100"]
    assert list(fresh_lab.host("lab01").domains) == ["tst101"]


async def test_a_guest_waits_for_a_client_that_does_not_read() -> None:
    """Or a flood would fill the memory of whoever runs the lab."""
    line = Console()
    output = line.attach()
    line.write("x")
    assert await anext(output) == b"x"
    line.write("y" * 100_000)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(line.drain(), 0.05)
    assert await anext(output) == b"y" * 100_000
    await asyncio.wait_for(line.drain(), 1)
    await output.aclose()
