"""An engine that touches no host: what it does is decided by the label or host that is named.

It stands in for ``runtime.engine`` in tests of the server alone; ``tests/e2e`` runs the real one against real ssh.
Labels: ``slow`` runs until it is cancelled, ``stubborn`` needs a moment after that, ``broken`` raises, ``asks`` puts a
question to the user, ``ambiguous`` fails with choices; all else succeeds.
"""

from __future__ import annotations

import asyncio

from ctys_ls.facts import NOTHING
from ctys_ls.requests import Enumerate, Info, List, Rename, Show
from ctys_ls.runtime.api import (
    Ask,
    ConsoleSpec,
    HostState,
    HostStatus,
    Outcome,
    Plan,
    PlanStep,
    Progress,
    Question,
    Row,
    SessionsChange,
    TargetOutcome,
    TargetPlan,
    Trouble,
)
from ctys_ls.runtime.views import GuestView

SECRET = "s3cret-marker"


def row(host, label):
    record = ["", "XEN", label, f"/etc/xen/{label}.conf", "", "00:16:3e:00:00:01", "", *[""] * 15]
    record[0], record[13] = host, "S"
    return Row(f"{host}/XEN/{label}/S", host, tuple(record), "running", f"/etc/xen/{label}.conf")


class FakeEngine:
    def __init__(self):
        self.listeners = {}
        self.told = {}
        self.revision = 0

    def plan(self, invocation):
        targets = tuple(
            TargetPlan(target.host, "create", "root", (PlanStep("Start the guest.", "xl create x"),))
            for target in invocation.targets
        )
        return Plan(targets, "parallel", invocation.detach)

    async def run(self, invocation, report, ask):
        return Outcome(
            tuple([await self._target(target, report, ask) for target in invocation.targets]), "ran"
        )

    async def end_clients(self, keys):
        return tuple(key for key in keys if key.startswith("localhost/"))

    async def _target(self, target, report, ask):
        if isinstance(target.request, List):
            return TargetOutcome(target.host, ok=True, text="table", rows=(row(target.host, "tst100"),))
        if isinstance(target.request, (Enumerate, Info, Show)):
            return TargetOutcome(target.host, ok=True, text="told")
        if isinstance(target.request, Rename):
            return TargetOutcome(
                target.host, ok=True, state="running", text="renamed", ran=("xl rename a b",)
            )
        label = target.request.address.label
        report(Progress(target.host, f"looking for {label}"))
        if label == "slow":
            await asyncio.Event().wait()
        if label == "stubborn":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)
                return TargetOutcome(target.host, ok=False, state="paused", text="left paused")
        if label == "broken":
            raise RuntimeError(SECRET)
        if label == "ambiguous":
            trouble = Trouble(
                "ambiguous", target.host, "create", "2 guests match", "Name one.", ("l:a", "l:b")
            )
            return TargetOutcome(target.host, ok=False, trouble=trouble)
        if label and label.startswith("asks-"):
            kind = Ask(label.removeprefix("asks-"))
            answer = await ask(Question(kind, target.host, "May I?", "the details"))
            return TargetOutcome(target.host, ok=answer is not None, text=f"{len(answer or '')} characters")
        console = None
        if getattr(target.request, "console", None):
            console = await self.console(target.host, label, target.request.console)
        self.tell(target.host, label)
        return TargetOutcome(target.host, ok=True, state="running", ran=("xl create x",), console=console)

    async def console(self, destination, label, kind, invocation=None):
        argv = ("ctys-ls", "console", f"{destination}/{label}")
        return ConsoleSpec(
            "s1", kind, destination, label, argv, ("ssh", destination), label, destination, {"A": "b"}
        )

    def lookup(self, query):
        return "", 0

    def facts(self):
        return NOTHING

    async def reread(self):
        """Nothing to read."""

    def tell(self, host, label):
        self.revision += 1
        change = SessionsChange(self.revision, HostStatus(host, HostState.OK, 1.0), (row(host, label),))
        self.told[host] = change
        for listener in self.listeners.get(host, ()):
            listener(change)
        return change

    def subscribe(self, hosts, listener):
        for host in hosts:
            self.listeners.setdefault(host, []).append(listener)
            if host in self.told:
                # Whoever comes later is told what is known.
                asyncio.get_running_loop().call_soon(listener, self.told[host])
        return lambda: [self.listeners[host].remove(listener) for host in hosts]

    async def refresh(self, hosts, ask):
        return tuple(self.tell(host, "tst100") for host in hosts)

    async def guest(self, destination, label, privilege, ask):
        return GuestView(destination, label, 3, "running", memory=128, uptime=60)

    async def survey(self, hosts, paths, privilege, ask, texts=()):
        return ()

    async def close(self):
        pass
