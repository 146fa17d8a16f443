"""What goes into guests: INIT, and STACK's propagation. The guest's ssh server is a real one on loopback, its init and

halt are stand-ins that write down how they were called; the simulated hypervisor then ends the guest as they would.
"""

import asyncio
import subprocess

import pytest
from realsshd import Sshd, need_sshd
from waiting import until

from ctys_ls.lab.guestos import End
from ctys_ls.requests import Address, Cancel, ConsoleKind, Create, Method

ADDRESS = "192.168.1.220"
#: What must never run for real: the guest's sshd runs as root on the machine that runs the tests.
STOPPERS = ("init", "halt", "poweroff", "reboot", "shutdown", "ctys")


class Guest:
    """tst100 with an ssh server inside; ``said`` are the commands that ran there."""

    def __init__(self, folder, lab):
        self.folder, self.lab = folder, lab
        (folder / "bin").mkdir()
        for name in STOPPERS[:-1]:
            self.has(name)
        self.sshd = Sshd(folder, "guest")
        self.sshd.start()
        self.sshd.known_hosts.write_text(
            f"{ADDRESS} {' '.join(self.sshd.host_key.with_suffix('.pub').read_text().split()[:2])}\n"
        )
        self.sshd.know()
        self._is_harmless()
        self.machine = lab.host("lab00").machine
        self.machine.guest_ports[ADDRESS] = self.sshd.port

    def _is_harmless(self):
        """Before anything is told to stop: its commands are the stand-ins."""
        direct = self.folder / "direct"
        direct.write_text(self.sshd.config())
        words = ["ssh", "-F", direct, "guest", f"command -v {' '.join(STOPPERS[:-1])}"]
        found = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout.split()
        assert found == [f"{self.folder}/bin/{name}" for name in STOPPERS[:-1]]

    def has(self, name, status=0, more=""):
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.folder}/said\n{more or f"exit {status}"}\n')
        path.chmod(0o755)

    @property
    def said(self):
        path = self.folder / "said"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def config(self):
        """The lab's configuration, with the keys of the guest."""
        path = self.folder / "ssh_config"
        paragraph = (
            f"Host {ADDRESS}\n  IdentityFile {self.sshd.client_key}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.sshd.known_hosts}\n"
        )
        path.write_text(self.lab.ssh_config.read_text() + paragraph)
        return path

    async def obeys(self, end):
        """Once something was said, the guest ends as it was told."""
        await asyncio.to_thread(until, lambda: self.said)
        self.lab.host("lab00").domains["tst100"].system.ask(end)


@pytest.fixture
async def guest(fresh_lab, tmp_path):
    need_sshd()
    (tmp_path / "guest").mkdir()
    made = Guest(tmp_path / "guest", fresh_lab)
    yield made
    made.sshd.stop()
    made.machine.guest_ports.clear()


@pytest.fixture
async def user(guest, fresh_lab, desk):
    """A user with tst100 running and booted."""
    user = desk(ssh_config=guest.config)
    assert (await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))).ok
    await asyncio.to_thread(until, fresh_lab.host("lab00").domains["tst100"].system.booted.is_set)
    return user


def stop(**options):
    return Cancel(Address(label="tst100"), **options)


async def test_init_0_runs_in_the_guest_which_goes(user, guest):
    ending = asyncio.create_task(guest.obeys(End.POWEROFF))
    outcome = await user.one(stop(method=Method.INIT, runlevel="0"))
    await ending
    assert (outcome.ok, outcome.state) == (True, "absent"), outcome.trouble
    assert guest.said == ["init 0"]
    assert outcome.ran == (f"ssh -J lab00 root@{ADDRESS} init 0",)


@pytest.mark.parametrize(
    "options", [{"method": Method.INIT, "runlevel": "0"}, {"stack": True}], ids=["INIT", "STACK"]
)
async def test_a_guest_that_goes_without_a_word_to_its_ssh_clients_has_gone(user, guest, options):
    """As a kernel does that is switched off at once: the connection stays open until somebody gives up."""
    for name in ("init", "halt"):
        guest.has(name, more="exec sleep 60 </dev/null")
    ending = asyncio.create_task(guest.obeys(End.POWEROFF))
    outcome = await user.one(stop(**options))
    await ending
    assert (outcome.ok, outcome.state) == (True, "absent"), outcome.trouble
    assert [line.split()[0] for line in outcome.ran] == ["ssh"]


async def test_init_of_another_level_leaves_it_running(user, guest):
    outcome = await user.one(stop(method=Method.INIT, runlevel="3"))
    assert outcome.ok, outcome.trouble
    assert outcome.state in ("running", "blocked")
    assert guest.said == ["init 3"]


@pytest.mark.parametrize(("level", "command"), [("0", "shutdown"), ("6", "reboot")])
async def test_with_force_the_hypervisor_does_what_the_level_means(user, guest, level, command):
    outcome = await user.one(stop(method=Method.INIT, runlevel=level, force=True))
    assert outcome.ok, outcome.trouble
    assert outcome.ran[0].split()[-2:] == [command, "tst100"]
    assert guest.said == []


async def test_with_force_a_level_that_the_hypervisor_does_not_know_is_refused(user, guest):
    outcome = await user.one(stop(method=Method.INIT, runlevel="3", force=True))
    assert (outcome.trouble.code, outcome.ran, guest.said) == ("unsupported", (), [])


async def test_stack_tells_the_guest_itself(user, guest):
    ending = asyncio.create_task(guest.obeys(End.POWEROFF))
    outcome = await user.one(stop(stack=True, delay=20))
    await ending
    assert (outcome.ok, outcome.state) == (True, "absent"), outcome.trouble
    assert guest.said == ["halt -p"]
    assert [line.split()[0] for line in outcome.ran] == ["ssh"]
    assert "shut itself down" in outcome.text


async def test_a_guest_with_ctys_stops_its_own_guests_first(user, guest):
    guest.has("ctys")
    ending = asyncio.create_task(guest.obeys(End.POWEROFF))
    assert (await user.one(stop(stack=True))).ok
    await ending
    assert guest.said == ["ctys -t PM -a cancel=ALL,SELF,STACK,POWEROFF:0 localhost"]


async def test_where_its_ctys_fails_it_halts(user, guest):
    guest.has("ctys", status=1)
    ending = asyncio.create_task(guest.obeys(End.POWEROFF))
    assert (await user.one(stop(stack=True))).ok
    await ending
    assert [line.split()[0] for line in guest.said] == ["ctys", "halt"]


async def test_force_goes_before_stack(user, guest):
    outcome = await user.one(stop(stack=True, force=True, delay=0))
    assert (outcome.ok, guest.said) == (True, [])


async def test_stack_reboots_through_the_guest(user, guest):
    outcome = await user.one(stop(method=Method.REBOOT, stack=True))
    assert outcome.ok, outcome.trouble
    assert guest.said == ["reboot "]
    assert [line.split()[0] for line in outcome.ran] == ["ssh"]


async def test_a_guest_that_is_told_and_stays_is_stopped_by_the_hypervisor(user, guest):
    outcome = await user.one(stop(stack=True, delay=1))
    assert (outcome.ok, outcome.state) == (True, "absent")
    assert guest.said == ["halt -p"]
    assert [line.split()[-2] for line in outcome.ran[1:]][:1] == ["shutdown"]


async def test_a_guest_that_cannot_be_reached_is_left_to_the_hypervisor_with_a_note(user, guest):
    guest.sshd.stop()
    outcome = await user.one(stop(stack=True, delay=0))
    assert (outcome.ok, outcome.state) == (True, "absent")
    assert "STACK: nothing inside tst100 was told" in outcome.text
    assert outcome.ran[-1].endswith("destroy tst100")


async def test_an_address_seen_on_the_bridge_serves_as_well(user, guest):
    conf = user.lab.host("lab00").conf("tst100")
    conf.write_text("".join(line for line in conf.read_text().splitlines(True) if "#@#IP0" not in line))
    outcome = await user.one(stop(method=Method.INIT, runlevel="3"))
    assert outcome.ok, outcome.trouble
    assert guest.said == ["init 3"]
