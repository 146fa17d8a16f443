"""Names of a long text are worked out beside the thread that serves the client: there only the line asked about is."""

from __future__ import annotations

import json
import threading
from importlib import import_module

import pytest

from ctys_ls.handlers.dispatch import Dispatcher
from ctys_ls.languages import cmdline
from ctys_ls.server import make_server
from ctys_ls.text import Position, split_lines

LINES = 300
URI = "file:///lines.ctys"
TEXT = "".join(f"ctys -t xen -a create=l:tst{number % 7} lab{number % 5:02}\n" for number in range(LINES))
PLACE = {"line": 6, "character": TEXT.split("\n")[6].index("tst6") + 1}


@pytest.fixture
def seen(monkeypatch):
    """In which threads the names of commands were worked out."""
    threads = []
    # The package's own name for it is the function ``names``.
    module = import_module("ctys_ls.languages.cmdline.names")
    command = module._command

    def counted(*arguments):
        threads.append(threading.current_thread())
        return command(*arguments)

    monkeypatch.setattr(module, "_command", counted)
    return threads


@pytest.fixture
async def ls():
    made = make_server(environ={})
    made.send = lambda body: None
    dispatcher = Dispatcher(made, poll=lambda: None, again=lambda: None)
    opened = {"uri": URI, "languageId": "ctys", "version": 1, "text": TEXT}
    for number, (method, params) in enumerate(
        [("initialize", {"capabilities": {}}), ("textDocument/didOpen", {"textDocument": opened})]
    ):
        ident = {"id": number} if method == "initialize" else {}
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **ident}).encode()
        dispatcher.receive(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        dispatcher.work()
    return made


@pytest.mark.parametrize("method", ["definition", "references", "rename", "prepareCallHierarchy"])
async def test_only_the_line_asked_about_is_looked_at_at_once(ls, seen, method):
    asked = {"textDocument": {"uri": URI}, "position": PLACE, "newName": "fresh"}
    await ls.hot[f"textDocument/{method}"](ls, asked)
    here = threading.current_thread()
    assert sum(thread is here for thread in seen) <= 1
    assert len(seen) == LINES


async def test_who_calls_a_name_is_looked_for_elsewhere(ls, seen):
    item = {"uri": URI, "data": {"kind": "label", "text": "tst6"}}
    calls = json.loads(await ls.hot["callHierarchy/incomingCalls"](ls, {"item": item}))
    assert len(calls) == len(range(6, LINES, 7))
    assert threading.current_thread() not in seen


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("/h/.ctys/macros/default", "".join(f"M{n} = macro:M{n + 1}\n" for n in range(LINES)), 9),
        ("/h/.ctys/groups/all", "".join(f"lab{n:03}'(-a list=macro:TAB)'\n" for n in range(LINES)), 9),
        ("/h/.ctys/groups/all", "lab00\n#include rest\n" * LINES, 9),
    ],
)
def test_the_name_at_a_place_is_that_of_all_names(path, text, line):
    lines = split_lines(text)
    tree = cmdline.parse(lines, path=path)
    everything = cmdline.names(tree)
    for number in (0, line, line + 1):
        for column in range(len(lines[number])):
            place = Position(number, column)
            found = [name for name in everything if name.span.contains(place)]
            wanted = next((name for name in found if name.kind == "macro"), found[0] if found else None)
            assert cmdline.name_at(tree, place) == wanted, (number, column)
