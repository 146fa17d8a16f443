"""Machines in machines (VMSTACK), calls in calls (SUBTASK, SUBGROUP), and groups: who is called, in which order."""

import pytest
from languages.cmdline.lines import PAGE

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages import cmdline
from ctys_ls.languages.cmdline.definitions import read_group_text
from ctys_ls.requests import Cancel, Privilege, Wait
from ctys_ls.text import Position, apply_edits, slice_of

#: The wait between two levels (ctys-facts 3: PING and SSHPING are forced on; 4.1: 20 times 2 seconds).
WAIT = Wait(20, 2)


def targets(text: str, facts: Facts = NOTHING) -> list:
    built = cmdline.build(text, facts, {})
    assert built.problems == (), built.problems
    (call,) = built.invocations
    return list(call.targets)


def codes(text: str, facts: Facts = NOTHING) -> list[tuple[str, str]]:
    return [(one.code, slice_of([text], one.span)) for one in cmdline.check(cmdline.parse([text]), facts)]


def test_each_level_of_a_stack_is_started_in_the_one_below_and_waited_for() -> None:
    first, second = targets(
        "ctys -t xen -a create=reuse,CONSOLE:none VMSTACK'{ root@lab00 [vm0] [vm1](-t qemu -Z KSU) }'"
    )
    assert (first.destination, first.request.address.label, first.session_type) == (
        "root@lab00",
        "vm0",
        "XEN",
    )
    assert (second.destination, second.request.address.label, second.session_type) == ("vm0", "vm1", "QEMU")
    assert (first.request.ping, first.request.sshping) == (WAIT, WAIT)
    assert (second.request.ping, second.request.sshping) == (None, None), "nothing waits for the last one"
    assert first.request.attach == second.request.attach == "REUSE"
    assert (first.privilege, second.privilege) == (Privilege(), Privilege(ksu=True))
    assert first.stack == second.stack != 0


def test_waiting_cannot_be_switched_off_between_levels() -> None:
    first, _ = targets("ctys -t xen -a create=PING:OFF,WAITS:3 VMSTACK'{ lab00 [vm0] [vm1] }'")
    assert (first.request.ping, first.request.waits) == (WAIT, 3)


def test_a_host_does_what_its_own_context_says_before_its_guests() -> None:
    host, guest = targets("ctys -t xen -a create VMSTACK'{ lab00(-a show) [vm0] }'")
    assert type(host.request).__name__ == "Show"
    assert guest.request.address.label == "vm0"


def test_a_level_gives_its_own_address_up_for_the_one_in_brackets() -> None:
    (only,) = targets("ctys -t xen -a create=l:other,CONSOLE:vnc VMSTACK'{ lab00 [vm0] }'")
    assert (only.request.address.label, only.request.console) == ("vm0", "VNC")


def test_a_stack_is_cancelled_from_the_top() -> None:
    found = targets("ctys -t xen -a cancel=POWEROFF:0 VMSTACK'{ lab00 [vm0] [vm1] }'")
    assert [(one.host, one.request.address.label) for one in found] == [("vm0", "vm1"), ("lab00", "vm0")]
    assert all(isinstance(one.request, Cancel) for one in found)


def test_a_stack_runs_in_turn_and_two_stacks_are_told_apart() -> None:
    text = "ctys -t xen -a create VMSTACK'{ lab00 [a] [b] }' VMSTACK'{ lab01 [c] }'"
    (call,) = cmdline.build(text, NOTHING, {}).invocations
    assert (call.parallel, call.detach) == (False, False)
    one, two, other = call.targets
    assert one.stack == two.stack != other.stack


def test_a_stack_of_hosts_is_an_ordered_list() -> None:
    found = targets("ctys -t xen -a create=l:tst100 VMSTACK'{ lab00 lab01 }'")
    assert [(one.host, one.request.address.label) for one in found] == [
        ("lab00", "tst100"),
        ("lab01", "tst100"),
    ]


def test_calls_inside_calls_have_options_of_their_own() -> None:
    text = "ctys -t xen -a list SUBTASK'{ -a show -Z KSU lab00 SUBGROUP{ -Z NOKSU lab01 lab02 } }' lab03"
    found = targets(text)
    assert [(one.host, type(one.request).__name__, one.privilege.ksu) for one in found] == [
        ("lab00", "Show", True),
        ("lab01", "Show", False),
        ("lab02", "Show", False),
        ("lab03", "List", False),
    ]
    once = apply_edits(text, cmdline.format(cmdline.parse([text])))
    assert targets(once) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ctys -t xen -a create=reuse lab00 '[vm0]'", [("ctys.missing-address", "create"), ("ctys.nested-machine", "[vm0]")]),
        ("ctys -t xen -a create VMSTACK'{ [vm0] lab00 }'", [("ctys.nested-machine", "[vm0]")]),
        ("ctys -t xen -a create VMSTACK'{ lab00 [vm0 }'", [("ctys.stray-bracket", "[vm0")]),
        ("ctys -t xen -a create VMSTACK'{ lab00 [vm0](-Z KSV) }'", [("ctys.unknown-value", "KSV")]),
        ("ctys -t xen -a create=reuse VMSTACK'{ lab00 }'", [("ctys.missing-address", "create")]),
        ("ctys -t xen -a creat VMSTACK'{ lab00 [vm0] }'", [("ctys.unknown-action", "creat")]),
        ("ctys -t xen -a create VMSTACK'{ lab00 [vm0] }' lab01", [("ctys.missing-address", "create")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_marked(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(code, word) for code, word in codes(text) if code in {code for code, _ in expected}]
    assert found == expected


def test_a_level_is_checked_against_what_is_known_of_its_host() -> None:
    known = Facts(hosts=PAGE.hosts, guests=PAGE.guests, complete_hosts=frozenset({"lab00"}))
    assert codes("ctys -t xen -a create VMSTACK'{ lab00 [tst100] }'", known) == []
    text = "ctys -t xen -a create VMSTACK'{ lab00 [tst10] }'"
    (problem,) = cmdline.check(cmdline.parse([text]), known)
    assert (problem.code, slice_of([text], problem.span)) == ("ctys.unknown-label", "[tst10]")
    mended = {apply_edits(text, fix.edits) for fix in problem.fixes}
    assert mended == {text.replace("tst10", label) for label in ("tst100", "tst101")}


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("ctys -t xen -a create VMSTACK'{ |", False),
        ("ctys -t xen -a create VMSTACK'{ lab00 |", True),
        ("ctys -t xen -a create VMSTACK'{ lab00 [ts|] }'", True),
        ("ctys -t xen -a create SUBTASK'{ lab00 |", False),
        ("ctys -t xen -a create lab00 |", False),
    ],
)
def test_labels_in_brackets_are_offered_above_a_host(text: str, levels: bool) -> None:
    line = text.replace("|", "")
    found = cmdline.complete_line(line, text.index("|"), PAGE)
    assert found is not None
    assert ("[tst100]" in {choice.label for choice in found.choices}) is levels
    if "[" in line:
        assert slice_of([line], found.replace) == "[ts]"


def test_a_label_in_brackets_is_a_mention_of_the_guest() -> None:
    tree = cmdline.parse(["ctys -t xen -a create VMSTACK'{ lab00 [vm0] }'"])
    assert [(name.kind, name.text) for name in cmdline.names(tree)] == [("host", "lab00"), ("label", "vm0")]
    shown = cmdline.hover(tree, Position(0, 40), PAGE)
    assert shown is not None
    assert "guest of the machine before it" in shown.markdown


# -- groups ------------------------------------------------------------------------------------------------------------

FILES = {
    "all": "# the lab\nlab00'(-Z KSU)', root@lab01\n#include rest,more\n",
    "rest": "lab02\n",
    "more": "CONTEXT'( -Z SUDO )'\nlab03 lab04'(-Z NOSUDO)'\n",
    "broken": "lab00\n#include nowhere\n",
    "loop": "lab00\n#include loop\nloop\n",
    "racks/a": "all\n",
}


@pytest.fixture
def known() -> Facts:
    """The groups as the reader of group files gives them."""
    return Facts(groups={name: read_group_text(text) for name, text in FILES.items()}, home="/home/a")


@pytest.mark.parametrize("group", ["all", "racks/a"])
def test_the_members_of_a_group_and_of_those_it_includes(known: Facts, group: str) -> None:
    found = targets(f"ctys -a list {group}", known)
    assert [(one.destination, one.privilege.ksu, one.privilege.sudo) for one in found] == [
        ("lab00", True, False),
        ("root@lab01", False, False),
        ("lab02", False, False),
        ("lab03", False, True),
        ("lab04", False, False),
    ]


@pytest.mark.parametrize(
    ("group", "code"),
    [("broken", "ctys.unknown-group"), ("loop", "ctys.group-recursion"), ("racks/b", "ctys.unknown-group")],
)
def test_a_group_that_cannot_be_told_is_marked_and_not_run(known: Facts, group: str, code: str) -> None:
    assert codes(f"ctys -a list {group}", known) == [(code, group)]
    built = cmdline.build(f"ctys -a list {group}", known, {})
    assert built.invocations == ()
    unread = Facts(groups=known.groups)
    assert codes(f"ctys -a list {group}", unread) == [], "without the user's files nothing is known of groups"


def test_what_a_group_file_includes_is_checked(known: Facts) -> None:
    lines = ["lab00\n", "#include rest,nowhere\n", "#include all\n"]
    found = cmdline.check(cmdline.parse(lines, path="/home/a/.ctys/groups/rest"), known)
    assert [(one.code, slice_of(lines, one.span)) for one in found] == [
        ("ctys.group-recursion", "rest"),
        ("ctys.unknown-group", "nowhere"),
        ("ctys.group-recursion", "all"),
    ]
