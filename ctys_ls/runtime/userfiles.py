"""The user's own files: the hosts of the ssh configuration, the texts of macro files and group files. Blocking."""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ctys_ls.runtime.api import Config

#: A file of macros or groups beyond this size is none.
_LARGEST = 1024 * 1024
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Files:
    """What the user has: hosts, and of each file of macros and of each group its path and its text."""

    hosts: tuple[str, ...] = ()
    macros: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def read(config: Config, home: Path) -> Files:
    """Read ssh configuration, macros and groups; what is missing or unreadable is empty."""
    ssh_config = config.ssh_config or home / ".ssh" / "config"
    base = home / ".ctys"
    return Files(
        tuple(dict.fromkeys(ssh_hosts(ssh_config.expanduser(), home))),
        texts(config.macro_path or (base / "macros",)),
        texts(config.groups_path or (base / "groups",)),
    )


def texts(folders: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """Path and text of every file below the folders by its relative name; of two with one name the first counts."""
    found: dict[str, tuple[str, str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            hidden = any(part.startswith(".") for part in Path(name).parts) or name.endswith("~")
            if not hidden and name not in found and (text := _text(path)):
                found[name] = (str(path), text)
    return found


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def ssh_hosts(path: Path, home: Path, depth: int = 0) -> Iterator[str]:
    """The host names that an ssh configuration names literally; patterns are no hosts."""
    for line in _text(path).splitlines():
        try:
            words = shlex.split(line.replace("=", " ", 1), comments=True)
        except ValueError:
            continue
        key = words[0].lower() if words else ""
        if key == "host":
            yield from (word for word in words[1:] if not re.search(r"[*?!]", word))
        elif key == "include" and depth < _DEPTH:
            for word in words[1:]:
                pattern = home / word[2:] if word.startswith("~/") else path.parent / word
                for name in sorted(glob.glob(str(pattern))):  # noqa: PTH207 - the pattern may be absolute
                    yield from ssh_hosts(Path(name), home, depth + 1)
