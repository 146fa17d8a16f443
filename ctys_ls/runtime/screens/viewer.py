"""VNC viewers: found here or on the host, started with the guest's password in a pipe."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from ctys_ls.runtime.screens.dialog import Screen
from ctys_ls.runtime.screens.line import Line
from ctys_ls.runtime.screens.rfb import password_file
from ctys_ls.schema.viewers import Viewer, named, viewers

#: What the script below says where it starts no viewer, and what that means.
_LACKS = {"no-display": "forwards no display", "no-viewer": "has no VNC viewer"}
_WORDS = 2000
#: A viewer that cannot start says so within this time.
_STARTS = 0.3


class NoViewerError(Exception):
    """There is no viewer; the text names those that were looked for, or says what the host lacks."""


@dataclass(slots=True)
class Running:
    """A viewer that runs; ``title`` says which."""

    title: str
    process: asyncio.subprocess.Process

    async def ended(self) -> tuple[int, str]:
        """Wait for its end: exit status and last line of its standard error."""
        _, words = await self.process.communicate()
        lines = words[-_WORDS:].decode(errors="replace").split("\n")
        return self.process.returncode or 0, next(
            (line.strip() for line in reversed(lines) if line.strip()), ""
        )

    async def fails(self) -> bool:
        """Whether it ends at once with a failure."""
        try:
            async with asyncio.timeout(_STARTS):
                return await self.process.wait() != 0
        except TimeoutError:
            return False

    def stop(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()


def found(command: str, environ: Mapping[str, str]) -> Viewer:
    """The viewer to start here: ``command`` where the user named one. Raises NoViewerError, ValueError."""
    if command:
        viewer = named(command)
        if not shutil.which(viewer.program, path=environ.get("PATH")):
            raise NoViewerError(f"the viewer {viewer.program} is not installed")
        return viewer
    for viewer in viewers():
        if shutil.which(viewer.program, path=environ.get("PATH")):
            return viewer
    names = ", ".join(viewer.program for viewer in viewers())
    raise NoViewerError(f"no VNC viewer is installed here ({names})")


def with_options(viewer: Viewer, options: tuple[str, ...]) -> Viewer:
    """The viewer with a user's own words (XOPTS) before the place."""
    return replace(viewer, template=(*options, *viewer.template))


async def start_here(viewer: Viewer, port: int, screen: Screen, environ: Mapping[str, str]) -> Running:
    """Start a viewer on a port of this machine. Raises OSError where it does not start."""
    secret = password_file(screen.password) if screen.password and viewer.password else b""
    pipe: tuple[int, int] | None = os.pipe() if secret else None
    try:
        file = f"/dev/fd/{pipe[0]}" if pipe else ""
        if pipe:
            os.write(pipe[1], secret)
        process = await asyncio.create_subprocess_exec(
            viewer.program,
            *viewer.arguments("127.0.0.1", port, file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environ),
            pass_fds=pipe[:1] if pipe else (),
            start_new_session=True,
        )
    finally:
        for end in pipe or ():
            os.close(end)
    return Running(viewer.program, process)


async def start_there(line: Line, screen: Screen, options: tuple[str, ...] = ()) -> Running:
    """Start a viewer on the host, its window here through X11 forwarding, over the open connection.

    Raises NoViewerError where the host cannot.
    """
    process = await asyncio.create_subprocess_exec(
        *line.over("-X", command=("/bin/sh", "-c", _on_host(screen, options))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(line.environ),
        start_new_session=True,
    )
    pipe = cast("asyncio.StreamWriter", process.stdin)
    with contextlib.suppress(OSError):
        pipe.write(password_file(screen.password) if screen.password else b"")
        pipe.close()
    told = await cast("asyncio.StreamReader", process.stdout).readline()
    word, _, name = told.decode(errors="replace").strip().partition(" ")
    if word == "viewer":
        return Running(f"{name} of {line.place.host}", process)
    _, words = await process.communicate()
    said = " ".join(words.decode(errors="replace").split())
    raise NoViewerError(_LACKS.get(word, f"opens no session for a viewer: {said}"))


def _on_host(screen: Screen, options: tuple[str, ...]) -> str:
    """The script that starts the first known viewer there; the password comes on its standard input."""
    tries = []
    for viewer in viewers():
        file = "/dev/stdin" if screen.password and viewer.password else ""
        words = shlex.join(
            [viewer.program, *with_options(viewer, options).arguments(screen.address, screen.port, file)]
        )
        tries.append(
            f"if command -v {viewer.program} >/dev/null 2>&1; then echo viewer {viewer.program}; exec {words}; fi"
        )
    return "; ".join(
        (
            "PATH=$PATH:/usr/local/bin:/usr/bin",
            '[ -n "$DISPLAY" ] || { echo no-display; exit 1; }',
            *tries,
            "echo no-viewer; exit 1",
        )
    )
