"""The clients on this machine: consoles, viewers and tunnels note themselves here, so that LIST can show them.

Each is one small file that goes with its process; a file whose process is gone (kill -9) is taken away by who reads it.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

#: A process's start is known to the clock tick only.
_TICK = 1.5


@dataclass(frozen=True, slots=True)
class Client:
    """One client: ``type`` as LIST shows it (CLI, X11, VNC; SSH(XEN) for a tunnel), ``side`` C or T.

    ``host`` is where the guest runs; ``cport`` and ``sport`` are ports of this machine and of the host.
    """

    host: str
    label: str
    type: str
    side: str = "C"
    cport: str = ""
    sport: str = ""
    pid: int = 0
    started: float = 0.0
    user: str = ""
    group: str = ""


@contextmanager
def registered(folder: Path, client: Client, pid: int | None = None) -> Iterator[None]:
    """Show ``client`` in LIST while the block runs, for the process ``pid`` (default: this one).

    A place that cannot be written costs only the row.
    """
    path: Path | None = None
    try:
        with contextlib.suppress(OSError, psutil.Error):
            path = _write(folder / "clients", client, pid or os.getpid())
        yield
    finally:
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _write(folder: Path, client: Client, pid: int) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = psutil.Process(pid)
    record = asdict(client) | {"pid": pid, "started": process.create_time()}
    record["user"] = client.user or getpass.getuser()
    record["group"] = client.group or _group()
    path = folder / f"{pid}-{secrets.token_hex(4)}.json"
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file)
    fresh.replace(path)
    return path


def _group() -> str:
    try:
        import grp

        return grp.getgrgid(os.getgid()).gr_name
    except (ImportError, KeyError):
        return ""


def clients(folder: Path) -> tuple[Client, ...]:
    """The clients whose processes live, in order of their start; blocking, for a thread."""
    found = [client for path in (folder / "clients").glob("*.json") if (client := _read(path)) is not None]
    return tuple(sorted(found, key=lambda client: (client.started, client.label, client.side)))


def end(client: Client) -> None:
    """Ask a client to end; one that is gone already is no error, another process with its number is left alone."""
    with contextlib.suppress(psutil.Error):
        if process := _process(client):
            process.terminate()


def _process(client: Client) -> psutil.Process | None:
    """The client's process; None where its number is another's by now, or where it has ended and nobody has asked how.

    Raises psutil.Error.
    """
    process = psutil.Process(client.pid)
    same = abs(process.create_time() - client.started) < _TICK
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None


def _read(path: Path) -> Client | None:
    try:
        client = Client(**json.loads(path.read_text(encoding="utf-8")))
        if _process(client):
            return client
    except psutil.NoSuchProcess:
        pass
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return None
