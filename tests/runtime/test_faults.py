"""Every way in which a host can fail: the host, the act, its words, the cure; the others are not held up."""

import asyncio

import pytest

from ctys_ls.lab import Lab
from ctys_ls.lab.faults import PASSWORD
from ctys_ls.lab.threaded import running
from ctys_ls.languages.reading import READERS
from ctys_ls.requests import Address, Cancel, ConsoleKind, Create, Invocation, List, Privilege, Target
from ctys_ls.runtime.api import Ask, Config, HostState
from ctys_ls.runtime.engine import make_engine

START = Create(Address(label="tst100"), console=ConsoleKind.NONE)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (("refused",), "refused", ""),
        (("silent",), "timeout", "1 s"),
        (("dropped",), "dropped", ""),
        (("garbage",), "garbage", ""),
        (("changed-key",), "host-key", "CHANGED"),
        (("unknown-key",), "host-key", "not accepted"),
        # The lab takes its own xl away; a machine with xen-utils has another one, which says that this is no Xen host.
        (("missing",), "tool-missing", ""),
        (("denied",), "privilege", "plain:"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
async def test_each_fault_is_told_with_host_act_words_and_cure(desk, fault, code, words):
    user = desk(connect_timeout=1.0)
    user.lab.host("lab00").faults.set(*fault)
    for request in (START, List(), Cancel(Address(label="tst100"), delay=0)):
        outcome = await user.one(request)
        assert not outcome.ok
        problem = outcome.trouble
        assert (problem.code, problem.host) == (code, "lab00"), problem
        assert words in problem.words
        assert problem.act
        assert problem.cure
        assert outcome.ran == ()
    assert not user.lab.host("lab00").domains
    user.lab.host("lab00").faults.clear()
    assert (await user.one(START)).ok


async def test_a_connection_cut_in_the_middle_of_an_act_tells_what_became_of_it(desk):
    user = desk()
    user.lab.host("lab00").faults.set("dropped", 0, "xl create")
    outcome = await user.one(START)
    assert outcome.trouble.code == "dropped"
    assert "create" in outcome.ran[0]
    expected = "absent" if not user.lab.host("lab00").domains else ("running", "blocked")
    assert outcome.state in expected


async def test_output_cut_in_the_middle_of_a_look_is_looked_at_again(desk):
    user = desk()
    assert (await user.one(List())).ok
    user.lab.host("lab00").cut_connections()
    assert (await user.one(List())).ok


async def test_ksu_and_sudo_are_tried_in_order(desk):
    user = desk()
    faults = user.lab.host("lab00").faults
    faults.set("denied", "plain")
    started = await user.one(START, privilege=Privilege(ksu=True, sudo=True))
    assert started.ran[0].startswith("ksu -q -e ")
    faults.set("denied", "ksu")
    stopped = await user.one(
        Cancel(Address(label="tst100"), delay=0), privilege=Privilege(ksu=True, sudo=True)
    )
    assert stopped.ran[0].startswith("sudo -n -- ")
    faults.set("denied", "all")
    refused = await user.one(START, privilege=Privilege(ksu=True, sudo=True))
    assert refused.trouble.code == "privilege"
    assert all(way in refused.trouble.words for way in ("ksu:", "sudo:", "plain:"))


async def test_the_table_uses_the_rights_that_worked(desk):
    user = desk()
    user.lab.host("lab00").faults.set("denied", "plain")
    (refused,) = await user.engine.refresh(("lab00",), user.ask)
    assert refused.status.state is HostState.FAILED
    assert (await user.one(List(), privilege=Privilege(ksu=True))).ok
    (shown,) = await user.engine.refresh(("lab00",), user.ask)
    assert shown.status.state is HostState.OK
    await user.engine.close()
    (later,) = await desk().engine.refresh(("lab00",), user.ask)
    assert later.status.state is HostState.OK


async def test_a_password_is_asked_for_once_and_shows_up_nowhere(desk):
    user = desk()
    user.lab.host("lab00").faults.set("denied", "password")
    user.answers = ["wrong", PASSWORD]
    started = await user.one(START, privilege=Privilege(ksu=True, sudo=True))
    assert started.ok, started.trouble
    assert [question.kind for question in user.questions] == [Ask.PASSWORD, Ask.PASSWORD]
    assert all(question.secret for question in user.questions)
    stopped = await user.one(Cancel(Address(label="tst100"), delay=0), privilege=Privilege(sudo=True))
    assert stopped.ok, stopped.trouble
    assert len(user.questions) == 2
    said = repr((started, stopped, user.steps, user.engine.facts()))
    assert PASSWORD not in said.replace("simulated hosts", "")


async def test_a_refused_password_is_told(desk):
    user = desk()
    user.lab.host("lab00").faults.set("denied", "password")
    outcome = await user.one(START, privilege=Privilege(sudo=True))
    assert outcome.trouble.code == "privilege"
    assert "password" in outcome.trouble.words
    assert len(user.questions) == 1


async def test_an_accepted_key_is_remembered(desk):
    user = desk()
    user.lab.host("lab00").faults.set("unknown-key")
    user.answers = ["yes"]
    assert (await user.one(List())).ok
    (question,) = user.questions
    assert question.kind is Ask.HOST_KEY
    assert "SHA256:" in question.detail
    known = (user.lab.root / "known_hosts").read_text()
    assert user.lab.host("lab00").public_key in known


async def test_a_silent_host_among_ten_holds_up_nobody(tmp_path):
    names = tuple(f"host{number}" for number in range(10))
    with running(Lab(names)) as thread:
        engine = make_engine(
            Config(ssh_config=thread.lab.ssh_config, connect_timeout=4.0, state_dir=tmp_path),
            READERS,
            home=tmp_path,
        )
        thread.lab.host("host3").faults.set("silent")
        told = {}
        loop = asyncio.get_running_loop()
        start = loop.time()
        done = asyncio.Event()

        def listener(change):
            told.setdefault(change.status.host, (change.status.state.value, loop.time() - start))
            if len(told) == len(names):
                done.set()

        async def nobody(question):
            return None

        stop = engine.subscribe(names, listener)
        async with asyncio.timeout(30):
            await done.wait()
        stop()
        assert told.pop("host3")[0] == "unreachable"
        assert {state for state, _ in told.values()} == {"ok"}
        assert max(seconds for _, seconds in told.values()) < 4.0
        outcome = await engine.run(
            Invocation(tuple(Target(name, List()) for name in names)), lambda step: None, nobody
        )
        assert outcome.exit_status == 1
        assert [target.host for target in outcome.targets if not target.ok] == ["host3"]
        assert outcome.text.count("Domain-0") == 9
        await engine.close()


async def test_a_failure_under_ksu_is_one(desk):
    """ksu itself ends with 0 whatever its command ended with; so does the stand-in."""
    user = desk()
    user.lab.host("lab00").faults.set("denied", "plain")
    conf = user.lab.host("lab00").home / "xen/tst-ctys/tst100/tst100.conf"
    conf.write_text(conf.read_text().replace("kernel =", "kernel = '/nosuch' #"))
    failed = await user.one(START, privilege=Privilege(ksu=True))
    assert not failed.ok
    assert (failed.trouble.code, failed.state) == ("command-failed", "absent")
    assert "/nosuch" in failed.trouble.words
