"""QEMU's machine protocol, as far as a test needs it: one command, one answer."""

import json
import socket
from pathlib import Path


def command(path: Path, execute: str, **arguments: object) -> dict:
    """Run one command on the QEMU whose socket is ``path``; events in between are passed over."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        stream = line.makefile("rw", encoding="utf-8")
        stream.readline()
        _ask(stream, "qmp_capabilities", {})
        return _ask(stream, execute, arguments)


def _ask(stream, execute: str, arguments: dict) -> dict:
    stream.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            raise RuntimeError(f"QEMU refused {execute}: {answer['error']['desc']}")
        if "return" in answer:
            return answer["return"]
