"""The page's lines: no false alarm, and each asks for what the page says it does."""

import pytest
from languages.cmdline.lines import BROKEN, ENV, LINES, PAGE

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages import cmdline
from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    Column,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    Invocation,
    Kept,
    List,
    Locality,
    Lookup,
    Method,
    Output,
    Privilege,
    Show,
    Target,
)
from ctys_ls.text import apply_edits, split_lines

PLAIN = Privilege()
KSU = Privilege(ksu=True)
SUDO = Privilege(sudo=True)
F100 = Address(filename="xen/tst-ctys/tst100/tst100.conf")
F101 = Address(filename="xen/tst-ctys/tst101/tst101.conf")
L100 = Address(label="tst100")
HOME_CONF = Address(pathname="/home/acue/xen/tst-ctys/tst100/tst100.conf")
CONF_OF_ACUE = Address(pathname="/homen/acue/xen/tst-ctys/tst100/tst100.conf")
CONF_OF_CHKUSR = Address(pathname="/homen/chkusr/xen/tst-ctys/tst100/tst100.conf")
CPORT = Output(
    columns=(
        Column(3, "Label", 10),
        Column(2, "stype", 8),
        Column(9, "cport", 5, "L"),
        Column(1, "PM", 10),
        Column(6, "MAC", 17),
        Column(7, "TCP", 15),
    )
)


def create(
    address: Address, console: str, attach: str = "NEW", host: str = "lab00", **more: object
) -> Target:
    request = Create(
        address, attach=Attach(attach), console=ConsoleKind(console), resume_file=more.pop("file", None)
    )
    return Target(host, request, **{"session_type": "XEN", "privilege": KSU, **more})


def cancel(
    address: Address, method: str, host: str = "lab01", privilege: Privilege = PLAIN, **more: object
) -> Target:
    return Target(host, Cancel(address, Method(method), **more), session_type="XEN", privilege=privilege)


def on(*hosts: str, of: object, kind: str = "ALL") -> tuple[Target, ...]:
    return tuple(Target(host, of, session_type=kind) for host in hosts)


CONNECTING = [
    ("UC-04", HOME_CONF),
    ("UC-05", F100),
    ("UC-06", Address(filename="tst-ctys/tst100/tst100.conf")),
    ("UC-07", Address(filename="tst100/tst100.conf")),
    ("UC-08", HOME_CONF),
    ("UC-09", L100),
    ("UC-10", Address(uuid="6842caf91e3e43249ed596b8b9f2c5c2")),
    ("UC-11", Address(mac="00:50:56:13:11:40")),
    ("UC-12", Address(tcp="192.168.1.220")),
]
XEN = ("XEN",)
EXPECTED: dict[str, tuple[Target, ...]] = {
    "UC-01": (create(F100, "CLI", pty=2),),
    "UC-02": (create(F100, "CLI"),),
    "UC-03": (create(L100, "NONE"),),
    **{case: (create(address, "CLI", "CONNECT"),) for case, address in CONNECTING},
    "UC-13": (create(F100, "XTERM"),),
    "UC-14": (create(F100, "GTERM"),),
    "UC-15": (create(F100, "EMACS"),),
    "UC-16": (create(F100, "VNC"),),
    "UC-17": (create(F100, "VNC", locality=Locality.CONNECTION),),
    "UC-18": on("localhost", of=List()),
    "UC-19": on("localhost", "lab00", of=List()),
    "UC-20": (create(F100, "NONE"),),
    "UC-21": (create(L100, "XTERM", "RESUME", "lab01", privilege=Privilege(), file="mystate.stat"),),
    "UC-22": (create(L100, "VNC", "RESUME", "lab01", privilege=Privilege()),),
    "UC-23": (create(L100, "EMACS", "RESUME", "lab01", privilege=Privilege()),),
    "UC-24": (create(F100, "NONE"), create(F101, "NONE")),
    "UC-25": (create(F100, "NONE"), create(F101, "NONE", privilege=SUDO)),
    "UC-26": (create(F100, "NONE"),),
    "UC-27": (create(F100, "NONE"),),
    "UC-28": (cancel(CONF_OF_ACUE, "POWEROFF", "lab00", KSU, delay=0),),
    "UC-29": (cancel(L100, "POWEROFF", delay=0),),
    "UC-31": (cancel(L100, "POWEROFF", delay=0),),
    "UC-32": (cancel(L100, "POWEROFF", delay=0),),
    "UC-33": (cancel(L100, "RESET"),),
    "UC-34": (cancel(L100, "RESET", force=True),),
    "UC-35": (cancel(L100, "REBOOT"),),
    "UC-36": (cancel(L100, "REBOOT", force=True),),
    "UC-37": (cancel(CONF_OF_CHKUSR, "REBOOT", force=True),),
    "UC-38": (cancel(L100, "PAUSE"),),
    "UC-39": (cancel(L100, "PAUSE", force=True),),
    "UC-40": (cancel(L100, "SUSPEND"),),
    "UC-41": (cancel(L100, "SUSPEND", force=True),),
    "UC-42": (cancel(L100, "INIT", "lab00", runlevel="0"),),
    "UC-43": (cancel(L100, "INIT", "lab00", runlevel="6", force=True),),
    "UC-44": on("lab00", of=List(Output("record", title="titleidx"), types=XEN), kind="XEN"),
    "UC-45": on("lab01", of=List()),
    "UC-46": on("lab01", of=List(types=XEN), kind="XEN"),
    "UC-47": on("localhost", "lab01", of=List(types=XEN), kind="XEN"),
    "UC-48": on("localhost", "lab00", of=List(CPORT)),
    "UC-49": on(
        "localhost", "lab00", of=Enumerate(Output("record", title="title"), ("xen",), types=XEN), kind="XEN"
    ),
    "UC-50": on("localhost", "lab00", of=Enumerate(CPORT, ("xen", "/etc/ctys.d"))),
    "UC-51": on("lab00", of=Show(XEN), kind="XEN"),
    "UC-52": on("lab00", of=Show()),
    "UC-53": on("lab01", of=Info(XEN), kind="XEN"),
    "UC-54": on("lab01", of=Info()),
}


def test_there_are_54_lines() -> None:
    assert len(LINES) == 54
    assert set(EXPECTED) | {"UC-30"} == set(LINES)


@pytest.mark.parametrize("case", EXPECTED)
def test_a_line_asks_for_what_the_page_says(case: str) -> None:
    (invocation,) = cmdline.build(LINES[case], NOTHING, ENV).invocations
    assert isinstance(invocation, Invocation)
    assert invocation.targets == EXPECTED[case]


def test_the_lookup_of_the_page() -> None:
    (lookup,) = cmdline.build(LINES["UC-30"], NOTHING, ENV).invocations
    assert lookup == Lookup(("lab00", "XEN", "tst100"), Output("record"), "ALL", quiet=True)


@pytest.mark.parametrize("facts", [NOTHING, PAGE], ids=["nothing known", "all known"])
@pytest.mark.parametrize("case", [case for case in LINES if case not in BROKEN])
def test_no_false_alarm(case: str, facts: Facts) -> None:
    assert cmdline.check(cmdline.parse(split_lines(LINES[case])), facts) == []
    assert cmdline.build(LINES[case], facts, ENV).problems == ()


@pytest.mark.parametrize("case", BROKEN)
def test_a_missing_backslash_is_found_and_mended(case: str) -> None:
    (problem,) = cmdline.check(cmdline.parse(split_lines(LINES[case])), NOTHING)
    assert (problem.code, problem.span.start) == ("ctys.missing-backslash", (2, 0))
    mended = apply_edits(LINES[case], problem.fixes[0].edits)
    assert cmdline.check(cmdline.parse(split_lines(mended)), NOTHING) == []
    (invocation,) = cmdline.build(mended, NOTHING, ENV).invocations
    second = "lab00" if case == "UC-26" else "lab01"
    assert invocation.targets == (*EXPECTED[case], create(F101, "NONE", host=second, privilege=SUDO))


def test_modes_of_the_first_line() -> None:
    (invocation,) = cmdline.build(LINES["UC-01"], NOTHING, ENV).invocations
    assert (invocation.detach, invocation.parallel) == (False, False)


@pytest.mark.parametrize(
    ("case", "detach", "parallel"),
    [
        ("UC-02", False, False),
        ("UC-03", True, True),
        ("UC-18", False, True),
        ("UC-29", True, True),
        ("UC-49", False, True),
    ],
)
def test_modes_by_default(case: str, detach: bool, parallel: bool) -> None:
    (invocation,) = cmdline.build(LINES[case], NOTHING, ENV).invocations
    assert (invocation.detach, invocation.parallel) == (detach, parallel)


@pytest.mark.parametrize("case", ["UC-31", "UC-32"])
def test_the_inventory_can_be_switched_off(case: str) -> None:
    (invocation,) = cmdline.build(LINES[case], NOTHING, ENV).invocations
    assert not invocation.use_inventory


def test_as_words_of_a_program_the_lines_mean_the_same() -> None:
    """``ctys`` in a terminal gets words: whether a context is one word or several, it is the same call."""
    argv = ["ctys", "-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00(-Z KSU)"]
    (one,) = cmdline.build_argv(argv, NOTHING, ENV).invocations
    (split,) = cmdline.build_argv([*argv[:-1], "lab00(-Z", "KSU)"], NOTHING, ENV).invocations
    assert one.targets == split.targets == EXPECTED["UC-03"]


@pytest.mark.parametrize("home", ["$HOME", "${HOME}"])
def test_home_quoted_in_a_context_is_the_one_on_the_host(home: str) -> None:
    text = f"ctys -t xen lab00'(-a create=p:{home}/xen/tst100.conf)'"
    (invocation,) = cmdline.build(text, NOTHING, ENV).invocations
    assert invocation.targets[0].request.address == Address(filename="xen/tst100.conf")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("", Kept()),
        ("-C off", Kept()),
        ("-C on", Kept(lifetime=20)),
        ("-C 1,LIFETIME:5", Kept(lifetime=5)),
        ("-C keep", Kept(keep="KEEP")),
        ("-C auto", Kept(lifetime=20, keep="KEEP")),
        ("-C on,keep,KeepAll", Kept(lifetime=20, keep="KEEPALL")),
        ("-C only", Kept(lifetime=20, only=True)),
        ("-C raw,fin:/A/b,FOUT:c:d", Kept(source="/A/b", sink="c:d")),
    ],
)
def test_what_serves_again_and_what_is_kept(words: str, kept: Kept) -> None:
    (invocation,) = cmdline.build(f"ctys {words} -a list lab00", NOTHING, ENV).invocations
    assert invocation.kept == kept


@pytest.mark.parametrize(
    ("words", "used"),
    [
        ("", True),
        ("-c on", True),
        ("-c 2", True),
        ("-c remote", False),
        ("-c 3,only", False),
        ("-c 0", False),
    ],
)
def test_which_inventory_is_used(words: str, used: bool) -> None:
    (invocation,) = cmdline.build(f"ctys {words} -a list lab00", NOTHING, ENV).invocations
    assert invocation.use_inventory is used


def test_what_is_kept_is_explained() -> None:
    text = "ctys -C on,keepall,lifetime:60,fin:/a,fout:/b -a list lab00"
    told = cmdline.explain(text, NOTHING, {})
    for words in ("file `/a` serve", "for 60 seconds", "kept for later calls, with all", "file `/b`"):
        assert words in told
    assert "no host is asked" in cmdline.explain("ctys -C only -a list lab00", NOTHING, {})
    assert "kept" not in cmdline.explain("ctys -t xen -C keep -a create=l:x lab00", NOTHING, {})


@pytest.mark.parametrize(
    ("keywords", "names"), [("tcp", None), ("machine,dns", True), ("tcp,ip", False), ("dns,tab_tcp", True)]
)
def test_names_or_numbers(keywords: str, names: bool | None) -> None:
    (invocation,) = cmdline.build(f"ctys -a list={keywords} lab00", NOTHING, ENV).invocations
    request = invocation.targets[0].request
    assert isinstance(request, List)
    assert request.output.names is names
