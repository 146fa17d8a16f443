"""Where this machine's own things are: its names, the user's state."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from ctys_ls.runtime.api import Config
from ctys_ls.runtime.inventory import ssh_hosts


def state_dir() -> Path:
    """Where the inventory is kept: CTYS_STATE_DIR, else the system's place for a user's state."""
    import platformdirs

    named = os.environ.get("CTYS_STATE_DIR")
    return Path(named) if named else Path(platformdirs.user_state_dir("ctys-ls"))


def local_names(config: Config, home: Path) -> frozenset[str]:
    """The destinations that are this machine: they run without ssh, unless the ssh configuration names them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    own = {"localhost", "127.0.0.1", "::1", socket.gethostname(), socket.gethostname().partition(".")[0]} - {
        ""
    }
    ssh_config = config.ssh_config or home / ".ssh" / "config"
    plain = own - set(ssh_hosts(ssh_config, home))
    return frozenset(plain | {f"{user}@{name}" for name in plain})
