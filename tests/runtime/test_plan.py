"""Plans: what would run, from what is known; nothing is asked of any host."""

import pytest

from ctys_ls.facts import Facts, Guest, Host
from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    Invocation,
    Kept,
    List,
    Method,
    Privilege,
    Show,
    Target,
)
from ctys_ls.runtime.plan import plan

PATH = "/home/acue/xen/tst 100/tst100.conf"
FACTS = Facts(
    hosts=(Host("lab00", "xl"), Host("old00", "xm")),
    guests=(
        Guest("lab00", "tst100", PATH, "a" * 32, running=True),
        Guest("lab01", "tst100", "/x/tst100.conf"),
    ),
)


def steps(request, host="lab00", privilege=Privilege(), facts=FACTS, **options):  # noqa: B008 - it is frozen
    (target,) = plan(Invocation((Target(host, request, privilege=privilege),), **options), facts).targets
    return target


def commands(target):
    return [step.command for step in target.steps if step.command]


def test_a_known_guest_is_planned_to_the_letter():
    target = steps(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    assert commands(target) == [f"xl create '{PATH}'"]
    assert target.unknown == ()
    assert target.title == "CREATE l:tst100"


def test_rights_stand_in_front_and_in_words():
    target = steps(
        Create(Address(label="tst100"), console=ConsoleKind.NONE), privilege=Privilege(ksu=True, sudo=True)
    )
    (command,) = commands(target)
    assert command.startswith("ksu -q -e /bin/sh -c ")
    assert command.endswith(f" sh xl create '{PATH}'")
    assert target.privilege == "as root, else ksu, then sudo, then without raised rights"


def test_what_only_the_host_knows_is_named():
    target = steps(Create(Address(label="nosuch"), console=ConsoleKind.NONE), host="far")
    assert any("far" in text and "toolstack" in text for text in target.unknown)
    assert any("l:nosuch" in text for text in target.unknown)


def test_an_ambiguous_address_would_be_refused():
    facts = Facts(guests=(Guest("lab00", "g", "/a/g.conf"), Guest("lab00", "g", "/b/g.conf")))
    target = steps(Cancel(Address(label="g")), facts=facts)
    assert any("/a/g.conf, /b/g.conf" in text and "refused" in text for text in target.unknown)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Cancel(Address(label="tst100"), delay=0), ["xl destroy tst100"]),
        (Cancel(Address(label="tst100")), ["xl shutdown tst100", "xl destroy tst100"]),
        (Cancel(Address(label="tst100"), method=Method.PAUSE), ["xl pause tst100"]),
        (Cancel(Address(label="tst100"), method=Method.REBOOT), ["xl reboot tst100"]),
        (Cancel(Address(label="tst100"), method=Method.RESET), ["xl destroy tst100", f"xl create '{PATH}'"]),
        (
            Cancel(Address(label="tst100"), method=Method.SUSPEND),
            ["xl save tst100 '/home/acue/xen/tst 100/tst100.stat'"],
        ),
        (
            Create(Address(label="tst100"), attach=Attach.RESUME, console=ConsoleKind.EMACS),
            [
                "xl unpause tst100",
                "xl restore '/home/acue/xen/tst 100/tst100.stat'",
                # Restored a second time, the old memory would meet newer disks.
                "rm -f -- '/home/acue/xen/tst 100/tst100.stat'",
                "xl console tst100",
            ],
        ),
        (List(), ["xl list -v"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_commands_of_each_method(request_, expected):
    assert commands(steps(request_)) == expected


def test_an_old_host_is_planned_with_its_own_tool():
    assert commands(steps(Cancel(Address(label="g"), delay=0), host="old00")) == ["xm destroy g"]


@pytest.mark.parametrize("request_", [Enumerate(), Show(), Info()])
def test_what_only_reads_says_so_in_words(request_):
    target = steps(request_)
    assert target.steps
    assert target.title == type(request_).__name__.upper()


def test_a_plan_prints_its_targets_in_order():
    made = plan(
        Invocation((Target("lab00", List()), Target("lab01", List())), parallel=False, detach=False), FACTS
    )
    assert made.order == "sequential"
    assert [line for line in str(made).splitlines() if line[0].isdigit()] == [
        "1. lab00: LIST (as root, else without raised rights)",
        "2. lab01: LIST (as root, else without raised rights)",
    ]


def test_a_plan_says_what_is_taken_from_earlier_answers_and_what_is_kept():
    asked = steps(List()).steps
    served = steps(List(), kept=Kept(lifetime=60, keep="KEEP", source="/a", sink="/b")).steps
    assert [step.text.split(",")[0] for step in served] == [
        "take the answer in the file /a",
        "take an answer that an earlier call has kept",
        asked[0].text.split(",")[0],
        "keep the answer for later calls",
        "write the answers to the file /b",
    ]
    only = steps(List(), kept=Kept(lifetime=20, only=True))
    assert [step.text for step in only.steps] == [
        "take the answer that an earlier call has kept; the host is not asked"
    ]
    assert commands(only) == []
    create = Create(Address(label="tst100"), console=ConsoleKind.NONE)
    assert steps(create, kept=Kept(lifetime=20, keep="KEEP")).steps == steps(create).steps
