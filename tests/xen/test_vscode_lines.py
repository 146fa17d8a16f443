"""Each CREATE line of the page that names a console, run from the palette of the real VS Code, opens it on a real guest."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from editors.vscode.test_vscode import in_workbench, node
from xenlab.desk import Desk
from xenlab.editor_lines import NAMES, Attached, editor_env, line_of
from xenlab.fixtures import XenHosts
from xenlab.guests import Guests
from xenlab.use_cases import CASES, Case, World

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.vscode, pytest.mark.timeout(1800)]

__all__ = ["node"]


def host_of(name: str) -> str:
    return next(iter(CASES[name].needs)).partition("/")[0]


@contextmanager
def judging(world: Callable[[Case], World], hosts: XenHosts) -> Iterator[str]:
    """The address where the workbench's test asks for a state of the hosts, and whether it has come."""

    class Judge(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, act, name = self.path.split("/")
            attached = Attached(name, Guests(hosts[host_of(name)]))
            acts = {
                "prepare": lambda: world(CASES[name]),
                "attached": attached.await_it,
                "ended": attached.await_end,
            }
            try:
                acts[act]()
                words, status = "", 200
            except AssertionError as error:
                words, status = str(error), 500
            self.send_response(status)
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, format: str, *words: object) -> None:
            print(format % words)

    server = HTTPServer(("127.0.0.1", 0), Judge)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_each_line(node: str, world, desk: Desk, xen_hosts: XenHosts, tmp_path: Path) -> None:
    lines = [
        {"id": name, "line": line_of(name), "kind": CASES[name].console, "host": host_of(name)}
        for name in NAMES
    ]
    env = editor_env(desk, tmp_path)
    user = {key: env[key] for key in ("HOME", "CTYS_SSH_CONFIG", "PATH", "XDG_RUNTIME_DIR")}
    with judging(world, xen_hosts) as address:
        in_workbench(
            "xen.test.mjs", node, xen_hosts.folder, tmp_path, bound=1700,
            CTYS_LINES=json.dumps(lines), CTYS_USER=json.dumps(user), CTYS_JUDGE=address,
        )  # fmt: skip
