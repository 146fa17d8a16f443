"""The simulated hosts' ssh server against a real OpenSSH sshd: the same commands, the same outcome."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest
from needs import need_program
from realsshd import Sshd, need_sshd

from ctys_ls.lab import Lab


@pytest.fixture(scope="module")
def configs(
    tmp_path_factory: pytest.TempPathFactory, lab: Lab
) -> Iterator[tuple[tuple[Path, str], tuple[Path, str]]]:
    """The ssh configuration and the host's name: simulated, real."""
    need_sshd()
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    config = server.folder / "config"
    config.write_text(server.config())
    server.know()
    yield (lab.ssh_config, "lab00"), (config, server.alias)
    server.stop()


def outcome(where: tuple[Path, str], words: list[str], stdin: bytes) -> tuple[bytes, bytes, int | str]:
    program = need_program("ssh", "openssh-client")
    command = [program, "-F", str(where[0]), "-o", "LogLevel=ERROR", *words[:-1], where[1], words[-1]]
    try:
        done = subprocess.run(command, capture_output=True, input=stdin, timeout=4)
    except subprocess.TimeoutExpired as waiting:
        return waiting.stdout or b"", b"", "waits"
    return done.stdout, done.stderr, done.returncode


CASES: dict[str, tuple[list[str], bytes]] = {
    "status": (["echo a; echo b >&2; exit 41"], b""),
    "signal": (["kill -KILL $$"], b""),
    "input": (["cat; echo end"], b"one\ntwo"),
    "binary": (["head -c 300000 /dev/urandom | wc -c; printf '\\000\\377'"], b""),
    "no command": (["nosuchcommand"], b""),
    "not a terminal": (["test -t 0 || test -t 1 || echo none"], b""),
    "terminal": (["-tt", "test -t 0 && test -t 1 && test -t 2 && echo all; echo x >&2"], b""),
    "terminal, end of input": (["-tt", "cat"], b"typed\n"),
    "terminal, ^D": (["-tt", "cat"], b"typed\n\x04"),
    "terminal, signal": (["-tt", "kill -TERM $$"], b""),
    "background with output waits": (["sleep 0.5 & echo now"], b""),
    "background without output": (["sleep 20 >/dev/null 2>&1 </dev/null & echo now"], b""),
    "terminal, background": (["-tt", "sleep 20 & echo now"], b""),
    "early end of output": (["exec >&-; exec 2>&-; sleep 0.2; exit 3"], b""),
    "quoting": (["printf '%s|' 'a b' \"c'd\"; echo"], b""),
    "session leader": (["-tt", "test $(ps -o sid= -p $$) = $$ && echo leader"], b""),
    "own session": (["test $(ps -o sid= -p $$) = $$ && echo leader"], b""),
}


@pytest.mark.parametrize("name", CASES)
def test_the_ssh_program_sees_no_difference(
    configs: tuple[tuple[Path, str], tuple[Path, str]], name: str
) -> None:
    words, stdin = CASES[name]
    with ThreadPoolExecutor() as both:
        simulated, real = both.map(lambda where: plain(outcome(where, words, stdin)), configs)
    assert simulated == real


def interrupted(where: tuple[Path, str]) -> tuple[str, int | None]:
    command = ["-F", str(where[0]), "-tt", where[1], "exec sh -c 'echo ready; exec sleep 20'"]
    with pexpect.spawn(
        need_program("ssh", "openssh-client"), command, encoding="utf-8", timeout=10
    ) as terminal:
        terminal.expect_exact("ready\r\n")
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
        terminal.close()
        return str(terminal.before).partition("\n")[0], terminal.exitstatus


def test_control_c_ends_the_command_alike(configs: tuple[tuple[Path, str], tuple[Path, str]]) -> None:
    simulated, real = map(interrupted, configs)
    assert simulated == real


def plain(found: tuple[bytes, bytes, int | str]) -> tuple[bytes, bytes, int | str]:
    """Without the name of the login shell, which may be another one."""
    out, err, status = found
    err = re.sub(rb"^\S*sh: (?:line )?\d+: ", b"sh: ", err).replace(b"command not found", b"not found")
    return out, err, status
