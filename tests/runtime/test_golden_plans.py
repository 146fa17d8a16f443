"""The plan of each of the page's 54 lines.

``PLANS`` is written from the page (the section above each line says what the call does), from the contract's section 4
(which toolstack call an act is today: POWEROFF:t is shutdown, at most t, destroy; SUSPEND saves ``<label>.stat`` beside
the file; RESUME restores it), from -Z's order (ctys-facts 5.4: root, ksu, sudo, plain) and from -b's defaults (1.2). It
says per target: host, act, rights, console, the commands in their order, what is waited for. ``data/plans.txt`` is the
whole text for people to read, kept to see a change; ``python tests/runtime/test_golden_plans.py`` writes it anew.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from languages.cmdline.lines import BROKEN, ENV, HOME, LINES, PAGE

from ctys_ls.cli import plan as program
from ctys_ls.facts import Facts, Host
from ctys_ls.handlers.results import plan_fields
from ctys_ls.languages import cmdline
from ctys_ls.runtime.plan import plan
from ctys_ls.text import apply_edits, split_lines

#: The page's machines on hosts with xl.
WORLD: Facts = replace(PAGE, hosts=tuple(Host(host.name, "xl") for host in PAGE.hosts))
TEXTS = Path(__file__).parents[1] / "data/plans.txt"

CONF100 = f"{HOME}/xen/tst-ctys/tst100/tst100.conf"
CONF101 = f"{HOME}/xen/tst-ctys/tst101/tst101.conf"
CONF_LAB01 = "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf"
STAT_LAB01 = "/homen/chkusr/xen/tst-ctys/tst100"
#: What -Z puts in front (ctys-facts 5.4: ``ksu -q -e CMD``, ``sudo CMD``), as the runtime's own test of ksu has it.
KSU = """ksu -q -e /bin/sh -c 'PATH=$PATH:/usr/sbin:/sbin; "$@" || kill -9 $$' sh """
SUDO, PLAIN = "sudo -n -- ", ""
LIST = "xl list -v"


class Wanted(NamedTuple):
    """One target: ``commands`` with the rights in front, ``console`` the kind or "", ``waits`` what is waited for."""

    host: str
    act: str
    rights: str
    commands: tuple[str, ...] = ()
    console: str = ""
    waits: tuple[str, ...] = ()
    path: str = ""


def start(console: str, conf: str = CONF100, host: str = "lab00", rights: str = KSU) -> Wanted:
    """CREATE of a guest that does not run: ``xl create``, then the console; CLI and terminals attach by xl console."""
    label = conf.rpartition("/")[2].removesuffix(".conf")
    attach = () if console in ("", "VNC") else (f"{rights}xl console {label}",)
    return Wanted(host, "CREATE", rights, (f"{rights}xl create {conf}", *attach), console, path=conf)


def connect() -> Wanted:
    """CONNECT: nothing is started, "just connect to a running instance"."""
    return Wanted("lab00", "CREATE", KSU, (f"{KSU}xl console tst100",), "CLI", path=CONF100)


def resume(console: str, state: str) -> Wanted:
    """RESUME: a paused guest goes on, else the saved state is restored; the default state is used up then."""
    own = () if state == "mystate.stat" else (f"rm -f -- {STAT_LAB01}/{state}",)
    attach = () if console == "VNC" else ("xl console tst100",)
    restore = f"xl restore {STAT_LAB01}/{state}"
    return Wanted(
        "lab01", "CREATE", PLAIN, ("xl unpause tst100", restore, *own, *attach), console, path=CONF_LAB01
    )


def stop(*commands: str, host: str = "lab01", waits: tuple[str, ...] = ()) -> Wanted:
    """CANCEL without -Z on lab01, whose tst100 is the one below /homen/chkusr."""
    path = CONF_LAB01 if host == "lab01" else CONF100
    return Wanted(host, "CANCEL", PLAIN, commands, waits=waits, path=path)


def look(*hosts: str, act: str = "LIST") -> tuple[Wanted, ...]:
    """What only reads; LIST needs the toolstack's list, the others no toolstack."""
    return tuple(Wanted(host, act, PLAIN, (LIST,) if act == "LIST" else ()) for host in hosts)


RESET = ("xl destroy tst100", f"xl create {CONF_LAB01}")
TWICE = (start("", CONF100), start("", CONF101))
MIXED = (start("", CONF100), start("", CONF101, rights=SUDO))
PLANS: dict[str, tuple[Wanted, ...]] = {
    # CREATE a session with CONSOLE:CLI, NONE, and the ways to address a running instance
    "UC-01": (start("CLI"),),
    "UC-02": (start("CLI"),),
    "UC-03": (start(""),),
    **{f"UC-{number:02}": (connect(),) for number in range(4, 13)},
    "UC-13": (start("XTERM"),),
    "UC-14": (start("GTERM"),),
    "UC-15": (start("EMACS"),),
    "UC-16": (start("VNC"),),
    "UC-17": (start("VNC"),),
    "UC-18": look("localhost"),
    "UC-19": look("localhost", "lab00"),
    "UC-20": (start(""),),
    # RESUME on lab01, without -Z
    "UC-21": (resume("XTERM", "mystate.stat"),),
    "UC-22": (resume("VNC", "tst100.stat"),),
    "UC-23": (resume("EMACS", "tst100.stat"),),
    # several sessions with one call; UC-26 and UC-27 with the backslash that the page forgot
    "UC-24": TWICE,
    "UC-25": MIXED,
    "UC-26": MIXED,
    "UC-27": (start("", CONF100), Wanted("lab01", "CREATE", SUDO, (f"{SUDO}xl create FILE",))),
    # CANCEL: the file of UC-28 lies on no host that is known, so its guest can only be found there
    "UC-28": (Wanted("lab00", "CANCEL", KSU, (f"{KSU}xl destroy LABEL",)),),
    "UC-29": (stop("xl destroy tst100"),),
    "UC-30": (Wanted("this machine", "VHOST", PLAIN),),
    "UC-31": (stop("xl destroy tst100"),),
    "UC-32": (stop("xl destroy tst100"),),
    "UC-33": (stop(*RESET),),
    "UC-34": (stop(*RESET),),
    "UC-35": (stop("xl reboot tst100"),),
    "UC-36": (stop("xl reboot tst100"),),
    "UC-37": (stop("xl reboot tst100"),),
    "UC-38": (stop("xl pause tst100"),),
    "UC-39": (stop("xl pause tst100"),),
    "UC-40": (stop(f"xl save tst100 {STAT_LAB01}/tst100.stat"),),
    "UC-41": (stop(f"xl save tst100 {STAT_LAB01}/tst100.stat"),),
    # "Calls UNIX init": through the guest; with FORCE the hypervisor alone acts, and level 6 is its reboot
    "UC-42": (stop("ssh -J lab00 root@192.168.1.220 init 0", host="lab00"),),
    "UC-43": (stop("xl reboot tst100", host="lab00"),),
    "UC-44": look("lab00"),
    "UC-45": look("lab01"),
    "UC-46": look("lab01"),
    "UC-47": look("localhost", "lab01"),
    "UC-48": look("localhost", "lab00"),
    "UC-49": look("localhost", "lab00", act="ENUMERATE"),
    "UC-50": look("localhost", "lab00", act="ENUMERATE"),
    "UC-51": look("lab00", act="SHOW"),
    "UC-52": look("lab00", act="SHOW"),
    "UC-53": look("lab01", act="INFO"),
    "UC-54": look("lab01", act="INFO"),
}
#: One host after the other and in the foreground: a console in the caller's terminal (ctys-facts 1.2, 5.1).
IN_TURN = {"UC-01", "UC-02", *(f"UC-{number:02}" for number in range(4, 13))}
RIGHTS = {
    KSU: "as root, else ksu, then without raised rights",
    SUDO: "as root, else sudo, then without raised rights",
    PLAIN: "as root, else without raised rights",
}


def planned(case: str):
    """The plan of a line; of the two broken ones as their fix mends them."""
    text = LINES[case]
    if case in BROKEN:
        (problem,) = cmdline.check(cmdline.parse(split_lines(text)), WORLD)
        text = apply_edits(text, problem.fixes[0].edits)
    (call,) = cmdline.build(text, WORLD, ENV).invocations
    return plan(call, WORLD)


def everything() -> str:
    return "".join(f"{case}\n{LINES[case]}\n\n{planned(case)}\n\n" for case in LINES)


def test_all_lines_are_here() -> None:
    assert set(PLANS) == set(LINES)


@pytest.mark.parametrize("case", PLANS)
def test_a_line_is_planned_as_the_page_says(case: str) -> None:
    made = planned(case)
    assert len(made.targets) == len(PLANS[case])
    for target, wanted in zip(made.targets, PLANS[case], strict=True):
        assert target.host == wanted.host
        assert target.title.split()[0] == wanted.act
        assert target.privilege == ("" if wanted.act == "VHOST" else RIGHTS[wanted.rights])
        # Taking a state file away is done with the same rights; the table leaves them out where they are none.
        assert tuple(step.command for step in target.steps if step.command) == wanted.commands
        read = tuple(step.typed or step.command for step in target.steps if step.command)
        assert read == tuple(
            line.replace(KSU, "ksu -q -e ").replace(SUDO, "sudo ") for line in wanted.commands
        ), "people read what they would type"
        assert target.console == wanted.console
        assert tuple(step.text for step in target.steps if step.text.startswith("wait ")) == wanted.waits
        assert (target.guest.path if target.guest else "") == wanted.path
    assert made.order == ("sequential" if case in IN_TURN or case == "UC-30" else "parallel")


@pytest.mark.parametrize("case", PLANS)
def test_what_is_not_known_is_said(case: str) -> None:
    for target, wanted in zip(planned(case).targets, PLANS[case], strict=True):
        open_guest = wanted.act in ("CREATE", "CANCEL") and not wanted.path
        assert any("only" in text and "can tell" in text for text in target.unknown) == open_guest
        attach = any("does not run" in step.text for step in target.steps)
        starts = any("xl create" in step.command or "xl restore" in step.command for step in target.steps)
        whether = any("whether" in text for text in target.unknown)
        assert whether == (wanted.act == "CREATE" and bool(wanted.path) and starts), attach


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00", []),
        ("ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00 lab01", ["stop tst100 on lab00, tst100 on lab01"]),
        ("ctys -t xen -a cancel=ALL lab00", ["stop every running guest on lab00"]),
        ("ctys -t xen -a cancel=l:tst100,PAUSE lab00 lab01", []),
        ("ctys -t xen -a cancel=l:tst100,PAUSE lab02", ["stop tst100 on lab02 (protected: lab02)"]),
        ("ctys -t xen -a cancel=l:tst100,REBOOT,SELF lab00", ["stop tst100 on lab00, lab00 itself"]),
        ("ctys -t xen -a cancel=l:tst100,CLIENT lab00 lab01", []),
    ],
)  # fmt: skip
def test_what_is_asked_before_anything_is_done(line: str, asked: list[str]) -> None:
    (call,) = cmdline.build(line, WORLD, ENV).invocations
    assert list(plan(call, WORLD, ("lab02",)).asks) == asked


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        (
            "ctys -t xen -a create=l:tst100,WAITS:4,PING:10%%3,SSHPING:5%%1,CONSOLE:none lab00",
            ["wait 4 s", "wait for tst100 to answer ping, 10 times 3 s at most", "wait for tst100 to answer ssh, 5 times 1 s at most"],
        ),
        ("ctys -t xen -a cancel=l:tst100,POWEROFF:7 lab00", ["wait until it has gone, 7 s at most"]),
        ("ctys -t xen -a cancel=l:tst100,TIMEOUT:9 lab00", ["wait until it has gone, 9 s at most"]),
        ("ctys -t xen -a cancel=l:tst100 lab00", ["wait until it has gone, 20 s at most"]),
    ],
)  # fmt: skip
def test_what_is_waited_for(line: str, steps: list[str]) -> None:
    (call,) = cmdline.build(line, WORLD, ENV).invocations
    (target,) = plan(call, WORLD).targets
    assert [step.text for step in target.steps if step.text.startswith("wait ")] == steps


def test_a_stack_is_planned_level_by_level() -> None:
    (call,) = cmdline.build(
        "ctys -t xen -a create=CONSOLE:none VMSTACK'{ lab00 [tst100] [vm1] }'", WORLD, ENV
    ).invocations
    made = plan(call, WORLD)
    first, second = made.targets
    assert made.order == "sequential"
    assert [step.text for step in first.steps][-3:] == [
        "start tst100",
        "wait for tst100 to answer ping, 20 times 2 s at most",
        "wait for tst100 to answer ssh, 20 times 2 s at most",
    ]
    assert (second.host, second.title) == ("tst100", "CREATE l:vm1")
    assert "whether ssh reaches tst100 under this name once it runs" in second.unknown


def test_the_text_of_all_plans_is_as_it_was_read() -> None:
    assert everything() == TEXTS.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", ["UC-01", "UC-25", "UC-30", "UC-38"])
def test_text_and_json_of_the_program_are_the_plan(case: str, monkeypatch, capsys) -> None:
    class Planner:
        def facts(self) -> Facts:
            return WORLD

        def plan(self, call):
            return plan(call, WORLD)

    monkeypatch.setattr(program, "new_engine", lambda _: Planner())
    monkeypatch.setattr(program.os, "environ", ENV)
    import argparse

    assert program.run(argparse.Namespace(format="text", line=[LINES[case]])) == 0
    assert capsys.readouterr().out == f"{planned(case)}\n"
    assert program.run(argparse.Namespace(format="json", line=[LINES[case]])) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"version": 1, "plans": [plan_fields(planned(case))], "problems": []}
    for target, wanted in zip(document["plans"][0]["targets"], PLANS[case], strict=True):
        assert [step["command"] for step in target["steps"] if step["command"]] == list(wanted.commands)
        assert (target["guest"] or {"path": ""})["path"] == wanted.path


if __name__ == "__main__":
    TEXTS.write_text(everything(), encoding="utf-8")
