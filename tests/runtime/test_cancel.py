"""CANCEL on simulated hosts: methods, confirmation, read-only, what is afterwards."""

import asyncio
import shutil
import signal

import pytest

from ctys_ls.requests import Address, Attach, Cancel, ConsoleKind, Create, List, Method, Side, Target
from ctys_ls.runtime.actions.cancel import Stop, question
from ctys_ls.runtime.actions.run import Call
from ctys_ls.runtime.api import Ask
from ctys_ls.runtime.registry import Client, registered


@pytest.fixture
async def busy(desk):
    """A user with tst100 and tst101 running on lab00."""

    async def make(**settings):
        starter = desk()
        outcome = await starter.run(
            *(Create(Address(label=name), console=ConsoleKind.NONE) for name in ("tst100", "tst101"))
        )
        assert outcome.exit_status == 0
        return desk(**settings)

    return make


def domains(user):
    return sorted(user.lab.host("lab00").domains)


async def test_a_guest_shuts_down_within_its_time(busy, label):
    user = await busy()
    outcome = await user.one(Cancel(label("tst100"), delay=30))
    assert (outcome.ok, outcome.state) == (True, "absent")
    assert domains(user) == ["tst101"]
    assert [line.split()[-2] for line in outcome.ran] == ["shutdown"]
    assert user.questions == []


async def test_poweroff_without_a_delay_destroys_at_once(busy, label):
    user = await busy()
    outcome = await user.one(Cancel(label("tst100"), delay=0))
    assert (outcome.ok, outcome.state) == (True, "absent")
    assert [line.split()[-2] for line in outcome.ran] == ["destroy"]
    assert domains(user) == ["tst101"]


async def test_a_guest_that_does_not_shut_down_is_destroyed(busy, label):
    user = await busy()
    await user.one(Cancel(label("tst100"), method=Method.PAUSE))
    outcome = await user.one(Cancel(label("tst100"), delay=1))
    assert (outcome.ok, outcome.state) == (True, "absent")
    assert outcome.ran[-1].endswith("destroy tst100")


async def test_a_path_stops_the_guest_of_that_file(busy):
    user = await busy()
    path = str(user.lab.host("lab00").conf("tst101"))
    assert (await user.one(Cancel(Address(pathname=path), delay=0))).ok
    assert domains(user) == ["tst100"]


@pytest.mark.parametrize(
    "parts", [{"mac": "00:50:56:13:11:41"}, {"tcp": "192.168.1.221"}, {"filename": "tst101.conf"}]
)
async def test_other_addresses_stop_the_right_guest(busy, parts):
    user = await busy()
    assert (await user.one(Cancel(Address(**parts), delay=0))).ok
    assert domains(user) == ["tst100"]


async def test_a_label_never_stops_its_longer_namesake(busy, label):
    user = await busy()
    outcome = await user.one(Cancel(label("tst10"), delay=0))
    assert outcome.trouble.code == "not-found"
    assert domains(user) == ["tst100", "tst101"]


async def test_a_guest_that_does_not_run_is_told_so(busy, label):
    user = await busy()
    outcome = await user.one(Cancel(label("tst104"), delay=0))
    assert (outcome.trouble.code, outcome.state) == ("not-running", "absent")


async def test_reboot_and_reset_leave_it_running_anew(busy, label):
    user = await busy()
    before = user.lab.host("lab00").domains["tst100"].domid
    assert (await user.one(Cancel(label("tst100"), method=Method.RESET))).ok
    after = user.lab.host("lab00").domains["tst100"].domid
    assert after != before
    assert (await user.one(Cancel(label("tst101"), method=Method.REBOOT))).ok


async def test_several_guests_are_confirmed_once_with_their_names(busy):
    user = await busy()
    refused = await user.run(Cancel(Address(all=True), delay=0))
    (question,) = user.questions
    assert question.kind is Ask.CONFIRM
    assert "tst100" in question.detail
    assert "tst101" in question.detail
    assert [target.trouble.code for target in refused.targets] == ["declined"]
    assert domains(user) == ["tst100", "tst101"]
    user.answers = ["yes"]
    done = await user.run(Cancel(Address(all=True), delay=0))
    assert done.exit_status == 0
    assert len(user.questions) == 2
    assert domains(user) == []


async def test_two_targets_of_one_line_are_confirmed_together(busy, label):
    user = await busy()
    user.answers = ["yes"]
    outcome = await user.run(Cancel(label("tst100"), delay=0), Cancel(label("tst101"), delay=0))
    assert outcome.exit_status == 0
    assert len(user.questions) == 1


async def test_a_protected_host_is_confirmed_even_for_a_pause(busy, label):
    user = await busy(protected_hosts=("lab00",))
    outcome = await user.one(Cancel(label("tst100"), method=Method.PAUSE))
    assert outcome.trouble.code == "declined"
    assert len(user.questions) == 1
    assert "protected" in user.questions[0].text


async def test_init_of_a_guest_that_no_ssh_reaches_is_told_with_another_way(busy, label):
    user = await busy()
    outcome = await user.one(Cancel(label("tst100"), method=Method.INIT, runlevel="0"))
    assert (outcome.ok, outcome.trouble.code) == (False, "unsupported")
    assert "POWEROFF" in outcome.trouble.cure
    assert domains(user) == ["tst100", "tst101"]


async def test_a_simulated_host_is_never_stopped_itself(busy, label):
    user = await busy()
    user.answers = ["yes"]
    outcome = await user.one(Cancel(Address(all=True), delay=0, include_host=True))
    assert (outcome.ok, outcome.trouble.code, outcome.ran) == (False, "unsupported", ())
    assert user.questions == []
    assert domains(user) == ["tst100", "tst101"]


def test_the_host_itself_is_always_asked_for():
    target = Target("lab00", Cancel(Address(label="a"), include_host=True))
    stop = Stop(Call(None, target), target.request, ())
    asked = question([stop], ())
    assert asked is not None
    assert "the host itself" in asked.detail
    assert question([Stop(stop.call, Cancel(Address(label="a")), ())], ()) is None


async def test_clients_end_and_the_guest_runs_on(busy, label, tmp_path):
    user = await busy()
    sleepers = [await asyncio.create_subprocess_exec("sleep", "300") for _ in range(2)]
    try:
        mine, other = Client("lab00", "tst100", "CLI"), Client("lab00", "tst101", "CLI")
        with (
            registered(tmp_path / "state", mine, sleepers[0].pid),
            registered(tmp_path / "state", other, sleepers[1].pid),
        ):
            outcome = await user.one(Cancel(label("tst100"), side=Side.CLIENT))
            assert outcome.ok
            assert await asyncio.wait_for(sleepers[0].wait(), 10) == -signal.SIGTERM
            assert sleepers[1].returncode is None
            again = await user.one(Create(label("tst101"), attach=Attach.RECONNECT, console=ConsoleKind.NONE))
            assert again.ok
            assert await asyncio.wait_for(sleepers[1].wait(), 10) == -signal.SIGTERM
    finally:
        for sleeper in sleepers:
            if sleeper.returncode is None:
                sleeper.kill()
                await sleeper.wait()
    assert domains(user) == ["tst100", "tst101"]


@pytest.mark.parametrize("method", [Method.RESET, Method.SUSPEND])
async def test_what_needs_the_file_is_refused_for_copies_that_cannot_be_told_apart(busy, label, method):
    user = await busy()
    conf = user.lab.host("lab00").conf("tst100")
    backup = user.lab.host("lab00").home / "backup"
    backup.mkdir()
    shutil.copy(conf, backup / "tst100.conf")
    outcome = await user.one(Cancel(label("tst100"), method=method))
    assert (outcome.trouble.code, outcome.ran) == ("ambiguous", ())
    uuid = "6842caf91e3e43249ed596b8b9f2c5c2"
    assert outcome.trouble.choices == (
        f"f:backup/tst100.conf (running, lab00:{backup}/tst100.conf, uuid {uuid})",
        f"f:tst100/tst100.conf (running, lab00:{conf}, uuid {uuid})",
    )
    assert domains(user) == ["tst100", "tst101"]
    assert (await user.one(Cancel(Address(filename="tst100/tst100.conf"), method=method))).ok


async def test_a_name_that_another_copy_uses_is_not_started_twice(busy):
    user = await busy()
    conf = user.lab.host("lab00").conf("tst100")
    other = user.lab.host("lab00").home / "other" / "tst100.conf"
    other.parent.mkdir()
    other.write_text(conf.read_text().replace(str(conf.parent), str(other.parent)))
    outcome = await user.one(Create(Address(pathname=str(other)), console=ConsoleKind.NONE))
    assert (outcome.trouble.code, outcome.ran) == ("exists", ())
    assert str(other) in outcome.trouble.words


async def test_read_only_changes_nothing_at_all(busy, label):
    user = await busy(read_only=True)
    for method in Method:
        outcome = await user.one(Cancel(label("tst100"), method=method, delay=0))
        assert (outcome.ok, outcome.trouble.code, outcome.ran) == (False, "read-only", ())
    started = await user.one(Create(label("tst104"), console=ConsoleKind.NONE))
    assert started.trouble.code == "read-only"
    assert domains(user) == ["tst100", "tst101"]
    assert (await user.one(List())).ok


async def test_a_full_disk_keeps_the_guest_and_no_half_state(busy, label):
    user = await busy()
    user.lab.host("lab00").faults.set("full")
    outcome = await user.one(Cancel(label("tst100"), method=Method.SUSPEND))
    assert (outcome.ok, outcome.trouble.code) == (False, "command-failed")
    assert "space" in outcome.trouble.words.lower()
    assert "room" in outcome.trouble.cure
    assert outcome.state in ("running", "blocked")
    assert not user.lab.host("lab00").conf("tst100").with_name("tst100.stat").exists()


async def test_a_cancelled_shutdown_says_what_is(busy, label):
    user = await busy()
    user.lab.host("lab00").faults.set("slow", 60, "shutdown")
    work = asyncio.create_task(user.run(Cancel(label("tst100"), delay=60)))
    await user.step("shutting down")
    work.cancel()
    outcome = await work
    assert outcome.cancelled
    assert outcome.exit_status == 1
    (target,) = outcome.targets
    assert target.state in ("running", "blocked")
    assert target.ran[0].endswith("shutdown tst100")
    assert "tst100 is" in target.trouble.cure


async def test_a_cancel_while_the_user_is_asked_changes_nothing(busy):
    user = await busy()
    asked = asyncio.Event()

    async def never(question):
        asked.set()
        await asyncio.Event().wait()

    user.ask = never
    work = asyncio.create_task(user.run(Cancel(Address(all=True), delay=0)))
    async with asyncio.timeout(20):
        await asked.wait()
    work.cancel()
    outcome = await work
    assert outcome.cancelled
    assert domains(user) == ["tst100", "tst101"]


async def test_a_guest_that_takes_no_notice_of_the_shutdown_is_destroyed_after_the_delay(desk):
    """The real xl waits a minute for the guest's acknowledgement (seen with a GRUB that is no Linux)."""
    user = desk()
    assert (await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))).ok
    user.lab.host("lab00").faults.set("slow", 60, "xl shutdown")
    gone = await user.one(Cancel(Address(label="tst100"), delay=1))
    assert gone.ok, gone.trouble
    assert gone.state == "absent"
    assert [line.split()[-2] for line in gone.ran] == ["shutdown", "destroy"]
