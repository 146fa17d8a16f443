"""Turns a file of xm into one that xl reads: every variable that can be worked out is written as a plain setting."""

from __future__ import annotations

from typing import Any

from ctys_ls.languages.xenconf.python import COMPUTED, read
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.problems import Fix
from ctys_ls.schema.load import xen_keys
from ctys_ls.text import Edit, Position, Span

#: The conversion is made with every check; a file of xm has some hundred lines at most.
_LONGEST = 2000


def converted(tree: Tree) -> tuple[Fix, ...]:
    """A fix that replaces the whole text; none where the text is no Python that can be read.

    What only running the file would tell stays as a comment for the user to fill in.
    """
    if len(tree.lines) > _LONGEST:
        return ()
    text = "".join(tree.lines)
    script = read(text, tree.options.vmid)
    if script.faults:
        return ()
    known = xen_keys()
    lines = [
        line.rstrip("\r\n") for line in tree.lines if line.startswith("#") and "mode: python" not in line
    ]
    for name in script.places:
        key = known.get(name)
        if key is None:
            continue
        value = script.values.get(name)
        shown = _shown(value)
        lines.append(f"{name} = {shown}" if shown else f"# {name} = …  (computed by the old file)")
    last = len(tree.lines) - 1
    whole = Span(Position(0, 0), Position(last, len(tree.lines[last])))
    return (Fix("Convert to xl's format", (Edit(whole, "\n".join(lines) + "\n"),), safe=False),)


def _shown(value: Any) -> str:
    """A value in xl's notation, empty where there is none."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value) if value >= 0 else f'"{value}"'
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list) and COMPUTED not in value:
        shown = [_shown(item) for item in value]
        return "[ " + ", ".join(shown) + " ]" if all(shown) else ("[]" if not value else "")
    return ""


def _quoted(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\t", "\\t")
        .replace("\r", "\\r")
    )
    return "" if "\0" in text else f'"{escaped}"'
