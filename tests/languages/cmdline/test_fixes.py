"""Fixes whose result is a whole new text, each written here by hand."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import cmdline
from ctys_ls.text import apply_edits, split_lines

FIRST = [f"lab{number:02}'(-Z KSU)'" for number in range(20)]
MORE = ["root@lab20", "lab21'( -Z SUDO )'"]


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
