"""Checks of the collection that both tools keep silent about, or mention and go on; each beside a file that is sound."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.text import split_lines

HEAD = "name = 'g'\nkernel = '/k'\nmemory = 64\n"
HVM = HEAD + "type = 'hvm'\n"
XL, XM = Options(dialect=Dialect.XL), Options(dialect=Dialect.XM)
CASES = [
    # check, dialect, faulty, sound, code
    ("xl-039", XL, HVM + "device_model_override = '/q'", "\ndevice_model_version = 'qemu-xen'", "creation"),
    ("xl-098", XL, HEAD + "max_grant_version = 3", "\nmax_grant_version = 2", "creation"),
    ("xl-064", XL, HVM + "rdm = 'strategy=host,policy=strict'", "\nrdm = 'strategy=host'", "creation"),
    ("xm-001", XM, "memory = 64", "\nname = 'g'", "xm-nameless"),
    ("xm-003", XM, HEAD + "Vcpus = 2", "\nvcpus = 2", "unknown-key"),
    ("xm-015", XM, HEAD + "cpuid = ['1:exx=0']", "\ncpuid = ['1:eax=0x1']", "xm-device"),
    ("xm-019", XM, HEAD + "on_crash = 'restrat'", "\non_crash = 'restart'", "xm-xend"),
    ("xm-020", XM, HEAD + "maxmem = 32", "\nmaxmem = 128", "xm-xend"),
    ("xm-021", XM, HEAD + "vif = ['mac=00:16:3E:0:0:1', 'mac=00:16:3e:0:0:1']", "\nvif = ['', '']", "xm-xend"),
    ("xm-021", XM, HEAD + "disk = ['phy:a,xvda,w', 'phy:b,xvda,w']", "\ndisk = ['phy:a,xvda,w']", "xm-xend"),
]  # fmt: skip


def codes(text: str, options: Options) -> set[str]:
    problems = xenconf.check(xenconf.parse(split_lines(text + "\n"), options), NOTHING)
    return {problem.code.removeprefix("xenconf.") for problem in problems}


@pytest.mark.parametrize(("check", "options", "faulty", "more", "code"), CASES)
def test_said_of_the_faulty_file_and_not_of_the_sound_one(check, options, faulty, more, code):
    assert code in codes(faulty, options), check
    # The last setting of a key counts.
    assert code not in codes(faulty + more, options), check


@pytest.mark.parametrize("name", ["helper", "base_dir", "n"])
def test_helpers_of_a_file_of_xm_are_left_alone(name):
    assert "unknown-key" not in codes(f"{HEAD}{name} = 'x'", XM)
