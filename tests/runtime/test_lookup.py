"""ctys-vhost: the page's look-up, the terms, the modes."""

import pytest

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.requests import Lookup, Output
from ctys_ls.runtime.lookup import filtered, lookup
from ctys_ls.runtime.snapshot import Conf, Snapshot

UUID = "6842caf91e3e43249ed596b8b9f2c5c2"
CHKUSR = "/homen/chkusr/xen/tst-ctys/tst100/tst100.conf"
RECORDS = [
    ("lab00", "XEN", "tst100", "a"),
    ("lab00", "XEN", "tst101", "tst101"),
    ("lab01", "PM", "lab01", ""),
]


@pytest.mark.parametrize(
    ("terms", "labels"),
    [
        ("XEN", "tst100 tst101"),
        ("XEN tst100", "tst100"),
        ("tst100 OR tst101", "tst100 tst101"),
        ("NOT XEN", "lab01"),
        ("XEN AND NOT tst100", "tst101"),
        ("F:3:^tst10.$", "tst100 tst101"),
        ("E:3:4", "tst101"),
        ("NOT E:3:4", "tst100 lab01"),
        ("R:2", "lab01"),
        ("lab0[0-9];XEN", "tst100 tst101"),
        ("nothing", ""),
    ],
)
def test_terms_narrow_one_after_the_other(terms, labels):
    assert [record[2] for record in filtered(RECORDS, terms.split())] == labels.split()


def test_a_term_that_is_no_expression_is_told():
    text, status = lookup(Lookup(("[",)), ())
    assert status == 1
    assert "'['" in text


def page():
    tags = '#@#MAGICID-XEN = "x"\n#@#IP0 = "192.168.1.220"\n#@#DIST = "CentOS"\n#@#OS = "Linux"\n#@#VERSION = "5"\n'
    base = 'name = "tst100"\nvif = ["mac=00:50:56:13:11:40"]\nmemory = 64\n'
    uuid = 'uuid = "6842caf91e3e43249ed596b8b9f2c5c2"\n'
    files = {
        "/root/xen/tst100/tst100.conf": base + uuid + tags + '#@#CATEGORY = "PM"\n',
        "/root/xen/tst100/tst100-inst.conf": base + '#@#MAGICID-XEN = "x"\n#@#IP0 = "192.168.1.220"\n',
        CHKUSR: base + uuid + tags
        + '#@#SERNO = "20080427002200"\n#@#CATEGORY = "VM"\n',
    }  # fmt: skip
    confs = tuple(Conf(path, read_conf(text, path)) for path, text in files.items())
    return Snapshot("lab00", fqdn="lab00.xyz", confs=confs)


def test_the_pages_look_up_prints_its_three_records():
    text, status = lookup(Lookup(("lab00", "XEN", "tst100"), Output(form="record"), quiet=True), [page()])
    assert status == 0
    rest = "00:50:56:13:11:40;192.168.1.220;;;"
    assert text.splitlines() == [
        f"lab00.xyz;XEN;tst100;/root/xen/tst100/tst100.conf;{UUID};{rest};CentOS;Linux;5;;PM",
        f"lab00.xyz;XEN;tst100;/root/xen/tst100/tst100-inst.conf;;{rest};;;;;",
        f"lab00.xyz;XEN;tst100;{CHKUSR};{UUID};{rest};CentOS;Linux;5;20080427002200;VM",
    ]


@pytest.mark.parametrize(
    ("mode", "count", "status"),
    [("ALL", 3, 0), ("FIRST", 1, 0), ("LAST", 1, 0), ("UNIQUE", 0, 11), ("COMPLEMENT", 0, 0)],
)
def test_modes(mode, count, status):
    text, code = lookup(Lookup(("XEN",), Output(form="record"), mode), [page()])
    assert (len(text.splitlines()), code) == (count, status)


def test_unique_prints_the_only_record():
    text, status = lookup(Lookup(("inst",), Output(form="record"), "UNIQUE"), [page()])
    assert status == 0
    assert "tst100-inst.conf" in text
