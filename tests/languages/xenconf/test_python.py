"""Files of the old xm: told from xl's, read without being run, converted so that xl accepts them."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.repair import repaired
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.languages.xenconf.python import COMPUTED, read
from ctys_ls.problems import Severity
from ctys_ls.text import split_lines

OLD = """\
#  -*- mode: python; -*-
import os, re
#@#MAGICID-XEN
vmid = 3
name = "vm%d" % vmid
kernel = os.path.join('/boot', 'vmlinuz-' + name)
memory = 2*512
disk = [ 'phy:/dev/vg/' + name + ',xvda,w' ]
vif = [ 'mac=00:16:3e:00:00:%02x' % vmid, ]
extra = open('/etc/secret').read()
print "hello"
"""


def test_values_are_worked_out_and_nothing_is_run(tmp_path):
    witness = tmp_path / "run"
    script = read(
        f"import os\nos.mkdir({str(witness)!r})\nx = open({str(witness)!r}, 'w')\nname = 'a' + 'b'\n__import__('os').mkdir('/nope')\n"
    )
    assert script.values["name"] == "ab"
    assert script.values["x"] is COMPUTED
    assert not witness.exists()


@pytest.mark.parametrize(
    "text",
    [
        "a = 'x' * 10**9\n",
        "a = '%999999999d' % 1\n",
        "a = 9**9**9\n",
        "a = " + "(" * 5000 + "\n",
        "a = " + "-" * 100000 + "1\n",
        "a\0b",
    ],
)
def test_traps_are_not_sprung(text):
    assert read(text).values.get("a", COMPUTED) is COMPUTED


def test_one_diagnostic_in_place_of_forty():
    tree = xenconf.parse(split_lines(OLD))
    assert tree.dialect is Dialect.XM
    (problem,) = xenconf.check(tree, NOTHING)
    assert (problem.code, problem.severity, problem.span.start.line) == (
        "xenconf.syntax-python",
        Severity.ERROR,
        1,
    )
    assert len(xenconf.check(xenconf.parse(split_lines(OLD), Options(dialect=Dialect.XL)), NOTHING)) > 5
    assert xenconf.check(xenconf.parse(split_lines(OLD), Options(dialect=Dialect.XM)), NOTHING) == []


def test_the_conversion_is_what_xm_would_have_read():
    text = repaired(xenconf, OLD, NOTHING, unsafe=True).text
    assert 'name = "vm3"\n' in text
    assert 'kernel = "/boot/vmlinuz-vm3"\n' in text
    assert "memory = 1024\n" in text
    assert 'disk = [ "phy:/dev/vg/vm3,xvda,w" ]\n' in text
    assert 'vif = [ "mac=00:16:3e:00:00:03" ]\n' in text
    assert "#@#MAGICID-XEN\n" in text
    assert "# extra = …" in text
    assert not [
        one
        for one in xenconf.check(xenconf.parse(split_lines(text)), NOTHING)
        if one.severity is Severity.ERROR
    ]


@pytest.mark.oracle
def test_xl_accepts_the_conversion(xl_dryrun):
    text = repaired(xenconf, OLD, NOTHING, unsafe=True).text
    assert xl_dryrun.check(text.encode()).accepted


def test_one_slip_does_not_make_a_file_python():
    tree = xenconf.parse(split_lines('name = "g"\nkernel = "/k"\nmemory = 2 * 512\n'))
    assert tree.dialect is Dialect.XL


def test_a_variable_of_the_command_line():
    assert read("name = 'vm%s' % vmid\n", vmid="7").values["name"] == "vm7"
    assert [fault.code for fault in read("name = 'vm%s' % vmid\n").faults] == ["xm-name"]
