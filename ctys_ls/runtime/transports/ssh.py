"""ssh through asyncssh, the one module that knows that library; it is loaded on the first use of a host.

The user's ssh configuration is honoured (Host, HostName, Port, User, IdentityFile, ProxyJump, ProxyCommand,
UserKnownHostsFile, …). What differs from asyncssh's own habits, on purpose: a host key that is not on record is never
accepted without a question, whatever the configuration says; nothing is forwarded; files are read once and shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import asyncssh

from ctys_ls.runtime.api import Ask, Config, Prompter, Question
from ctys_ls.runtime.errors import failure
from ctys_ls.runtime.hostcommand import Completed
from ctys_ls.runtime.transports import knownhosts
from ctys_ls.runtime.transports.base import OUTPUT_LIMIT, Transport
from ctys_ls.runtime.transports.sshconfig import SshConfigText

_ACT = "connecting"
_TRIES = 3
_KILL_SECONDS = 5.0
#: Commands at once on one connection: sshd allows ten (MaxSessions), ending one takes a further channel.
CHANNELS = 8


class SshTransport:
    """One ssh connection; commands run on channels of it."""

    def __init__(self, host: str, connection: asyncssh.SSHClientConnection) -> None:
        self._host = host
        self._connection = connection
        self._enders: set[asyncio.Task[None]] = set()
        self._channels = asyncio.Semaphore(CHANNELS)

    @property
    def alive(self) -> bool:
        return not self._connection.is_closed()

    @property
    def connection(self) -> asyncssh.SSHClientConnection:
        """For jumps through this host."""
        return self._connection

    async def run(self, line: str, *, stdin: str = "") -> Completed:
        async with self._channels:
            return await self._run(line, stdin)

    async def _run(self, line: str, stdin: str) -> Completed:
        act = "running a command"
        mark = f"ctys-{secrets.token_hex(8)}"
        try:
            # The first line tells the process group: sshd makes one for each command.
            process = await self._connection.create_process(
                f"echo {mark} $$; {line}", encoding=None, env={}, request_pty=False
            )
        except (asyncssh.Error, OSError) as error:
            raise failure("dropped", self._host, "opening a channel", str(error)) from error
        out, err = _Output(), _Output()
        try:
            # A command that ends without reading its input closes the channel first; that is its right.
            with contextlib.suppress(BrokenPipeError, ConnectionError):
                process.stdin.write(stdin.encode())
                process.stdin.write_eof()
            await asyncio.gather(out.read(process.stdout), err.read(process.stderr))
            await process.wait_closed()
        except (asyncssh.Error, OSError) as error:
            raise failure("dropped", self._host, act, str(error)) from error
        except asyncio.CancelledError:
            # Closing the channel does not end what runs there, and OpenSSH takes no signals for root's commands.
            self._end(out.group(mark))
            process.close()
            raise
        if process.exit_status is None and process.exit_signal is None:
            raise failure("dropped", self._host, act, "the connection was lost")
        status = process.exit_status if process.exit_signal is None else None
        return Completed(status, out.text(mark), err.text(mark), out.more or err.more)

    async def follow(self, line: str, heard: Callable[[str], None]) -> Completed:
        mark = f"ctys-{secrets.token_hex(8)}"
        group: int | None = None
        try:
            process = await self._connection.create_process(
                f"echo {mark} $$; {line}",
                stdin=asyncssh.DEVNULL,
                stderr=asyncssh.DEVNULL,
                env={},
                request_pty=False,
            )
            try:
                async for text in process.stdout:
                    found = re.match(rf"{mark} (\d+)$", text.rstrip())
                    group = int(found[1]) if found else group
                    if not found:
                        heard(text.rstrip("\n"))
                await process.wait_closed()
            except asyncio.CancelledError:
                self._end(group)
                process.close()
                raise
        except (asyncssh.Error, OSError, UnicodeDecodeError) as error:
            raise failure("dropped", self._host, "following a command", str(error)) from error
        return Completed(process.exit_status)

    def _end(self, group: int | None) -> None:
        """End a command's process group on the host, in the background and within a bound."""
        if group is None:
            return
        task = asyncio.create_task(self._kill(group), name=f"end a command on {self._host}")
        self._enders.add(task)
        task.add_done_callback(self._enders.discard)

    async def _kill(self, group: int) -> None:
        # A command with another user's rights cannot be ended by this one; what became of it is looked at anyway.
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await self._connection.run(f"kill -TERM -- -{group}", stdin=asyncssh.DEVNULL, encoding=None)

    async def close(self) -> None:
        await asyncio.gather(*self._enders)
        self._connection.close()
        try:
            async with asyncio.timeout(2):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()


class _Output:
    """A stream's bytes up to the limit; the rest is read and dropped, so that the command can end."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._size = 0

    async def read(self, stream: asyncssh.SSHReader[bytes]) -> None:
        while piece := await stream.read(65536):
            if self._size < OUTPUT_LIMIT:
                self._kept.append(piece)
            self._size += len(piece)

    @property
    def more(self) -> bool:
        return self._size > OUTPUT_LIMIT

    def _all(self) -> str:
        return b"".join(self._kept).decode(errors="replace")

    def group(self, mark: str) -> int | None:
        """The process group that the line with ``mark`` tells."""
        found = re.search(rf"^{mark} (\d+)$", self._all(), re.MULTILINE)
        return int(found[1]) if found else None

    def text(self, mark: str) -> str:
        """What the command printed, without the line with ``mark``."""
        return re.sub(rf"^{mark} \d+\r?\n", "", self._all(), count=1, flags=re.MULTILINE)


@dataclass(slots=True)
class SshConnector:
    """Opens connections; configuration, keys and known hosts are read once per version of their files."""

    config: Config
    _keys: dict[tuple[str, int], Sequence[asyncssh.SSHKeyPair]] = field(default_factory=dict)
    _known: dict[tuple[tuple[str, int], ...], asyncssh.SSHKnownHosts] = field(default_factory=dict)
    _passphrases: dict[str, str] = field(default_factory=dict)
    _text: tuple[tuple[str, int], SshConfigText] | None = None
    #: Keys accepted for this session where the configuration names no file to remember them in.
    _accepted: list[str] = field(default_factory=list)

    async def connect(
        self,
        destination: str,
        ask: Prompter,
        jump: Callable[[str, Prompter], Awaitable[SshTransport]],
        via: str = "",
    ) -> Transport:
        """Connect to ``[user@]host[:port]``. Raises ``HostError``.

        ``jump`` gives the connection to the hosts of ProxyJump; ``via`` are such hosts that come before this one.
        """
        user, host, port = _parts(destination)
        attempt = _Attempt(host, ask, self.config.connect_timeout)
        for _ in range(_TRIES):
            attempt.server_key = None
            try:
                plan = await asyncio.to_thread(self._plan, host, user, port, via)
                return SshTransport(host, await self._open(plan, attempt, jump))
            except asyncssh.HostKeyNotVerifiable as error:
                await self._ask_host_key(plan, attempt, error)
            except asyncssh.PermissionDenied as error:
                if not await self._unlock(plan, attempt):
                    raise failure("auth", host, "logging in", _auth_words(plan, error)) from error
            except TimeoutError as error:
                words = f"no answer within {self.config.connect_timeout:g} s"
                raise failure("timeout", host, _ACT, words) from error
            except asyncssh.KeyExchangeFailed as error:
                code = "host-key" if "host key" in str(error).lower() else "garbage"
                raise failure(code, host, _ACT, str(error)) from error
            except asyncssh.ProtocolNotSupported as error:
                raise failure("garbage", host, _ACT, str(error)) from error
            except asyncssh.Error as error:
                code = "dropped" if isinstance(error, asyncssh.ConnectionLost) else "garbage"
                raise failure(code, host, _ACT, str(error) or "the connection was lost") from error
            except ConnectionRefusedError as error:
                raise failure("refused", host, _ACT, _os_words(error)) from error
            except socket.gaierror as error:
                raise failure(
                    "unreachable", host, "resolving the name", error.strerror or str(error)
                ) from error
            except OSError as error:
                code = "dropped" if isinstance(error, ConnectionError) else "unreachable"
                raise failure(code, host, _ACT, _os_words(error)) from error
            except ValueError as error:
                cure = "Correct the ssh configuration or the known_hosts file."
                raise failure(
                    "unreachable", host, "reading the ssh configuration", str(error), cure
                ) from error
        raise failure("auth", host, "logging in", "too many attempts")

    async def _open(
        self, plan: _Route, attempt: _Attempt, jump: Callable[[str, Prompter], Awaitable[SshTransport]]
    ) -> asyncssh.SSHClientConnection:
        tunnel = (await jump(plan.jump, attempt.ask)).connection if plan.jump else None
        try:
            async with asyncio.timeout(attempt.seconds) as attempt.timer:
                return await asyncssh.connect(
                    options=plan.options,
                    host=plan.alias,
                    config=None,
                    tunnel=tunnel,
                    client_factory=lambda: _Client(attempt),
                )
        finally:
            attempt.timer = None

    def _plan(self, host: str, user: str, port: int | None, via: str) -> _Route:
        """Everything about a host from files; runs in a thread."""
        named: dict[str, Any] = {"username": user} if user else {}
        named |= {} if port is None else {"port": port}
        bare = self._configured(host, named)
        read = cast("Callable[..., Any]", bare.config.get)
        files = self._known_files(read("UserKnownHostsFile", ()), read("GlobalKnownHostsFile", ()))
        identities = [str(path) for path in read("IdentityFile", ())]
        keys, locked = self._load_keys(identities)
        if read("IdentitiesOnly", False):
            named |= {"agent_identities": identities}
        # The configuration has been read: options made from ``bare`` take it over, as do those of every connect().
        options = asyncssh.SSHClientConnectionOptions(
            bare,
            config=None,
            host=host,
            known_hosts=self._known_hosts(files),
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
        return _Route(
            options=options,
            alias=host,
            jump="" if proxy.lower() == "none" else proxy,
            files=files,
            locked=locked,
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

    def _known_hosts(self, files: tuple[Path, ...]) -> asyncssh.SSHKnownHosts:
        present = [path for path in files if path.is_file()]
        stamp = (*((str(path), path.stat().st_mtime_ns) for path in present), ("", len(self._accepted)))
        if stamp not in self._known:
            known = asyncssh.read_known_hosts([str(path) for path in present])
            for line in self._accepted:
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
                    self._keys[stamp] = asyncssh.load_keypairs(str(path), self._passphrases.get(str(path)))
                pairs.extend(self._keys[stamp])
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
                if "passphrase" in str(error).lower() or isinstance(error, asyncssh.KeyEncryptionError):
                    locked.append(str(path))
            except OSError:
                # As ssh does: a key file that is not there or not ours to read is no key.
                continue
        return pairs, tuple(locked)

    async def _ask_host_key(
        self, plan: _Route, attempt: _Attempt, error: asyncssh.HostKeyNotVerifiable
    ) -> None:
        """Settle an unverified key: raise, or return after the user accepted it and it is on record."""
        key = attempt.server_key
        act = "checking the host key"
        if key is None:
            raise failure("host-key", attempt.host, act, str(error)) from error
        name = str(plan.options.host_key_alias or plan.options.host)
        kind, mark = key.get_algorithm(), key.get_fingerprint()
        known = self._known_hosts(plan.files).match(
            name, "", plan.options.port if plan.options.port != 22 else None
        )
        if known[2] and key in known[2]:
            raise failure("host-key", attempt.host, act, f"the key {kind} {mark} is revoked") from error
        if known[0]:
            places = ", ".join(str(path) for path in plan.files if path.is_file())
            words = f"the host key has CHANGED: it is now {kind} {mark}, which is not the one in {places}"
            raise failure("host-key", attempt.host, act, words) from error
        question = Question(
            Ask.HOST_KEY,
            attempt.host,
            f"The key of {attempt.host} is not on record. Trust it from now on?",
            f"{kind} {mark}",
        )
        if await attempt.ask(question) != "yes":
            words = f"the key {kind} {mark} is unknown and was not accepted"
            cure = f"Compare it with the host's own, then accept it when asked, or log in once with ssh {attempt.host}."
            raise failure("host-key", attempt.host, act, words, cure) from error
        line = knownhosts.entry(name, plan.options.port, key.export_public_key().decode())
        if not plan.files:
            self._accepted.append(line)
            return
        try:
            await asyncio.to_thread(knownhosts.remember, plan.files[0], line)
        except OSError as problem:
            words = f"the key cannot be stored in {plan.files[0]}: {problem.strerror}"
            raise failure("host-key", attempt.host, act, words, "Make the file writable.") from problem
        if not plan.files[0].is_file():
            self._accepted.append(line)

    async def _unlock(self, plan: _Route, attempt: _Attempt) -> bool:
        """Ask for the passphrase of the first locked key; whether there is one more to try with now."""
        for path in plan.locked:
            question = Question(Ask.PASSPHRASE, attempt.host, f"Passphrase of the key {path}")
            answer = await attempt.ask(question)
            if answer is None:
                continue
            try:
                await asyncio.to_thread(asyncssh.load_keypairs, path, answer)
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError):
                continue
            self._passphrases[path] = answer
            return True
        return False


@dataclass(slots=True)
class _Route:
    """How to reach a host: options made once, the jump before it, its known_hosts files, keys that are locked."""

    options: asyncssh.SSHClientConnectionOptions
    alias: str
    jump: str
    files: tuple[Path, ...]
    locked: tuple[str, ...]


@dataclass(slots=True)
class _Attempt:
    """One login: its clock stands still while the user is asked."""

    host: str
    asker: Prompter
    seconds: float
    timer: asyncio.Timeout | None = None

    server_key: asyncssh.SSHKey | None = None
    passwords: int = 0

    async def ask(self, question: Question) -> str | None:
        timer, running = self.timer, False
        if timer is not None and timer.when() is not None:
            timer.reschedule(None)
            running = True
        try:
            return await self.asker(question)
        finally:
            if running and timer is not None:
                timer.reschedule(asyncio.get_running_loop().time() + self.seconds)


class _Client(asyncssh.SSHClient):
    """Answers what a server asks during the login by asking the user."""

    def __init__(self, attempt: _Attempt) -> None:
        self._attempt = attempt

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        self._attempt.server_key = key
        return False

    async def password_auth_requested(self) -> str | None:
        return await self._password("Password")

    def kbdint_auth_requested(self) -> str:
        return ""

    async def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002
        instructions: str,  # noqa: ARG002
        lang: str,  # noqa: ARG002
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        answers = []
        for text, _ in prompts:
            answer = await self._password(text.strip() or "Password")
            if answer is None:
                return None
            answers.append(answer)
        return answers

    async def _password(self, text: str) -> str | None:
        attempt = self._attempt
        attempt.passwords += 1
        if attempt.passwords > _TRIES:
            return None
        return await attempt.ask(Question(Ask.PASSWORD, attempt.host, f"{text} for {attempt.host}"))


def _parts(destination: str) -> tuple[str, str, int | None]:
    """User, host and port of ``[user@]host[:port]``; the colons of a bare IPv6 address are no port."""
    user, _, rest = destination.rpartition("@")
    host, colon, port = rest.rpartition(":")
    if colon and port.isdigit() and ("]" in host or ":" not in host):
        return user, host.strip("[]"), int(port)
    return user, rest.strip("[]"), None


def _config_file(config: Config) -> Path:
    path = config.ssh_config if config.ssh_config is not None else Path("~/.ssh/config")
    return path.expanduser()


def _os_words(error: OSError) -> str:
    words = error.strerror or str(error)
    return (
        words
        if error.errno is None or "Connect call failed" not in str(error)
        else words.split("(")[0].strip()
    )


def _auth_words(plan: _Route, error: asyncssh.PermissionDenied) -> str:
    locked = f"; locked keys: {', '.join(plan.locked)}" if plan.locked else ""
    return f"{error.reason or error} (user {plan.options.username}){locked}"
