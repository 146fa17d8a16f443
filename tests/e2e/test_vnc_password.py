"""The password of a guest's screen: it opens the screen, and is found nowhere but in the guest's file.

Everything that comes out of the programs is collected (answers and notifications of the server, its log, what the page's
program and `ctys` print, the page, each process's arguments and environment, all files) and searched.
"""

import asyncio
import re
import subprocess
import sys
import threading
import urllib.request

import psutil
import pytest
from display import xvnc
from rfb_client import _picture
from terminals import environment
from wire_client import Wire

PROGRAM = (sys.executable, "-m", "ctys_ls")
PASSWORD = "g3h31m-7"
URI = "file:///work/tst100.conf"
CREATE = "ctys -t xen -a create=l:tst100,REUSE,CONSOLE:vnc lab00"


class Processes:
    """Watches all processes of this machine; ``found`` are those that had the password among their words."""

    def __init__(self):
        self.found, self.looks = set(), 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()

    def _watch(self):
        while not self._ending.wait(0.1):
            self.looks += 1
            for process in psutil.process_iter():
                try:
                    words = [*process.cmdline(), *process.environ().values()]
                except psutil.Error:
                    continue
                if any(PASSWORD in word for word in words):
                    self.found.add(" ".join(words[:6]))


@pytest.fixture
def conf(fresh_lab, monkeypatch):
    """The file of a guest whose screen asks for the password; gives its text."""
    path = next(fresh_lab.host("lab00").home.rglob("tst100.conf"))
    path.write_text(path.read_text() + f'vncpasswd = "{PASSWORD}"\nspicepasswd = "{PASSWORD}"\n')
    with xvnc(PASSWORD) as (_, port):
        monkeypatch.setenv("CTYS_LAB_SCREEN", f"127.0.0.1:{port}")
        yield path.read_text()


async def test_the_password_of_a_screen_is_shown_nowhere(conf, fresh_lab, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    env = environment(home, fresh_lab.ssh_config, TMPDIR=str(tmp_path))
    said = []

    def ctys(*words):
        done = subprocess.run(
            ["ctys", *words], env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
        said.append(done.stdout + done.stderr)
        return done

    wire = await Wire.start("--log-level", "debug", command=PROGRAM, **env)
    with Processes() as processes:
        await wire.initialize(options={"hosts": ["lab00", "lab01"]})
        await edited(wire, conf)
        created = await job(wire, "ctys.run", commandLine=CREATE)
        assert created["state"] == "done", created
        ready = next(m["params"] for m in wire.messages if m.get("method") == "ctys/consoleReady")
        said += await seen(ready["pageArgv"], {**env, **ready["env"]})
        for command, words in {
            "ctys.list": {},
            "ctys.enumerate": {"hosts": ["lab00"]},
            "ctys.show": {"hosts": ["lab00"]},
            "ctys.info": {"hosts": ["lab00"]},
            "ctys.guest": {"host": "lab00", "label": "tst100"},
        }.items():
            assert (await job(wire, command, **words))["state"] == "done", command
        await wire.call(
            "workspace/executeCommand", {"command": "ctys.plan", "arguments": [{"commandLine": CREATE}]}
        )
        for words in (
            ["-a", "list", "lab00"],
            ["-a", "enumerate", "lab00"],
            ["-a", "enumerate=machine", "lab00"],
            ["-a", "info", "lab00"],
        ):
            assert ctys("-t", "xen", *words).returncode == 0, said[-1]
        refused = ctys("-t", "xen", "-a", "create=l:tst100,CONNECT,CONSOLE:vnc", "-L", "CF", "lab00")
        assert "DISPLAY is not set" in refused.stderr
        await wire.call("shutdown")
        wire.notify("exit")
        log = (await wire._errors).decode()
    assert processes.looks > 3
    assert "The runtime is loaded" in log, "the log tells nothing, and so proves nothing"
    assert not processes.found
    assert PASSWORD not in repr(wire.messages)
    assert PASSWORD not in log
    assert PASSWORD not in "\n".join(said)
    assert [
        str(path) for path in tmp_path.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ] == []


async def edited(wire, text):
    """Have the file open in an editor that asks about every line of it."""
    start = await wire.open(text.replace("memory", "memroy"), language="xenconf", uri=URI)
    await wire.diagnostics(URI, start=start)
    document = {"textDocument": {"uri": URI}}
    lines = text.splitlines()
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
    for number, line in enumerate(lines):
        place = {**document, "position": {"line": number, "character": line.find("=") + 3}}
        await wire.call("textDocument/hover", place)
        await wire.call("textDocument/completion", place)
    await wire.call("textDocument/documentSymbol", document)
    await wire.call("textDocument/codeLens", document)
    await wire.call("textDocument/inlayHint", {**document, "range": whole})
    await wire.call("textDocument/codeAction", {**document, "range": whole, "context": {"diagnostics": []}})
    await wire.call("workspace/symbol", {"query": ""})


async def job(wire, command, **words):
    started = await wire.call("workspace/executeCommand", {"command": command, "arguments": [words]})
    if "job" not in started:
        return {"state": "done", **started}

    def ended(message):
        params = message.get("params", {})
        return (
            message.get("method") == "ctys/job"
            and params["job"] == started["job"]
            and params["kind"] == "end"
        )

    return (await wire.until(ended, bound=30))["params"]


async def seen(argv, env):
    """Look at the screen as a browser does; everything that the page's program and the page said."""
    process = await asyncio.to_thread(
        subprocess.Popen,
        argv,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = await asyncio.to_thread(process.stdout.readline)
    ws, url = (re.search(f'"{name}": "([^"]*)"', first)[1] for name in ("ws", "url"))
    name, _, _, pixels = await _picture(ws)
    assert pixels
    page = await asyncio.to_thread(_page, url) if url else ""
    rest = process.communicate("", timeout=20)
    return [first, *rest, name, page]


def _page(url):
    with urllib.request.urlopen(url) as answer:
        return f"{answer.headers}{answer.read().decode()}"
