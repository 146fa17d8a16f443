"""How asyncssh reaches a host: the user's ssh configuration, keys and known hosts, read once per version of a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import asyncssh

from ctys_ls.runtime.api import Config
from ctys_ls.runtime.transports.sshconfig import SshConfigText

#: What is offered first where the configuration names no Ciphers: a packet is one call of the library with these, and
#: four with asyncssh's first choice.
_FAST = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"


@dataclass(slots=True)
class Route:
    """How to reach a host: options made once, the jump before it, its known_hosts files, keys that are locked."""

    options: asyncssh.SSHClientConnectionOptions
    alias: str
    jump: str
    files: tuple[Path, ...]
    locked: tuple[str, ...]
    #: ConnectTimeout of the ssh configuration.
    seconds: float | None = None


@dataclass(slots=True)
class Routes:
    """Makes routes; every call is blocking and for a thread."""

    config: Config
    #: Passphrases that the user gave, by file; they are kept in memory only.
    passphrases: dict[str, str] = field(default_factory=dict)
    #: Keys accepted for this session where the configuration names no file to remember them in.
    accepted: list[str] = field(default_factory=list)
    _keys: dict[tuple[str, int], Sequence[asyncssh.SSHKeyPair]] = field(default_factory=dict)
    _known: dict[tuple[tuple[str, int], ...], asyncssh.SSHKnownHosts] = field(default_factory=dict)
    _text: tuple[tuple[str, int], SshConfigText] | None = None

    def make(self, host: str, user: str, port: int | None, via: str) -> Route:
        """The route to ``host``; ``via`` are hosts to go through whatever the configuration says."""
        named: dict[str, Any] = {"username": user} if user else {}
        named |= {} if port is None else {"port": port}
        bare = self._configured(host, named)
        read = cast("Callable[..., Any]", bare.config.get)
        files = self._known_files(read("UserKnownHostsFile", ()), read("GlobalKnownHostsFile", ()))
        identities = [str(path) for path in read("IdentityFile", ())]
        keys, locked = self._load_keys(identities)
        if read("IdentitiesOnly", False):
            # As ssh does: an identity that is not there is none.
            named |= {"agent_identities": [path for path in identities if Path(path).exists()]}
        if not read("Ciphers", ()):
            named |= {"encryption_algs": _FAST}
        # The configuration has been read: options made from ``bare`` take it over, as do those of every connect().
        options = asyncssh.SSHClientConnectionOptions(
            bare,
            config=None,
            host=host,
            known_hosts=self.known_hosts(files),
            # With an empty list the agent is asked all the same; None would switch it off.
            client_keys=keys,
            agent_path=(),
            tunnel=None,
            agent_forwarding=False,
            x11_forwarding=False,
            command=None,
            request_pty=False,
            env=None,
            send_env=None,
            connect_timeout=None,
            login_timeout=0,
            keepalive_interval=read("ServerAliveInterval", 15),
            keepalive_count_max=read("ServerAliveCountMax", 3),
            **named,
        )
        proxy = via or str(read("ProxyJump", "") or "")
        return Route(
            options=options,
            alias=host,
            jump="" if proxy.lower() == "none" else proxy,
            files=files,
            locked=locked,
            seconds=float(read("ConnectTimeout", 0) or 0) or None,
        )

    def _configured(self, host: str, named: dict[str, Any]) -> asyncssh.SSHClientConnectionOptions:
        """Options that carry what the user's ssh configuration says of a host, and no keys yet."""

        def read(paths: list[str]) -> asyncssh.SSHClientConnectionOptions:
            return asyncssh.SSHClientConnectionOptions(
                config=paths,
                host=host,
                known_hosts=b"",
                client_keys=None,
                agent_path=None,
                tunnel=None,
                **named,
            )

        path = _config_file(self.config)
        try:
            stamp = (str(path), path.stat().st_mtime_ns)
            if self._text is None or self._text[0] != stamp:
                self._text = (
                    stamp,
                    SshConfigText(path.read_text(encoding="utf-8", errors="surrogateescape")),
                )
        except OSError:
            return read([])
        with tempfile.NamedTemporaryFile(
            "w", prefix="ctys-ssh-", encoding="utf-8", errors="surrogateescape"
        ) as part:
            part.write(self._text[1].for_host(host))
            part.flush()
            try:
                return read([part.name])
            except ValueError:
                # The message shall name the user's file and its line.
                return read([str(path)])

    def _known_files(self, user: object, everyone: object) -> tuple[Path, ...]:
        """The known_hosts files of a host; ``none`` and an empty list leave none, which accepts nothing."""
        if self.config.known_hosts is not None:
            return (self.config.known_hosts,)
        named = [str(name) for name in user] if isinstance(user, (list, tuple)) else []
        if user == ():
            named = ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]
        shared = [str(name) for name in everyone] if isinstance(everyone, (list, tuple)) else []
        if everyone == ():
            shared = ["/etc/ssh/ssh_known_hosts"]
        return tuple(Path(name).expanduser() for name in (*named, *shared))

    def known_hosts(self, files: tuple[Path, ...]) -> asyncssh.SSHKnownHosts:
        present = [path for path in files if path.is_file()]
        stamp = (*((str(path), path.stat().st_mtime_ns) for path in present), ("", len(self.accepted)))
        if stamp not in self._known:
            known = asyncssh.read_known_hosts([str(path) for path in present])
            for line in self.accepted:
                known.load(line)
            self._known = {stamp: known} | {
                old: hosts for old, hosts in self._known.items() if old[:1] != stamp[:1]
            }
        return self._known[stamp]

    def _load_keys(self, named: Sequence[str]) -> tuple[list[asyncssh.SSHKeyPair], tuple[str, ...]]:
        """Key pairs that can be used now, and the files that need a passphrase first."""
        kinds = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
        files = [Path(name).expanduser() for name in named] or [
            Path("~/.ssh").expanduser() / kind for kind in kinds
        ]
        pairs: list[asyncssh.SSHKeyPair] = []
        locked: list[str] = []
        for path in files:
            try:
                stamp = (str(path), path.stat().st_mtime_ns)
                if stamp not in self._keys:
                    self._keys[stamp] = asyncssh.load_keypairs(str(path), self.passphrases.get(str(path)))
                pairs.extend(self._keys[stamp])
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
                if "passphrase" in str(error).lower() or isinstance(error, asyncssh.KeyEncryptionError):
                    locked.append(str(path))
            except OSError:
                # As ssh does: a key file that is not there or not ours to read is no key.
                continue
        return pairs, tuple(locked)


def parts(destination: str) -> tuple[str, str, int | None]:
    """User, host and port of ``[user@]host[:port]``; the colons of a bare IPv6 address are no port."""
    user, _, rest = destination.rpartition("@")
    host, colon, port = rest.rpartition(":")
    if colon and port.isdigit() and ("]" in host or ":" not in host):
        return user, host.strip("[]"), int(port)
    return user, rest.strip("[]"), None


def _config_file(config: Config) -> Path:
    path = config.ssh_config if config.ssh_config is not None else Path("~/.ssh/config")
    return path.expanduser()
