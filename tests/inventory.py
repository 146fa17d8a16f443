"""An inventory as earlier calls would have left it: the three machines of one label that the page prints after UC-30."""

from __future__ import annotations

import sys
from pathlib import Path

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime.snapshot import Conf, Snapshot
from ctys_ls.runtime.store import Store, location

UUID = 'uuid = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2"\n'
TEXT = 'name = "tst100"\nmemory = 512\n{uuid}vif = ["mac=00:50:56:13:11:40"]\n#@#IP0 = "192.168.1.220"\n'
#: Path to the machine's file: the page's records have the same label, MAC and address, two of them a UUID.
AMBIGUOUS = {
    "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf": TEXT.format(uuid=UUID),
    "/root/xen/tst100/tst100-inst.conf": TEXT.format(uuid=""),
    "/root/xen/tst100/tst100.conf": TEXT.format(uuid=UUID),
}
#: The shortest address that tells each of them from the others, found by hand.
SHORTEST = ["f:tst-ctys/tst100/tst100.conf", "f:tst100-inst.conf", "f:xen/tst100/tst100.conf"]


def remember(state_dir: Path, host: str = "lab00", *, ssh_config: Path | None = None) -> None:
    """Write the inventory below ``state_dir``; a program finds it with CTYS_STATE_DIR."""
    confs = tuple(Conf(path, read_conf(text, path)) for path, text in AMBIGUOUS.items())
    snapshot = Snapshot(host, name=host, fqdn=f"{host}.soho", home="/root", confs=confs, taken=1.0)
    Store(location(state_dir, ssh_config), ssh_config).save(host, snapshot)


if __name__ == "__main__":
    remember(Path(sys.argv[1]), ssh_config=Path(sys.argv[2]) if len(sys.argv) > 2 else None)
