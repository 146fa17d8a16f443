"""The inventory on disk: what was read in guests' files, with host, age and source, in one SQLite file.

An inventory belongs to the ssh configuration that names its hosts: lab00 of one configuration is not lab00 of another.
Several processes may use it; a process that is killed leaves the last whole state. A damaged file is put aside and a
new one begun: nothing in it cannot be enumerated again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from ctys_ls.facts import ConfFacts
from ctys_ls.runtime.kept import Answer
from ctys_ls.runtime.snapshot import Conf, Snapshot

#: Grows with every change of the tables; a file of another version is begun anew.
VERSION = 1
_TABLES = """
CREATE TABLE origin (ssh_config TEXT NOT NULL);
CREATE TABLE host (name TEXT PRIMARY KEY, seen REAL NOT NULL, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE conf (
    host TEXT NOT NULL, path TEXT NOT NULL, seen REAL NOT NULL, source TEXT NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (host, path)
) WITHOUT ROWID;
"""
#: Answers of hosts that -C KEEP keeps. It came later, and who does not know it is not disturbed by it.
_ANSWERS = """
CREATE TABLE IF NOT EXISTS answer (
    destination TEXT NOT NULL, action TEXT NOT NULL, taken REAL NOT NULL, text TEXT NOT NULL, boundary TEXT NOT NULL,
    PRIMARY KEY (destination, action)
)
"""
#: Nobody asks for answers older than this, in seconds.
_ANSWER_SECONDS = 30 * 86400.0
_HOST_FIELDS = ("name", "fqdn", "home", "system", "release", "machine", "xen", "address", "mac", "rights")
#: How long one process waits for another one's write, in seconds.
_PATIENCE = 5.0


def location(state_dir: Path, ssh_config: Path | None) -> Path:
    """The file for a configuration; None is the user's own."""
    if ssh_config is None:
        return state_dir / "inventory.sqlite3"
    mark = hashlib.sha256(str(ssh_config.expanduser().absolute()).encode()).hexdigest()[:12]
    return state_dir / f"inventory-{mark}.sqlite3"


class Store:
    """One inventory file. Every call is blocking and for a thread; none raises: without a file nothing is known."""

    def __init__(self, path: Path, ssh_config: Path | None) -> None:
        self._path = path
        self._ssh_config = str(ssh_config.expanduser().absolute()) if ssh_config else ""

    def load(self) -> dict[str, Snapshot]:
        """What is known of each host; nothing runs as far as this tells."""
        if not self._path.exists():
            return {}
        try:
            with closing(self._open()) as database:
                confs: dict[str, list[Conf]] = {}
                for host, path, facts, seen, source in database.execute(
                    "SELECT host, path, facts, seen, source FROM conf ORDER BY host, path"
                ):
                    conf = Conf(path, _conf_facts(json.loads(facts)), seen, source)
                    confs.setdefault(host, []).append(conf)
                return {
                    host: Snapshot(
                        host, confs=tuple(confs.get(host, ())), taken=seen, **_host_facts(json.loads(facts))
                    )
                    for host, seen, facts in database.execute("SELECT name, seen, facts FROM host")
                }
        except sqlite3.OperationalError:
            return {}
        except (sqlite3.DatabaseError, ValueError, TypeError):
            self._put_aside()
            return {}

    def save(self, host: str, snapshot: Snapshot) -> None:
        """Make the host's part equal to ``snapshot``, as a whole or not at all."""
        self.save_all({host: snapshot})

    def save_all(self, snapshots: Mapping[str, Snapshot]) -> None:
        """The same for several hosts, in one go."""
        try:
            self._save(snapshots)
        except sqlite3.OperationalError:
            # No room, no rights, or another process holds it for too long: the next look tries again.
            return
        except sqlite3.DatabaseError:
            self._put_aside()
            with contextlib.suppress(sqlite3.Error):
                self._save(snapshots)

    def _save(self, snapshots: Mapping[str, Snapshot]) -> None:
        hosts = [(host, one.taken, _facts(one)) for host, one in snapshots.items()]
        rows = [
            (host, conf.path, conf.seen or snapshot.taken, conf.source, _text(conf))
            for host, snapshot in snapshots.items()
            for conf in snapshot.confs
        ]
        with closing(self._open()) as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("REPLACE INTO host VALUES (?, ?, ?)", hosts)
            database.executemany("DELETE FROM conf WHERE host = ?", [(host,) for host in snapshots])
            database.executemany("INSERT INTO conf VALUES (?, ?, ?, ?, ?)", rows)

    def answers(self, destinations: Iterable[str]) -> tuple[Answer, ...]:
        """The answers of these destinations that were kept."""
        wanted = frozenset(destinations)
        if not self._path.exists():
            return ()
        try:
            with closing(self._open()) as database:
                rows = database.execute("SELECT destination, action, taken, text, boundary FROM answer")
                return tuple(Answer(*row) for row in rows if row[0] in wanted)
        except sqlite3.OperationalError:
            return ()
        except sqlite3.DatabaseError:
            self._put_aside()
            return ()

    def keep(self, answers: Sequence[Answer]) -> str:
        """Keep answers, all of them or none; gives what is in the way, "" for nothing."""
        try:
            try:
                self._keep(answers)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._put_aside()
                self._keep(answers)
        except sqlite3.Error as error:
            return str(error)
        return ""

    def _keep(self, answers: Sequence[Answer]) -> None:
        with closing(self._open()) as database, database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_ANSWERS)
            database.execute("DELETE FROM answer WHERE taken < ?", (time.time() - _ANSWER_SECONDS,))
            database.executemany("REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", map(astuple, answers))

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        database = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        if version:
            raise sqlite3.DatabaseError(f"the inventory has version {version}")
        with contextlib.suppress(OSError):
            self._path.chmod(0o600)
        with database:
            database.execute("BEGIN IMMEDIATE")
            # Another process may have been first.
            if database.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                return
            for statement in filter(str.strip, _TABLES.split(";")):
                database.execute(statement)
            database.execute("INSERT INTO origin VALUES (?)", (self._ssh_config,))
            database.execute(f"PRAGMA user_version = {VERSION}")

    def _put_aside(self) -> None:
        with contextlib.suppress(OSError):
            self._path.replace(self._path.with_name(f"{self._path.name}.damaged-{time.time_ns()}"))

    def sweep(self) -> None:
        """Take away inventories beside this one whose ssh configuration is gone (labs that are over)."""
        for path in self._path.parent.glob("inventory-*.sqlite3"):
            if path != self._path and (origin := _origin(path)) and not Path(origin).exists():
                path.unlink(missing_ok=True)


def _origin(path: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as database:
            row = database.execute("SELECT ssh_config FROM origin").fetchone()
            return str(row[0]) if row else ""
    except sqlite3.Error:
        return ""


def _facts(snapshot: Snapshot) -> str:
    """A host's facts as they are kept."""
    texts = {name: getattr(snapshot, name) for name in _HOST_FIELDS}
    return json.dumps(texts | {"names": dict(snapshot.names)})


def _text(conf: Conf) -> str:
    """A guest's facts as they are kept."""
    facts = asdict(conf.facts)
    return json.dumps({name: dict(value) if name == "tags" else value for name, value in facts.items()})


def _conf_facts(values: dict[str, Any]) -> ConfFacts:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return ConfFacts(**fields)


def _host_facts(values: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(values.get(name, "")) for name in _HOST_FIELDS}
    return texts | {"names": dict(values.get("names", {}))}
