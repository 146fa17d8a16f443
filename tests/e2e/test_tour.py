"""``make run``: the tour goes through, and says in one sentence what is not as it should be."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TOUR = Path(__file__).parents[2] / "tools" / "tour.py"


def tour(**env):
    return subprocess.run(
        [sys.executable, TOUR], env=env, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL
    )  # fmt: skip


def test_the_tour_goes_through(tmp_path):
    done = tour(HOME=str(tmp_path), PATH="/usr/local/bin:/usr/bin:/bin", LANG="C.UTF-8")
    assert (done.returncode, done.stderr) == (0, "")
    for sign in (
        "xenconf.unknown-key",
        "on_reboot",
        "xl create",
        "SIMULATED",
        "tst100 login: root",
        "hostname\n  tst100\n",
        "no process is left",
    ):
        assert sign in done.stdout
    before, after = done.stdout.split("Stopping a guest", 1)
    assert "|tst101  |XEN     |S|" in before
    assert "|tst101  |XEN     |S|" not in after


def test_a_step_that_fails_is_named(tmp_path):
    """Without ssh there is no console."""
    done = tour(HOME=str(tmp_path), PATH=str(tmp_path), LANG="C.UTF-8")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("tour: the console did not answer as a guest does")
    assert "Traceback" not in done.stderr
