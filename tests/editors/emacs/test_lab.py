"""Emacs at work on simulated hosts: each test of lab-test.el in an Emacs of its own, with the faults it is about."""

import re
from pathlib import Path

import pytest
from editors.emacs.desk import batch

pytestmark = [pytest.mark.emacs, pytest.mark.editors]

HERE = Path(__file__).parent
#: Tests to the faults that the hosts have meanwhile: host, kind, arguments.
FAULTS = {
    "lab-host-that-refuses-has-a-line-and-the-other-is-served": ("lab00", "refused"),
    "lab-unknown-host-key-is-asked-with-its-fingerprint": ("lab00", "unknown-key"),
    "lab-slow-job-is-cancelled": ("lab00", "slow", 20),
    "lab-emacs-is-not-held-up-by-a-silent-host": ("lab00", "silent"),
}
TESTS = re.findall(r"^\(ert-deftest (\S+)", (HERE / "lab-test.el").read_text(), re.MULTILINE)


def test_every_fault_has_its_test():
    assert set(FAULTS) <= set(TESTS)


@pytest.mark.parametrize("name", TESTS)
def test_on_simulated_hosts(name, release, compiled, fresh_lab, env_of):
    if fault := FAULTS.get(name):
        host, kind, *arguments = fault
        fresh_lab.host(host).faults.set(kind, *arguments)
    done = batch(
        "-L", str(compiled), "-L", str(HERE), "-l", f"{HERE / 'lab-test.el'}",
        "--eval", f'(ert-run-tests-batch-and-exit "^{name}$")', env=env_of(fresh_lab), release=release,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 1 tests, 1 results as expected" in done.stderr + done.stdout
