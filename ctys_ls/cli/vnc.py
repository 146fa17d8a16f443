"""``ctys-ls vnc``: a guest's screen in a VNC viewer of this machine or of the host, or as a page on loopback."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ctys_ls.cli.console import is_local, path_of
from ctys_ls.cli.teller import Teller
from ctys_ls.cli.ways import privilege_flags
from ctys_ls.runtime.consoledialog import Place, Ssh, parse_place
from ctys_ls.runtime.places import runtime_dir
from ctys_ls.runtime.privilege import flags
from ctys_ls.runtime.screens.dialog import Lack
from ctys_ls.runtime.screens.line import Line
from ctys_ls.runtime.screens.show import (
    Finished,
    Gone,
    Happening,
    InViewer,
    Listed,
    Note,
    OnHost,
    OnPage,
    Show,
    Shown,
    show,
)
from ctys_ls.runtime.screens.viewer import NoViewerError, found, with_options
from ctys_ls.schema.viewers import NOVNC_PACKAGE, VIEWER_PACKAGE, novnc_folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("place", metavar="[USER@]HOST/GUEST", help="the guest")
    parser.add_argument(
        "-L",
        dest="locality",
        type=str.upper,
        choices=["CF", "DF", "LO"],
        help="viewer here (CF) or on the host (DF)",
    )
    parser.add_argument(
        "-Z",
        dest="ways",
        type=privilege_flags,
        default=privilege_flags(""),
        metavar="KSU,SUDO",
        help="ways to root",
    )
    parser.add_argument(
        "--page", action="store_true", help="serve it for a browser; ends with its standard input"
    )
    parser.add_argument(
        "--viewer", default="", metavar="COMMAND", help="the viewer (default: CTYS_VNC_VIEWER)"
    )
    parser.add_argument(
        "--option",
        dest="options",
        action="append",
        default=[],
        metavar="WORD",
        help="one more word for the viewer",
    )
    parser.add_argument("--events", action="store_true", help="tell what happens as lines of JSON")
    parser.add_argument(
        "--detach", action="store_true", help="leave the terminal as soon as the screen is shown"
    )
    parser.add_argument("--sdl", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--wait", type=float, default=5.0, metavar="SECONDS", help="for a guest that is not there yet"
    )


def run(args: argparse.Namespace) -> int:
    """Show the screen; exit status 0 where the user or the guest ended it, 1 for an error, 2 for wrong words."""
    teller = Teller(events=args.page or args.events, detach=args.detach)
    try:
        place = parse_place(args.place, shell=False)
    except ValueError as error:
        return teller.end(str(error), 2)
    ssh = Ssh(path_of("CTYS_SSH_CONFIG"), path_of("CTYS_KNOWN_HOSTS"))
    place = replace(place, local=is_local(place, ssh.config))
    if not place.local and not shutil.which("ssh"):
        return teller.end("ssh is not installed here; install it (package openssh-client)", 1)
    if args.sdl:
        words = "the device model opens an SDL window as the guest starts, and not again"
        teller.note(f"{place.host}: {words}; the VNC screen of {place.label} is shown instead")
    return asyncio.run(_run(args, place, ssh, teller))


async def _run(args: argparse.Namespace, place: Place, ssh: Ssh, teller: Teller) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    if args.page and not sys.stdin.isatty():
        _at_end_of_input(stop)
    try:
        ways = _ways(args, place)
    except (NoViewerError, ValueError) as error:
        return teller.end(str(error), 1)
    for count, way in enumerate(ways, 1):
        line = Line(place, args.ways, ssh, os.environ, args.wait, x11=isinstance(way, OnHost))
        finished = await show(line, way, _Told(place, teller), stop.wait)
        if finished.lack is Lack.NO_VIEWER_THERE and count < len(ways) and not stop.is_set():
            teller.note(f"{place.host} {finished.words}: the viewer runs here, through a tunnel (-L CF)")
            continue
        return teller.end(sentence(place, finished), finished.status)
    raise AssertionError("there is always a way")


def _ways(args: argparse.Namespace, place: Place) -> list[Show]:
    """How to show it, in the order to try. Raises NoViewerError, ValueError: there is nothing to show it with."""
    options = tuple(args.options)
    listed = Listed(runtime_dir(), place.host, place.label)
    if args.page:
        return [OnPage(f"{place.label} on {place.host}", _novnc(), listed)]
    page = f"see it in a browser instead: {_command('vnc', '--page', args)}"
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise NoViewerError(f"no window can be opened, for DISPLAY is not set; {page}")
    there: list[Show] = (
        [] if place.local or args.locality in ("CF", "LO") or args.viewer else [OnHost(listed, options)]
    )
    if args.locality == "DF" and there:
        return there
    try:
        here = found(args.viewer or os.environ.get("CTYS_VNC_VIEWER", ""), os.environ)
    except NoViewerError as error:
        if there:
            return there
        raise NoViewerError(f"{error}; install {VIEWER_PACKAGE}, or {page}") from error
    return [*there, InViewer(with_options(here, options), listed)]


def _command(*words: object) -> str:
    """A command line of ours that a user can type."""
    texts: list[str] = []
    for word in words:
        texts += _rights_and_place(word) if isinstance(word, argparse.Namespace) else [str(word)]
    return shlex.join(["ctys-ls", *texts])


def _rights_and_place(args: argparse.Namespace) -> list[str]:
    rights = flags(args.ways)
    return [*(["-Z", rights] if rights else []), args.place]


def _novnc() -> Path | None:
    """Where noVNC lies on this machine: CTYS_NOVNC, else one of the places where systems keep it."""
    named = path_of("CTYS_NOVNC")
    folders = [named] if named else [Path(folder) for folder in novnc_folders()]
    return next((folder for folder in folders if (folder / "core" / "rfb.js").is_file()), None)


def _at_end_of_input(stop: asyncio.Event) -> None:
    """Whoever started us holds our standard input; its end is our own."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop.set()

    try:
        loop.add_reader(0, read)
    except OSError:  # A plain file cannot be waited for; it is at its end already.
        stop.set()


@dataclass(frozen=True, slots=True)
class _Told:
    """Puts what happens to a screen into words."""

    place: Place
    teller: Teller

    def __call__(self, happening: Happening) -> None:
        host, label = self.place.host, self.place.label
        match happening:
            case Shown(through, cport, sport, ws, url):
                fields = {"ws": ws, "url": url, "host": host, "label": label, "cport": cport, "sport": sport}
                text = f"the screen of {label} on {host} (port {sport} there) is shown by {through}"
                self.teller.ready(text, **fields)
                self.teller.say(url)
                if ws and not url:
                    self.teller.say(
                        f"there is no noVNC here to show it in a browser; install {NOVNC_PACKAGE}"
                    )
            case Gone():
                self.teller.lost()
            case Note(text):
                self.teller.note(text)


def sentence(place: Place, finished: Finished) -> str:
    """How it ended, in one sentence with the next best way; nothing where the user closed it and all was well."""
    host, guest = place.host, place.label
    said = f": {finished.words}" if finished.words else ""
    doctor = f"ctys-ls doctor {place.destination} finds out why"
    console = f"ctys-ls console {place.destination}/{guest}"
    match finished.lack:
        case None:
            return f"the viewer failed{said}" if finished.status else ""
        case Lack.GONE:
            return f"{guest} on {host} has ended"
        case Lack.NOT_RUNNING:
            return f"{host}: no guest {guest} is running; ctys -a list {place.destination} shows what is"
        case Lack.NO_SCREEN:
            return (
                f"{host}: {guest} has no VNC screen; set vnc = 1 and vncunused = 1 in its file and start it anew,"
                f" or use its console: {console}"
            )
        case Lack.NO_TOOL:
            what = finished.words or "neither xl nor xm"
            return f"{host}: {what} is not installed there; install xen-utils (and xenstore-utils)"
        case Lack.NO_XEN:
            return f"{host}: its toolstack does not answer{said}; check that it was booted under Xen"
        case Lack.NO_RIGHTS:
            return f"{host}: not allowed to ask for {guest}{said}; try -Z KSU,SUDO or log in as root"
        case Lack.UNREACHABLE:
            return f"{host}: cannot be reached{said}; {doctor}"
        case Lack.DROPPED:
            return f"{host}: the connection ended{said}; {doctor}"
        case Lack.NO_PORT:
            return f"{host}: no tunnel to the screen of {guest}{said}; use its console: {console}"
        case Lack.NO_VIEWER_THERE:
            return f"{host} {finished.words}; leave out -L DF to run the viewer here"
