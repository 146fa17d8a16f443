"""The unmodified ``xl create --dryrun``, run under a small preloaded library that stands in for the hypervisor.

What judges the file (libxlutil, libxenlight, xl's own reader) is the installed tool; only the calls that ask the
hypervisor and xenstore are answered by the stand-in: a host of 8 CPUs, one NUMA node and 64 GiB.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


def installed() -> tuple[Path, int] | None:
    """The newest installed xl and its minor release (17 for 4.17), None without one."""
    found = [
        (int(match[1]), path)
        for path in map(str, Path("/usr/lib").glob("xen-4.*/bin/xl"))
        if (match := re.search(r"xen-4\.(\d+)", path))
    ]
    return (Path(max(found)[1]), max(found)[0]) if found else None


def build(folder: Path, minor: int) -> Path:
    """Compile the stand-in; needs gcc and libxen-dev."""
    library = folder / "xlshim.so"
    source = Path(__file__).with_name("xl_dryrun_shim.c")
    command = ["gcc", "-shared", "-fPIC", "-O1", "-w", f"-DXEN_MINOR={minor}", "-o", library, source]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return library


@dataclass(frozen=True)
class Verdict:
    """``status`` is xl's exit status (negative: the signal it died of)."""

    status: int
    messages: str
    config: dict | None

    @property
    def accepted(self) -> bool:
        return self.status == 0


@dataclass(frozen=True)
class Xl:
    """The program with its stand-in."""

    program: Path
    shim: Path
    folder: Path
    minor: int

    def check(self, data: bytes, name: str = "guest.cfg", **environment: str) -> Verdict:
        """What xl says to a file."""
        path = self.folder / name
        path.write_bytes(data)
        try:
            return self._run(path, environment)
        finally:
            path.unlink()

    def _run(self, path: Path, environment: dict[str, str]) -> Verdict:
        done = subprocess.run(
            [self.program, "create", "-q", "--dryrun", path],
            env={**os.environ, "LD_PRELOAD": str(self.shim), **environment},
            capture_output=True,
            timeout=8,
        )
        text = done.stdout.decode("utf-8", "replace").strip()
        config = None
        if text.startswith("{") and not done.returncode:
            try:
                config = json.loads(text)
            except ValueError:  # a string that is not UTF-8 or is cut: the verdict stands without the values
                config = None
        return Verdict(done.returncode, done.stderr.decode("utf-8", "replace"), config)
