"""The tour: what ctys-ls does, in twenty seconds, on two simulated hosts.

It drives the language server over stdio exactly as an editor does, and shows what an editor would show. Exit status 1
with one sentence where a step is not as it should be.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pexpect
import psutil
from tourclient import Client, Message, ServerError

from ctys_ls.lab.lab import Lab
from ctys_ls.lab.threaded import running
from ctys_ls.text import Edit, Position, Span, apply_edits

HOSTS = ("lab00", "lab01")
CONF = """\
# tst102, written in a hurry
name = "tst102"
memroy = 256
vcpus = 1
vif = [ 'mac=00:50:56:13:11,bridge=xenbr0' ]
disk = [ 'file:/srv/xen/tst102/xvda.img,xvda,w' ]
on_poweroff = "destory"
"""
CREATE = (
    "ctys -t xen -- '(-Z KSU)'"
    " lab00'( -a create=f:xen/tst-ctys/tst100/tst100.conf,CONSOLE:none )'"
    " lab00'( -a create=f:xen/tst-ctys/tst101/tst101.conf,CONSOLE:none )'"
)
CANCEL = "ctys -t xen -a cancel=l:{},POWEROFF:5 lab00'(-Z KSU)'"
LIST = "ctys -a list lab00 lab01"
SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}

_COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class TourError(Exception):
    """A step is not as it should be; the text is one sentence."""


def main() -> int:
    """Run the tour; returns the exit status."""
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="ctys-tour-") as folder:
            try:
                with ExitStack() as stack:
                    _tour(Path(folder), stack)
            except (TourError, ServerError):
                _show_log(Path(folder) / "server.log")
                raise
        _nothing_left()
    except (TourError, ServerError) as trouble:
        print(f"tour: {trouble}", file=sys.stderr)
        return 1
    print(f"\nThe whole tour took {time.monotonic() - begun:.1f} s; no process is left.")
    print("Go on in a real editor on the same kind of hosts: make emacs, make vscode.")
    return 0


def _tour(folder: Path, stack: ExitStack) -> None:
    head("Two simulated hosts on loopback, reached by ssh")
    lab = stack.enter_context(running(Lab(HOSTS, pace=0.5))).lab
    for host in lab.hosts:
        print(f"  {host.name}: a SIMULATED Xen host, 127.0.0.1 port {host.port}")

    environ = {**os.environ, "CTYS_SSH_CONFIG": str(lab.ssh_config), "HOME": str(folder)}
    client = Client([sys.executable, "-m", "ctys_ls", "--stdio"], environ, folder / "server.log")
    stack.callback(client.kill)
    began = time.monotonic()
    server = client.request("initialize", _initialize(folder))["serverInfo"]
    client.notify("initialized", {})
    print(
        f"  {server['name']} {server.get('version', '')} answered in {(time.monotonic() - began) * 1000:.0f} ms"
    )

    uri = (folder / "tst102.conf").as_uri()
    _edit_conf(client, uri)
    _complete_line(client)
    _plan(client)
    _create(client)
    _table(client, running=("tst100", "tst101"))
    _console(client, environ)
    _cancel(client)
    _table(client, running=())
    if client.close() != 0:
        raise TourError("the server did not end with exit status 0")


# -- the steps -------------------------------------------------------------------------------------------------------


def _edit_conf(client: Client, uri: str) -> None:
    head("Opening tst102.conf, which has mistakes")
    document = {"uri": uri, "languageId": "xenconf", "version": 1, "text": CONF}
    client.notify("textDocument/didOpen", {"textDocument": document})
    found = _diagnostics(client, uri, 1)
    if not found:
        raise TourError("no diagnostics came for a file with mistakes")
    _annotated(CONF, found)

    for problem in found:
        context = {"diagnostics": [problem]}
        params = {"textDocument": {"uri": uri}, "range": problem["range"], "context": context}
        actions = client.request("textDocument/codeAction", params)
        fix = next((action for action in actions if _edits(client, action, uri)), None)
        if fix:
            break
    else:
        raise TourError("none of the diagnostics has a fix")
    edits = _edits(client, fix, uri)
    text = apply_edits(CONF, edits)
    print(f"\n  fix: {fix['title']}")
    for edit in edits:
        line = edit.span.start.line
        print(f"    - {CONF.splitlines()[line]}\n    + {text.splitlines()[line]}")
    changed = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text}]}
    client.notify("textDocument/didChange", changed)
    left = _diagnostics(client, uri, 2)
    if len(left) >= len(found):
        raise TourError("the fix did not take a problem away")
    print(f"  {len(found)} problems before, {len(left)} after")

    head("Hover over the key, and completion in the file")
    line = next(number for number, row in enumerate(text.splitlines()) if row.startswith("on_poweroff"))
    hover = client.request(
        "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": line, "character": 3}}
    )
    if not hover:
        raise TourError("hover over on_poweroff said nothing")
    _indented(_plain(hover["contents"]["value"]), 6)
    typed = text + "on_re"
    changed = {"textDocument": {"uri": uri, "version": 3}, "contentChanges": [{"text": typed}]}
    client.notify("textDocument/didChange", changed)
    place = {"line": typed.count("\n"), "character": len("on_re")}
    answer = client.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
    items = answer["items"] if isinstance(answer, dict) else answer or []
    labels = [item["label"] for item in items if _matches("on_re", item)]
    if "on_reboot" not in labels:
        raise TourError("on_re was not completed to on_reboot")
    print(f"\n  on_re| completes to: {', '.join(labels[:6])}")


def _complete_line(client: Client) -> None:
    head("Completion of a ctys command line, as in the minibuffer")
    for line in ("ctys -t xen -a create=l:tst100,CONSOLE:em", "ctys -a li"):
        answer = client.command("ctys.complete", line=line, cursor=len(line))
        typed = line[answer["start"] :]
        labels = [choice["label"] for choice in answer["choices"] if _matches(typed, choice)]
        if not labels:
            raise TourError(f"{line!r} was not completed")
        print(f"  {line}|  →  {', '.join(labels[:6])}")


def _plan(client: Client) -> None:
    head("The plan of a line with two sessions (UC-24); nothing runs yet")
    print(f"  {CREATE}\n")
    _indented(client.command("ctys.plan", commandLine=CREATE)["text"], 40)


def _create(client: Client) -> None:
    head("Running it")
    end = _job(client, client.command("ctys.run", commandLine=CREATE, confirmed=True)["job"])
    for target in end["targets"]:
        for command in target["ran"]:
            print(f"  {target['host']}$ {command}")


def _table(client: Client, running: tuple[str, ...]) -> None:
    head(f"The session table: {LIST}")
    end = _job(client, client.command("ctys.run", commandLine=LIST)["job"])
    _indented(end["text"], 40)
    rows = [[cell.strip() for cell in row.split("|")] for row in end["text"].splitlines()[2:]]
    guests = sorted(row[2] for row in rows if row[3:5] == ["XEN", "S"] and row[2] != "Domain-0")
    if guests != sorted(running):
        raise TourError(f"the table shows the guests {guests}, not {sorted(running)}")


def _console(client: Client, environ: dict[str, str]) -> None:
    head("The console of tst100, by the argv that ctys/consoleReady gives an editor's terminal")
    job = client.command("ctys.console", host="lab00", label="tst100", kind="CLI")["job"]
    ready = client.wait("ctys/consoleReady", lambda params: params["job"] == job)
    _job(client, job)
    argv = ready["argv"]
    print(f"  {' '.join(argv)}\n")
    console = pexpect.spawn(
        argv[0], argv[1:], env={**environ, **ready["env"], "TERM": "xterm"}, timeout=15, encoding="utf-8"
    )
    seen = ""
    try:
        for pattern, keys in (
            (r"login: ", "root\r"),
            (r"# ", "hostname\r"),
            (r"\r\ntst100\r\n[^\r\n]*# ", "\x1d"),
        ):
            console.expect(pattern)
            seen += f"{console.before}{console.after}"
            console.send(keys)
        console.expect(pexpect.EOF)
        seen += str(console.before)
    except pexpect.ExceptionPexpect as error:
        raise TourError(
            f"the console did not answer as a guest does; the last it said was {seen[-200:]!r}"
        ) from error
    finally:
        console.close(force=True)
    _indented(_plain(seen), 40)
    if console.exitstatus != 0:
        raise TourError(f"the console ended with status {console.exitstatus}")


def _cancel(client: Client) -> None:
    for label in ("tst100", "tst101"):
        line = CANCEL.format(label)
        head(f"Stopping a guest: {line}")
        end = _job(client, client.command("ctys.run", commandLine=line, confirmed=True)["job"], 30)
        for target in end["targets"]:
            for command in target["ran"]:
                print(f"  {target['host']}$ {command}")
            print(f"  {label} is {target['state']} now")


def _show_log(log: Path) -> None:
    """What the server logged before it went wrong; the file itself goes with the tour's folder."""
    if log.exists():
        for line in log.read_text(errors="replace").splitlines()[-20:]:
            print(f"  server: {line}", file=sys.stderr)


def _nothing_left() -> None:
    left = psutil.Process().children(recursive=True)
    if left:
        raise TourError("processes are left: " + ", ".join(f"{child.pid} {child.name()}" for child in left))


# -- talking to the server -------------------------------------------------------------------------------------------


def _initialize(folder: Path) -> Message:
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "tour"},
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": "tour"}],
        "capabilities": {
            "textDocument": {
                "publishDiagnostics": {"versionSupport": True},
                "hover": {"contentFormat": ["markdown", "plaintext"]},
                "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
            },
            "window": {"workDoneProgress": False},
        },
        "initializationOptions": {"prompt": True, "hosts": list(HOSTS)},
    }


def _diagnostics(client: Client, uri: str, version: int) -> list[Message]:
    params = client.wait(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == uri and params.get("version", version) == version,
    )
    return sorted(params["diagnostics"], key=lambda problem: problem["range"]["start"]["line"])


def _matches(typed: str, item: Message) -> bool:
    """Whether an editor would show a choice for what has been typed of it."""
    return str(item.get("filterText") or item["label"]).lower().startswith(typed.lower())


def _edits(client: Client, action: Message, uri: str) -> list[Edit]:
    if action.get("kind", "quickfix") != "quickfix":
        return []
    if "edit" not in action and "data" in action:
        action = client.request("codeAction/resolve", action)
    edit = action.get("edit") or {}
    edits = list((edit.get("changes") or {}).get(uri, ()))
    for change in edit.get("documentChanges") or ():
        edits += change.get("edits", ())
    return [Edit(_span(one["range"]), one["newText"]) for one in edits]


def _span(where: Message) -> Span:
    start, end = where["start"], where["end"]
    # The file is plain ASCII, so a client's units are characters.
    return Span(Position(start["line"], start["character"]), Position(end["line"], end["character"]))


def _job(client: Client, job: str, seconds: float = 20.0) -> Message:
    end = client.wait("ctys/job", lambda params: params["job"] == job and params["kind"] == "end", seconds)
    if end["state"] != "done":
        said = "; ".join(_trouble(target) for target in end["targets"] if not target["ok"])
        raise TourError(f"{end.get('title') or job} {end['state']}: {said or end['text']}")
    return end


def _trouble(target: Message) -> str:
    trouble: dict[str, Any] = target.get("trouble") or {}
    return f"{target['host']}: {trouble.get('act', '')}: {trouble.get('words', '')} {trouble.get('cure', '')}"


# -- printing --------------------------------------------------------------------------------------------------------


def head(text: str) -> None:
    """A step's heading."""
    print(f"\n\x1b[1m{text}\x1b[0m" if _COLOUR else f"\n== {text}", flush=True)


def _indented(text: str, most: int) -> None:
    lines = text.rstrip("\n").splitlines()
    for line in lines[:most]:
        print(f"  {line}")
    if len(lines) > most:
        print(f"  … {len(lines) - most} more lines")


def _annotated(text: str, problems: list[Message]) -> None:
    """The text with what an editor draws under it."""
    for number, line in enumerate(text.splitlines()):
        print(f"  {number + 1:>2} {line}")
        for problem in problems:
            start, end = problem["range"]["start"], problem["range"]["end"]
            if start["line"] == number:
                last = end["character"] if end["line"] == number else len(line)
                marks = "~" * max(1, last - start["character"])
                kind = SEVERITIES[problem.get("severity", 1)]
                print(
                    f"     {' ' * start['character']}{marks} {kind}: {problem['message']} [{problem['code']}]"
                )


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\r", "", text).strip()


if __name__ == "__main__":
    sys.exit(main())
