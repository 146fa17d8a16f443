"""Where files of macros and of groups lie, and what each is called there (ctys-facts 3, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Shelves(NamedTuple):
    """The folders of macro files and those of group files, absolute, in the order in which they are searched."""

    macros: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


NOWHERE = Shelves()


def shelves(environ: Mapping[str, str], home: str) -> Shelves:
    """The folders of CTYS_MACRO_PATH and CTYS_GROUPS_PATH, with colons between; without them those below ``~/.ctys``.

    What is no absolute path is left out: it would mean another folder in every directory.
    """
    return Shelves(
        *(
            _folders(environ.get(variable, ""), home) or (f"{home}/.ctys/{name}",)
            for variable, name in (("CTYS_MACRO_PATH", "macros"), ("CTYS_GROUPS_PATH", "groups"))
        )
    )


def _folders(value: str, home: str) -> tuple[str, ...]:
    whole = (home + part[1:] if part == "~" or part.startswith("~/") else part for part in value.split(":"))
    return tuple(
        dict.fromkeys(part.rstrip("/") for part in whole if part.startswith("/") and part.strip("/"))
    )


def place_of(path: str, where: Shelves = NOWHERE) -> tuple[str, str]:
    """Whether a file holds "macros" or is one of "groups", and its name as such; ("", "") for any other file.

    Below a folder called ``.ctys`` or ``ctys``, as in a repository, ``macros`` and ``groups`` are such folders, too.
    """
    path = path.replace("\\", "/")
    for kind, folders in where._asdict().items():
        for folder in folders:
            if path.startswith(f"{folder}/"):
                return kind, path[len(folder) + 1 :]
    parts = path.split("/")[:-1]
    if ".ctys" in parts or "ctys" in parts:
        for kind in ("macros", "groups"):
            if kind in parts:
                return kind, path.rpartition(f"/{kind}/")[2]
    return "", ""
