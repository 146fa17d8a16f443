"""The lazily finished protocol classes are the plainly imported ones, class by class. Each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

DESCRIBE = """
import json, re, sys
lazy = sys.argv[1] == "lazy"
if lazy:
    from ctys_ls.handlers import lazy_types
    assert lazy_types.import_types(), "this release of lsprotocol is not known"
import attrs
from lsprotocol import types, converters
converter = converters.get_converter()
if lazy:
    pending = lazy_types.pending()
    assert pending > 500, f"{pending} of 554 classes are still lazy"

def describe(kind):
    return {
        "fields": [[f.name, str(f.type), repr(f.default), f.kw_only, re.sub("0x[0-9a-f]+", "", repr(f.validator))] for f in attrs.fields(kind)],
        "equal": kind.__eq__ is not object.__eq__,
        "hash": kind.__hash__ is None,
        "order": hasattr(kind, "__lt__") and kind.__lt__ is not object.__lt__,
        "match": kind.__match_args__,
    }

found = {
    kind.__name__: describe(kind)
    for kind in {value for value in types.ALL_TYPES_MAP.values() if isinstance(value, type) and attrs.has(value)}
}
raw = json.load(sys.stdin)
params = converter.structure(raw, types.InitializeParams)
found["round trip"] = json.dumps(converter.unstructure(params), sort_keys=True)
found["repr"] = repr(params)
json.dump(found, sys.stdout)
"""
INITIALIZE = {
    "processId": 1,
    "rootUri": "file:///x",
    "capabilities": {
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "completion": {"completionItem": {"snippetSupport": True, "tagSupport": {"valueSet": [1]}}},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        },
        "workspace": {"workspaceEdit": {"documentChanges": True}},
    },
    "workspaceFolders": [{"uri": "file:///x", "name": "x"}],
}


def described(how):
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE, how],
        input=json.dumps(INITIALIZE),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_lazy_classes_equal_plain_ones():
    plain, lazy = described("plain"), described("lazy")
    assert len(plain) > 550
    assert plain.keys() == lazy.keys()
    different = {name for name in plain if plain[name] != lazy[name]}
    assert not different, {name: (plain[name], lazy[name]) for name in sorted(different)[:3]}


def test_an_unknown_release_is_imported_plainly():
    script = (
        "from ctys_ls.handlers import lazy_types\n"
        "lazy_types.KNOWN = ('2031.1.0',)\n"
        "assert lazy_types.import_types() is False\n"
        "from lsprotocol import types\n"
        "assert lazy_types.pending() == 0\n"
        "assert types.Position(1, 2) < types.Position(1, 3)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
