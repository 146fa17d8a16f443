"""What is offered, what is not, and what a choice replaces. ``|`` is the cursor."""

import pytest
from languages.cmdline.lines import PAGE

from ctys_ls.facts import NOTHING, Facts, Guest, Host
from ctys_ls.languages import cmdline
from ctys_ls.languages.answers import Completion
from ctys_ls.languages.cmdline.world import MOST
from ctys_ls.text import Position, slice_of


def ask(text: str, facts: Facts = PAGE) -> Completion | None:
    line = text.replace("|", "", 1)
    return cmdline.complete_line(line, text.index("|"), facts)


def offered(text: str, facts: Facts = PAGE) -> list[str]:
    found = ask(text, facts)
    return [choice.insert or choice.label for choice in found.choices] if found else []


def replaced(text: str) -> str:
    found = ask(text)
    assert found is not None
    return slice_of([text.replace("|", "", 1)], found.replace)


def test_suboptions_that_are_given_or_excluded_are_not_offered() -> None:
    some = offered("ctys -t xen -a create=l:tst100,REUSE,CONSOLE:cli,| lab00")
    assert {"l:", "LABEL:", "REUSE", "connect", "RESUME", "CONSOLE:"}.isdisjoint(some)
    assert {"u:", "WAITS:", "BOOTMODE:"} <= set(some)
    assert "l:" in offered("ctys -t xen -a create=|l:tst100 lab00"), "the one at the cursor may be changed"
    assert {"FORCE", "TIMEOUT:"} <= set(offered("ctys -t xen -a cancel=l:x,REBOOT,|"))
    assert "RESET" not in offered("ctys -t xen -a cancel=l:x,REBOOT,|")


def test_suboptions_of_other_session_types_are_not_offered() -> None:
    assert "VNCBASE:" not in offered("ctys -t xen -a create=|")
    assert "VNCBASE:" in offered("ctys -t vnc -a create=|")
    assert "BOOTMODE:" not in offered("ctys -t vnc -a create=|")
    assert "BOOTMODE:" not in offered("ctys -a create=| -t vnc"), "-t may follow"
    assert "vbox" not in offered("ctys -t xen -a create=l:x,CONSOLE:|")
    assert "vbox" in offered("ctys -t vbox -a create=l:x,CONSOLE:|")
    assert {"emacsm", "sdl"}.isdisjoint(offered("ctys -t pm -a create=l:x,CONSOLE:|"))
    assert "vnc" not in offered("ctys -t x11 -a create=l:x,CONSOLE:|")
    assert {"cli", "sdl"} <= set(offered("ctys -t $TYPE -a create=l:x,CONSOLE:|")), (
        "Xen's where it is not known"
    )


def test_options_are_offered_once() -> None:
    assert "-t" not in offered("ctys -t xen -|")
    assert "-Z" in offered("ctys -t xen lab00'(-|")
    assert {"-E", "-F", "-P"}.isdisjoint(offered("ctys -|")), "internal ones and those that never were"


def test_the_case_of_the_user_is_kept() -> None:
    assert "CONSOLE:" in offered("ctys -a create=C|")
    assert "console:" in offered("ctys -a create=c|")
    assert "EMACS" in offered("ctys -a create=l:x,CONSOLE:EM|")
    assert "emacs" in offered("ctys -a create=l:x,CONSOLE:em|")
    assert "VHDD" in offered("ctys -t xen -a create=l:x,BOOTMODE:v|"), "this one is read letter by letter"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("ctys -t x|en lab00", "xen"),
        ("ctys -a cre|ate=l:x", "create"),
        ("ctys -a create=CON|SOLE:cli", "CONSOLE:"),
        ("ctys -a create=l:x,CONSOLE:c|li,REUSE", "cli"),
        ("ctys -a create=f:xen/t|st/a.conf,REUSE lab00", "xen/tst/a.conf"),
        ("ctys -a create=m:00:5|0:56 lab00", "00:50:56"),
        ("ctys -a enumerate=b:xen%/e|tc lab00", "/etc"),
        ("ctys -b sync,p|ar lab00", "par"),
        ("ctys lab00'(-Z K|SU)'", "KSU"),
        ("ctys root@la|b00", "lab00"),
        ("ctys -a list=macro:T|AB lab00", "TAB"),
        ('ctys "-a" "create=l:ts|t" lab00', "tst"),
        ("-t x|", "x"),
    ],
)
def test_what_a_choice_replaces(text: str, part: str) -> None:
    assert replaced(text) == part


@pytest.mark.parametrize(
    "text",
    [
        "# ctys -t |",
        "ctys -a list lab00 # |",
        "echo ctys -t |",
        "ctys -M te|xt",
        "ctys -a create=l:x,WAITS:|",
    ],
)
def test_nothing_is_offered_where_nothing_is_known(text: str) -> None:
    assert offered(text) == []


def test_choices_of_rows_and_of_the_same_facts_are_the_same_objects() -> None:
    for text in ("ctys -|", "ctys -t |", "ctys -a create=|", "ctys -a create=l:|", "ctys -a list |"):
        one, other = ask(text), ask(text)
        assert one is not None
        assert other is not None
        assert {id(choice) for choice in one.choices} == {id(choice) for choice in other.choices}


def test_new_facts_are_seen_at_once() -> None:
    assert "lab77" not in offered("ctys -a list |")
    assert "lab77" in offered("ctys -a list |", Facts(hosts=(Host("lab77"),)))
    assert "new" in offered("ctys -t xen -a create=l:|", Facts(guests=(Guest("lab77", "new"),)))


def test_guests_of_the_workspace_are_offered_before_any_host_has_been_asked() -> None:
    files = (
        Guest("", "draft", "/w/draft.conf", macs=("00:16:3e:00:00:01",)),
        Guest("", "tst100", "/w/tst100.conf"),
    )
    facts = Facts(guests=PAGE.guests, files=files)
    details = {choice.label: choice.detail for choice in ask("ctys -t xen -a create=l:|", facts).choices}
    assert details["draft"] == "draft, not seen on any host yet: draft.conf"
    assert "on lab00" in details["tst100"], "a host knows better than a file"
    assert "00:16:3e:00:00:01" in offered("ctys -t xen -a create=m:|", facts)
    assert "/w/draft.conf" not in offered("ctys -t xen -a create=p:|", facts), (
        "a path of this machine is none of the host"
    )


def test_without_facts_the_answer_says_that_more_may_come() -> None:
    found = ask("ctys -t xen -a create=l:|", NOTHING)
    assert found is not None
    assert found.incomplete
    assert list(found.choices) == []


def test_too_many_choices_are_cut_by_what_is_written() -> None:
    many = Facts(
        guests=tuple(Guest("lab00", f"g{number:04}", f"/vm/g{number:04}.conf") for number in range(2000))
    )
    found = ask("ctys -t xen -a create=l:g19|", many)
    assert found is not None
    assert found.incomplete
    assert len(found.choices) == 100
    assert all(choice.label.startswith("g19") for choice in found.choices)
    every = ask("ctys -t xen -a create=l:|", many)
    assert every is not None
    assert len(every.choices) == MOST


def test_a_tree_and_a_line_answer_alike() -> None:
    text = "ctys -t xen -a create=l:tst100,CONSOLE:"
    tree = cmdline.parse(["# first\n", text])
    found = cmdline.complete(tree, Position(1, len(text)), PAGE)
    alone = cmdline.complete_line(text, len(text), PAGE)
    assert found is not None
    assert alone is not None
    assert list(found.choices) == list(alone.choices)
    assert found.replace == alone.replace.shifted(1)


def test_what_may_follow_the_name_of_a_macro() -> None:
    facts = Facts(
        macros={"default": {"TAB": "machine"}, "mine": {"TAB": "tab_gen:1_PM_10"}, "other": {"X": "y"}}
    )
    assert offered("ctys -a list=macro:TAB%|", facts) == ["mine", "OPTIONAL", "EVAL", "ECHO"]
    assert offered("ctys -a list={macro:TAB%mine%|} lab00", facts) == ["mine", "OPTIONAL", "EVAL", "ECHO"]
    assert offered("ctys -a list=macro:TAB%%|", facts) != ["mine", "OPTIONAL", "EVAL", "ECHO"], (
        "a column follows"
    )
