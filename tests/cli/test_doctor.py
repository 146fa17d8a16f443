"""``ctys-ls doctor``: each fault of a simulated host is found at its step, with a cure."""

import re

import pytest
from terminals import run

from ctys_ls.runtime.doctor import STEPS


def examined(env, *words):
    """Exit status, the mark of each step and the whole report of the last host that was named."""
    done = run(["ctys-ls", "doctor", *words], env)
    assert "Traceback" not in done.stderr
    report = done.stdout.split(f"\n{words[-1]}\n")[1]
    found = re.findall(rf"^  (ok|BAD|-) +({'|'.join(STEPS)}) ", report, re.MULTILINE)
    return done.returncode, {step: mark for mark, step in found}, report


def test_a_healthy_host(env):
    status, marks, report = examined(env, "lab00")
    assert status == 0
    assert marks == dict.fromkeys(STEPS, "ok")
    assert "SSH-2.0-" in report
    assert "cure:" not in report


@pytest.mark.parametrize(
    ("fault", "step", "cure"),
    [
        (("refused",), "route", "Check that sshd runs"),
        (("changed-key",), "host key", "ssh-keygen -R '[127.0.0.1]:"),
        (("unknown-key",), "host key", "Compare it with the host's own"),
        (("denied", "all"), "rights", "log in as root"),
        (("garbage",), "rights", "see what the shell prints"),
    ],
)
def test_a_fault_is_found_at_its_step(fault, step, cure, env, fresh_lab):
    fresh_lab.host("lab00").faults.set(*fault)
    status, marks, report = examined(env, "lab00")
    assert status == 1
    place = STEPS.index(step)
    assert [marks[name] for name in STEPS] == ["ok"] * place + ["BAD"] + ["-"] * (len(STEPS) - place - 1)
    assert cure in report


def test_a_silent_host_has_a_bound(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("silent")
    status, marks, report = examined(env, "lab00")
    assert status == 1
    assert marks["ssh"] == "BAD"
    assert "sent no greeting within 8 s" in report


def test_no_toolstack(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("missing")
    status, marks, report = examined(env, "lab00")
    assert status == 1
    # A machine with Xen's tools of its own still has those when the simulated ones are taken away.
    assert "BAD" in (marks["toolstack"], marks["xen"])
    assert "xen-utils" in report


def test_a_name_that_is_none(env):
    status, marks, report = examined(env, "nosuch.invalid")
    assert status == 1
    assert marks["name"] == "BAD"
    assert "cannot be resolved" in report


def test_an_ill_host_delays_no_other(env, fresh_lab):
    fresh_lab.host("lab00").faults.set("refused")
    status, marks, _ = examined(env, "lab00", "lab01")
    assert status == 1
    assert marks == dict.fromkeys(STEPS, "ok")


def test_without_names_the_ssh_configuration_tells_them(env):
    done = run(["ctys-ls", "doctor"], env)
    assert done.returncode == 0
    assert "\nlab00\n" in done.stdout
    assert "\nlab01\n" in done.stdout


def test_a_broken_ssh_configuration(env, tmp_path):
    broken = tmp_path / "config"
    broken.write_text("Host lab00\n  Bogus yes\n")
    status, marks, report = examined({**env, "CTYS_SSH_CONFIG": str(broken)}, "lab00")
    assert status == 1
    assert marks["name"] == "BAD"
    assert "Bogus" in report or "bogus" in report
