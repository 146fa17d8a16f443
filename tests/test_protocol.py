"""docs/protocol.md, ctys_ls/protocol.py and the two clients speak of the same messages and fields."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from ctys_ls import protocol
from ctys_ls.handlers import actions, asking, commands, results, tools
from ctys_ls.requests import Attach, ConsoleKind, Method
from ctys_ls.runtime.api import (
    ConsoleSpec,
    HostState,
    HostStatus,
    Outcome,
    Row,
    SessionsChange,
    TargetOutcome,
    Trouble,
)
from ctys_ls.text import camel

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
CLIENTS = [
    path
    for pattern in ("editors/emacs/*.el", "editors/vscode/src/**/*.ts")
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
]


def command_rows():
    return dict(re.findall(r"^\| `(ctys\.\w+)`(?: \(job\))? \| (.*?) \|", PAGE, re.MULTILINE))


def test_the_page_lists_the_commands():
    assert list(command_rows()) == list(protocol.COMMANDS) == list(commands.NAMES)
    assert protocol.COMMANDS.keys() == (actions.COMMANDS | asking.COMMANDS | tools.COMMANDS).keys()


def test_the_page_marks_the_jobs():
    assert set(re.findall(r"`(ctys\.\w+)` \(job\)", PAGE)) == protocol.JOB_COMMANDS


@pytest.mark.parametrize("name", protocol.COMMANDS)
def test_the_page_lists_the_fields_of(name):
    told = re.sub(r"\([^()]*\)", "", command_rows()[name])
    expected = {camel(field.name) for field in fields(protocol.COMMANDS[name])}
    assert set(re.findall(r"`(\w+)`", told)) == expected


def test_the_page_lists_the_notifications_and_requests():
    table = set(re.findall(r"^\| `(ctys/\w+)` \|", PAGE, re.MULTILINE))
    assert table == set(protocol.NOTIFICATIONS)
    assert all(f"`{request}`" in PAGE for request in protocol.REQUESTS)


def test_choices_are_those_of_the_requests():
    hints = {name: get_type_hints(kind) for name, kind in protocol.COMMANDS.items()}

    def choices(command, field):
        wanted = hints[command][field]
        return {word for part in get_args(wanted) for word in get_args(part)}

    assert choices("ctys.create", "console") == set(ConsoleKind)
    assert choices("ctys.console", "kind") == set(ConsoleKind) - {"NONE"}
    assert choices("ctys.create", "attach") == set(Attach)
    assert choices("ctys.cancel", "method") == set(Method)


TROUBLE = Trouble("ambiguous", "lab00", "create", "two", "name one", ("l:a",))
ROW = Row("k", "lab00", tuple(str(number) for number in range(1, 23)), "running", "/etc/xen/a.conf")
SPEC = ConsoleSpec("s", ConsoleKind.CLI, "lab00", "a", ("x",), ("y",), "a", "lab00")


@pytest.mark.parametrize(
    ("told", "page"),
    [
        (results.console_fields("1", SPEC), r"^\| `ctys/consoleReady` \| (.*) \|$"),
        (
            results.change_fields(SessionsChange(1, HostStatus("h", HostState.OK), ())),
            r"^\| `ctys/sessionsChanged` \| (.*) \|$",
        ),
        (results.status_fields(HostStatus("h", HostState.OK)), r"^\| `ctys/hostStatus` \| (.*) \|$"),
        (
            results.outcome_fields(Outcome((TargetOutcome("h", True, rows=(ROW,)),))),
            r"^\| `ctys/job` \| (.*) \|$",
        ),
        (results.target_fields(TargetOutcome("h", False, trouble=TROUBLE)), r"^\| `ctys/job` \| (.*) \|$"),
        (results.trouble_fields(TROUBLE), r"^\| `ctys/job` \| (.*) \|$"),
        (results.row_fields(ROW), r"^(A row is .*)$"),
    ],
)
def test_the_page_names_every_field_that_is_sent(told, page):
    (text,) = re.findall(page, PAGE, re.MULTILINE)
    missing = {name for name in told if name != "v" and not re.search(rf"\b{name}\b", text)}
    assert not missing


def test_column_keys():
    (line,) = re.findall(r"^standard table: (.*)$", PAGE, re.MULTILINE)
    line = line.partition(". `key`")[0]
    assert re.findall(r"`(\w+)`", line) == [column["key"] for column in results.columns()]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda path: path.name)
def test_a_client_uses_only_what_is_described(client):
    """Names in quotes that look like ours are ours. A client's own commands are listed in its package."""
    text = client.read_text(encoding="utf-8")
    used = set(re.findall(r"[\"'](ctys/\w+)[\"']", text)) | set(re.findall(r":(ctys/\w+)\b", text))
    assert used <= {*protocol.NOTIFICATIONS, *protocol.REQUESTS}


def test_both_clients_hear_every_notification():
    together = {
        folder: "".join(path.read_text(encoding="utf-8") for path in CLIENTS if folder in path.parts)
        for folder in ("emacs", "vscode")
    }
    for folder, text in together.items():
        silent = {
            name
            for name in ("ctys/job", "ctys/sessionsChanged", "ctys/consoleReady", "ctys/prompt")
            if name not in text
        }
        assert not silent, f"{folder} does not handle {silent}"
