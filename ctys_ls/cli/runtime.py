"""The engine of a terminal program: what it is told by the environment, and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from ctys_ls.runtime.api import Config, Engine
from ctys_ls.settings import own_shelves


def config(environ: Mapping[str, str]) -> Config:
    """The configuration that the environment gives.

    CTYS_SSH_CONFIG: an ssh configuration file; CTYS_KNOWN_HOSTS: a file of host keys; CTYS_READ_ONLY: anything but
    empty or 0 forbids changes; CTYS_PROTECTED_HOSTS: hosts, with commas or blanks between, on which a destruction is
    confirmed first; CTYS_MACRO_PATH and CTYS_GROUPS_PATH: folders of macro files and group files, with colons between.
    """
    shelves = own_shelves()
    protected = environ.get("CTYS_PROTECTED_HOSTS", "").replace(",", " ").split()
    return Config(
        ssh_config=_path(environ.get("CTYS_SSH_CONFIG", "")),
        known_hosts=_path(environ.get("CTYS_KNOWN_HOSTS", "")),
        read_only=environ.get("CTYS_READ_ONLY", "") not in ("", "0"),
        protected_hosts=tuple(protected),
        macro_path=tuple(map(Path, shelves.macros)),
        groups_path=tuple(map(Path, shelves.groups)),
    )


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


@asynccontextmanager
async def engine(environ: Mapping[str, str]) -> AsyncIterator[Engine]:
    """The engine for as long as the block runs; nothing that it started is left afterwards."""
    made = new_engine(environ)
    try:
        yield made
    finally:
        await made.close()


def new_engine(environ: Mapping[str, str]) -> Engine:
    """An engine that has touched no host yet; who uses it closes it."""
    from ctys_ls.languages.reading import READERS
    from ctys_ls.runtime.engine import make_engine

    return make_engine(config(environ), READERS)
