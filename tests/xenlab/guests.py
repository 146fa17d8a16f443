"""What runs on a real host, asked of xl itself, and brought about by xl: never by the program under test."""

from dataclasses import dataclass

from terminals import until
from xenlab.host import SAVES, XenHost

#: Where the page's files are, below a home.
TST100 = "xen/tst-ctys/tst100"
#: The guests' addresses, as their files say.
ADDRESS = {f"tst10{number}": f"192.168.1.22{number}" for number in range(5)}
_SLOW = 120


@dataclass(frozen=True)
class Domain:
    """A row of ``xl list``; ``state`` is running, paused or another word of xl's letters."""

    id: int
    state: str


@dataclass(frozen=True)
class Guests:
    """The guests of one host."""

    host: XenHost

    def ask(self, command: str) -> str:
        """The output of a command in dom0; one that fails fails the test with its words."""
        done = self.host.ssh(command, timeout=_SLOW)
        assert done.returncode == 0, f"{self.host.name}: {command}: {done.stderr or done.stdout}"
        return done.stdout

    def domains(self) -> dict[str, Domain]:
        """All guests, by name, without Domain-0."""
        rows = [line.split() for line in self.ask("xl list").splitlines()[1:]]
        return {row[0]: Domain(int(row[1]), _state(row[4])) for row in rows if row[1] != "0"}

    def state(self, label: str) -> str:
        """The guest's state, "absent" where it does not run."""
        domain = self.domains().get(label)
        return domain.state if domain else "absent"

    def bring(
        self,
        state: str,
        label: str = "tst100",
        home: str = "/root",
        *,
        screen: bool = True,
        now: str | None = None,
    ) -> bool:
        """Make a guest absent, running, paused, answering (its Linux is up), there (in any state) or saved, by xl.

        Without ``screen`` one that has to be started has no device model, which takes seconds to start. ``now`` is
        its state where that is known. Returns whether the host had to do anything.
        """
        steps = _steps(state, now or self.state(label), label, home, screen)
        if steps:
            self.ask(" && ".join(steps))
        if state == "answering":
            self.answering(ADDRESS[label])
        return bool(steps)

    def stop_all(self) -> None:
        """No guest runs."""
        for label in self.domains():
            self.ask(f"xl destroy {label}")

    def clear(self) -> None:
        """No guest runs, and no saved one lies beside a file."""
        self.stop_all()
        self.ask(f"rm -f /root/{TST100}/*.stat /homen/*/{TST100}/*.stat")

    def answering(self, address: str) -> None:
        """Wait until a guest's Linux answers the host."""
        ping = f"ping -c 1 -W 1 {address}"
        until(lambda: self.host.ssh(ping).returncode == 0, f"answer of {address}", _SLOW)


def _steps(state: str, now: str, label: str, home: str, screen: bool) -> list[str]:
    """The commands from a state to another."""
    folder = f"{home}/xen/tst-ctys/{label}"
    create = f"xl create -q {folder}/{label}.conf{'' if screen else ' vnc=0'}"
    kept = f"{SAVES}/screen" if screen else f"{SAVES}/text"
    match state, now:
        case "saved", _:
            # Under the usual name, and as mystate.stat.
            links = [f"ln -f {kept} {folder}/{name}.stat" for name in ("mystate", label)]
            return [*_steps("absent", now, label, home, screen), *links]
        case "absent", "absent":
            return []
        case "absent", _:
            return [f"xl destroy {label}"]
        case "answering", "absent" if (label, home) == ("tst100", "/root"):
            return [f"xl restore {kept}"]
        case (("running" | "answering"), "absent"):
            return [create]
        case (("there" | "paused"), "absent"):
            # A guest that only has to be there does not boot: that spares the host the work.
            return [create.replace(" -q ", " -q -p ", 1)]
        case (("running" | "answering"), "paused"):
            return [f"xl unpause {label}"]
        case "paused", "running":
            return [f"xl pause {label}"]
        case _:
            return []


def _state(letters: str) -> str:
    words = {"p": "paused", "s": "shutdown", "c": "crashed", "d": "dying"}
    return next((word for letter, word in words.items() if letter in letters), "running")
