"""CREATE on simulated hosts: every address form, attaching, resuming, consoles; the effect is asked of the host."""

import shutil

import pytest

from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Invocation,
    Locality,
    Method,
    Target,
    Wait,
)

UUID = "6842caf91e3e43249ed596b8b9f2c5c2"


def start(address, **options):
    return Create(address, console=options.pop("console", ConsoleKind.NONE), **options)


@pytest.mark.parametrize(
    "parts",
    [
        {"label": "tst100"},
        {"filename": "tst100/tst100.conf"},
        {"filename": "xen/tst-ctys/tst100/tst100.conf"},
        {"uuid": UUID},
        {"mac": "00:50:56:13:11:40"},
        {"tcp": "192.168.1.220"},
        {"label": "tst100", "basepath": ("xen",)},
        {"label": "tst100", "uuid": UUID, "mac": "00:50:56:13:11:40", "tcp": "192.168.1.220"},
    ],
    ids=str,
)
async def test_every_form_of_address_starts_its_guest(desk, parts):
    user = desk()
    outcome = await user.one(start(Address(**parts)))
    assert outcome.ok, outcome.trouble
    assert list(user.lab.host("lab00").domains) == ["tst100"]
    conf = user.lab.host("lab00").conf("tst100")
    assert [line.split()[-2:] for line in outcome.ran] == [["create", str(conf)]]
    assert "tst100 started on lab00" in outcome.text


async def test_a_path_names_one_file(desk):
    user = desk()
    conf = user.lab.host("lab00").conf("tst101")
    assert (await user.one(start(Address(pathname=str(conf))))).ok
    assert list(user.lab.host("lab00").domains) == ["tst101"]


async def test_several_folders_are_searched_and_all_must_be_there(desk):
    user = desk()
    host = user.lab.host("lab00")
    other = host.home / "other" / "tst101"
    shutil.copytree(host.conf("tst101").parent, other)
    (host.home / "empty").mkdir()

    def named(label, *folders):
        return start(Address(label=label, basepath=folders))

    assert (await user.one(named("tst100", "empty", "xen"))).ok
    assert list(host.domains) == ["tst100"]
    both = await user.one(named("tst101", "other", "xen"))
    assert both.trouble.code == "ambiguous"
    shortest = {choice.partition(" (")[0] for choice in both.trouble.choices}
    assert shortest == {"f:other/tst101/tst101.conf", "f:tst-ctys/tst101/tst101.conf"}
    assert (await user.one(named("tst101", "empty", "other"))).ok
    gone = await user.one(named("tst100", "xen", "nowhere"))
    assert (gone.trouble.code, "nowhere" in gone.trouble.words) == ("not-found", True)


async def test_a_running_guest_is_not_started_twice_but_attached(desk, label):
    user = desk()
    assert (await user.one(start(label("tst100")))).ok
    again = await user.one(start(label("tst100")))
    assert (again.ok, again.trouble.code, again.ran) == (False, "exists", ())
    assert "REUSE" in again.trouble.cure
    for attach in (Attach.CONNECT, Attach.REUSE, Attach.RECONNECT):
        outcome = await user.one(Create(label("tst100"), attach=attach, console=ConsoleKind.EMACSAM))
        assert outcome.ok
        assert outcome.ran == ()
        taken = ("--take",) if attach is Attach.RECONNECT else ()
        assert outcome.console.argv[3:] == ("console", "--kind", "EMACSAM", *taken, "lab00/tst100")
        assert outcome.console.shell_argv[3:] == ("console", "--shell", "--kind", "EMACSAM", "lab00")
        assert outcome.console.env["CTYS_SSH_CONFIG"] == str(user.lab.ssh_config)
        assert (outcome.console.guest_buffer, outcome.console.host_buffer) == ("tst100", "lab00")


async def test_attaching_to_a_guest_that_runs_searches_for_no_files(desk, label):
    user = desk()
    await user.one(start(label("tst100")))
    other = desk()
    # The inventory of earlier looks is known; what this look brings is what counts.
    shutil.rmtree(user.lab.host("lab00").home / "xen")
    assert (await other.one(start(label("tst100"), attach=Attach.CONNECT))).ok
    assert (await other.one(start(label("tst101"), attach=Attach.CONNECT))).trouble.code == "not-found"


async def test_a_record_of_the_inventory_names_its_file(desk):
    user = desk()
    unknown = await user.one(start(Address(dbrecord=1)))
    assert unknown.trouble.code == "not-found"
    assert "enumerate" in unknown.trouble.cure
    await user.run(Enumerate())
    assert (await user.one(start(Address(dbrecord=1)))).ok
    assert list(user.lab.host("lab00").domains) == ["tst101"]
    stopped = await user.one(Cancel(Address(dbrecord=1), delay=0))
    assert stopped.ok
    assert not user.lab.host("lab00").domains


async def test_server_only_opens_no_console(desk, label):
    user = desk()
    request = Create(label("tst100"), console=ConsoleKind.EMACS)
    target = Target("lab00", request, locality=Locality.SERVER)
    (outcome,) = (
        await user.engine.run(Invocation((target,), message="hello"), user.report, user.ask)
    ).targets
    assert outcome.ok
    assert outcome.console is None


async def test_a_guest_that_answers_is_waited_for(desk, label):
    user = desk()
    outcome = await user.one(start(label("tst100"), ping=Wait(20, 1)))
    assert outcome.ok, outcome.trouble
    assert any("to answer ping" in step.message for step in user.steps)


async def test_a_guest_that_does_not_answer_in_time_is_told_and_runs(desk, label):
    user = desk()
    user.lab.host("lab00").faults.set("missing", "ping")
    path = user.lab.host("lab00").conf("tst100")
    # 192.0.2.0/24 is for documentation: nobody answers there, whichever ping is found.
    path.write_text(path.read_text().replace("192.168.1.220", "192.0.2.77"))
    outcome = await user.one(start(label("tst100"), ping=Wait(1, 0)))
    assert (outcome.ok, outcome.trouble.code) == (False, "timeout")
    assert outcome.state in ("running", "blocked")
    assert list(user.lab.host("lab00").domains) == ["tst100"]


async def test_suboptions_that_have_no_effect_are_named(desk, label):
    user = desk()
    outcome = await user.one(start(label("tst100"), bootmode="KERNEL", instmode=("CD",)))
    assert "BOOTMODE, INSTMODE not used" in outcome.text


async def test_reuse_starts_what_does_not_run_and_connect_does_not(desk, label):
    user = desk()
    refused = await user.one(start(label("tst100"), attach=Attach.CONNECT))
    assert (refused.trouble.code, refused.state) == ("not-running", "absent")
    assert (await user.one(start(label("tst100"), attach=Attach.REUSE))).ok
    assert list(user.lab.host("lab00").domains) == ["tst100"]


async def test_a_paused_guest_goes_on(desk, label):
    user = desk()
    await user.one(start(label("tst100")))
    paused = await user.one(Cancel(label("tst100"), method=Method.PAUSE))
    assert (paused.ok, paused.state) == (True, "paused")
    resumed = await user.one(start(label("tst100"), attach=Attach.RESUME))
    assert resumed.ok
    assert resumed.state in ("running", "blocked")
    assert resumed.ran[-1].endswith("unpause tst100")


async def test_a_suspended_guest_is_restored_from_beside_its_file(desk, label):
    user = desk()
    await user.one(start(label("tst100")))
    saved = await user.one(Cancel(label("tst100"), method=Method.SUSPEND))
    state = user.lab.host("lab00").conf("tst100").with_name("tst100.stat")
    assert (saved.ok, saved.state) == (True, "absent")
    assert state.exists()
    restored = await user.one(start(label("tst100"), attach=Attach.RESUME))
    assert restored.ok
    assert restored.ran[0].endswith(f"restore {state}")
    assert list(user.lab.host("lab00").domains) == ["tst100"]


async def test_a_state_file_can_be_named(desk, label):
    user = desk()
    await user.one(start(label("tst100")))
    await user.one(Cancel(label("tst100"), method=Method.SUSPEND))
    state = user.lab.host("lab00").conf("tst100").with_name("tst100.stat")
    state.rename(state.with_name("mystate.stat"))
    assert (await user.one(start(label("tst100"), attach=Attach.RESUME))).trouble.code == "not-found"
    assert (await user.one(start(label("tst100"), attach=Attach.RESUME, resume_file="mystate.stat"))).ok
    assert state.with_name("mystate.stat").exists()


async def test_a_restored_state_is_not_used_twice(desk, label):
    user = desk()
    await user.one(start(label("tst100")))
    await user.one(Cancel(label("tst100"), method=Method.SUSPEND))
    await user.one(start(label("tst100"), attach=Attach.RESUME))
    await user.one(Cancel(label("tst100"), delay=0))
    again = await user.one(start(label("tst100"), attach=Attach.RESUME))
    assert again.trouble.code == "not-found"
    assert "no saved state" in again.trouble.words


async def test_copies_are_ambiguous_and_each_is_named_shortly(desk, label):
    user = desk()
    home = user.lab.host("lab00").home
    (home / "backup").mkdir()
    shutil.copy(user.lab.host("lab00").conf("tst100"), home / "backup" / "tst100.conf")
    outcome = await user.one(start(label("tst100")))
    assert (outcome.ok, outcome.trouble.code) == (False, "ambiguous")
    assert outcome.trouble.choices == (
        f"f:backup/tst100.conf (not running, lab00:{home}/backup/tst100.conf, uuid {UUID})",
        f"f:tst100/tst100.conf (not running, lab00:{user.lab.host('lab00').conf('tst100')}, uuid {UUID})",
    )
    assert "f:backup/tst100.conf, f:tst100/tst100.conf" in outcome.trouble.words
    assert user.lab.host("lab00").domains == {}
    assert (await user.one(start(Address(label="tst100", filename="backup/tst100.conf")))).ok


async def test_a_misspelt_name_gets_the_near_ones(desk, label):
    user = desk()
    outcome = await user.one(start(label("tst1000")))
    assert outcome.trouble.code == "not-found"
    assert "tst100" in outcome.trouble.choices
    assert "Did you mean" in outcome.trouble.cure


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"pathname": "/no/such.conf"}, "no such file"),
        ({"label": "tst100", "basepath": ("nowhere",)}, "no such directory"),
    ],
)
async def test_a_place_that_is_not_there_is_named(desk, parts, words):
    outcome = await desk().one(start(Address(**parts)))
    assert outcome.trouble.code == "not-found"
    assert words in outcome.trouble.words


async def test_several_targets_run_at_once_or_in_turn(desk, label):
    user = desk()
    for parallel in (True, False):
        outcome = await user.run(
            start(label("tst100")), start(label("tst101")), hosts=("lab00", "lab01"), parallel=parallel
        )
        assert [target.ok for target in outcome.targets] == [True] * 4
        assert outcome.exit_status == 0
        for host in ("lab00", "lab01"):
            assert sorted(user.lab.host(host).domains) == ["tst100", "tst101"]
            assert (await user.run(Cancel(Address(all=True), delay=0), hosts=(host,))).targets
        user.answers = ["yes", "yes"]
        await user.run(Cancel(Address(all=True), delay=0), hosts=("lab00", "lab01"))
        assert not user.lab.host("lab00").domains


async def test_one_target_fails_and_the_other_is_done(desk, label):
    user = desk()
    outcome = await user.run(start(label("tst100")), start(label("nosuch")))
    assert [target.ok for target in outcome.targets] == [True, False]
    assert outcome.exit_status == 1
    assert "tst100 started" in outcome.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "bad\nkernel = "/x"\n', "config parsing error"),
        ('name = "bad"\nkernel = "/no/such/kernel"\nmemory = 64\n', "/no/such/kernel"),
        ('name = "bad"\nkernel = "/etc/hostname"\nmemory = 9999999\ndisk = []\n', "emory"),
    ],
)
async def test_a_bad_file_is_told_in_the_tools_words(desk, text, words):
    user = desk()
    path = user.lab.host("lab00").home / "bad.conf"
    path.write_text(text)
    outcome = await user.one(start(Address(pathname=str(path))))
    assert (outcome.ok, outcome.trouble.code) == (False, "command-failed")
    assert words in outcome.trouble.words
    assert "Destruction of domain failed" not in outcome.trouble.words
    assert outcome.state == "absent"
    assert outcome.trouble.cure
