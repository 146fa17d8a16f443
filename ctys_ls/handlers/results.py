"""The runtime's values in the shapes of docs/protocol.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ctys_ls.facts import Guest
from ctys_ls.runtime.api import (
    ConsoleSpec,
    HostStatus,
    Outcome,
    Plan,
    Row,
    SessionsChange,
    TargetOutcome,
    Trouble,
)
from ctys_ls.runtime.views import GuestView

#: Columns of the standard table: key, title, width, and the record's field (1-based).
COLUMNS = (
    ("container", "TCP-container", 18, 1),
    ("guest", "TCP-guest", 17, 7),
    ("label", "label", 20, 3),
    ("type", "sesstype", 8, 2),
    ("side", "c", 1, 14),
    ("user", "user", 10, 12),
    ("group", "group", 10, 13),
)


def columns() -> list[dict[str, Any]]:
    """The standard table's columns."""
    return [{"key": key, "title": title, "width": width} for key, title, width, _ in COLUMNS]


def row_fields(row: Row) -> dict[str, Any]:
    """A session row; ``cells`` by column key."""
    cells = {key: _field(row, number) for key, _, _, number in COLUMNS}
    cells["guest"] = cells["guest"] or _field(row, 6)
    # The record says SERVER, CLIENT or TUNNEL, the table's column "c" their first letter (the use-case page).
    cells["side"] = cells["side"][:1]
    return {
        "key": row.key,
        "host": row.host,
        "label": cells["label"],
        "type": cells["type"],
        "side": cells["side"],
        "state": row.state,
        "conf": row.conf,
        "cells": cells,
    }


def status_fields(status: HostStatus) -> dict[str, Any]:
    """A host's state."""
    return {
        "host": status.host,
        "state": status.state.value,
        "seen": status.seen,
        "message": status.message,
        "cure": status.cure,
    }


def change_fields(change: SessionsChange) -> dict[str, Any]:
    """All rows of one host as they are now."""
    return {
        "v": 1,
        "revision": change.revision,
        "host": status_fields(change.status),
        "rows": [row_fields(row) for row in change.rows],
    }


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """How a job ended."""
    state = "cancelled" if outcome.cancelled else "failed" if outcome.exit_status else "done"
    fields: dict[str, Any] = {
        "state": state,
        "exitStatus": outcome.exit_status,
        "text": outcome.text,
        "targets": [target_fields(target) for target in outcome.targets],
    }
    rows = [row_fields(row) for target in outcome.targets for row in target.rows]
    return fields | ({"rows": rows} if rows else {})


def target_fields(target: TargetOutcome) -> dict[str, Any]:
    """What became of one target."""
    fields: dict[str, Any] = {
        "host": target.host,
        "ok": target.ok,
        "state": target.state,
        "text": target.text,
        "ran": list(target.ran),
    }
    return fields | ({"trouble": trouble_fields(target.trouble)} if target.trouble else {})


def trouble_fields(trouble: Trouble) -> dict[str, Any]:
    """Why something failed."""
    return {
        "code": trouble.code,
        "host": trouble.host,
        "act": trouble.act,
        "words": trouble.words,
        "cure": trouble.cure,
        "choices": list(trouble.choices),
    }


def plan_fields(plan: Plan) -> dict[str, Any]:
    """What would run; the same in ``ctys.plan`` and ``ctys-ls plan --format json``."""
    return {
        "order": plan.order,
        "detach": plan.detach,
        "asks": list(plan.asks),
        "targets": [
            {
                "host": target.host,
                "title": target.title,
                "privilege": target.privilege,
                "guest": guest_fields(target.guest) if target.guest else None,
                "console": target.console,
                "asks": list(target.asks),
                "steps": [{"text": step.text, "command": step.command} for step in target.steps],
                "unknown": list(target.unknown),
            }
            for target in plan.targets
        ],
    }


def guest_fields(guest: Guest) -> dict[str, Any]:
    """A guest as it is known; ``running`` is null where nobody has looked."""
    return {
        "label": guest.label,
        "path": guest.path or "",
        "uuid": guest.uuid or "",
        "macs": list(guest.macs),
        "addresses": list(guest.addresses),
        "running": guest.running,
    }


def view_fields(view: GuestView) -> dict[str, Any]:
    """One guest in detail."""
    plain = asdict(view)
    renamed = {"vnc_port": "vncPort", "interfaces": "networks"}
    return {renamed.get(name, name): value for name, value in plain.items()}


def console_fields(job: str, spec: ConsoleSpec) -> dict[str, Any]:
    """How to open a console."""
    return {
        "v": 1,
        "job": job,
        "session": spec.session,
        "kind": spec.kind.value,
        "host": spec.host,
        "label": spec.label,
        "argv": list(spec.argv),
        "shellArgv": list(spec.shell_argv),
        "pageArgv": list(spec.page_argv),
        "window": spec.window,
        "guestBuffer": spec.guest_buffer,
        "hostBuffer": spec.host_buffer,
        "env": dict(spec.env),
    }


def _field(row: Row, number: int) -> str:
    return row.record[number - 1] if len(row.record) >= number else ""
