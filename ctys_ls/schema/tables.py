"""TOML tables, read as Python reads modules: the text once, and from then on a compiled copy beside it.

tomllib takes tens of milliseconds for our tables, which every start of the server and of ``ctys-ls check`` would wait
for. The copy lies in ``__pycache__``, is of one Python version, and counts only for the very text it was made of; where
it cannot be written, the text is read each time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import sys
from pathlib import Path
from typing import Any

#: The tables lie beside this module; importlib.resources would cost more than reading them.
DATA = Path(__file__).parent / "data"


def table(name: str, folder: Path = DATA) -> dict[str, Any]:
    """The TOML file ``<name>.toml`` of a folder as it stands. Raises what tomllib raises for a text that is none."""
    source = folder / f"{name}.toml"
    state = source.stat()
    mark = (state.st_size, state.st_mtime_ns)
    copy = _copy(source)
    if (found := _read(copy, mark)) is not None:
        return found
    import tomllib

    values = tomllib.loads(source.read_text(encoding="utf-8"))
    if not sys.dont_write_bytecode:
        _write(copy, marshal.dumps((mark, values)))
    return values


def compile_all() -> None:
    """Make the copies of all tables, as compileall makes those of the modules. It needs Python's leave to write them."""
    for source in DATA.glob("*.toml"):
        table(source.stem)


def _copy(source: Path) -> Path:
    """Where Python would put the compiled module of a source of this name, but with a suffix of our own."""
    return Path(importlib.util.cache_from_source(str(source))).with_suffix(".table")


def _read(copy: Path, mark: tuple[int, int]) -> dict[str, Any] | None:
    """The table of a copy that was made of the text with this size and time; None for any other file."""
    try:
        # Whoever may write here may write the modules beside it as well.
        made_of, values = marshal.loads(copy.read_bytes())  # noqa: S302
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return values if made_of == mark and isinstance(values, dict) else None


def _write(copy: Path, data: bytes) -> None:
    """Put a copy in place in one step; a folder that takes none is no error, as it is none for Python's own."""
    import tempfile

    with contextlib.suppress(OSError):
        copy.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=copy.name, dir=copy.parent)
        try:
            with os.fdopen(descriptor, "wb") as fresh:
                fresh.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(copy)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
