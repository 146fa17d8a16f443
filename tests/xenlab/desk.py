"""A user's machine in front of real hosts: a HOME with the page's files, programs that windows are handed to, a terminal."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from terminals import BIN, Pty, environment
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests
from xenlab.image import RECIPE

#: Programs that a console is handed to. The real ones are driven elsewhere; here counts what they are told.
_RECORDER = """#!/bin/sh
# Stands in for {name}: notes what it is told, one argument a line.
for word do printf '%s\\n' "$word"; done >> '{folder}/{name}.called'
case $* in *frame-list*) echo seen ;; esac
case {name} in vncviewer) exec sleep 5 ;; esac
"""
STAND_INS = ("emacsclient", "emacs", "gnome-terminal", "vncviewer", "xtightvncviewer")
_SECONDS = 240


@dataclass(frozen=True)
class Desk:
    """A user's machine: ``home`` is HOME, ``called`` holds what the stand-ins were told."""

    hosts: XenHosts
    home: Path
    called: Path

    def env(self, user: str, **more: str) -> dict[str, str]:
        """The environment of a shell that reaches both hosts as ``user``."""
        config = self.hosts.config(lab00=user, lab01=user)
        env = environment(self.home, config, **more)
        return {**env, "PATH": f"{self.called}:{BIN}:{os.environ['PATH']}"}

    def run(self, line: str, user: str = "root", **more: str) -> subprocess.CompletedProcess[str]:
        """Run a line as printed, by a shell without a terminal."""
        return subprocess.run(
            ["sh", "-c", line], env=self.env(user, **more), capture_output=True, text=True, timeout=_SECONDS,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def terminal(self, line: str, user: str = "root", **more: str) -> Pty:
        """Run it in a terminal."""
        pty = Pty(["sh", "-c", line], self.env(user, **more))
        pty.child.timeout = _SECONDS
        return pty

    def told(self, program: str) -> str:
        """What a stand-in was told since the last time it was asked for."""
        path = self.called / f"{program}.called"
        text = path.read_text() if path.exists() else ""
        path.unlink(missing_ok=True)
        return text


def make_desk(hosts: XenHosts, home: Path, called: Path) -> Desk:
    """A desk whose HOME is on the hosts, too, as acue's."""
    shutil.copytree(RECIPE / "guests", home, dirs_exist_ok=True)
    for name in STAND_INS:
        script = called / name
        script.write_text(_RECORDER.format(name=name, folder=called))
        script.chmod(0o755)
    for host in hosts.hosts.values():
        # The home is one and the same on all machines, as the page's /homen is; here it has another name.
        guests = Guests(host)
        guests.ask(f"mkdir -p {home.parent} && ln -sfn /homen/acue {home}")
        ticket = host.ssh("kinit -k -t .keytab acue", user="acue")
        assert ticket.returncode == 0, ticket.stderr
    return Desk(hosts, home, called)
