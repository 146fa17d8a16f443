"""The rules of ``cpuid`` say something exactly where the installed xl does, and nothing keeps a file from being accepted."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf.options import DEFAULT
from ctys_ls.schema.load import xen_cpuid_flags
from ctys_ls.text import split_lines

BITS = "x" * 32
STRINGS = [
    "host", "", "intel,sse2=1", " host,sse2=1", "host:sse2", "host,sse2=q", "host,sse2=", "host,sse2", "host,sse2=01",
    "host,family=7", "host,family=0x7", "host,family=zz", "host,,sse2=1", "host, sse2=1", "host,see2=1", "host,stepping=-1",
]  # fmt: skip
LEAVES = [
    "1:ecx=zz", f"1:eax={BITS}", f"1,0:eax={BITS},ebx={BITS}", f"1,:eax={BITS}", f"1:exx={BITS}", f"1: eax={BITS}", "foo",
    f"0x80000001:edx={BITS},", f"1:eax={BITS}x", f"1:eax={BITS[1:]}z",
]  # fmt: skip


def said(setting: str) -> list[str]:
    problems = xenconf.check(
        xenconf.parse(split_lines(f"name = 'g'\nkernel = '/k'\nmemory = 64\n{setting}\n"), DEFAULT), NOTHING
    )
    return [problem.message for problem in problems if problem.code == "xenconf.cpuid"]


@pytest.mark.oracle
@pytest.mark.parametrize(
    "setting", [f"cpuid = '{one}'" for one in STRINGS] + [f"cpuid = [ '{one}' ]" for one in LEAVES]
)
def test_told_where_xl_tells(xl_dryrun, setting: str) -> None:
    verdict = xl_dryrun.check(f"name = 'g'\nkernel = '/k'\nmemory = 64\n{setting}\n".encode())
    assert verdict.accepted
    assert bool(said(setting)) == ("while parsing CPUID" in verdict.messages), (
        said(setting),
        verdict.messages,
    )


@pytest.mark.oracle
def test_every_flag_is_one_of_xl(xl_dryrun) -> None:
    flags = ",".join(f"{name}=x" for name in sorted(xen_cpuid_flags()))
    verdict = xl_dryrun.check(f"name = 'g'\nkernel = '/k'\nmemory = 64\ncpuid = 'host,{flags}'\n".encode())
    assert "unknown CPUID flag" not in verdict.messages


def test_a_flag_of_a_later_xen_is_left_alone() -> None:
    assert said("cpuid = 'host,quantum-entanglement=1'") == []
