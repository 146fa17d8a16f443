"""A login in a guest by ssh, through its host: is the guest there to be logged in to?"""

from __future__ import annotations

import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import IO, cast

from ctys_ls.runtime.consoledialog import Place, Ssh, greeting_argv

#: Seconds for one look at the guest's ssh port, and between two looks.
_LOOK, _PAUSE = 10.0, 1.0
_GREETING = b"SSH-"


def answers(place: Place, ssh: Ssh, wait: float) -> str:
    """Wait until the guest's ssh server greets; gives "" then, else the words of the last try.

    ``wait`` in seconds bounds it. Raises KeyboardInterrupt where the user gives up.
    """
    end, said = time.monotonic() + wait, False
    while True:
        words = _greets_here(place) if place.local else _greets(place, ssh)
        if not words:
            return ""
        if time.monotonic() >= end:
            return words
        if not said:
            said = True
            print(
                f"ctys-ls: waiting for {place.label} to answer ssh; Ctrl-C gives up",
                file=sys.stderr,
                flush=True,
            )
        time.sleep(_PAUSE)


def _greets(place: Place, ssh: Ssh) -> str:
    with subprocess.Popen(
        greeting_argv(place, ssh), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            out, err = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
            ready, _, _ = select.select([out], [], [], _LOOK)
            if not ready:
                return f"no answer within {_LOOK:g} s"
            if out.read(len(_GREETING)) == _GREETING:
                return ""
            return " ".join(err.read().decode(errors="replace").split()) or "it closed the connection"
        finally:
            process.kill()


def _greets_here(place: Place) -> str:
    address = place.login.rpartition("@")[2]
    try:
        with socket.create_connection((address, 22), _LOOK) as line:
            line.settimeout(_LOOK)
            with suppress(ConnectionError):
                if line.recv(len(_GREETING)) == _GREETING:
                    return ""
            return "what answers there is no ssh server"
    except OSError as error:
        return error.strerror or str(error)
