"""Output that has to arrive whole: read as it comes, compared byte by byte."""

import re

import pexpect

_ALL = re.compile(r".*", re.DOTALL)


def arrives_whole(child: pexpect.spawn, expected: str, *, silence: float) -> None:
    """Read what the terminal ``child`` shows until it has shown ``expected``.

    Fails at the first character that differs, and when nothing new has come for ``silence`` seconds.
    """
    child.expect(_ALL)  # What pexpect has read already.
    came, at = child.after, 0
    while True:
        part = expected[at : at + len(came)]
        if not came.startswith(part):
            wrong = next(
                place for place, pair in enumerate(zip(came, part, strict=False)) if len(set(pair)) > 1
            )
            shown, wanted = came[wrong : wrong + 40], part[wrong : wrong + 40]
            raise AssertionError(
                f"{at + wrong} of {len(expected)} came, then {shown!r} in the place of {wanted!r}"
            )
        at += len(part)
        if at == len(expected):
            return
        try:
            came = child.read_nonblocking(65536, timeout=silence)
        except pexpect.TIMEOUT:
            raise AssertionError(f"{at} of {len(expected)} came, then nothing for {silence} s") from None
