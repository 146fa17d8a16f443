"""The fixture ``xen_hosts``: two real Xen hosts, lab00 and lab01, booted once for the whole run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from needs import need
from xenlab.host import XenHost, missing_parts
from xenlab.image import built_image


@dataclass(frozen=True)
class XenHosts:
    """Both hosts and the ssh configuration that names them."""

    hosts: dict[str, XenHost]
    ssh_config: Path

    def __getitem__(self, name: str) -> XenHost:
        return self.hosts[name]


@pytest.fixture(scope="session")
def xen_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XenHosts]:
    """Two real Xen hosts; a test that destroys one stops and starts it itself."""
    missing = missing_parts()
    need(not missing, "a real Xen host in QEMU", f"apt-get install {' '.join(missing)}")
    folder = tmp_path_factory.mktemp("xen")
    built_image()
    hosts = {name: XenHost(name, folder / name) for name in ("lab00", "lab01")}
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(XenHost.start, hosts.values()))
        config = folder / "ssh_config"
        config.write_text("".join(host.config_lines() for host in hosts.values()))
        yield XenHosts(hosts, config)
    finally:
        for host in hosts.values():
            host.stop()


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
