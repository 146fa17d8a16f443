"""Fixes whose result is a whole new text, each written here by hand."""

import pytest
from languages.cmdline.slips import SLIPS

from ctys_ls.facts import NOTHING, Facts, Guest, Host
from ctys_ls.languages import cmdline
from ctys_ls.text import apply_edits, split_lines

FIRST = [f"lab{number:02}'(-Z KSU)'" for number in range(20)]
MORE = ["root@lab20", "lab21'( -Z SUDO )'"]

#: One host, enumerated, with two guests.
KNOWN = Facts(
    hosts=(Host("lab00"),),
    guests=(
        Guest("lab00", "tst100", "/vm/tst100.conf", addresses=("10.0.0.1",)),
        Guest("lab00", "tst101", "/vm/tst101/tst101.conf", addresses=("10.0.0.2",)),
    ),
    complete_hosts=frozenset({"lab00"}),
)


def problems(text, facts=NOTHING):
    return cmdline.check(cmdline.parse(split_lines(text)), facts)


def fixed(text: str, code: str) -> str | None:
    """The text with the first fix of the one problem of a code; None where it has no fix."""
    (problem,) = (one for one in cmdline.check(cmdline.parse(split_lines(text)), NOTHING) if one.code == code)
    return apply_edits(text, problem.fixes[0].edits) if problem.fixes else None


def clean(text: str) -> bool:
    return not cmdline.check(cmdline.parse(split_lines(text)), NOTHING)


def hosts(text: str) -> list[list[str]]:
    """The targets of every call of a text."""
    built = cmdline.build(text, NOTHING, {})
    return [[target.destination for target in call.targets] for call in built.invocations]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "ctys -t xen -a enumerate=machine,b:xen,/etc/ctys.d lab00",
            "ctys -t xen -a enumerate=machine,b:xen%/etc/ctys.d lab00",
        ),
        (
            "ctys -t xen -a create=b:/vm,/srv/vm,l:tst100 lab00'(-Z KSU)'",
            "ctys -t xen -a create=b:/vm%/srv/vm,l:tst100 lab00'(-Z KSU)'",
        ),
    ],
)
def test_a_list_of_directories_is_split_at_the_percent_sign(before: str, after: str) -> None:
    assert fixed(before, "ctys.unknown-suboption") == after
    assert clean(after)


@pytest.mark.parametrize("gap", [" ", " \\\n  "])
def test_the_targets_beyond_twenty_get_a_call_of_their_own(gap: str) -> None:
    head = "ctys -t xen -a create=l:tst100,CONSOLE:none"
    text = gap.join([head, *FIRST, *MORE])
    after = fixed(text, "ctys.too-many-targets")
    assert after == f"{gap.join([head, *FIRST])}\n{head} {gap.join(MORE)}"
    assert clean(after)
    assert hosts(after) == [[f"lab{number:02}" for number in range(20)], ["root@lab20", "lab21"]]


def test_twenty_targets_are_not_too_many() -> None:
    assert clean(" ".join(["ctys -t xen -a create=l:tst100,CONSOLE:none", *FIRST]))


def test_a_list_is_not_split_where_a_group_would_be_parted() -> None:
    braces = "ctys -t xen -a create=l:tst100,CONSOLE:none lab{00..21}"
    assert fixed(braces, "ctys.too-many-targets") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ctys -w -t xen -a list lab00", "ctys -t xen -a list lab00"),
        ("ctys -t xen -o text -a list lab00", "ctys -t xen -a list lab00"),
        ("ctys -t xen -a list lab00'(-w -Z KSU)'", "ctys -t xen -a list lab00'(-Z KSU)'"),
    ],
)
def test_options_without_effect_are_left_out(before: str, after: str) -> None:
    made = fixed(before, "ctys.inert-option")
    assert made is not None
    # The blank behind the option may stay: what counts is the words.
    assert " ".join(made.replace("( ", "(").split()) == after
    assert clean(made)


def test_an_option_glued_to_others_is_told_and_left() -> None:
    assert fixed("ctys -wn -t xen -a list lab00", "ctys.inert-option") is None


@pytest.mark.parametrize(("line", "code", "mended"), SLIPS)
def test_slips_and_what_a_fix_makes_of_them(line, code, mended):
    found = [problem for problem in problems(line) if problem.code == code]
    assert mended in [apply_edits(line, fix.edits) for problem in found for fix in problem.fixes]
    assert code not in [problem.code for problem in problems(mended)]


def test_what_is_meant_is_never_changed_unasked():
    """Another program's word for something is a guess: `fix` leaves it."""
    for line in (
        "ctys -t kvm -a list lab00",
        "ctys -t xen -a stop=l:x lab00",
        "ctys -t xen -a create=x lab00",
    ):
        assert not any(fix.safe for problem in problems(line) for fix in problem.fixes), line


def test_a_malformed_address_is_told_once():
    for line in (
        "ctys -t xen -a create=t:10.0.0.1:22 lab00",
        "ctys -t xen -a create=m:00:50:56:13:11:4 lab00",
        "ctys -t xen -a create=u:6842 lab00",
        "ctys -t xen -a create=p:xen/x.conf lab00",
    ):
        assert len(problems(line, KNOWN)) == 1, line


def test_an_unclosed_parenthesis_is_told_once_and_its_fix_leaves_nothing():
    for line in (
        "ctys -a list lab00(-Z KSU",
        "ctys -a list lab00( -Z KSU -b off | less",
        "ctys -a list lab00(",
    ):
        (problem,) = problems(line)
        assert problem.code == "ctys.bare-parenthesis", line
        assert clean(apply_edits(line, problem.fixes[-1].edits)), line
        assert not problem.fixes[-1].safe, "where it was meant to end is a guess"


def test_a_relative_path_becomes_that_of_the_known_file():
    line = "ctys -t xen -a create=p:tst101/tst101.conf lab00"
    (problem,) = problems(line, KNOWN)
    made = [apply_edits(line, fix.edits) for fix in problem.fixes]
    assert made[0] == "ctys -t xen -a create=p:/vm/tst101/tst101.conf lab00"


def test_parts_that_disagree_can_be_left_out_one_at_a_time():
    line = "ctys -t xen -a create=l:tst100,REUSE,t:10.0.0.2 lab00"
    (problem,) = problems(line, KNOWN)
    assert problem.code == "ctys.address-disagrees"
    made = {fix.title: apply_edits(line, fix.edits) for fix in problem.fixes}
    assert made == {
        "Leave l:tst100 out: /vm/tst101/tst101.conf": "ctys -t xen -a create=REUSE,t:10.0.0.2 lab00",
        "Leave t:10.0.0.2 out: /vm/tst100.conf": "ctys -t xen -a create=l:tst100,REUSE lab00",
    }


def test_who_finds_no_guest_is_told_which_there_are():
    (problem,) = problems("ctys -t xen -a create=l:web lab00", KNOWN)
    assert problem.message == "No machine on lab00 has this address. There are tst100, tst101."
