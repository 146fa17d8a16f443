"""LIST, ENUMERATE, SHOW and INFO on simulated hosts; the printed tables are the page's."""

import asyncio
import re
from dataclasses import replace

import pytest

from ctys_ls import __version__
from ctys_ls.requests import (
    Address,
    Cancel,
    Column,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    List,
    Lookup,
    Output,
    Show,
    Target,
)
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.places import local_names

PORTS = Output(columns=(Column(3, "Label"), Column(2, "stype", 8), Column(9, "cport", 5, "L"), Column(1, "PM"),
                        Column(6, "MAC", 17), Column(7, "TCP", 15)))  # fmt: skip


async def both(user):
    requests = [Create(Address(label=name), console=ConsoleKind.NONE) for name in ("tst100", "tst101")]
    assert (await user.run(*requests, parallel=False)).exit_status == 0


async def test_the_hosts_sessions_come_in_one_table(desk):
    user = desk()
    await both(user)
    outcome = await user.run(List(), hosts=("lab00", "lab01"))
    assert outcome.exit_status == 0
    lines = [[cell.strip() for cell in line.split("|")] for line in outcome.text.splitlines()]
    assert lines[0] == ["TCP-container", "TCP-guest", "label", "sesstype", "c", "user", "group"]
    told = [(line[0], line[2], line[3], line[4]) for line in lines[2:]]
    assert told == [
        ("lab00.soho", "Domain-0", "XEN", "S"),
        ("lab00.soho", "tst100", "XEN", "S"),
        ("lab00.soho", "tst101", "XEN", "S"),
        ("lab00.soho", "lab00", "PM", "S"),
        ("lab01.soho", "Domain-0", "XEN", "S"),
        ("lab01.soho", "lab01", "PM", "S"),
    ]
    assert {row.host for target in outcome.targets for row in target.rows} == {"lab00", "lab01"}


async def test_a_type_leaves_the_others_out(desk):
    user = desk()
    outcome = await user.engine.run(
        invocation(Target("lab00", List(), session_type="XEN")), user.report, user.ask
    )
    assert [row.record[2] for row in outcome.targets[0].rows] == ["Domain-0"]


def invocation(*targets):
    from ctys_ls.requests import Invocation

    return Invocation(targets)


async def test_rows_know_the_file_and_the_macs(desk):
    user = desk()
    await both(user)
    (target,) = (await user.run(List(output=PORTS))).targets
    rows = {row.record[2]: row for row in target.rows}
    assert rows["tst100"].record[5] == "00:50:56:13:11:40"
    assert rows["tst100"].conf == str(user.lab.host("lab00").conf("tst100"))
    assert rows["tst100"].record[6] == "192.168.1.220"
    assert rows["tst100"].record[4] == "6842caf91e3e43249ed596b8b9f2c5c2"


def said(rows, label):
    return next((row.record[6], row.record[17]) for row in rows if row.record[2] == label)


async def test_an_address_says_where_it_is_from(desk):
    user = desk()
    host = user.lab.host("lab00")
    conf = host.conf("tst101")
    text = conf.read_text().replace('#@#IP0 = "192.168.1.221"\n', "")
    # The guest takes its address from its command line: the file has no tag, the bridge has seen it.
    conf.write_text(text.replace('extra = "', 'extra = "ip4=10.1.2.3 '))
    await both(user)
    async with asyncio.timeout(20):
        await asyncio.gather(*(domain.system.booted.wait() for domain in host.domains.values()))
    numbers = (await user.one(List(output=PORTS))).rows
    assert said(numbers, "tst100") == ("192.168.1.220", "TCP=conf")
    assert said(numbers, "tst101") == ("10.1.2.3", "TCP=neighbour")
    assert said(numbers, "Domain-0") == ("", "")
    names = (await user.one(List())).rows
    assert said(names, "tst100") == ("tst100", "TCP=conf")
    # Both are addresses that a command line can name the guest by.
    assert (await user.one(Cancel(Address(tcp="10.1.2.3"), delay=0))).ok
    assert list(host.domains) == ["tst100"]


async def test_files_are_read_once_and_their_addresses_stay(desk):
    user = desk()
    await both(user)
    first = await user.one(List())
    second = await user.one(List())
    assert [row.record for row in first.rows] == [row.record for row in second.rows]


async def test_enumerate_prints_the_configured_guests(desk):
    outcome = await desk().run(Enumerate(output=PORTS, basepath=("xen", "/etc/ctys.d")))
    lines = [[cell.strip() for cell in line.split("|")] for line in outcome.text.splitlines()[2:]]
    assert [line[:4] for line in lines] == [
        ["tst100", "XEN", "", "lab00.soho"],
        ["tst101", "XEN", "", "lab00.soho"],
        ["tst104", "XEN", "", "lab00.soho"],
        ["lab00", "PM", "", "lab00.soho"],
    ]
    assert lines[0][4:] == ["00:50:56:13:11:40", "192.168.1.220"]


async def test_what_was_enumerated_is_known_afterwards(desk):
    user = desk()
    await user.run(Enumerate())
    facts = user.engine.facts()
    assert facts.complete_hosts == {"lab00"}
    assert sorted(guest.label for guest in facts.guests) == ["tst100", "tst101", "tst104"]


async def test_what_one_process_saw_the_next_one_knows(desk):
    first = desk()
    await first.run(Enumerate())
    await first.engine.close()
    second = desk()
    facts = second.engine.facts()
    assert sorted(guest.label for guest in facts.guests) == ["tst100", "tst101", "tst104"]
    assert {guest.running for guest in facts.guests} == {None}
    assert facts.complete_hosts == frozenset()
    text, status = second.engine.lookup(Lookup(("XEN", "tst104"), Output(form="record")))
    assert status == 0
    assert text.startswith("lab00.soho;XEN;tst104;")


async def test_show_and_info_tell_of_the_host(desk):
    outcome = await desk().run(Show(), Info(), hosts=("lab00",))
    assert outcome.exit_status == 0
    assert "Node:      lab00" in outcome.text
    assert "MemTotal" in outcome.text
    assert "Operational State: ENABLED (" in outcome.text


SECTIONS = {
    "show": ["MEM-INFO", "Top", "HEALTH", "HDD Temperatures"],
    "info": ["CPU-INFO", "MEM-INFO", "SOFTWARE", "PLUGINS"],
}


def sections(text):
    return [
        line for line in text.splitlines() if line[:1].isupper() and ":" not in line and "  PID" not in line
    ]


@pytest.mark.parametrize(
    ("request_", "plugins"),
    [
        (Info(), ["XEN", "PM", "CLI", "X11", "VNC"]),
        (Info(("XEN",)), ["XEN", "CLI", "X11", "VNC"]),
        (Info(("PM",)), ["PM"]),
    ],
)
async def test_info_tells_of_each_session_type(desk, request_, plugins):
    """UC-53 and UC-54: with XEN alone the types come along that its consoles need."""
    text = (await desk().run(request_)).text
    assert sections(text) == SECTIONS["info"]
    assert f"Node:      lab00  -  ctys({__version__})" in text
    assert re.findall(r"^  ([A-Z][A-Z0-9]+)$", text.partition("PLUGINS")[2], re.MULTILINE) == plugins
    assert text.count("    Magic-Number: ") == text.count("    Verified Prerequisites:") == len(plugins)
    for flag in ("vmx", "svm", "pae"):
        assert re.search(rf"^  {flag}=[01]$", text, re.MULTILINE)


async def test_terse_info_is_a_line_for_each_session_type(desk):
    user = desk()
    target = Target("lab00", Info(), terse=True)
    lines = (await user.engine.run(invocation(target), user.report, user.ask)).text.splitlines()
    fields = [line.split(";") for line in lines]
    assert [line[1] for line in fields] == ["XEN", "PM", "CLI", "X11", "VNC"]
    assert {len(line) for line in fields} == {7}
    assert fields[0][3:6] == [__version__, "XEN_GENERIC", "ENABLED"]
    assert fields[0][6].endswith("bin/ip")


async def test_info_says_why_xen_cannot_be_used(desk):
    user = desk()
    user.lab.host("lab00").faults.set("missing", "xl")
    text = (await user.run(Info())).text
    assert "Operational State: DISABLED (neither xl nor xm was found)" in text
    assert "Magic-Number: DISABLED" in text


async def test_show_has_every_part(desk):
    text = (await desk().run(Show())).text
    assert [name for name in SECTIONS["show"] if f"\n{name}\n" in text] == SECTIONS["show"]
    for name in ("MemTotal", "MemFree", "SwapTotal", "SwapFree"):
        assert re.search(rf"^  {name}: +[0-9.]+ MiB$", text, re.MULTILINE)


async def test_this_machine_is_listed_without_ssh(desk):
    outcome = await desk().one(List(), host="localhost")
    assert outcome.ok
    assert outcome.rows[-1].record[1] == "PM"


def test_a_name_of_this_machine_in_the_ssh_configuration_means_ssh(tmp_path):
    path = tmp_path / "config"
    path.write_text("")
    assert "localhost" in local_names(Config(ssh_config=path), tmp_path)
    path.write_text("Host localhost\n  Port 2222\n")
    assert "localhost" not in local_names(Config(ssh_config=path), tmp_path)


TCP = Output(form="record", fields=(3, 7))


@pytest.mark.parametrize(
    ("output", "address"),
    [
        (Output(), "tst100"),
        (Output(names=True), "tst100"),
        (Output(names=False), "192.168.1.220"),
        (TCP, "192.168.1.220"),
        (replace(TCP, names=True), "tst100"),
        (PORTS, "192.168.1.220"),
        (replace(PORTS, names=True), "tst100"),
    ],
)
async def test_dns_and_ip_choose_names_or_numbers(desk, output, address):
    user = desk()
    await user.one(Create(Address(label="tst100"), console=ConsoleKind.NONE))
    (row,) = [row for row in (await user.one(List(output=output))).rows if row.record[2] == "tst100"]
    assert row.record[6] == address


async def test_enumerate_has_numbers_unless_dns_is_asked_for(desk):
    user = desk()
    for names, address in ((None, "192.168.1.220"), (False, "192.168.1.220"), (True, "tst100")):
        outcome = await user.run(Enumerate(output=replace(TCP, names=names)))
        assert f"tst100;{address}" in outcome.text.splitlines()


@pytest.mark.parametrize(
    ("states", "labels"),
    [
        ((), ["active", "disabled", "tst100", "tst101", "tst104"]),
        (("ACTIVE",), ["active", "tst100", "tst101", "tst104"]),
        (("BACKUP",), ["backup"]),
        (("BACKUP", "TEMPLATE"), ["backup", "template"]),
        (("CUSTOM", "OWN"), ["own"]),
        (("EMPTY",), ["tst100", "tst101", "tst104"]),
        (("ALL",), ["active", "backup", "disabled", "own", "template", "tst100", "tst101", "tst104"]),
    ],
)
async def test_matchvstat_chooses_by_the_state_in_the_file(desk, states, labels):
    user = desk()
    conf = user.lab.host("lab00").conf("tst100")
    for state in ("ACTIVE", "DISABLED", "BACKUP", "TEMPLATE", "OWN"):
        text = conf.read_text().replace('name = "tst100"', f'name = "{state.lower()}"')
        (conf.parent / f"{state.lower()}.conf").write_text(f'#@#VMSTATE = "{state}"\n{text}')
    outcome = await user.run(
        Enumerate(output=Output(form="record", fields=(2, 3)), basepath=("xen",), matchvstat=states)
    )
    found = [line.partition(";")[2] for line in outcome.text.splitlines() if line.startswith("XEN;")]
    assert sorted(found) == labels
