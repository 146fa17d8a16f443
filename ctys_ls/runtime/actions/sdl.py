"""CONSOLE:SDL as a guest is started: the device model is told a display of ours, where the host can draw on one.

Whether it can is asked first: the host for a display and of its device model, the toolstack by a dry run. A guest whose
window cannot be had is started all the same, without it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ctys_ls.requests import ConsoleKind, Create, Locality
from ctys_ls.runtime.actions.run import Call
from ctys_ls.runtime.addresses import Found
from ctys_ls.runtime.consoles import display_argv, environment
from ctys_ls.runtime.errors import HostError
from ctys_ls.runtime.places import local_names

#: Seconds for a host to tell of the display that it forwards.
_PATIENCE = 60.0
#: xl gives a PV guest without a list of screens one only with VNC (xl.cfg, vfb).
_BESIDE_VNC = ("vnc=1",)


@dataclass(frozen=True, slots=True)
class Window:
    """What a start needs for the guest's window: ``words`` behind ``create``.

    ``drawn``: the device model opens the window, and there is no console to open. ``note`` says where it is, or why
    there is none. ``holder`` keeps the display; None where nothing has to.
    """

    words: tuple[str, ...] = ()
    drawn: bool = False
    note: str = ""
    holder: subprocess.Popen[str] | None = None

    def give_up(self) -> None:
        """The guest was not started after all."""
        if self.holder is not None:
            self.holder.terminate()


async def window(call: Call, request: Create, guest: Found) -> Window:
    """The window for a guest that is about to be started; an empty one where the console is another than SDL."""
    if request.console is not ConsoleKind.SDL or call.target.locality is Locality.SERVER:
        return Window()
    host, label = call.where.host, guest.label
    if await _draws(call, guest, request.callopts):
        return Window(drawn=True, note=f"its SDL window is where its file says, on a display of {host}")
    local = await asyncio.to_thread(local_names, call.run.config, Path.home())
    here = call.where.destination in local
    if not here and call.target.locality is not Locality.DISPLAY:
        return _none(f"the window of a guest on {host} comes here with -L DF only")
    call.say(f"looking for a display for the window of {label}")
    told, holder = await _display(call, label)
    if holder is None:
        return _none(told["message"])
    name, key = told["display"], told["xauthority"]
    words = call.reached().toolstack.sdl_words(name, key)
    for more in ((), _BESIDE_VNC):
        if await _draws(call, guest, (*request.callopts, *words, *more)) is not False:
            way = "" if here else ", which ends with this machine's connection to the host"
            risk = "a device model that loses its display ends, and takes its guest along"
            note = f"its SDL window is on {name}{way}; {risk}: stop the guest first"
            return Window((*words, *more), drawn=True, note=note, holder=None if here else holder)
    holder.terminate()
    return _none(f"the file of {label} gives it no screen that can be told a display (vfb, PVH)")


def _none(why: str) -> Window:
    return Window(note=f"no SDL window: {why}")


async def _draws(call: Call, guest: Found, extra: Sequence[str]) -> bool | None:
    """Whether a start with ``extra`` would open a window on a display that is named; None where nobody can tell."""
    access = call.reached()
    check = access.toolstack.sdl_check(access.tool, guest.path, extra)
    if check is None:
        return None
    try:
        return await call.run.hosts.perform(call.where, access, check, call.run.ask)
    except HostError:
        # What is wrong with the file is said by the start itself.
        return False


async def _display(call: Call, label: str) -> tuple[dict[str, str], subprocess.Popen[str] | None]:
    """What ``ctys-ls console --kind SDL`` tells of the display, and the program itself, which keeps it."""
    where, config = call.where, call.run.config
    if not os.environ.get("DISPLAY"):
        return {"message": "DISPLAY is not set here"}, None
    # Not asyncio's: that would end it with the loop, and the window is to outlive the command that opened it.
    holder = subprocess.Popen(  # noqa: ASYNC220 - does not wait
        display_argv(where.destination, label, where.privilege),
        env={**os.environ, **environment(config)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    reading = asyncio.create_task(asyncio.to_thread(cast("IO[str]", holder.stdout).readline))
    try:
        line = await asyncio.wait_for(asyncio.shield(reading), _PATIENCE)
    except TimeoutError:
        line = ""
    except asyncio.CancelledError:
        holder.terminate()
        raise
    told = json.loads(line or '{"event": "end", "message": "the host told of no display"}')
    if told["event"] == "ready":
        return told, holder
    holder.terminate()
    return told, None
