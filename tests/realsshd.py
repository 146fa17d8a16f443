"""A real OpenSSH server on loopback, with its own keys, for one test."""

import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path

from needs import need

SSHD = Path("/usr/sbin/sshd")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def new_key(path, passphrase=""):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", path], check=True)
    return path


class Sshd:
    """One server; ``alias`` is its name in the ssh configuration."""

    def __init__(self, folder, alias="real"):
        self.folder, self.alias = folder, alias
        self.port = free_port()
        self.host_key = new_key(folder / f"{alias}_host_key")
        self.client_key = folder / "client_key"
        if not self.client_key.exists():
            new_key(self.client_key)
        self.known_hosts = folder / "known_hosts"
        self.process = None
        #: More options of sshd_config.
        self.options = {}

    def start(self, host_key=None):
        keys = self.folder / "authorized_keys"
        keys.write_bytes(
            b"".join(path.read_bytes() for path in self.folder.glob("*.pub") if "host" not in path.name)
        )
        options = {
            "AuthorizedKeysFile": keys, "PidFile": "none", "StrictModes": "no", "UsePAM": "no", "ListenAddress": "127.0.0.1", "UseDNS": "no",
            "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no", "PermitRootLogin": "yes",
            # What this machine's user has in the files that a shell reads is no part of the host.
            "SetEnv": f"PATH={self.folder}/bin:{os.environ['PATH']} HOME={self.folder}",
            **self.options,
        }  # fmt: skip
        arguments = [argument for name, value in options.items() for argument in ("-o", f"{name}={value}")]
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [
                SSHD,
                "-D",
                "-e",
                "-f",
                "/dev/null",
                "-p",
                str(self.port),
                "-h",
                host_key or self.host_key,
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
        raise TimeoutError("sshd did not listen within 10 s")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def config(self, extra="", key=None):
        """A paragraph of an ssh configuration."""
        return (
            f"Host {self.alias}\n  HostName 127.0.0.1\n  Port {self.port}\n  IdentityFile {key or self.client_key}\n"
            f"  IdentitiesOnly yes\n  UserKnownHostsFile {self.known_hosts}\n  GSSAPIAuthentication no\n{extra}"
        )

    def know(self):
        """Put the host key on record."""
        key = " ".join(self.host_key.with_suffix(".pub").read_text().split()[:2])
        with self.known_hosts.open("a") as file:
            file.write(f"[127.0.0.1]:{self.port} {key}\n")


def need_sshd():
    need(SSHD.exists() and os.geteuid() == 0, "OpenSSH's sshd, run as root", "apt-get install openssh-server")
