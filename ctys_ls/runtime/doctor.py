"""Why a host cannot be managed: one finding per step of the way, each with its cure.

The steps are those of a person with ``ssh -v`` at hand: the name, the port, the ssh greeting, the host key, the login,
the rights, the toolstack, Xen itself. The first four use plain sockets, for asyncssh tells less about them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ctys_ls.facts import ReadConf
from ctys_ls.requests import Privilege
from ctys_ls.runtime import probe
from ctys_ls.runtime.api import Config, Prompter, Trouble
from ctys_ls.runtime.errors import CURES, HostError
from ctys_ls.runtime.hosts import Hosts, Place
from ctys_ls.runtime.places import local_names
from ctys_ls.runtime.pool import Pool
from ctys_ls.runtime.privilege import Method
from ctys_ls.runtime.snapshot import Snapshot

#: The steps in their order; a step that fails leaves the later ones unexamined.
STEPS = ("name", "route", "ssh", "host key", "login", "rights", "toolstack", "xen")
_HOST_KEY, _LOGIN, _RIGHTS, _TOOLSTACK = 3, 4, 5, 6
_METHODS = {
    Method.ROOT: "logged in as root",
    Method.KSU: "root through ksu",
    Method.SUDO: "root through sudo",
    Method.SUDO_PASSWORD: "root through sudo, with a password",
    Method.PLAIN: "allowed without raised rights",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: ``ok`` is None where it was not examined; ``cure`` is empty where nothing is wrong."""

    step: str
    ok: bool | None
    text: str
    cure: str = ""


class _IllError(Exception):
    """The step that failed; carries its finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


async def examine(
    destination: str, privilege: Privilege, config: Config, read_conf: ReadConf, ask: Prompter
) -> tuple[Finding, ...]:
    """All steps for ``[user@]host``, in the order of ``STEPS``; it raises nothing for a host that is ill."""
    local = local_names(config, Path.home())
    pool = Pool(config, local)
    findings: list[Finding] = []
    try:
        if destination in local:
            findings += [Finding(step, True, "this machine, no ssh is needed") for step in STEPS[:5]]
        else:
            await _way(destination, config, findings)
            await _entry(pool, destination, ask, findings)
        hosts = Hosts(pool, read_conf, lambda _host, _snapshot: None)
        where = Place(destination, destination.rpartition("@")[2], privilege)
        findings += _inside(await hosts.look(where, probe.Look(), ask))
    except _IllError as ill:
        findings.append(ill.finding)
    except HostError as error:
        findings.append(_from_trouble(STEPS[len(findings)], error.trouble))
    finally:
        await pool.close()
    return (*findings, *(Finding(step, None, "not examined") for step in STEPS[len(findings) :]))


# -- the way there ---------------------------------------------------------------------------------------------------


async def _way(destination: str, config: Config, findings: list[Finding]) -> None:
    """Name, route and greeting; behind a jump host only that host can know them."""
    named = await _ssh_settings(destination, config)
    host, port = named.get("hostname", destination.rpartition("@")[2]), int(named.get("port", "22"))
    way = named.get("proxyjump") or named.get("proxycommand")
    if way and way != "none":
        findings += [Finding(step, None, f"behind {way}, see the login") for step in STEPS[:3]]
        return
    findings.append(await _name(host))
    reader, writer = await _port(host, port, config.connect_timeout, destination)
    findings.append(Finding("route", True, f"port {port} answers"))
    try:
        findings.append(await _greeting(reader, port, config.connect_timeout))
    finally:
        writer.close()


async def _ssh_settings(destination: str, config: Config) -> Mapping[str, str]:
    """What the user's ssh would do for this host: ``ssh -G``; nothing where ssh is not installed."""
    ssh = shutil.which("ssh")
    if ssh is None:
        return {}
    file = ("-F", str(config.ssh_config)) if config.ssh_config else ()
    process = await asyncio.create_subprocess_exec(
        ssh, *file, "-G", "--", destination, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode:
        words = err.decode(errors="replace").strip().splitlines()
        cure = "Correct the ssh configuration at that place."
        raise _IllError(Finding("name", False, words[0] if words else "ssh -G failed", cure))
    return dict(line.partition(" ")[::2] for line in out.decode(errors="replace").splitlines())


async def _name(host: str) -> Finding:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return Finding("name", True, f"the address {host} needs no look-up")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        words = getattr(error, "strerror", "") or "this is no name of a host"
        cure = "Check the spelling, DNS and /etc/hosts, or give a HostName in ~/.ssh/config."
        raise _IllError(Finding("name", False, f"{host} cannot be resolved: {words}", cure)) from error
    addresses = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Finding("name", True, f"{host} is {addresses}")


async def _port(
    host: str, port: int, seconds: float, destination: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name = destination.rpartition("@")[2]
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.open_connection(host, port)
    except TimeoutError as error:
        text = f"port {port} did not answer within {seconds:g} s"
        cure = f"Check that {name} is up, and firewalls between here and there."
        raise _IllError(Finding("route", False, text, cure)) from error
    except ConnectionRefusedError as error:
        text = f"port {port} refuses connections"
        raise _IllError(Finding("route", False, text, CURES["refused"].format(host=name))) from error
    except OSError as error:
        text = f"port {port}: {error.strerror or error}"
        raise _IllError(Finding("route", False, text, CURES["unreachable"].format(host=name))) from error


async def _greeting(reader: asyncio.StreamReader, port: int, seconds: float) -> Finding:
    """RFC 4253 4.2: a server may send other lines before its version."""
    cure = f"See what listens on port {port}; ssh's port may be another one (Port in ~/.ssh/config)."
    try:
        async with asyncio.timeout(seconds):
            while line := await reader.readline():
                if line.startswith(b"SSH-"):
                    return Finding("ssh", True, line.decode(errors="replace").strip())
    except TimeoutError as error:
        text = f"port {port} is open but sent no greeting within {seconds:g} s"
        raise _IllError(Finding("ssh", False, text, cure)) from error
    except (OSError, ValueError) as error:
        raise _IllError(Finding("ssh", False, f"no greeting: {error}", cure)) from error
    raise _IllError(Finding("ssh", False, f"port {port} closed the connection without an ssh greeting", cure))


async def _entry(pool: Pool, destination: str, ask: Prompter, findings: list[Finding]) -> None:
    """Host key and login."""
    try:
        await pool.reach(destination, ask)
    except HostError as error:
        trouble = error.trouble
        if trouble.code == "auth":
            findings.append(Finding(STEPS[_HOST_KEY], True, "on record"))
            raise _IllError(_from_trouble(STEPS[_LOGIN], trouble)) from error
        raise _IllError(_from_trouble(STEPS[_HOST_KEY], trouble)) from error
    findings.append(Finding(STEPS[_HOST_KEY], True, "on record"))
    findings.append(Finding(STEPS[_LOGIN], True, "accepted"))


# -- the host itself -------------------------------------------------------------------------------------------------


def _inside(snapshot: Snapshot) -> list[Finding]:
    """Rights, toolstack and Xen from one look."""
    tools = ", ".join(f"{name} ({path})" for name, path in snapshot.tools.items() if name in ("xl", "xm"))
    if snapshot.access:
        version = f"Xen {snapshot.xen}" if snapshot.xen else "running"
        guests = len(snapshot.guests)
        return [
            Finding("rights", True, f"{snapshot.user}: {_METHODS[snapshot.access.method]}"),
            Finding("toolstack", True, tools or snapshot.access.tool),
            Finding("xen", True, f"{version}, {guests} guest{'' if guests == 1 else 's'}"),
        ]
    unknown = Trouble("tool-missing", snapshot.host, "looking for xl or xm", "neither xl nor xm is there")
    trouble = snapshot.troubles[0] if snapshot.troubles else unknown
    who = Finding("rights", True, f"{snapshot.user}, user id {snapshot.uid}")
    if trouble.code == "privilege":
        return [_from_trouble("rights", trouble)]
    if not tools:
        return [who, _from_trouble("toolstack", unknown)]
    return [who, Finding("toolstack", True, tools), _from_trouble("xen", trouble)]


def _from_trouble(step: str, trouble: Trouble) -> Finding:
    text = f"{trouble.act}: {trouble.words}" if trouble.words else trouble.act
    return Finding(step, False, text, trouble.cure or CURES.get(trouble.code, "").format(host=trouble.host))
