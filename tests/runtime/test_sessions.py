"""Rows and the table of all hosts: the page's sessions, identity, revisions."""

from dataclasses import replace

from ctys_ls.requests import Output
from ctys_ls.runtime.api import HostState, HostStatus
from ctys_ls.runtime.sessions import SessionTable, chosen, rows
from ctys_ls.runtime.snapshot import Snapshot, access_from
from ctys_ls.runtime.tables import render
from ctys_ls.runtime.toolstacks import Domain

LAB00 = Snapshot(
    "lab00",
    name="lab00",
    fqdn="lab00.soho",
    machine="x86_64",
    access=access_from("xl", {"xl": "/usr/sbin/xl"}, "root"),
    domains=(
        Domain(0, "Domain-0", state="running"),
        Domain(1, "tst100", state="blocked", macs=("00:50:56:13:11:40",), vnc_port=5900, kind="pv"),
        Domain(2, "tst101", state="running", macs=("00:50:56:13:11:41",), vnc_port=5902, kind="hvm"),
    ),
    names={"192.168.1.220": "tst100", "192.168.1.221": "tst101"},
    address="192.168.1.71",
    mac="00:0E:0C:35:F8:48",
)
#: The rows of UC-46, in the page's own words.
PAGE = """TCP-container|TCP-guest  |label   |sesstype|c|user|group
-------------+-----------+--------+--------+-+----+-----
lab00.soho   |-          |Domain-0|XEN     |S|-   |-
lab00.soho   |tst100     |tst100  |XEN     |S|-   |-
lab00.soho   |tst101     |tst101  |XEN     |S|-   |-
lab00.soho   |lab00.soho.|lab00   |PM      |S|-   |-"""


def test_the_rows_of_a_host_print_as_the_page_has_them():
    text = render([row.record for row in rows(LAB00)], Output(), "LIST")
    assert [line.rstrip() for line in text.splitlines()] == PAGE.splitlines()


def test_addresses_are_names_only_where_names_are_wanted():
    named = {row.record[2]: row.record[6] for row in rows(LAB00)}
    assert named == {"Domain-0": "", "tst100": "tst100", "tst101": "tst101", "lab00": "lab00.soho."}
    numbers = {row.record[2]: row.record[6] for row in rows(LAB00, names=False)}
    assert numbers == {"Domain-0": "", "tst100": "", "tst101": "", "lab00": "192.168.1.71"}


def test_a_record_has_the_22_fields_in_their_places():
    record = next(row.record for row in rows(LAB00) if row.record[2] == "tst101")
    assert len(record) == 22
    assert (record[0], record[1], record[5], record[7], record[8]) == (
        "lab00.soho", "XEN", "00:50:56:13:11:41", "2", "5902",
    )  # fmt: skip
    assert (record[10], record[13], record[18], record[20], record[21]) == (
        "2", "SERVER", "/usr/sbin/xl", "HVM", "x86_64",
    )  # fmt: skip


def test_types_and_sides_choose_rows():
    everything = rows(LAB00)
    assert [row.record[1] for row in chosen(everything, ("XEN",), "SCT")] == ["XEN"] * 3
    assert [row.record[1] for row in chosen(everything, ("ALL",), "S")] == ["XEN"] * 3 + ["PM"]
    assert list(chosen(everything, (), "CT")) == []


def test_a_key_stays_while_the_state_changes_and_goes_with_the_domain():
    before = rows(LAB00)[1]
    paused = replace(LAB00, domains=(LAB00.domains[0], replace(LAB00.domains[1], state="paused")))
    rebooted = replace(LAB00, domains=(LAB00.domains[0], replace(LAB00.domains[1], id=9)))
    assert rows(paused)[1].key == before.key
    assert rows(rebooted)[1].key != before.key
    assert len({row.key for row in rows(LAB00)}) == 4


def test_an_unchanged_table_tells_nothing():
    table = SessionTable()
    first = table.merge(HostStatus("lab00", HostState.OK, 1.0), rows(LAB00))
    assert first is not None
    assert first.revision == 1
    assert table.merge(HostStatus("lab00", HostState.OK, 2.0), rows(LAB00)) is None
    assert table.get("lab00").status.seen == 2.0
    second = table.merge(HostStatus("lab00", HostState.OK, 3.0), rows(LAB00)[:1])
    assert second is not None
    assert second.revision == 2


def test_a_host_that_is_lost_keeps_its_last_rows():
    table = SessionTable()
    table.merge(HostStatus("lab00", HostState.OK, 1.0), rows(LAB00))
    lost = table.merge(HostStatus("lab00", HostState.UNREACHABLE, 2.0, "no answer", "check it"), ())
    assert lost is not None
    assert lost.rows == rows(LAB00)
    assert lost.status.message == "no answer"
