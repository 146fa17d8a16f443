"""How tests of simulated hosts reach them: the real ssh program and asyncssh."""

import asyncio
import subprocess
import time
from collections.abc import Callable

import asyncssh
from needs import need_program

from ctys_ls.lab import Lab


def ssh(lab: Lab, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the ssh program with the lab's configuration and wait for its end."""
    program = need_program("ssh", "openssh-client")
    command = [program, "-F", str(lab.ssh_config), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, input=stdin, check=False)


async def connect(lab: Lab, name: str = "lab00") -> asyncssh.SSHClientConnection:
    """An asyncssh connection that knows nothing but the lab's configuration."""
    return await asyncssh.connect(name, config=[str(lab.ssh_config)])


async def run(connection: asyncssh.SSHClientConnection, command: str) -> tuple[str, str, int | None]:
    """Standard output, standard error and status of a command."""
    done = await asyncio.wait_for(connection.run(command), 20)
    return str(done.stdout), str(done.stderr), done.exit_status


async def until(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Wait for something that happens elsewhere; fail with ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.01)


class Screen:
    """What a terminal session prints, to wait for."""

    def __init__(self, process: "asyncssh.SSHClientProcess[str]") -> None:
        self.process = process
        self.text = ""

    async def expect(self, text: str, seconds: float = 10) -> str:
        """Read until ``text`` has come; returns what came up to its end and forgets it."""
        async with asyncio.timeout(seconds):
            while text not in self.text:
                data = await self.process.stdout.read(65536)
                assert data, f"the session ended before {text!r}; it printed {self.text!r}"
                self.text += data
        end = self.text.index(text) + len(text)
        seen, self.text = self.text[:end], self.text[end:]
        return seen

    def type(self, text: str) -> None:
        self.process.stdin.write(text)
