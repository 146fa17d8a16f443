"""The settings of the language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """Which program reads the file: ``xl`` of today, ``xm`` (Python text) of 2005-2013, or decided by the text."""

    AUTO = "auto"
    XL = "xl"
    XM = "xm"


@dataclass(frozen=True, slots=True)
class Options:
    """``release`` is the Xen release to check for ("4.17"), empty for the newest one; ``vmid`` is xm's variable."""

    dialect: Dialect = Dialect.AUTO
    release: str = ""
    vmid: str = ""


DEFAULT = Options()
