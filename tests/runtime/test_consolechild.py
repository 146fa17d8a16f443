"""A program in a pty whose output comes through a pipe."""

import os
import select
import signal
from pathlib import Path

import pytest

from ctys_ls.runtime.consolechild import Child

SHELL = ("/bin/sh", "-c")


def ended(child):
    """Wait until the program's pty has no other end."""
    poll = select.poll()
    poll.register(child.keys, 0)
    assert poll.poll(20_000), "the program did not end within 20 s"


def descriptors():
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def said(*words, piped=True):
    child = Child(words, os.environ, (31, 97), piped=piped)
    try:
        ended(child)
        return b"".join(child.rest())
    finally:
        child.close()


def test_what_it_printed_before_it_ended_is_not_lost():
    assert said(*SHELL, "seq 1 5000") == b"".join(b"%d\n" % number for number in range(1, 5001))


def test_only_its_output_is_no_terminal():
    tests = "test -t 0 && test -t 2 && ! test -t 1 && test -c /dev/tty && (stty size </dev/tty)"
    assert said(*SHELL, tests) == b"31 97\n"


def test_somebody_who_keeps_the_pipe_open_is_not_waited_for():
    """As the master of a shared connection would, if it did not let go of it."""
    number = said(*SHELL, "trap '' HUP; sleep 100 </dev/null 2>/dev/null & echo $!")
    os.kill(int(number), signal.SIGKILL)


def test_status_and_nothing_left_open():
    before = descriptors()
    child = Child([*SHELL, "exit 7"], os.environ, (24, 80), piped=True)
    ended(child)
    child.close()
    assert child.status == 7
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        Child(["no-such-program"], os.environ, (24, 80), piped=True)
    assert descriptors() == before
