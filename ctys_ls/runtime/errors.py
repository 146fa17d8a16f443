"""The runtime's one exception, and the cures that go with each kind of trouble."""

from __future__ import annotations

import re

from ctys_ls.runtime.api import Trouble

#: What to do about it, by code; ``{host}`` is the host as the user named it.
CURES = {
    "refused": "Check that sshd runs on {host} and listens on the port that your ssh configuration names.",
    "unreachable": "Check the name and the route: ssh -v {host}.",
    "timeout": "The host accepted the connection or the packets but did not answer; check it, or raise ssh.connectTimeout.",
    "host-key": "Compare the key with the host's own (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub).",
    "auth": "Add a key that {host} accepts: ssh-add, IdentityFile in the ssh configuration, or ssh-copy-id {host}.",
    "privilege": "Give the command a way to raise its rights, for example {host}'(-Z KSU,SUDO)', or log in as root.",
    "tool-missing": "Install Xen's tools on {host} (package xen-utils), or check that it was booted under Xen.",
    "dropped": "The connection ended in the middle; the state shown is what was found afterwards.",
    "garbage": "Log in by hand with ssh {host} and see what the shell prints at start.",
    "ambiguous": "Name one of these, or add more of the address.",
    "not-found": "Look at what the host has: ctys -a enumerate {host}.",
    "not-running": "Look at what runs: ctys -a list {host}.",
    "exists": "Use REUSE or CONNECT to attach to the guest that runs.",
    "read-only": "Switch the setting readOnly off to allow changes.",
    "declined": "Nothing was changed.",
}


class HostError(Exception):
    """Something on the way to a host or on it failed; ``trouble`` is the whole story."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def failure(
    code: str,
    host: str,
    act: str,
    words: str = "",
    cure: str | None = None,
    choices: tuple[str, ...] = (),
) -> HostError:
    """An error to raise; without ``cure`` it is the usual one of its code."""
    remedy = CURES.get(code, "").format(host=host) if cure is None else cure
    return HostError(Trouble(code, host, act, plain(words), remedy, choices))


_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(words: str, limit: int = 600) -> str:
    """A tool's words fit to be shown: no terminal controls, nothing unseen, one line, at most ``limit`` characters."""
    line = " ".join(_CONTROL.sub("", words).split())
    if (
        not line.isprintable()
    ):  # Overrides of the writing direction among them, which make a text read as another.
        line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= limit else line[: limit - 1] + "…"
