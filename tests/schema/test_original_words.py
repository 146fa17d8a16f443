"""Every word of the original's command line has its row, written down here from ctys-facts 1.2, 1.3, 2, 4.1, 4.2, 6, 9.

The tables are typed from that sheet, not from the rows: a row that is lost, or that takes a value where the original
takes none, is seen. A key is followed by ``-`` (no argument), ``:`` (one is required) or ``?`` (it may have one).
"""

from __future__ import annotations

import pytest

from ctys_ls.languages.cmdline import syntax
from ctys_ls.schema import cmdline

ROWS = cmdline.rows()

#: 1.1, "accepted letters": a colon behind a letter that takes a value.
LETTERS = (
    "a: A: b: d: D: c: C: E f F: g: h H: j: k: l: L: M: n o: O: p: r: s: S: t: T: v V w W: x: X y Y z: Z:"
)
#: 1.1: "documented only" and "emitted but has no parser entry".
NEVER = "P R"
#: 1.2: what -E, -F, -j are for ("internal"), and what is accepted without effect or never implemented.
STATUS = {"internal": "E F j", "inert": "o w"}
#: 1.2: the words that an option's value is made of.
VALUES = {
    "A": "0 OFF 1 ON",
    "b": "STACK SYNC 0 OFF ASYNC 1 ON SEQUENTIAL SEQ 2 PARALLEL PAR 3",
    "c": "ON BOTH LOCAL REMOTE ONLY OFF 0 1 2 3",
    "C": "ON 1 KEEP KEEPALL ONLY RAW FIN FOUT LIFETIME AUTO OFF 0",
    "k": "REUSE:0 REUSE:1 REUSE:2",
    "L": "LO LOCALONLY CF CONNECTIONFORWARDING DF DISPLAYFORWARDING CO CLIENTONLY SO SERVERONLY",
    "s": "USER GROUP USRLST= GRPLST= ALL",
    "t": "CLI RDP VNC X11 PM QEMU VBOX VMW XEN ALL",
    "T": "CLI RDP VNC X11 PM QEMU VBOX VMW XEN ALL",
    "x": "OFF 0 STAR 1 CHAIN 2",
    "z": "NOPTY PTY 1 2",
    "Z": "KSU NOKSU SUDO NOSUDO ALL",
}
#: 9 and its -M row: the options of ctys-vhost that the sheet names, and the values of -M.
VHOST = "M: s o:"
VHOST_M = "FIRST LAST ALL COMPLEMENT SORT USORT UNIQUE"

#: 1.3: "addressed" for those that take a machine-address; the last two are helpers of the original itself.
ACTIONS = {
    "CREATE": "addressed",
    "CANCEL": "addressed",
    "LIST": "",
    "ENUMERATE": "",
    "SHOW": "",
    "INFO": "",
    "GETCLIENTPORT": "addressed internal",
    "ISACTIVE": "addressed internal",
}

#: 2.
ADDRESS = """
ID|I|PATHNAME|PNAME|P : FILENAME|FNAME|F : LABEL|L : UUID|U : MAC|M : TCP|T :
BASEPATH|BASE|B : DBRECORD|DBREC|DR :
"""
#: 4.1. RESUME: the code takes no argument, the use-case page gives a file.
_XEN_AND_PM = """
CONNECT - REUSE - RECONNECT - RESUME ? CONSOLE : PING : SSHPING : USER : WAITC : WAITS : STACKCHECK :
CALLOPTS|C : XOPTS|X :
"""
CREATE = {
    "XEN": f"{ADDRESS} {_XEN_AND_PM} BOOTMODE : INSTMODE ?",
    "PM": f"{ADDRESS} {_XEN_AND_PM} WOL ? IF : BROADCAST : BMAC : PORT :",
    "QEMU": f"{ADDRESS} {_XEN_AND_PM} BOOTMODE : INSTMODE ? ARGSADD :",
    "CLI": "SHELL|S : CMD : CHDIR|CD : CALLOPTS|C : XOPTS|X : LABEL|L : STUBMODE|STUB ?",
    "X11": """
    SHELL|S : CMD : CHDIR|CD : DH - SH - CALLOPTS|C : XOPTS|X : LABEL|L : STUBMODE|STUB ? NOTITLE - TITLEKEY :
    CONSOLE :
    """,
    "VNC": """
    REUSE - CONNECT - RECONNECT - RESUME ? VNCDESKIDLIST|VDIL : VNCVM|WM : LABEL|L : ID|I : BULK : VNCBASE :
    VNCPORT : WAITS :
    """,
    "RDP": "CONNECT - RECONNECT - LABEL|L : ID|I : CONSOLE : RDESKTOP ? INSECURE - RDPPORT :",
}
#: 4.1: "rejected by XEN"; 4.2: USER of CANCEL is known to VMW only.
NOT_OF_XEN = {"CREATE": "CHDIR CD STUBMODE STUB VNCDESKIDLIST", "CANCEL": "USER"}
#: 4.1: values by type.
CONSOLES = {
    "XEN": "CLI XTERM GTERM EMACS EMACSA EMACSM EMACSAM VNC SDL NONE",
    "PM": "CLI XTERM GTERM EMACS EMACSA VNC NONE",
    "X11": "EMACS EMACSA EMACSM EMACSAM XTERM GTERM",
    "QEMU": "SDL VNC CLI0 CLI XTERM GTERM EMACS EMACSA EMACSM EMACSAM NONE",
    "VMW": "VMW VMWRC VMRC FIREFOX VNC NONE",
    "VBOX": "VBOX SDL RDP NONE",
}
BOOTMODES = {
    "XEN": "CD FDD USB ISO KERNEL PXE VHDD INSTALL",
    "QEMU": "CD DVD FDD HDD PXE USB KERNEL VHDD",
}
#: 4.1: suboptions of CREATE that exclude each other.
EXCLUSIVE = {
    "CREATE": ["CONNECT RECONNECT REUSE RESUME", "DH SH"],
    "CANCEL": ["POWEROFF REBOOT RESET PAUSE SUSPEND INIT", "CLIENT SERVER BOTH"],
    "LIST": ["SERVER CLIENT TUNNEL BOTH"],
}
#: 4.2.
CANCEL = f"""
{ADDRESS} ALL - POWEROFF|S5 ? REBOOT - RESET - PAUSE|S3 - SUSPEND|S4 - INIT : FORCE - STACK - SELF - TIMEOUT :
CLIENT - SERVER - BOTH -
"""
#: 6.1, without the forms that the first syntax check refuses.
LIST = """
ACCELERATOR|ACCEL - ARCH - CONTEXTSTRG|CSTRG - CPORT - DISPLAY - EXEPATH|EXEP - GROUP -
HYPERRELRUN|HRELRUN|HRELX|HRX - ID|PATHNAME|PNAME|P - IFNAME - JOBID|JID - LABEL - MAC - PID - PM|HOST - SITE -
SPORT - TCP - TYPE|ST|STYPE - USER - UUID -
TITLE - TITLEIDX - TITLEIDXASC - MACHINE - MAXKEY - TERSE - DNS - IP - ALL - NONE -
SERVER - CLIENT - TUNNEL - BOTH - PKG : SORT ? TAB_GEN|TAB : SPEC_GEN|SPEC ? REC_GEN|REC ? XML_GEN|XML ? TAB_TCP ?
"""
LIST_REFUSES = "GID IF UID"
#: 6.2.
_RECORD = """
LABEL|L - IDS|ID|PNAME - UUID|U - MAC|M - TCP|T - DNS|D - IP - TYPE|STYPE|ST - CPORT|VNCPORT -
SPORT|SERVERACCESS|S - VNCDISPLAY|DISP - VNCBASE - DIST - DISTREL - OS|O - OSREL - VERNO|VER -
SERNO|SERIALNUMBER - CATEGORY|CAT - VMSTATE|VSTAT - HYPERREL|HYREL - STACKCAP|SCAP - STACKREQ|SREQ - HWCAP - HWREQ -
EXECLOCATION - RELOCCAP - SSHPORT - NETNAME - IFNAME - CTYSRELEASE - NETMASK - GATEWAY - RELAY - ARCH -
PLATFORM|PFORM - VRAM - VCPU - CONTEXTSTRING|CSTRG - USERSTRING|USTRG - USERID|UID - GROUPID|GID -
DEFAULTHOSTS|DEFH - DEFAULTCONSOLE|DEFC - ACCELERATOR - EXEPATH - HYPERRELRUN|HRX -
TITLE - TITLEIDX - TITLEIDXASC - MACHINE - MAXKEY - TERSE - ALL - NONE - SORT ? PKG : TAB_GEN :
SPEC_GEN|SPEC ? REC_GEN|REC ? XML_GEN|XML ?
"""
ENUMERATE = f"{_RECORD} BASEPATH|BASE|B : MATCHVSTAT :"
ENUMERATE_REFUSES = "TAB TAB_TCP"
MATCHVSTAT = "ACTIVE DISABLED EMPTY BACKUP TEMPLATE TESTDUMMY IGNORE ENABLED PRESENT ALL CUSTOM"
#: 9: ctys-vhost -o.
VHOST_O = f"{_RECORD} CTYSADDRESS|CTYS - INDEX -"

_ARGUMENTS = {"-": "none", ":": "required", "?": "optional"}
SUBS = [
    *(("CREATE", kind, text) for kind, text in CREATE.items()),
    ("CANCEL", "XEN", CANCEL),
    ("LIST", "XEN", LIST),
    ("ENUMERATE", "XEN", ENUMERATE),
    ("VHOST", "XEN", VHOST_O),
]


def table(text: str) -> list[tuple[tuple[str, ...], str]]:
    """The keys of a table with their aliases, and what the row should say of the argument."""
    words = text.split()
    return [
        (tuple(keys.split("|")), _ARGUMENTS[mark]) for keys, mark in zip(words[::2], words[1::2], strict=True)
    ]


def of_type(row, kind):
    return not row.types or kind in row.types


def words(values, kind=""):
    """All spellings of the values that a type knows."""
    return {word for value in values if not kind or value.fits(kind) for word in (value.name, *value.aliases)}


@pytest.mark.parametrize(("program", "letters"), [("ctys", LETTERS), ("ctys-vhost", VHOST)])
def test_options_and_whether_they_take_a_value(program, letters):
    wanted = {word[0]: word.endswith(":") for word in letters.split()}
    has = {
        letter: row.kind != "flag" for letter, row in ROWS.options[program].items() if row.status != "never"
    }
    if program == "ctys":
        assert has == wanted
    assert wanted.items() <= has.items()


@pytest.mark.parametrize("program", ["ctys", "ctys-vhost"])
def test_options_are_read_as_their_rows_say(program):
    rows = {letter: row for letter, row in ROWS.options[program].items() if row.status != "never"}
    assert syntax.LETTERS[program] == {letter: row.kind != "flag" for letter, row in rows.items()}


def test_options_that_no_release_has_and_those_without_effect():
    rows = ROWS.options["ctys"]
    for status, letters in {"never": NEVER, **STATUS}.items():
        assert {letter for letter, row in rows.items() if row.status == status} == set(letters.split())


@pytest.mark.parametrize("letter", VALUES)
def test_values_of_options(letter):
    assert words(ROWS.options["ctys"][letter].values) >= set(VALUES[letter].split())


def test_values_of_the_look_up():
    assert words(ROWS.options["ctys-vhost"]["M"].values) == set(VHOST_M.split())


def test_actions():
    told = {
        name: " ".join(filter(None, ("addressed" if row.address else "", row.status)))
        for name, row in ROWS.actions.items()
    }
    assert told == ACTIONS


@pytest.mark.parametrize(
    ("action", "kind", "text"), SUBS, ids=[f"{action}-{kind}" for action, kind, _ in SUBS]
)
def test_suboptions(action, kind, text):
    wrong = []
    for keys, argument in table(text):
        rows = [ROWS.sub(action, key) for key in keys]
        told = rows[0]
        if told is None or any(row is not told for row in rows):
            wrong.append(f"{'|'.join(keys)}: {[row and row.name for row in rows]}")
        elif told.argument != argument or not of_type(told, kind):
            wrong.append(f"{told.name}: {told.argument}, of {told.types or 'all'}")
    assert not wrong


@pytest.mark.parametrize(
    ("action", "text"),
    [("CREATE", CREATE["XEN"]), ("CANCEL", CANCEL), ("LIST", LIST), ("ENUMERATE", ENUMERATE)],
)
def test_xen_has_no_other_suboptions(action, text):
    # HOST for the record's first field is the LIST spelling, which ENUMERATE shares.
    known = {key for keys, _ in table(text) for key in keys} | (
        {"PM", "HOST"} if action == "ENUMERATE" else set()
    )
    has = {key for key, row in ROWS.keys[action].items() if of_type(row, "XEN")}
    assert has == known


@pytest.mark.parametrize(
    ("action", "keys"),
    [*NOT_OF_XEN.items(), ("LIST", LIST_REFUSES), ("ENUMERATE", ENUMERATE_REFUSES)],
)
def test_suboptions_that_are_refused(action, keys):
    for key in keys.split():
        row = ROWS.sub(action, key)
        assert row is None or not of_type(row, "XEN"), key


@pytest.mark.parametrize(
    ("key", "kind", "values"),
    [
        *(("CONSOLE", kind, values) for kind, values in CONSOLES.items()),
        *(("BOOTMODE", kind, values) for kind, values in BOOTMODES.items()),
        ("INSTMODE", "XEN", "CD DVD PXE KS"),
        ("PING", "XEN", "OFF"),
        ("SSHPING", "XEN", "OFF"),
        ("STACKCHECK", "XEN", "OFF CONTEXT NOCONTEXT HWCAP NOHWCAP STACKCAP NOSTACKCAP"),
    ],
)
def test_values_of_suboptions(key, kind, values):
    row = ROWS.sub("CREATE", key)
    assert words(row.values, kind) >= set(values.split())
    if row.kind == "enum":
        assert words(row.values, kind) == set(values.split())


def test_states_of_machines_and_orders():
    assert words(ROWS.sub("ENUMERATE", "MATCHVSTAT").values) == set(MATCHVSTAT.split())
    assert words(ROWS.sub("LIST", "SORT").values) == {"ALL", "EACH", "UNIQUE"}


@pytest.mark.parametrize("action", EXCLUSIVE)
def test_suboptions_that_exclude_each_other(action):
    for keys in EXCLUSIVE[action]:
        groups = {ROWS.sub(action, key).group for key in keys.split()}
        assert len(groups) == 1
        assert groups != {""}
