"""What runs on a real host, asked of xl itself, and brought about by xl: never by the program under test."""

from dataclasses import dataclass

from terminals import until
from xenlab.host import XenHost

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

    def bring(self, state: str, label: str = "tst100", home: str = "/root") -> None:
        """Make a guest absent, running, paused, answering (its Linux is up), there (in any state) or saved, by xl."""
        now = self.state(label)
        match state:
            case "absent" if now != "absent":
                self.ask(f"xl destroy {label}")
            case "there" | "running" | "paused" if now == "absent":
                # A guest that only has to be there does not boot: that spares the host the work.
                flag = "" if state == "running" else "-p"
                self.ask(f"xl create -q {flag} {home}/xen/tst-ctys/{label}/{label}.conf")
            case "running" if now == "paused":
                self.ask(f"xl unpause {label}")
            case "paused" if now == "running":
                self.ask(f"xl pause {label}")
            case "answering":
                self.bring("running", label, home)
                self.answering(ADDRESS[label])
            case "saved":
                self._save(label, home)

    def _save(self, label: str, home: str) -> None:
        """The guest is gone, and its state lies beside its file under the usual name and as mystate.stat."""
        folder = f"{home}/xen/tst-ctys/{label}"
        if self.host.ssh(f"test -s {folder}/mystate.stat").returncode:
            self.bring("answering", label, home)
            self.ask(f"xl save {label} {folder}/mystate.stat")
        self.bring("absent", label)
        self.ask(f"ln -f {folder}/mystate.stat {folder}/{label}.stat")

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


def _state(letters: str) -> str:
    words = {"p": "paused", "s": "shutdown", "c": "crashed", "d": "dying"}
    return next((word for letter, word in words.items() if letter in letters), "running")
