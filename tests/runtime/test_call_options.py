"""Options of the call as a whole, typed as a command line: stacks, -A, -b, -c, -C, DBRECORD, and the waits of CREATE."""

import asyncio
import shutil

import pytest

from ctys_ls.languages.cmdline.build import build
from ctys_ls.requests import Address, ConsoleKind, Create, Wait


@pytest.fixture
def typed(desk):
    """Run a command line as typed: the user and the outcome."""
    user = desk()

    async def run(line):
        (call,) = build(line, user.engine.facts(), {}).invocations
        return await user.engine.run(call, user.report, user.ask)

    run.user = user
    return run


def running(user, host="lab00"):
    return sorted(user.lab.host(host).domains)


def steps(user, words):
    return [step.host for step in user.steps if words in step.message]


STACK = (
    "ctys -t xen VMSTACK'{ lab00(-a create=l:tst100,console:none) lab01(-a create=l:tst101,console:none) }'"
)


async def test_a_stack_waits_for_each_level_before_the_next(typed):
    outcome = await typed(STACK)
    assert [target.ok for target in outcome.targets] == [True, True]
    user = typed.user
    answered = [number for number, step in enumerate(user.steps) if "tst100 to answer" in step.message]
    above = next(number for number, step in enumerate(user.steps) if step.host == "lab01")
    assert {"ping", "ssh"} == {user.steps[number].message.split()[5] for number in answered}
    assert max(answered) < above
    assert steps(user, "tst101 to answer") == []


async def test_above_a_level_that_fails_nothing_begins(typed):
    outcome = await typed(STACK.replace("l:tst100", "l:nosuch"))
    assert [target.trouble.code for target in outcome.targets] == ["not-found", "declined"]
    assert "lab00 failed" in outcome.targets[1].trouble.words
    assert running(typed.user, "lab01") == []
    assert steps(typed.user, "") == steps(typed.user, "looking for l:nosuch")


async def test_a_failing_stack_costs_no_other_target(typed):
    line = STACK.replace("l:tst100", "l:nosuch") + " lab01'(-a create=l:tst100,console:none)'"
    outcome = await typed(line + " VMSTACK'{ lab00(-a create=l:tst101,console:none) }'")
    assert [target.ok for target in outcome.targets] == [False, False, True, True]
    assert (running(typed.user), running(typed.user, "lab01")) == (["tst101"], ["tst100"])


async def test_a_stack_that_is_cancelled_asks_once_for_all_its_levels(typed):
    await typed(STACK)
    typed.user.answers = ["no"]
    cancelled = STACK.replace("create=", "cancel=").replace(",console:none", ",poweroff:0")
    outcome = await typed(cancelled)
    (question,) = typed.user.questions
    assert {"lab00: tst100 POWEROFF", "lab01: tst101 POWEROFF"} == set(question.detail.splitlines())
    assert running(typed.user) == ["tst100"]
    assert [target.trouble.code for target in outcome.targets] == ["declined", "declined"]


async def test_a_level_that_does_not_answer_ends_the_stack(typed):
    conf = typed.user.lab.host("lab00").conf("tst100")
    typed.user.lab.host("lab00").faults.set("missing", "ping")
    # 192.0.2.0/24 is for documentation: nobody answers there, whichever ping is found.
    conf.write_text(conf.read_text().replace("192.168.1.220", "192.0.2.7"))
    outcome = await typed(STACK.replace("l:tst100", "l:tst100,ping:1%%0"))
    assert [target.trouble.code for target in outcome.targets] == ["timeout", "declined"]
    assert running(typed.user) == ["tst100"]
    assert running(typed.user, "lab01") == []


async def test_several_copies_and_minus_a_take_the_first_and_say_so(typed):
    conf = typed.user.lab.host("lab00").conf("tst100")
    backup = typed.user.lab.host("lab00").home / "backup" / "tst100.conf"
    backup.parent.mkdir()
    shutil.copy(conf, backup)
    refused = await typed("ctys -t xen -a create=l:tst100,console:none lab00")
    assert refused.targets[0].trouble.code == "ambiguous"
    outcome = await typed("ctys -t xen -A 1 -a create=l:tst100,console:none lab00")
    (target,) = outcome.targets
    assert target.ok
    assert target.ran[0].endswith(f"create {backup}")
    assert f"note: -A: l:tst100 fits 2 guests, the first one is taken and not {conf}" in target.text


async def test_a_record_of_another_host_is_refused_by_name(typed):
    await typed("ctys -a enumerate lab00 lab01")
    outcome = await typed("ctys -t xen -a create=dbrecord:4,console:none lab00")
    (target,) = outcome.targets
    assert target.trouble.code == "not-found"
    assert target.trouble.words == "it is tst101, a guest of lab01"
    assert (await typed("ctys -t xen -a create=dbrecord:4,console:none lab01")).exit_status == 0
    assert running(typed.user, "lab01") == ["tst101"]


async def test_with_only_nothing_but_the_inventory_is_searched(typed):
    line = "ctys -t xen -c both,only -a create=l:tst100,console:none lab00"
    (unknown,) = (await typed(line)).targets
    assert (unknown.trouble.code, unknown.ran) == ("not-found", ())
    assert "ctys -a enumerate lab00" in unknown.trouble.cure
    await typed("ctys -a enumerate lab00")
    copy = typed.user.lab.host("lab00").home / "new" / "tst100.conf"
    copy.parent.mkdir()
    shutil.copy(typed.user.lab.host("lab00").conf("tst100"), copy)
    # A search would find the copy and call it ambiguous.
    assert (await typed(line)).exit_status == 0


async def test_a_kept_answer_serves_as_long_as_the_line_allows(typed):
    user = typed.user
    before = await typed("ctys -t xen -a list lab00")
    user.lab.host("lab00").faults.set("refused")
    user.lab.host("lab00").cut_connections()
    kept = await typed("ctys -t xen -C on,lifetime:600 -a list lab00")
    assert kept.text == before.text
    assert (await typed("ctys -t xen -C only -a list lab00")).text == before.text
    assert (await typed("ctys -t xen -a list lab00")).exit_status == 1
    assert (await typed("ctys -t xen -C off -a list lab00")).exit_status == 1
    (none,) = (await typed("ctys -t xen -C only -a list lab01")).targets
    assert none.trouble.code == "not-found"
    assert "forbids" in none.trouble.words


async def test_bypassing_the_cache_asks_the_host(typed):
    await typed("ctys -a enumerate lab00")
    conf = typed.user.lab.host("lab00").conf("tst101")
    conf.write_text(conf.read_text().replace("192.168.1.221", "10.7.7.7"))
    await typed("ctys -t xen -a create=l:tst101,console:none lab00")
    await typed("ctys -t xen -a list lab00")
    conf.write_text(conf.read_text().replace("10.7.7.7", "10.8.8.8"))
    line = "ctys -t xen -a list=tcp,label{} lab00"
    kept = (await typed(line.format(""))).text
    assert "10.7.7.7;tst101" in kept
    assert "10.8.8.8;tst101" in (await typed("ctys -t xen -c off -C off -a list=tcp,label lab00")).text


@pytest.mark.parametrize("background", ["sync", "async", "0", "1"])
@pytest.mark.parametrize("order", ["seq", "par", "2", "3"])
async def test_every_mode_gives_every_target_its_outcome(typed, background, order):
    line = f"ctys -t xen -b {background},{order} -a list lab00 lab01"
    (call,) = build(line, typed.user.engine.facts(), {}).invocations
    assert call.detach is (background in ("async", "1"))
    assert call.parallel is (order in ("par", "3"))
    outcome = await typed(line)
    assert [target.ok for target in outcome.targets] == [True, True]


async def test_one_after_the_other_and_all_at_once(typed):
    for host in ("lab00", "lab01"):
        typed.user.lab.host(host).faults.set("slow", 0.5, "create")
    create = "-a create=l:{},console:none"
    await typed(
        f"ctys -t xen -b sync,seq lab00'({create.format('tst100')})' lab01'({create.format('tst100')})'"
    )
    hosts = [step.host for step in typed.user.steps]
    assert hosts == sorted(hosts)
    typed.user.steps.clear()
    await typed(
        f"ctys -t xen -b sync,par lab00'({create.format('tst101')})' lab01'({create.format('tst101')})'"
    )
    hosts = [step.host for step in typed.user.steps]
    assert hosts != sorted(hosts)


async def test_a_guest_without_a_tag_is_waited_for_where_the_bridge_sees_it(desk):
    user = desk()
    conf = user.lab.host("lab00").conf("tst100")
    text = (
        conf.read_text()
        .replace('#@#IP0 = "192.168.1.220"\n', "")
        .replace('extra = "', 'extra = "ip4=10.1.2.3 ')
    )
    conf.write_text(text)
    request = Create(Address(label="tst100"), console=ConsoleKind.NONE, ping=Wait(40, 1), sshping=Wait(5, 1))
    outcome = await user.one(request)
    assert outcome.ok, outcome.trouble


async def test_a_guest_that_shows_no_address_is_told_and_runs(desk):
    user = desk()
    conf = user.lab.host("lab00").conf("tst100")
    conf.write_text(conf.read_text().replace('#@#IP0 = "192.168.1.220"\n', ""))
    outcome = await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE, ping=Wait(2, 0)))
    assert outcome.trouble.code == "timeout"
    assert "no address of it was seen" in outcome.trouble.words
    assert "#@#IP0" in outcome.trouble.cure
    assert running(user) == ["tst100"]


async def test_the_users_number_of_seconds_is_honoured(desk):
    user = desk()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert (await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE, waits=2))).ok
    assert loop.time() - begun >= 2
    assert steps(user, "waiting 2 s for tst100") == ["lab00"]


async def test_two_guests_under_one_address_are_stopped_together_with_minus_a(typed):
    user = typed.user
    for label in ("tst100", "tst101"):
        await typed(f"ctys -t xen -a create=l:{label},console:none lab00")
    home = user.lab.host("lab00").home
    for label in ("tst100", "tst101"):
        (home / label).mkdir()
        shutil.copy(user.lab.host("lab00").conf(label), home / label / "same.conf")
    user.answers = ["yes"]
    outcome = await typed("ctys -t xen -A 1 -a cancel=f:same.conf,poweroff:0 lab00")
    assert outcome.exit_status == 0, outcome.targets[0].trouble
    assert len(user.questions) == 1
    assert running(user) == []
