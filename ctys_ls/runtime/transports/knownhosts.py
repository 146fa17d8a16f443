"""known_hosts files: which ones count for a host, and adding a key that the user accepted."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def entry(host: str, port: int, key: str) -> str:
    """The line that remembers ``key`` (``algorithm base64``) for a host; another port than 22 is part of the name."""
    name = host if port == 22 else f"[{host}]:{port}"
    return f"{name} {key.strip()}\n"


def remember(path: Path, line: str) -> None:
    """Add ``line`` to a known_hosts file as a whole or not at all. Raises OSError.

    A symbolic link stays one; something that is no regular file (/dev/null) is left alone.
    """
    path = path.expanduser().resolve()
    old = b""
    mode = 0o600
    with contextlib.suppress(FileNotFoundError):
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return
        mode = stat.S_IMODE(found.st_mode)
        old = path.read_bytes()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if old and not old.endswith(b"\n"):
        old += b"\n"
    descriptor, name = tempfile.mkstemp(prefix=".known_hosts.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as fresh:
            fresh.write(old + line.encode())
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
