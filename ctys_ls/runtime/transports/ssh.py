"""Logging in by ssh through asyncssh. The three ssh modules here know that library; they load on a host's first use.

The user's ssh configuration is honoured (Host, HostName, Port, User, IdentityFile, ProxyJump, ProxyCommand,
UserKnownHostsFile, …). What differs from asyncssh's own habits, on purpose: a host key that is not on record is never
accepted without a question, whatever the configuration says; nothing is forwarded; files are read once and shared.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from ctys_ls.runtime.api import Ask, Config, Prompter, Question
from ctys_ls.runtime.errors import failure
from ctys_ls.runtime.hostcommand import quote
from ctys_ls.runtime.transports import knownhosts
from ctys_ls.runtime.transports.base import Transport
from ctys_ls.runtime.transports.sshchannels import SshTransport
from ctys_ls.runtime.transports.sshroutes import Route, Routes, parts

_ACT = "connecting"
_TRIES = 3


class SshConnector:
    """Opens connections."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._routes = Routes(config)

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
        user, host, port = parts(destination)
        attempt = _Attempt(host, ask, self.config.connect_timeout)
        for _ in range(_TRIES):
            attempt.server_key = None
            try:
                plan = await asyncio.to_thread(self._routes.make, host, user, port, via)
                attempt.seconds = plan.seconds or self.config.connect_timeout
                return SshTransport(host, await self._open(plan, attempt, jump))
            except asyncssh.HostKeyNotVerifiable as error:
                await self._ask_host_key(plan, attempt, error)
            except asyncssh.PermissionDenied as error:
                if not await self._unlock(plan, attempt):
                    raise failure("auth", host, "logging in", _auth_words(plan, error)) from error
            except TimeoutError as error:
                words = f"no answer within {attempt.seconds:g} s"
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
        self, plan: Route, attempt: _Attempt, jump: Callable[[str, Prompter], Awaitable[SshTransport]]
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

    async def _ask_host_key(
        self, plan: Route, attempt: _Attempt, error: asyncssh.HostKeyNotVerifiable
    ) -> None:
        """Settle an unverified key: raise, or return after the user accepted it and it is on record."""
        key = attempt.server_key
        act = "checking the host key"
        if key is None:
            raise failure("host-key", attempt.host, act, str(error)) from error
        name = str(plan.options.host_key_alias or plan.options.host)
        kind, mark = key.get_algorithm(), key.get_fingerprint()
        known = self._routes.known_hosts(plan.files).match(
            name, "", plan.options.port if plan.options.port != 22 else None
        )
        if known[2] and key in known[2]:
            raise failure("host-key", attempt.host, act, f"the key {kind} {mark} is revoked") from error
        if known[0]:
            places = ", ".join(str(path) for path in plan.files if path.is_file())
            words = f"the host key has CHANGED: it is now {kind} {mark}, which is not the one in {places}"
            cure = _changed_key_cure(name, plan.options.port, plan.files)
            raise failure("host-key", attempt.host, act, words, cure) from error
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
            self._routes.accepted.append(line)
            return
        try:
            await asyncio.to_thread(knownhosts.remember, plan.files[0], line)
        except OSError as problem:
            words = f"the key cannot be stored in {plan.files[0]}: {problem.strerror}"
            raise failure("host-key", attempt.host, act, words, "Make the file writable.") from problem
        if not plan.files[0].is_file():
            self._routes.accepted.append(line)

    async def _unlock(self, plan: Route, attempt: _Attempt) -> bool:
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
            self._routes.passphrases[path] = answer
            return True
        return False


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


def _os_words(error: OSError) -> str:
    if error.errno is not None and "Connect call failed" in str(error):
        # asyncio's words hide the system's.
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _auth_words(plan: Route, error: asyncssh.PermissionDenied) -> str:
    locked = f"; locked keys: {', '.join(plan.locked)}" if plan.locked else ""
    return f"{error.reason or error} (user {plan.options.username}){locked}"


def _changed_key_cure(name: str, port: int, files: Sequence[Path]) -> str:
    """The command that takes the old key off record, as the file knows the host."""
    entry = name if port == 22 else f"[{name}]:{port}"
    file = next((f" -f {quote((str(path),))}" for path in files if path.is_file()), "")
    return (
        "Compare the key with the host's own (there: ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub); only if it is"
        f" the same, remove the old entry: ssh-keygen -R {quote((entry,))}{file}."
    )
