"""The fixture ``xen_hosts``: two real Xen hosts, lab00 and lab01, as new for every module of tests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from needs import need
from xenlab.host import XenHost, missing_parts

NAMES = ("lab00", "lab01")


@dataclass(frozen=True)
class XenHosts:
    """Both hosts; ``folder`` is theirs for as long as they run."""

    hosts: dict[str, XenHost]
    folder: Path

    def __getitem__(self, name: str) -> XenHost:
        return self.hosts[name]

    @property
    def ssh_config(self) -> Path:
        """The ssh configuration that reaches both hosts, and their guests, as root."""
        return self.config()

    def config(self, **users: str) -> Path:
        """The same with other users, by host: ``config(lab00="acue")``."""
        name = "-".join(["ssh_config", *(f"{host}.{user}" for host, user in sorted(users.items()))])
        blocks = [host.config_lines(users.get(host.name, "root")) for host in self.hosts.values()]
        known = " ".join(str(host.folder / "known_hosts") for host in self.hosts.values())
        keys = "".join(f"  IdentityFile {host.folder}/id_ed25519\n" for host in self.hosts.values())
        guests = f"Host 192.168.1.*\n  User root\n{keys}  IdentitiesOnly yes\n  UserKnownHostsFile {known}\n"
        path = self.folder / name
        path.write_text("".join([*blocks, guests]))
        return path


def start_hosts(folder: Path) -> XenHosts:
    """Both hosts, running. Whoever starts them stops them."""
    hosts = {name: XenHost(name, folder / name) for name in NAMES}
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(XenHost.start, hosts.values()))
    except BaseException:
        stop_hosts(hosts)
        raise
    return XenHosts(hosts, folder)


def stop_hosts(hosts: dict[str, XenHost]) -> None:
    """End them."""
    for host in hosts.values():
        host.stop()


@pytest.fixture(scope="module")
def xen_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XenHosts]:
    """Two real Xen hosts; what one test of a module does the next one sees."""
    missing = missing_parts()
    need(not missing, "a real Xen host in QEMU", f"apt-get install {' '.join(missing)}")
    running = start_hosts(tmp_path_factory.mktemp("xen"))
    try:
        yield running
    finally:
        stop_hosts(running.hosts)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A failing test on real hosts shows what their serial lines said."""
    outcome = yield
    report = outcome.get_result()
    hosts = getattr(item, "funcargs", {}).get("xen_hosts")
    if report.failed and hosts:
        report.sections += [
            (f"serial line of {name}", host.log[-4000:]) for name, host in hosts.hosts.items()
        ]
