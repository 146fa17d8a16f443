"""Every code: its own example shows it, on the right words, and its fixes cure it."""

import re
import tomllib
from pathlib import Path

import pytest
from languages.cmdline.lines import AMBIGUOUS

import ctys_ls.schema
from ctys_ls.facts import NOTHING, Facts, Guest, Host
from ctys_ls.languages import cmdline
from ctys_ls.problems import Problem
from ctys_ls.text import apply_edits, slice_of, split_lines

ROWS = tomllib.loads(
    (Path(ctys_ls.schema.__file__).parent / "data/problems-ctys.toml").read_text(encoding="utf-8")
)
UUID = "6842caf91e3e43249ed596b8b9f2c5c3"
#: One host whose guests are all known, and another machine with the UUID of the example.
KNOWN = Facts(
    hosts=(Host("lab00"),),
    guests=(
        Guest("lab00", "tst100", "/vm/tst100.conf", "6842caf91e3e43249ed596b8b9f2c5c2"),
        Guest("lab00", "other", "/vm/other.conf", UUID),
    ),
    macros={"default": {"LOOP": "macro:LOOP", "MINE": "machine", "WHO": "l:tst100"}},
    groups={"lab/all": ("lab00",), "loop": ("lab00", "#include loop")},
    complete_hosts=frozenset({"lab00"}),
    home="/home/a",
)
MACRO_FILES = {"ctys.duplicate-macro"}
#: What only matters once a line is to be run.
OF_BUILD = {"ctys.left-out", "ctys.needs-shell", "ctys.unset-variable"}


def problems(text: str, facts: Facts = NOTHING, path: str = "") -> list[Problem]:
    return cmdline.check(cmdline.parse(split_lines(text), path=path), facts)


@pytest.mark.parametrize("code", ROWS)
def test_the_example_of_a_code_shows_it(code: str) -> None:
    path = "/home/a/.ctys/macros/default" if code in MACRO_FILES else ""
    facts = AMBIGUOUS if code == "ctys.ambiguous-address" else KNOWN
    text = ROWS[code]["example"]
    found = cmdline.build(text, facts, {}).problems if code in OF_BUILD else problems(text, facts, path)
    assert code in {problem.code for problem in found}


@pytest.mark.parametrize("code", ROWS)
def test_safe_fixes_cure(code: str) -> None:
    facts = AMBIGUOUS if code == "ctys.ambiguous-address" else KNOWN
    text = ROWS[code]["example"]
    for problem in problems(text, facts):
        for fix in problem.fixes:
            left = [
                other for other in problems(apply_edits(text, fix.edits), facts) if other.code == problem.code
            ]
            assert left == [], fix.title


MARKED = [
    ("ctys -t xen -a create=l:x,CONSOLE:vbox lab00", "ctys.unknown-value", "vbox"),
    ("ctys -t pm -a create=l:x,CONSOLE:emacsm lab00", "ctys.unknown-value", "emacsm"),
    ("ctys -t x11 -a create=l:x,CONSOLE:vnc lab00", "ctys.unknown-value", "vnc"),
    ("ctys -t xen -a create=l:tst100,CONSLOE:cli lab00", "ctys.unknown-suboption", "CONSLOE"),
    ("ctys -t xen -a create=l:tst100,console:cly lab00'(-Z KSU)'", "ctys.unknown-value", "cly"),
    ("ctys -t xen -a list lab00'(-Z KSV)'", "ctys.unknown-value", "KSV"),
    ("ctys -t xen -a list lab00 '( -Q )'", "ctys.unknown-option", "-Q"),
    ("ctys -t xen -a create=p:/x/y:z.conf lab00", "ctys.lost-text", ":z.conf"),
    ("ctys -t xen -a create=m:00:50:56:13:11:4 lab00", "ctys.bad-mac", "00:50:56:13:11:4"),
    ("ctys -t xen -a create=t:10.0.0.1:22 lab00", "ctys.port-in-tcp", "10.0.0.1"),
    ('ctys -t xen -a "create=l:tst100,CONSOLE:c"ly lab00', "ctys.unknown-value", 'c"ly'),
    ("ctys -t xen -a create=l:x,BOOTMODE:vhdd lab00", "ctys.value-case", "vhdd"),
    ("ctys -t xen -a cancel=l:x,REBOOT,FORCE,RESET lab00", "ctys.exclusive-suboptions", "RESET"),
    ("ctys -t xen -a create=l:x,CONSOLE:emacs -L CF lab00", "ctys.console-mode", "emacs"),
    ("ctys -t xen -a create=l:x,CONSOLE:cli -b 1 lab00", "ctys.console-mode", "1"),
    ("ctys -t xen -a create=b:xen lab00", "ctys.missing-address", "create"),
    ("ctys -C on,raw -a list lab00", "ctys.inert-option", "raw"),
    ("ctys -C on,lifetime -a list lab00", "ctys.bad-value", "lifetime"),
    ("ctys -C fin:,on -a list lab00", "ctys.bad-value", "fin:"),
    ("ctys -C LIFETIME:2m -a list lab00", "ctys.bad-value", "LIFETIME:2m"),
    ("ctys -C off,keep -a list lab00", "ctys.exclusive-values", "off,keep"),
    ("ctys -C on,off -a list lab00", "ctys.exclusive-values", "off"),
    ("ctys -t xen -C on,only -a create=l:x lab00", "ctys.cache-only", "on,only"),
    ("ctys -t xen -C keepall -a cancel=l:x lab00", "ctys.inert-option", "keepall"),
    ("ctys -c remote,only -a list lab00", "ctys.remote-inventory", "remote"),
    ("ctys -a list lab00'(-c 3)'", "ctys.remote-inventory", "3"),
]


@pytest.mark.parametrize(("text", "code", "words"), MARKED)
def test_the_guilty_word_is_marked(text: str, code: str, words: str) -> None:
    marked = [slice_of([text], problem.span) for problem in problems(text) if problem.code == code]
    assert marked == [words]


@pytest.mark.parametrize(
    "text",
    [
        "ctys -t xen -a create=l:tst100 $HOST",
        "ctys -t $TYPE -a create=l:$GUEST,CONSOLE:$WHERE lab00'(-Z KSU)'",
        "ctys -t xen -a create=p:$(cat name) lab00",
        "ctys -t xen -a create=macro:WHO,CONSOLE:cli lab00",
        "ctys -a list=macro:MINE lab00",
        "ctys -t xen -a create={macro:WHO} lab00",
        "ctys -t xen -a create=l:tst100,CONSOLE:none unheard.example.org",
        "ctys -t xen -a create=l:new lab07",
        "ctys -h",
        "ctys -V",
        "ctys -t vnc -a create=l:desk,REUSE lab00",
        "ctys -t pm -a create=l:lab01,CONSOLE:none,WOL lab00",
        "ctys -t xen -a cancel=ALL,POWEROFF:10 lab00",
        "ctys -t XEN -a CREATE=Label:tst100,Console:Vnc lab00",
        "ctys -ZKSU,SUDO -txen -acreate=l:tst100,PING:OFF,SSHPING:10%%3 root@lab00",
        "ctys -t xen -a enumerate=matchvstat:ACTIVE%BACKUP,label,uuid,b:/vm lab00",
        "ctys -t xen -a create=l:tst100 SUBTASK'{ -Z KSU lab00 }' lab01",
        "ctys -t qemu -a create=l:x,BOOTMODE:DVD,argsadd:-m%512 lab00",
        "ctys -t vbox -a create=l:x,console:vbox lab00",
        "ctys -t $TYPE -a create=l:x,console:vmrc lab00",
        "ctys -t rdp -a create=l:x,console:anything lab00",
        "ctys -t x11 -a create=l:x,console:emacsam lab00",
        "ctys -t xen -C on,lifetime:30,keep -c both,only -a list lab00",
        "ctys -t xen -C KeepAll,fout:/tmp/Answers -c local -a enumerate lab00",
        "ctys -t xen -C 1,auto,fin:~/a -c 2,only -a show lab00",
        "ctys -t xen -c off -C off -a create=l:tst100 lab00",
        "ctys -M '--- text' -t xen -O '-Z KSU' -a create=l:x,user:root%pw,c:a%b lab07",
        "ctys-vhost -o label,tcp,title -M unique tst100 NOT XEN",
        "echo ctys; export X=1 # ctys -t",
        "sudo ctys -t xen -a show lab00 | less && ctys -a info lab00 > file 2>&1",
    ],
)
def test_no_false_alarm(text: str) -> None:
    assert problems(text, KNOWN) == []


def test_ambiguous_address_names_all_matches_and_each_choice_is_the_shortest() -> None:
    text = "ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00"
    (problem,) = problems(text, AMBIGUOUS)
    assert slice_of([text], problem.span) == "l:tst100"
    for guest in AMBIGUOUS.guests:
        assert guest.path in problem.message
    chosen = [fix.edits[0].text for fix in problem.fixes]
    assert chosen == ["f:xen/tst100/tst100.conf", "f:tst100-inst.conf", "f:tst-ctys/tst100/tst100.conf"]
    for fix in problem.fixes:
        assert problems(apply_edits(text, fix.edits), AMBIGUOUS) == []


def test_caches_off_make_no_address_ambiguous() -> None:
    assert problems("ctys -t xen -a cancel=l:tst100,POWEROFF:0 -C off lab00", AMBIGUOUS) == []


def test_a_host_that_was_never_enumerated_has_no_unknown_label() -> None:
    partly = Facts(hosts=KNOWN.hosts, guests=KNOWN.guests)
    assert problems("ctys -t xen -a create=l:tst999 lab00", partly) == []
    (problem,) = problems("ctys -t xen -a create=l:tst999 lab00", KNOWN)
    assert problem.code == "ctys.unknown-label"


def test_problems_are_kept_only_for_the_same_facts() -> None:
    tree = cmdline.parse(["ctys -t xen -a create=l:tst999 lab00"])
    assert cmdline.check(tree, NOTHING) == []
    assert len(cmdline.check(tree, KNOWN)) == 1
    assert cmdline.check(tree, NOTHING) == []


def test_every_code_that_the_checks_use_has_a_row() -> None:
    folder = Path(cmdline.__file__).parent
    used = {
        word
        for path in folder.glob("*.py")
        for word in re.findall(r'"(ctys\.[a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert used == set(ROWS)


def test_what_is_not_run_is_said_when_a_line_is_to_be_run() -> None:
    built = cmdline.build("cd /x && ctys -a list lab00 2>/dev/null | less", NOTHING, {})
    assert [problem.code for problem in built.problems] == ["ctys.left-out"] * 3
    assert len(built.invocations) == 1
    assert cmdline.build("ctys -t xen -a create=l:$(cat x) lab00", NOTHING, {}).invocations == ()


def test_what_ssh_would_run_elsewhere_is_not_run_here() -> None:
    text = "ssh lab00 ctys -a list localhost"
    assert cmdline.build(text, NOTHING, {}).invocations == ()
    assert cmdline.command_lines(cmdline.parse([text])) == []


def test_braces_give_several_hosts() -> None:
    (call,) = cmdline.build("ctys -a list lab{00..02}'(-Z KSU)'", NOTHING, {}).invocations
    assert [target.destination for target in call.targets] == ["lab00", "lab01", "lab02"]
    assert all(target.privilege.ksu for target in call.targets)
    assert problems("ctys -t xen -a create=l:x root@lab{00,01}") == []
    assert cmdline.format(cmdline.parse(["ctys  -a list lab{00,01}"])) == []
