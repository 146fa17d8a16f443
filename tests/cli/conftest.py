"""Programs of the terminal on simulated hosts, each with a HOME of its own."""

import pytest
from terminals import Pty, Tmux, environment, processes_of, run, until


@pytest.fixture
def env(fresh_lab, tmp_path):
    return environment(tmp_path, fresh_lab.ssh_config)


@pytest.fixture
def ctys(env):
    """Run ``ctys`` without a terminal."""
    return lambda *words, **options: run(["ctys", *words], env, **options)


@pytest.fixture
def start(ctys):
    """Start guests of lab00 by label."""

    def started(*labels):
        for label in labels:
            done = ctys("-t", "xen", "-a", f"create=l:{label},CONSOLE:none", "lab00")
            assert done.returncode == 0, done.stderr

    return started


@pytest.fixture
def pty(env):
    opened = []

    def make(*argv, rows=30, columns=100, echo=True, **more):
        opened.append(Pty(argv, {**env, **more}, rows, columns, echo))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def tmux(env):
    opened = []

    def make(*argv, **more):
        opened.append(Tmux(argv, {**env, **more}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def console(start, pty):
    """A terminal attached to tst100, with a shell prompt."""

    def attached(*words, **more):
        start("tst100")
        terminal = pty("ctys-ls", "console", *words, "lab00/tst100", **more)
        terminal.log_in()
        return terminal

    return attached


@pytest.fixture
def nothing_left(tmp_path, fresh_lab):
    """Wait for the end of every process that was started here or on the simulated hosts."""

    def waited():
        until(lambda: not processes_of(tmp_path) and not processes_of(fresh_lab.root), "end of all processes")

    return waited
