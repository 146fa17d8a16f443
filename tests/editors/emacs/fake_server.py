"""A stand-in for ctys-ls that fails on purpose; it serves only the cases that the real server cannot show.

``fake_server.py CASE``: ``version`` answers commands in version 2 of the protocol, ``other`` is a language server that
knows no ctys command, ``dies`` ends at once with words on standard error, ``dies-later`` ends at the first command,
``silent`` never answers a command, ``asks`` answers ``ctys.explain`` only after a ``ctys/prompt`` has been answered,
and sends a notification while the question is open.
"""

import json
import sys


def read():
    length = 0
    while line := sys.stdin.buffer.readline().strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length)) if length else None


def send(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()


def main(case):
    if case == "dies":
        sys.exit("ImportError: no module named pygls")
    asked = None
    while message := read():
        method, number = message.get("method"), message.get("id")
        if method == "initialize":
            commands = [] if case == "other" else ["ctys.sessions", "ctys.explain"]
            send(
                id=number,
                result={
                    "capabilities": {"executeCommandProvider": {"commands": commands}},
                    "serverInfo": {"name": "fake-ls", "version": "0"},
                },
            )
        elif method == "workspace/executeCommand":
            if case == "dies-later":
                sys.exit("fatal: out of memory")
            if case == "version":
                send(id=number, result={"v": 2})
            if case in ("asks", "asks-secret"):
                asked = number
                send(
                    id="q1",
                    method="ctys/prompt",
                    params={
                        "v": 1,
                        "kind": "password" if case == "asks-secret" else "confirm",
                        "host": "lab00",
                        "text": "Destroy tst100?",
                        "detail": "",
                        "secret": case == "asks-secret",
                    },
                )
                send(method="window/showMessage", params={"type": 3, "message": "meanwhile"})
        elif number == "q1":
            said = message["result"]
            if case == "asks-secret":
                said = {"letters": len(said["answer"])}
            send(id=asked, result={"v": 1, "markdown": json.dumps(said)})


main(sys.argv[1])
