"""The program behind every simulated tool of a host; its arguments are TOOL SOCKET [ARG ...], see ``standins.py``.

It hands its arguments to the host's state over a unix socket and prints what comes back. It imports nothing but
C modules, so that a simulated ``xl`` starts in about ten milliseconds.

To the host: a 4-byte length, then TOOL, the working directory, the privilege, "1" or "" for a terminal, and the
arguments, joined by NUL; afterwards standard input in pieces with a 4-byte length, length 0 at its end.
From the host: pieces of one byte (o stdout, e stderr, i "send me your input", x exit), a 4-byte number, data.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ESCAPE = b"\x1d"


def main(argv: list[str]) -> int:
    """Run the tool; returns its exit status."""
    for signal in (_signal.SIGINT, _signal.SIGPIPE):
        _signal.signal(signal, _signal.SIG_DFL)
    host = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        host.connect(argv[2])
    except OSError as error:
        os.write(2, f"{argv[1]}: the simulated host is not running: {error}\n".encode())
        return 1
    terminal = "1" if os.isatty(0) and os.isatty(1) else ""
    words = [argv[1], os.getcwd(), os.environ.get("CTYS_LAB_PRIVILEGE", ""), terminal, *argv[3:]]  # noqa: PTH109 - pathlib costs as much time as all the rest
    call = "\0".join(words).encode(errors="surrogateescape")
    host.sendall(len(call).to_bytes(4, "big") + call)
    return _serve(host)


def _serve(host: _socket.socket) -> int:
    before = None
    watched = [host.fileno()]
    try:
        while True:
            ready = select.select(watched, [], [])[0]
            if 0 in ready:
                data = _typed()
                if data == _ESCAPE and before is not None:
                    return 0
                host.sendall(len(data).to_bytes(4, "big") + data)
                if not data:
                    watched.remove(0)
            if host.fileno() in ready:
                kind, number, data = _piece(host)
                if kind == b"x":
                    return number
                if kind == b"i":
                    watched.append(0)
                    before = _raw()
                else:
                    _print(1 if kind == b"o" else 2, data)
    finally:
        if before is not None:
            import termios

            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _typed() -> bytes:
    try:
        return os.read(0, 4096)
    except OSError:
        return b""


def _piece(host: _socket.socket) -> tuple[bytes, int, bytes]:
    head = _exactly(host, 5)
    number = int.from_bytes(head[1:], "big")
    return head[:1], number, _exactly(host, number) if head[:1] in (b"o", b"e") else b""


def _exactly(host: _socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = host.recv(size - len(data))
        if not more:
            os.write(2, b"the simulated host went away\n")
            os._exit(1)
        data += more
    return data


def _print(stream: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(stream, view) :]


def _raw() -> "list[Any] | None":
    """Set a terminal to raw, as xenconsole does; returns what to set it back to."""
    if not os.isatty(0):
        return None
    import termios

    before = termios.tcgetattr(0)
    now = termios.tcgetattr(0)
    now[0] &= ~(termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP)
    now[0] &= ~(termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON)
    now[1] &= ~termios.OPOST
    now[2] = (now[2] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
    now[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    termios.tcsetattr(0, termios.TCSANOW, now)
    return before
