"""Work that takes longer than an answer: it has an id, reports, can be cancelled, and ends by telling what is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ctys_ls.handlers.base import CtysServer, internal_error
from ctys_ls.handlers.outgoing import ClientRefusedError
from ctys_ls.handlers.results import outcome_fields
from ctys_ls.protocol import VERSION
from ctys_ls.runtime.api import Outcome, Progress, TargetOutcome, Trouble

#: What a job does: it is given its own :class:`Job` to report with.
Work = Callable[["Job"], Awaitable[Outcome]]


class Job:
    """One running job."""

    def __init__(self, ls: CtysServer, ident: str, command: str, title: str, *, show: bool) -> None:
        self.ident, self.command, self.title = ident, command, title
        self._ls, self._show = ls, show
        self._token: str | None = None
        self._ended = False

    def report(self, step: Progress) -> None:
        """Tell the client what is being done."""
        if self._ended:
            return
        self._tell("report", host=step.host, message=step.message)
        if self._token:
            self._progress({"kind": "report", "message": f"{step.host}: {step.message}"})

    def begin(self) -> None:
        """Tell the client that work begins."""
        self._tell("begin")

    async def show_progress(self) -> None:
        """Open a progress bar where the client has one."""
        if not self._ls.client.progress:
            return
        token = f"ctys-job-{self.ident}"
        try:
            await self._ls.outgoing.request("window/workDoneProgress/create", {"token": token})
        except ClientRefusedError:
            return
        self._token = token
        self._progress({"kind": "begin", "title": self.title, "cancellable": True})

    def end(self, outcome: Outcome) -> None:
        """Tell the client what became of it."""
        self._ended = True
        self._tell("end", **outcome_fields(outcome))
        state = "cancelled" if outcome.cancelled else "failed" if outcome.exit_status else "done"
        if self._token:
            self._progress({"kind": "end", "message": state})
        troubles = [str(target.trouble) for target in outcome.targets if target.trouble]
        if self._show and (troubles or outcome.text):
            kind, text = (1, "\n".join(troubles)) if troubles else (3, outcome.text)
            self._ls.outgoing.notify("window/showMessage", {"type": kind, "message": text})

    def _progress(self, value: dict[str, Any]) -> None:
        self._ls.outgoing.notify("$/progress", {"token": self._token, "value": value})

    def _tell(self, kind: str, **more: Any) -> None:
        self._ls.outgoing.notify(
            "ctys/job",
            {
                "v": VERSION,
                "job": self.ident,
                "kind": kind,
                "title": self.title,
                "command": self.command,
                **more,
            },
        )


class Jobs:
    """The running jobs of one server."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._running: dict[str, asyncio.Task[None]] = {}
        self._count = 0

    def start(self, command: str, title: str, work: Work, *, show: bool = False) -> str:
        """Begin ``work`` and return the job's id at once."""
        self._count += 1
        ident = str(self._count)
        job = Job(self._ls, ident, command, title, show=show)
        task = asyncio.ensure_future(self._run(job, work))
        self._running[ident] = task
        task.add_done_callback(lambda _: self._running.pop(ident, None))
        return ident

    def cancel(self, ident: str) -> bool:
        """Ask a job to end; False where no such job runs. Its end is told by its last notification."""
        task = self._running.get(ident)
        return task is not None and task.cancel()

    def cancel_token(self, token: object) -> bool:
        """The same by the token of its progress bar."""
        return isinstance(token, str) and self.cancel(token.removeprefix("ctys-job-"))

    async def quiet(self) -> None:
        """Wait until the jobs that run now have ended."""
        if tasks := list(self._running.values()):
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Cancel every job and wait until each has told its end."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job, work: Work) -> None:
        job.begin()
        bar = asyncio.ensure_future(job.show_progress())
        try:
            outcome = await work(job)
        except asyncio.CancelledError:
            outcome = Outcome((), "Cancelled before anything was begun.", cancelled=True)
        except Exception as trouble:  # noqa: BLE001 - told to the client as the job's outcome
            why = Trouble("internal", "", job.title, internal_error(job.command, trouble).message)
            outcome = Outcome((TargetOutcome("", ok=False, trouble=why),), str(why))
        bar.cancel()
        self._ls.facts_may_have_changed()
        job.end(outcome)
