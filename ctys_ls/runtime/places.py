"""Where this machine's own things are: its names, the user's state."""

from __future__ import annotations

import getpass
import os
import socket
import warnings
from pathlib import Path

from ctys_ls.runtime.api import Config
from ctys_ls.runtime.userfiles import ssh_hosts


def state_dir() -> Path:
    """Where the inventory is kept: CTYS_STATE_DIR, else the system's place for a user's state."""
    import platformdirs

    named = os.environ.get("CTYS_STATE_DIR")
    return Path(named) if named else Path(platformdirs.user_state_dir("ctys-ls"))


def runtime_dir(named: Path | None = None) -> Path:
    """Where running clients note themselves: the user's runtime folder, which ends with the login.

    Where a state folder is named, by ``named`` or CTYS_STATE_DIR, or there is no runtime folder of the user's own
    (a system without one would have us write into a folder of everybody's), it is the state folder.
    """
    import platformdirs

    if named is not None or os.environ.get("CTYS_STATE_DIR"):
        return named or state_dir()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # It warns where there is no such folder, which is looked after below.
        folder = Path(platformdirs.user_runtime_dir("ctys-ls"))
    try:
        own = folder.parent.stat().st_uid == os.getuid()
    except OSError:
        own = False
    return folder if own else state_dir()


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
