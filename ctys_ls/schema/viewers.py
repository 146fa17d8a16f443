"""VNC viewers, the places of noVNC and of device models (``data/viewers.toml``)."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

#: What is installed on Debian for a viewer, and for the page.
VIEWER_PACKAGE = "tigervnc-viewer"
NOVNC_PACKAGE = "novnc"
_FIRST_PORT = 5900


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer: its program, the arguments behind it, and those that make it read a password file."""

    program: str
    template: tuple[str, ...]
    password: tuple[str, ...] = ()

    def arguments(self, address: str, port: int, file: str = "") -> list[str]:
        """The arguments for a VNC server; with ``file`` those that read the password from it come first."""
        places = {
            "{address}": address,
            "{port}": str(port),
            "{display}": str(port - _FIRST_PORT),
            "{file}": file,
        }
        words = [*(self.password if file else ()), *self.template]
        return [_filled(word, places) for word in words]


def _filled(word: str, places: dict[str, str]) -> str:
    for place, text in places.items():
        word = word.replace(place, text)
    return word


@cache
def _rows() -> dict[str, Any]:
    text = resources.files("ctys_ls.schema").joinpath("data/viewers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def viewers() -> tuple[Viewer, ...]:
    """The known viewers, the preferred first."""
    return tuple(
        Viewer(row["program"], tuple(row["arguments"]), tuple(row.get("password", ())))
        for row in _rows()["viewer"]
    )


def named(command: str) -> Viewer:
    """A user's own viewer command: a known program, or words with places as in the table. Raises ValueError."""
    words = shlex.split(command)
    if not words:
        raise ValueError("the viewer's command is empty")
    known = next((viewer for viewer in viewers() if viewer.program == words[0].rpartition("/")[2]), None)
    if any("{port}" in word or "{display}" in word for word in words[1:]):
        return Viewer(words[0], tuple(words[1:]))
    template = known.template if known else ("{address}::{port}",)
    return Viewer(words[0], (*words[1:], *template), known.password if known else ())


def novnc_folders() -> tuple[str, ...]:
    """Where noVNC may lie."""
    return tuple(row["folder"] for row in _rows()["novnc"])


def device_models() -> tuple[str, ...]:
    """Programs of a host that may be the device model of its guests: names, or patterns of paths."""
    return tuple(row["program"] for row in _rows()["device_model"])
