"""xl, the toolstack of Xen 4.1 and newer. Forms of output and errors as captured from Xen 4.17 (tests/data/captures)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ctys_ls.runtime.hostcommand import Completed, HostCommand
from ctys_ls.runtime.toolstacks.base import Domain, PlainActs, parse_table

#: What xl prints when all is well, and what follows the cause of a failure.
_NOISE = re.compile(
    r"^Parsing config from|^Saving to |^Loading new save file|^ Savefile contains|^xc: (info|progress)|"
    r"^Shutting down domain|^Waiting for \d+ domain|^Rebooting domain|: warning: "
)
_CAUSE = re.compile(r"libxl: error:|xc: error:|config parsing error|is an invalid domain identifier")
_SCRIPT_ENDED = re.compile(r"libxl_report_child_exitstatus: \S+ \w+ \[\d+\] exited with error status")
_ORIGIN = re.compile(r"^(?:libxl: error: \S+?\.c:\d+:\w+: |xc: error: (?:panic: \S+\.c:\d+: )?)")


class Xl(PlainActs):
    """Calls of xl; every one needs root's rights."""

    name = "xl"

    def list(self, tool: str) -> HostCommand[tuple[Domain, ...]]:
        return HostCommand((tool, "list", "-v"), "listing the guests", lambda done: self.parse_list(done.out))

    def sdl_words(self, display: str, xauthority: str) -> tuple[str, ...]:
        """The same as in a domain file (xl.cfg, "Emulated VGA Graphics Device"), where texts stand in quotes."""
        return ("sdl=1", f'display="{display}"', f'xauthority="{xauthority}"')

    def sdl_check(self, tool: str, conf: str, extra: Sequence[str]) -> HostCommand[bool] | None:
        act = f"asking what screen {conf} gives its guest"
        return HostCommand((tool, "create", "-n", conf, *extra), act, _draws)

    def parse_list(self, text: str) -> tuple[Domain, ...]:
        """Domains from ``xl list`` or ``xl list -v``."""
        return parse_table(text)

    def parse_details(self, text: str) -> tuple[Domain, ...]:
        """Domains from ``xl list -l``: JSON with the configuration of each. Raises ValueError for anything else."""
        rows = json.loads(text or "[]")
        if not isinstance(rows, list):
            raise ValueError("the detailed list is no JSON array")  # noqa: TRY004 - callers expect one kind of error
        return tuple(
            _details(row) for row in rows if isinstance(row, dict) and isinstance(row.get("domid"), int)
        )

    def first_words(self, err: str) -> str:
        """The cause in xl's words: the first error line, not the clean-up that follows it."""
        lines = [line for line in err.splitlines() if line.strip() and not _NOISE.search(line)]
        causes = [line for line in lines if _CAUSE.search(line)]
        # A hotplug script's status comes first and says nothing; its own words follow.
        cause = next((line for line in causes if not _SCRIPT_ENDED.search(line)), "") or next(
            iter(causes or lines), ""
        )
        return _ORIGIN.sub("", cause.strip())


def _draws(done: Completed) -> bool:
    """Whether the guest of a dry run has an SDL window on a display that is named."""
    config = json.loads(done.out or "{}")
    screens = [*_items(config.get("vfbs")), *_mapping(config.get("b_info")).values()]
    shown = [_mapping(_mapping(screen).get("sdl")) for screen in screens]
    return any(sdl.get("enable") == "True" and sdl.get("display") for sdl in shown)


def _details(row: Mapping[str, Any]) -> Domain:
    config = _mapping(row.get("config"))
    info = _mapping(config.get("c_info"))
    ports = [_mapping(_mapping(vfb).get("vnc")).get("display") for vfb in _items(config.get("vfbs"))]
    port = next((port for port in ports if isinstance(port, int)), None)
    nics = [_mapping(nic) for nic in _items(config.get("nics"))]
    disks = [_mapping(disk) for disk in _items(config.get("disks"))]
    targets = {str(disk.get("vdev", "")): str(disk.get("pdev_path", "")) for disk in disks}
    return Domain(
        row["domid"],
        str(info.get("name", "")),
        uuid=str(info.get("uuid", "")).replace("-", "").lower(),
        macs=tuple(str(nic["mac"]).lower() for nic in nics if "mac" in nic),
        disks=tuple(filter(None, (str(disk.get("pdev_path", "")) for disk in disks))),
        kind=str(info.get("type", "")),
        vnc_port=None if port is None else 5900 + port,
        bridges=tuple(str(nic["bridge"]) for nic in nics if "bridge" in nic),
        targets=targets,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
