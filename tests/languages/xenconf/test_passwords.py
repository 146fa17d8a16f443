"""A message about a password's place does not repeat the password: `ctys-ls check` prints it where many can read it."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.text import split_lines

PASSWORD = "g3h31m7"


@pytest.mark.parametrize(
    "line",
    [
        f"vncpasswd = {PASSWORD}",
        f"vncpasswd={PASSWORD}-8",
        f"spicepasswd = {PASSWORD}",
        f'vncpasswd = "{PASSWORD}',
        f'vncpasswd = [ "{PASSWORD}" ]',
        f"vncpasswd = '{PASSWORD}'x",
        f'vncpaswd = "{PASSWORD}"',
        f'vfb = [ "vnc=1,vncpasswd:{PASSWORD}" ]',
        f'vfb = [ "vnc=1,vncpasswd{PASSWORD}" ]',
        f'vfb = [ "vnc=1,vncpaswd={PASSWORD}" ]',
    ],
)
def test_a_slip_beside_a_password(line):
    text = f'name = "a"\nkernel = "/boot/k"\nmemory = 64\n{line}\n'
    problems = xenconf.check(xenconf.parse(split_lines(text)), NOTHING)
    said = [part for problem in problems for part in (problem.message, *(fix.title for fix in problem.fixes))]
    assert said, "nothing is said of the slip, which proves nothing"
    assert PASSWORD not in " ".join(said)
