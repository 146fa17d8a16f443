"""Options of a call, typed in a terminal: -A, -l, -M, -n, -X, WAITC, and what an ambiguous address offers."""

import getpass
import re
import shutil
import time

import pytest
from terminals import run

from ctys_ls.schema.session_columns import shipped_macros

RECORDS = ("-t", "xen", "-a", "list=label", "lab00")


@pytest.fixture
def copies(fresh_lab):
    """Three files of one name: the guest's own, and two copies with other disks."""
    conf = fresh_lab.host("lab00").conf("tst100")
    found = [conf]
    for folder in ("backup", "old"):
        copy = fresh_lab.host("lab00").home / folder / "tst100.conf"
        copy.parent.mkdir()
        shutil.copy(conf, copy)
        found.append(copy)
    return found


def test_each_match_of_an_ambiguous_address_is_named_and_its_short_form_means_it_alone(ctys, copies):
    line = ("-t", "xen", "-a", "create={},CONSOLE:none", "lab00")
    done = ctys(*line[:3], line[3].format("l:tst100"), line[4])
    assert (done.returncode, done.stdout) == (1, "")
    first, *matches = done.stderr.splitlines()
    assert "l:tst100 fits 3 guests" in first
    offered = {}
    for match in matches:
        short, state, path, uuid = re.fullmatch(
            r"  (\S+) \((running|not running), lab00:(\S+), uuid ([0-9a-f]{32})\)", match
        ).groups()
        assert state == "not running"
        assert uuid == "6842caf91e3e43249ed596b8b9f2c5c2"
        offered[path] = short
    assert set(offered) == set(map(str, copies))
    for path, short in offered.items():
        started = ctys(*line[:3], line[3].format(short), line[4])
        assert started.returncode == 0, started.stderr
        told = ctys("-t", "xen", "-n", "-a", f"cancel={short},POWEROFF:0", "lab00").stdout
        assert "destroy" in told
        # The address of a copy stops what was started from it.
        stopped = ctys("-t", "xen", "-a", f"cancel=p:{path},POWEROFF:0", "lab00")
        assert stopped.returncode == 0, stopped.stderr


def test_a_login_stands_for_all_targets_that_name_none(ctys, fresh_lab):
    """-l: the host sees who has come."""
    plan = ctys("-n", "-l", "operator", "-a", "list", "lab00", "root@lab01").stdout
    assert re.findall(r"^\d\. (\S+): LIST", plan, re.MULTILINE) == ["operator@lab00", "root@lab01"]
    fresh_lab.host("lab00").faults.set("unknown-key")
    own = ctys("-l", getpass.getuser(), *RECORDS)
    assert own.returncode == 1, "the login reaches ssh, which checks the key first"
    fresh_lab.host("lab00").faults.clear()
    assert ctys("-l", getpass.getuser(), *RECORDS).stdout == "Domain-0\n"


def test_a_message_stands_before_what_the_hosts_say(ctys):
    done = ctys("-M", "--- the rack", *RECORDS)
    assert (done.returncode, done.stdout) == (0, "--- the rack\nDomain-0\n")


@pytest.mark.parametrize(
    ("line", "separator", "first"),
    [
        (("-X", "-a", "list", "lab00"), ";", "lab00.soho"),
        (("-X", "-a", "list=tab_gen:3_Label_10%1_PM_20", "lab00"), ";", "Domain-0"),
        (("-a", "list=tab_gen:3_Label_10%1_PM_20,terse", "lab00"), ";", "Domain-0"),
        (("-X", "-a", "enumerate", "lab00"), ";", "tst100"),
    ],
)
def test_terse_is_lists_of_fields_and_nothing_else(ctys, line, separator, first):
    rows = [row.split(separator) for row in ctys(*line).stdout.splitlines()]
    assert rows[0][0] == first
    assert len({len(row) for row in rows}) == 1
    assert not any(set(row[0]) <= {"-", "+"} for row in rows)


def test_a_dry_run_changes_nothing_and_the_run_does_what_it_said(ctys, fresh_lab):
    line = ("-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab00")
    plan = ctys("-n", *line)
    assert plan.returncode == 0
    assert "xl create" in plan.stdout
    assert not fresh_lab.host("lab00").domains
    assert ctys(*line).returncode == 0
    assert list(fresh_lab.host("lab00").domains) == ["tst100"]


def test_waitc_is_waited_for_behind_the_console(env, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    emulator = folder / "xterm"
    emulator.write_text(f"#!/bin/sh\ndate +%s.%N >>{tmp_path}/begun\n")
    emulator.chmod(0o755)
    env = {**env, "PATH": f"{folder}:{env['PATH']}", "DISPLAY": ":77"}
    line = (
        "ctys",
        "-t",
        "xen",
        "-b",
        "async,seq",
        "-a",
        "create=l:tst100,CONSOLE:xterm,WAITC:3",
        "lab00",
        "lab01",
    )
    begun = time.monotonic()
    done = run(line, env)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun >= 6, "once behind each console"
    first, second = map(float, (tmp_path / "begun").read_text().split())
    # The stand-in says when it runs, which may be a moment after it was started.
    assert second - first >= 2


#: As the original ships them, typed from ctys-facts 6.4.
ATOMS = """
F_PM 1_PM_15, F_STYPE 2_stype_8, F_LABEL 3_label_10, F_ID 4_ID_25_L, F_UUID 5_UUID_32, F_MAC 6_MAC_18, F_TCP 7_TCP_15,
F_DISP 8_DISP_4, F_CPORT 9_cport_5_L, F_SPORT 10_sport_5_L, F_L_PID 11_pid_5, F_L_UID 12_uid_8, F_L_GID 13_gid_8,
F_L_CST 14_cst_1, F_L_JOBID 15_jobid_30
"""
TABLES = [
    "TAB_CPORT",
    "TAB_CTYS_VHOST_DEFAULT",
    "TAB_HYPER",
    "TAB_STACKSTAT",
    "TAB_HWSTAT",
    "TAB_LST_CONNPID",
    "TAB_ENUMLST_CONNECT",
    "TAB_ENUMLIST_INTERFACES",
    "TAB_ENUMLIST_CONF",
    "TAB_ENUMLIST_ID",
    "TAB_LST_JOBS",
]


def test_every_atom_is_as_the_original_ships_it():
    wanted = dict(part.split() for part in ATOMS.replace("\n", " ").split(",") if part.strip())
    assert {name: text for name, text in shipped_macros().items() if name.startswith("F_")} == wanted
    assert {name for name in shipped_macros() if name.startswith("TAB_")} == set(TABLES)


def test_every_table_is_a_table_of_a_host(ctys, env):
    ctys("-a", "enumerate", "lab00")
    for name in TABLES:
        action = "list" if name in ("TAB_CPORT", "TAB_LST_CONNPID", "TAB_LST_JOBS") else "enumerate"
        done = ctys("-a", f"{action}=macro:{name}", "lab00")
        assert (done.returncode, done.stderr) == (0, ""), name
        title, rule, *rows = done.stdout.splitlines()
        assert rows, name
        count = title.count("|")
        assert rule.count("+") == count
        assert all(row.count("|") == count for row in rows), name
        assert any("tst100" in row or "Domain-0" in row for row in rows), name


def test_names_of_the_hosts_own_table_serve_look_ups_of_later_programs(ctys, env):
    ctys("-a", "enumerate", "lab00")
    for words, address in (("tcp", "192.168.1.220"), ("tcp,ip", "192.168.1.220"), ("tcp,dns", "tst100")):
        done = run(["ctys-vhost", "-s", "-o", words, "tst100", "XEN"], env)
        assert (done.returncode, done.stdout) == (0, f"{address}\n"), words
