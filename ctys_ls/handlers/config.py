"""Settings of the client: asked for where it has them, read with complaints, followed when they change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers import sync
from ctys_ls.handlers.base import CtysServer, hot
from ctys_ls.settings import Settings, own_shelves, read_settings

if TYPE_CHECKING:
    from ctys_ls.runtime.api import Config

SECTION = "ctys"


def register(ls: CtysServer) -> None:
    """Follow the client's settings."""
    ls.when_initialized.append(lambda: _begin(ls))

    @hot(ls, types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change(ls: CtysServer, params: Any) -> None:
        if ls.client.configuration:
            ls.background(_pull(ls))
            return
        settings = params.get("settings") if isinstance(params, dict) else None
        if isinstance(settings, dict) and SECTION in settings:
            _take(ls, settings[SECTION])


def runtime_config(settings: Settings) -> Config:
    """The runtime's part of the settings."""
    from ctys_ls.runtime.api import Config

    ssh, shelves = settings.ssh, own_shelves()
    return Config(
        ssh_config=Path(ssh.config_file).expanduser() if ssh.config_file else None,
        known_hosts=Path(ssh.known_hosts).expanduser() if ssh.known_hosts else None,
        connect_timeout=ssh.connect_timeout,
        hosts=settings.hosts,
        read_only=settings.read_only,
        protected_hosts=settings.protected_hosts,
        macro_path=tuple(map(Path, shelves.macros)),
        groups_path=tuple(map(Path, shelves.groups)),
    )


def _begin(ls: CtysServer) -> None:
    _complain(ls)
    _aim(ls)
    if ls.client.configuration:
        ls.background(_pull(ls))
    if ls.client.watch_configuration:
        registration = {
            "id": "ctys-configuration",
            "method": "workspace/didChangeConfiguration",
            "registerOptions": {"section": SECTION},
        }
        ls.background(ls.outgoing.request("client/registerCapability", {"registrations": [registration]}))


async def _pull(ls: CtysServer) -> None:
    found = await ls.outgoing.request("workspace/configuration", {"items": [{"section": SECTION}]})
    if isinstance(found, list) and found and found[0] is not None:
        _take(ls, found[0])


def _take(ls: CtysServer, raw: object) -> None:
    """Put new settings in force; what they do not name keeps the value it was started with."""
    if isinstance(raw, dict):
        raw = _merged(ls.initial_settings, raw)
    settings, complaints = read_settings(raw, ls.environ)
    ls.complaints.extend(complaints)
    _complain(ls)
    old, ls.settings = ls.settings, settings
    if settings.xenconf != old.xenconf:
        sync.reread(ls)
        _aim(ls)
        ls.reports.everything_changed()
    if settings.hints != old.hints and ls.client.refresh_hints:
        ls.background(ls.outgoing.request("workspace/inlayHint/refresh", None))
    if replace(settings, xenconf=old.xenconf, hints=old.hints) != old:
        ls.renew_engine()


def _aim(ls: CtysServer) -> None:
    """The domain files are meant for the hosts of the setting."""
    ls.world.aim("", ls.settings.xenconf.hosts)
    ls.host_checks.aimed()


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _complain(ls: CtysServer) -> None:
    for sentence in ls.complaints:
        ls.outgoing.notify("window/showMessage", {"type": 2, "message": sentence})
    ls.complaints.clear()
