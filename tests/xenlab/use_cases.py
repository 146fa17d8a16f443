"""What each command line of the page needs on the real hosts, and what xl must say of them afterwards."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from terminals import until
from xenlab.desk import Desk
from xenlab.guests import TST100, Guests

#: A guest that stops, reboots or answers takes at most this long on a busy machine.
SLOW = 200


@dataclass(frozen=True)
class Ran:
    """What a line ended with and printed."""

    status: int
    out: str
    err: str = ""


@dataclass(frozen=True)
class World:
    """The hosts as a check sees them: ``ids`` are the domain ids before, by "host/label"."""

    desk: Desk
    hosts: dict[str, Guests]
    ids: dict[str, int]
    ran: Ran


Check = Callable[[World], None]


@dataclass(frozen=True)
class Case:
    """``needs``: "host/label" to the state before; ``then`` is asked of xl afterwards; ``console`` is its kind.

    ``screen``: the guest that runs before has a screen.
    """

    needs: dict[str, str]
    then: Check
    console: str = ""
    user: str = "acue"
    screen: bool = False

    @property
    def home(self) -> str:
        """Where the guests' files lie that it is about."""
        return "/homen/acue" if self.user == "acue" else "/root"


def is_now(state: str, *places: str) -> Check:
    """These guests are in this state."""

    def check(world: World) -> None:
        for place in places:
            host, _, label = place.partition("/")
            until(lambda h=host, name=label: world.hosts[h].state(name) == state, f"{place} {state}", SLOW)

    return check


def untouched(*places: str) -> Check:
    """These guests run on as the domains that they were."""

    def check(world: World) -> None:
        for place in places:
            host, _, label = place.partition("/")
            assert world.hosts[host].domains()[label].id == world.ids[place]

    return check


def anew(place: str) -> Check:
    """The guest runs as another domain than before."""
    host, _, label = place.partition("/")

    def fresh(world: World) -> bool:
        domain = world.hosts[host].domains().get(label)
        return domain is not None and domain.id != world.ids[place] and domain.state == "running"

    return lambda world: until(lambda: fresh(world), f"new domain of {place}", SLOW)


def saved(world: World) -> None:
    """The guest of lab01 is gone, and its state lies beside its file."""
    is_now("absent", "lab01/tst100")(world)
    world.hosts["lab01"].ask(f"test -s /root/{TST100}/tst100.stat && rm /root/{TST100}/tst100.stat")


def ends(world: World) -> None:
    """The guest of lab00 ended by its own init."""
    is_now("absent", "lab00/tst100")(world)


def lists(host: str, *, machine: bool = True, local: bool = False) -> Check:
    """The table holds exactly what xl lists on the host, and the machines where they were asked for."""

    def check(world: World) -> None:
        rows = [[cell.strip() for cell in line.split("|")] for line in world.ran.out.splitlines()[2:]]
        theirs = [row for row in rows if row[0].partition(".")[0] == host]
        wanted = ["Domain-0", *sorted(world.hosts[host].domains()), *([host] if machine else [])]
        assert [row[2] for row in theirs] == wanted, world.ran.out
        assert [row[3] for row in theirs] == ["XEN"] * (len(wanted) - machine) + ["PM"] * machine
        assert {row[4] for row in theirs} == {"S"}
        others = [row for row in rows if row not in theirs]
        assert bool(others) == local, world.ran.out

    return check


def only_this_machine(world: World) -> None:
    """Without a target the table is this machine's."""
    rows = [line.split("|") for line in world.ran.out.splitlines()[2:]]
    assert rows
    assert not [row for row in rows if row[0].startswith("lab0")]
    assert "PM" in [row[3].strip() for row in rows]


def records(world: World) -> None:
    """UC-44: the title with its numbers, then a record of 22 fields for each domain that xl knows."""
    title, *rows = world.ran.out.splitlines()
    assert title.startswith("ContainingMachine(1);SessionType(2);Label(3);")
    fields = [row.split(";") for row in rows]
    assert {len(row) for row in fields} == {22}
    ids = {"Domain-0": 0} | {name: domain.id for name, domain in world.hosts["lab00"].domains().items()}
    assert {row[2]: int(row[10]) for row in fields} == ids


def ports(world: World) -> None:
    """UC-48: the port of the guest's screen is the one in xenstore, its MAC the one of xl's network list."""
    row = next(line.split("|") for line in world.ran.out.splitlines() if line.startswith("tst100"))
    guests = world.hosts["lab00"]
    number = guests.domains()["tst100"].id
    assert row[2].strip() == guests.ask(f"xenstore-read /local/domain/{number}/console/vnc-port").strip()
    assert row[4].strip().lower() in guests.ask("xl network-list tst100").lower()


def enumerates(world: World) -> None:
    """UC-49, UC-50: the guests' files of both machines, with the addresses in them."""
    found = world.hosts["lab00"].ask("grep -l MAGICID-XEN -r xen --include=*.conf | wc -l")
    assert world.ran.out.count("00:50:56:13:11:4") == 2 * int(found), world.ran.out
    assert world.ran.out.count("192.168.1.220") == 2


def tells(*patterns: str) -> Check:
    """The text holds what fits these patterns."""

    def check(world: World) -> None:
        for pattern in patterns:
            assert re.search(pattern, world.ran.out), world.ran.out

    return check


def copies(world: World) -> None:
    """UC-30: a record of 15 fields for each copy, the running guest's and the others'."""
    rows = [line.split(";") for line in world.ran.out.splitlines()]
    assert {len(row) for row in rows} <= {15, 16}, world.ran.out
    assert sorted(row[3] for row in rows) == sorted(COPIES), world.ran.out
    assert {row[2] for row in rows} == {"tst100"}


COPIES = (
    "/root/xen/tst100/tst100.conf",
    "/root/xen/tst100/tst100-inst.conf",
    "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf",
)

_ABSENT = {"lab00/tst100": "absent"}
_RUNS = {"lab00/tst100": "running"}
_RUNS01 = {"lab01/tst100": "running"}
_SAVED = {"lab01/tst100": "saved"}
_STARTED = is_now("running", "lab00/tst100")
_SAME = untouched("lab00/tst100")
_RESUMED = is_now("running", "lab01/tst100")
_OFF01 = is_now("absent", "lab01/tst100")
_BOTH = {"lab00/tst100": "absent", "lab00/tst101": "absent"}
_TWO = {"lab00/tst100": "absent", "lab01/tst101": "absent"}

#: In this order, which is that of the states.
CASES = {
    "UC-03": Case(_ABSENT, _STARTED),
    **{f"UC-{number:02}": Case(_RUNS, _SAME, "CLI") for number in range(4, 13)},
    "UC-18": Case({}, only_this_machine, user="root"),
    "UC-19": Case(_RUNS, lists("lab00", local=True), user="root"),
    "UC-44": Case(_RUNS, records, user="root"),
    "UC-51": Case({}, tells(r"Node: *lab00", "MemTotal"), user="root"),
    "UC-52": Case({}, tells(r"Node: *lab00", "MemTotal"), user="root"),
    "UC-49": Case({}, enumerates, user="root"),
    "UC-50": Case({}, enumerates, user="root"),
    "UC-30": Case({}, copies, user="root"),
    "UC-28": Case(_RUNS, is_now("absent", "lab00/tst100")),
    "UC-01": Case(_ABSENT, _STARTED, "CLI"),
    "UC-02": Case(_ABSENT, _STARTED, "CLI"),
    "UC-13": Case(_ABSENT, _STARTED, "XTERM"),
    "UC-14": Case(_ABSENT, _STARTED, "GTERM"),
    "UC-15": Case(_ABSENT, _STARTED, "EMACS"),
    "UC-16": Case(_ABSENT, _STARTED, "VNC"),
    "UC-17": Case(_ABSENT, _STARTED, "VNC"),
    "UC-48": Case(_RUNS, ports, user="root", screen=True),
    "UC-20": Case(_ABSENT, _STARTED),
    "UC-24": Case(_BOTH, is_now("running", "lab00/tst100", "lab00/tst101")),
    "UC-25": Case(_BOTH, is_now("running", "lab00/tst100", "lab00/tst101")),
    "UC-26": Case(_BOTH, _STARTED),
    "UC-27": Case(_TWO, _STARTED),
    "UC-42": Case({"lab00/tst100": "answering"}, ends, user="root"),
    "UC-43": Case({"lab00/tst100": "answering"}, anew("lab00/tst100"), user="root"),
    "UC-21": Case(_SAVED, _RESUMED, "XTERM", user="root"),
    "UC-22": Case(_SAVED, _RESUMED, "VNC", user="root", screen=True),
    "UC-23": Case(_SAVED, _RESUMED, "EMACS", user="root"),
    "UC-45": Case(_RUNS01, lists("lab01"), user="root"),
    "UC-46": Case(_RUNS01, lists("lab01", machine=False), user="root"),
    "UC-47": Case(_RUNS01, lists("lab01", machine=False), user="root"),
    "UC-53": Case({}, tells(r"Node: *lab01", "ENABLED"), user="root"),
    "UC-54": Case({}, tells(r"Node: *lab01", "ENABLED"), user="root"),
    "UC-38": Case(_RUNS01, is_now("paused", "lab01/tst100"), user="root"),
    "UC-39": Case(_RUNS01, is_now("paused", "lab01/tst100"), user="root"),
    "UC-29": Case({"lab01/tst100": "there"}, _OFF01, user="root"),
    "UC-31": Case({"lab01/tst100": "there"}, _OFF01, user="root"),
    "UC-32": Case({"lab01/tst100": "there"}, _OFF01, user="root"),
    "UC-33": Case({"lab01/tst100": "there"}, anew("lab01/tst100"), user="root"),
    "UC-34": Case({"lab01/tst100": "there"}, anew("lab01/tst100"), user="root"),
    "UC-35": Case({"lab01/tst100": "answering"}, anew("lab01/tst100"), user="root"),
    "UC-36": Case({"lab01/tst100": "answering"}, anew("lab01/tst100"), user="root"),
    "UC-37": Case({"lab01/tst100": "answering"}, anew("lab01/tst100"), user="root"),
    "UC-40": Case({"lab01/tst100": "answering"}, saved, user="root"),
    "UC-41": Case({"lab01/tst100": "answering"}, saved, user="root"),
}
