"""``ctys-ls console --kind SDL``: the X display for a guest's SDL window, kept as long as the guest runs."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
from dataclasses import replace

from ctys_ls.cli.console import is_local
from ctys_ls.cli.hostwindow import talk
from ctys_ls.cli.teller import Teller
from ctys_ls.runtime.consoledialog import Place, Ssh
from ctys_ls.runtime.places import runtime_dir
from ctys_ls.runtime.registry import Client, registered
from ctys_ls.runtime.sdlwindow import Display, Lacking, NoDisplay, display_argv, read


def run(args: argparse.Namespace, place: Place, ssh: Ssh) -> int:
    """Tell of the display, and hold the connection that it comes over; exit status 1, after a sentence, without one.

    On this machine itself there is nothing to hold.
    """
    teller = Teller(events=args.events, detach=args.detach)
    place = replace(place, local=is_local(place, ssh.config))
    if not os.environ.get("DISPLAY"):
        return teller.end("DISPLAY is not set here", 1)
    if not place.local and not shutil.which("ssh"):
        return teller.end("ssh is not installed here; install it (package openssh-client)", 1)
    nonce = secrets.token_hex(8)
    # The end of its input is the end of the script, which goes with us.
    with talk(display_argv(place, args.ways, ssh, nonce, args.wait), subprocess.PIPE) as process:
        told = next((told for line in process.stdout or () if (told := read(line, nonce))), None)
        if isinstance(told, Display):
            text = f"programs of {place.host} show windows here as {told.name}"
            teller.ready(text, display=told.name, xauthority=told.xauthority)
            if place.local:
                process.terminate()
                return teller.end("", 0)
            with registered(runtime_dir(), Client(place.host, place.label, "X11")):
                process.wait()
            return teller.end("", 0)
        _, words = process.communicate()
        return teller.end(
            _sentence(place, told or Lacking(NoDisplay.UNREACHABLE, " ".join(words.split()))), 1
        )


def _sentence(place: Place, lacking: Lacking) -> str:
    host, words = place.host, lacking.words
    sentences = {
        NoDisplay.NO_DISPLAY: f"{host} forwards no display (X11Forwarding of its sshd, package xauth)",
        NoDisplay.NO_SDL: f"the device model of {host} ({words}) is built without SDL",
        NoDisplay.NO_TOOL: f"neither xl nor xm is installed on {host}",
        NoDisplay.UNREACHABLE: f"{host} cannot be reached{f': {words}' if words else ''}",
    }
    return sentences[lacking.why]
