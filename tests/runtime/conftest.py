"""The engine on simulated hosts."""

import asyncio

import pytest

from ctys_ls.languages.reading import READERS
from ctys_ls.requests import Address, Invocation, Privilege, Target
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.engine import make_engine


class Desk:
    """An engine on a lab, with a user whose answers are prepared."""

    def __init__(self, lab, home, **settings):
        self.lab = lab
        settings = {"ssh_config": lab.ssh_config, "state_dir": home / "state", **settings}
        self.engine = make_engine(Config(**settings), READERS, home=home)
        self.answers, self.questions, self.steps = [], [], []
        self._awaited = ("", asyncio.Event())

    def report(self, step):
        self.steps.append(step)
        words, reached = self._awaited
        if words and words in step.message:
            reached.set()

    async def step(self, words):
        """Wait until a step is reported that says ``words``."""
        self._awaited = (words, asyncio.Event())
        async with asyncio.timeout(20):
            await self._awaited[1].wait()

    async def ask(self, question):
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None

    async def run(self, *requests, hosts=("lab00",), privilege=Privilege(), **options):  # noqa: B008 - it is frozen
        targets = tuple(Target(host, request, privilege=privilege) for host in hosts for request in requests)
        return await self.engine.run(Invocation(targets, **options), self.report, self.ask)

    async def one(self, request, host="lab00", **options):
        """The only target's outcome."""
        (target,) = (await self.run(request, hosts=(host,), **options)).targets
        return target


@pytest.fixture
async def desk(fresh_lab, tmp_path):
    made = []

    def make(**settings):
        made.append(Desk(fresh_lab, tmp_path, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.engine.close()


@pytest.fixture
def desk_at():
    """Makes a desk at a lab of the test's own; who made it closes its engine."""
    return Desk


@pytest.fixture
def label():
    return lambda name: Address(label=name)
