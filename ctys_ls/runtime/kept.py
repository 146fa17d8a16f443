"""Answers of hosts that are kept for later calls (-C): in the inventory's file, or in a file that the user names.

An answer is kept as the host gave it and read again when it serves, so that every table, filter and scope can be made of
it. It is about one destination and one action, for what LIST asks is not what ENUMERATE asks.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ctys_ls.runtime.errors import failure

#: The form of the files; FIN reads no other.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination said to an action (LIST, "ENUMERATE DIRECTORY…", "SHOW TYPES" …), and when.

    ``boundary`` is empty where ``text`` is already what is printed (SHOW, INFO).
    """

    destination: str
    action: str
    taken: float
    text: str
    boundary: str = ""


#: Answers by destination and action.
Answers = Mapping[tuple[str, str], Answer]


def youngest(answers: Iterable[Answer]) -> dict[tuple[str, str], Answer]:
    """Of the answers to one question the last one."""
    ordered = sorted(answers, key=lambda answer: answer.taken)
    return {(answer.destination, answer.action): answer for answer in ordered}


def write(path: Path, answers: Sequence[Answer]) -> None:
    """Write a file that only its owner can read, in one step. Blocking; raises OSError."""
    text = json.dumps({"v": VERSION, "answers": [asdict(answer) for answer in answers]})
    path = path.expanduser()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[Answer, ...]:
    """The answers in a file of :func:`write`. Blocking; raises ``HostError``."""
    act, cure = (
        f"reading the answers in {path}",
        "Make the file anew: -C FOUT:FILE with the same action and hosts.",
    )
    try:
        raw = json.loads(path.expanduser().read_text(encoding="utf-8"))
        if raw["v"] != VERSION:
            raise ValueError(f"version {raw['v']}")
        return tuple(_answer(one) for one in raw["answers"])
    except OSError as error:
        raise failure("not-found", "this machine", act, error.strerror or str(error), cure) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        words = f"it is no file of answers ({error})"
        raise failure("garbage", "this machine", act, words, cure) from error


def _answer(raw: Any) -> Answer:
    made = Answer(**raw)
    words = (made.destination, made.action, made.text, made.boundary)
    if not all(isinstance(word, str) for word in words) or not isinstance(made.taken, int | float):
        raise TypeError("an answer of another form")
    return made
