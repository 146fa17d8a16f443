"""The beginning of RFB, the protocol of VNC (RFC 6143 section 7.1): who asks for a password, and who answers.

Towards the guest's VNC server we are a viewer and give the password; towards the user's viewer we are a server that
asks for none. After that the bytes go through untouched.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

_VERSION = b"RFB 003.008\n"
_NONE, _PASSWORD = 1, 2
#: Bytes of a server's reason that are read.
_REASON = 1000
#: What VNC's password files are scrambled with; it is public and protects nothing (RFC 6143 names none; every
#: viewer has it built in).
_FILE_KEY = bytes((23, 82, 107, 6, 35, 78, 88, 7))


class RefusedError(Exception):
    """The VNC server does not let us in; the text says why."""


class Reader(Protocol):
    """The end of a stream that is read from."""

    async def readexactly(self, n: int, /) -> bytes: ...


class Writer(Protocol):
    """The end of a stream that is written to."""

    def write(self, data: bytes, /) -> None: ...


def scrambled(key: bytes, data: bytes) -> bytes:
    """DES as VNC has it: 8 bytes of key, each with its bits reversed; ``data`` in blocks of 8 bytes."""
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in key.ljust(8, b"\0")[:8])
    # Three times the same key is single DES. RFC 6143 asks for it; nothing else uses it here.
    encryptor = Cipher(TripleDES(turned * 3), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(data) + encryptor.finalize()


def password_file(password: str) -> bytes:
    """The content of a viewer's password file (``vncpasswd -f``)."""
    return scrambled(_FILE_KEY, password.encode()[:8].ljust(8, b"\0"))


async def log_in(reader: Reader, writer: Writer, password: str) -> None:
    """Be the viewer of a VNC server up to its SecurityResult. Raises RefusedError, IncompleteReadError."""
    greeting = await reader.readexactly(12)
    if not greeting.startswith(b"RFB "):
        raise RefusedError("what listens there is no VNC server")
    # RFC 6143 7.1.1: anything that is not 3.7 or 3.8 is taken for 3.3.
    minor = {b"003.008": 8, b"003.007": 7}.get(greeting[4:11], 8 if greeting[4:11] > b"003.008" else 3)
    writer.write(b"RFB 003.00%d\n" % minor)
    if minor == 3:
        (kind,) = struct.unpack("!I", await reader.readexactly(4))
        kinds = bytes([kind]) if kind else b""
    else:
        kinds = await reader.readexactly((await reader.readexactly(1))[0])
    if not kinds:
        raise RefusedError(await _reason(reader))
    if _NONE in kinds:
        chosen = _NONE
    elif _PASSWORD in kinds:
        chosen = _PASSWORD
    else:
        raise RefusedError(
            f"it asks for security of a kind that is not known here ({', '.join(map(str, kinds))})"
        )
    if minor > 3:
        writer.write(bytes([chosen]))
    if chosen == _PASSWORD:
        if not password:
            raise RefusedError("it asks for a password, and the guest's file gives none")
        challenge = await reader.readexactly(16)
        writer.write(scrambled(password.encode()[:8], challenge))
    if chosen == _PASSWORD or minor == 8:
        (result,) = struct.unpack("!I", await reader.readexactly(4))
        if result:
            raise RefusedError(await _reason(reader) if minor == 8 else "the password was refused")


async def _reason(reader: Reader) -> str:
    try:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        said = await reader.readexactly(min(length, _REASON))
    except asyncio.IncompleteReadError:
        return "it closed the connection"
    return " ".join(said.decode(errors="replace").split())


async def let_in(reader: Reader, writer: Writer) -> None:
    """Be the server of a viewer up to its SecurityResult, without a password. Raises RefusedError."""
    writer.write(_VERSION)
    version = await reader.readexactly(12)
    if not version.startswith(b"RFB 003.00"):
        raise RefusedError("the viewer speaks no RFB")
    if version[10:11] == b"3":
        writer.write(struct.pack("!I", _NONE))
        return
    writer.write(bytes((1, _NONE)))
    await reader.readexactly(1)
    if version[10:11] == b"8":
        writer.write(struct.pack("!I", 0))
