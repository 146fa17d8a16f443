"""The settings: every one has a default, and a wrong one costs a message, never the server.

``initializationOptions`` and the configuration section ``ctys`` have the same shape, in camelCase. docs/settings.md says
what each means; a test holds both against each other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from ctys_ls.text import camel

if TYPE_CHECKING:
    from ctys_ls.languages.cmdline.shelves import Shelves

#: How a Xen release is written; what is behind the second number changes nothing of a domain file.
RELEASE = re.compile(r"\d+\.\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Ssh:
    """How hosts are reached. Paths may begin with ``~``; empty ones are ssh's own."""

    config_file: str = ""
    known_hosts: str = ""
    connect_timeout: float = 8.0


@dataclass(frozen=True, slots=True)
class Xenconf:
    """How domain files are judged."""

    dialect: str = field(default="auto", metadata={"choices": ("auto", "xl", "xm")})
    release: str = field(default="", metadata={"pattern": RELEASE, "wish": "a release of Xen, as in 4.17"})
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """Which notes are shown between the characters; the names are the topics of the languages' hints."""

    sizes: bool = True
    octal: bool = True
    cpus: bool = True
    shares: bool = True
    ports: bool = True
    hosts: bool = True
    addresses: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a client."""

    ssh: Ssh = field(default_factory=Ssh)
    hosts: tuple[str, ...] = ()
    read_only: bool = False
    protected_hosts: tuple[str, ...] = ()
    xenconf: Xenconf = field(default_factory=Xenconf)
    prompt: bool = False
    hints: Hints = field(default_factory=Hints)


def read_settings(raw: object, environ: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Settings out of JSON, and a sentence for each value that could not be used and kept its default."""
    complaints: list[str] = []
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        complaints.append("The settings of ctys are an object; they were left at their defaults.")
        raw = {}
    # Like every object of the protocol it may tell the protocol's version.
    values = {key: value for key, value in raw.items() if key != "v"}
    ssh = values.get("ssh", {})
    if environ.get("CTYS_SSH_CONFIG") and isinstance(ssh, dict) and not ssh.get("configFile"):
        values["ssh"] = {**ssh, "configFile": environ["CTYS_SSH_CONFIG"]}
    return _read(Settings, values, "ctys", complaints), complaints


def _read(kind: Any, raw: dict[str, Any], path: str, complaints: list[str]) -> Any:
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    known = {camel(entry.name): entry for entry in fields(kind)}
    complaints.extend(f"{path}.{key} is no setting; it was ignored." for key in raw if key not in known)
    for key, entry in known.items():
        if raw.get(key) is None:
            continue
        where, wanted = f"{path}.{key}", hints[entry.name]
        if is_dataclass(wanted):
            if isinstance(raw[key], dict):
                found[entry.name] = _read(wanted, raw[key], where, complaints)
            else:
                complaints.append(f"{where} must be an object; its defaults are used.")
            continue
        value, wish = _value(wanted, raw[key], entry.metadata)
        if wish:
            complaints.append(f"{where} must be {wish}; {_default(entry)!r} is used.")
        else:
            found[entry.name] = value
    return kind(**found)


def _value(wanted: Any, value: Any, limits: Mapping[str, Any]) -> tuple[Any, str]:
    """The value in our type and "", or what it would have to be. ``limits``: those of a text that is no free one."""
    if wanted is bool:
        return value, "" if isinstance(value, bool) else "true or false"
    if wanted is float:
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 3600
        return value, "" if good else "a number of seconds above 0"
    if wanted is str:
        if choices := limits.get("choices"):
            return value, "" if value in choices else "one of " + ", ".join(choices)
        if not isinstance(value, str):
            return value, "a text"
        good = not value or "pattern" not in limits or limits["pattern"].fullmatch(value) is not None
        return value, "" if good else limits["wish"]
    good = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return tuple(value) if good else (), "" if good else "a list of texts"


def _default(entry: Any) -> Any:
    value = entry.default if entry.default is not MISSING else entry.default_factory()
    return list(value) if isinstance(value, tuple) else value


def own_shelves() -> Shelves:
    """Where this process's user keeps macros and groups, as the environment tells."""
    from ctys_ls.languages.cmdline.shelves import shelves

    return shelves(os.environ, str(Path.home()))
