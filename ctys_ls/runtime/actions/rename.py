"""Another name for a running guest, for as long as it runs: its file keeps the old one."""

from __future__ import annotations

from ctys_ls.requests import Rename
from ctys_ls.runtime import probe
from ctys_ls.runtime.actions.run import Call
from ctys_ls.runtime.addresses import did_you_mean, nearest
from ctys_ls.runtime.api import Ask, Question, TargetOutcome
from ctys_ls.runtime.errors import failure


async def rename(call: Call, request: Rename) -> TargetOutcome:
    """Rename and look whether the guest is found by its new name. Raises ``HostError``."""
    host, act = call.where.host, f"renaming {request.label} to {request.to}"
    if call.run.config.read_only:
        raise failure("read-only", host, act)
    snapshot = await call.look(probe.Look())
    access = call.require(snapshot)
    names = {domain.name: domain for domain in snapshot.domains}
    domain = names.get(request.label)
    if domain is None:
        near = nearest(request.label, names.keys() - {"Domain-0"})
        raise failure("not-running", host, act, "it does not run", did_you_mean(near))
    call.label = request.label
    if domain.id == 0:
        raise failure("unsupported", host, act, "Domain-0 is the host itself", "Name a guest.")
    if request.to in names:
        raise failure("exists", host, act, f"{request.to} runs already", "Take another name.")
    await _confirmed(call, act)
    await call.perform(access.toolstack.rename(access.tool, request.label, request.to))
    call.label = request.to
    found = await call.run.hosts.perform(
        call.where, access, access.toolstack.domid(access.tool, request.to), call.run.ask
    )
    if found != domain.id:
        raise failure(
            "command-failed", host, act, f"{request.to} is the guest of id {found}, not {domain.id}"
        )
    known = call.run.known(host) or snapshot
    paths = {conf.path for conf in known.confs if conf.label == request.label}
    whose = f"Its file {paths.pop()}" if len(paths) == 1 else "Its file"
    text = (
        f"{host}: {request.label} is called {request.to} as long as it runs.\n"
        f'{whose} still reads name = "{request.label}".'
    )
    return TargetOutcome(host, ok=True, state=await call.state(), text=text, ran=tuple(call.ran))


async def _confirmed(call: Call, act: str) -> None:
    """On a protected host every change is confirmed first. Raises ``HostError`` (declined)."""
    host = call.where.host
    if host not in call.run.config.protected_hosts:
        return
    asked = Question(Ask.CONFIRM, host, f"{act[0].upper()}{act[1:]} on {host} (protected)?", "")
    if await call.run.ask(asked) != "yes":
        raise failure("declined", host, act, "not confirmed")
