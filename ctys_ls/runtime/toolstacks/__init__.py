"""The toolstacks by name, in the order in which a host is asked for them; a new one is a module and a row here."""

from __future__ import annotations

from ctys_ls.runtime.toolstacks.base import Domain, Toolstack, merged
from ctys_ls.runtime.toolstacks.xl import Xl
from ctys_ls.runtime.toolstacks.xm import Xm

__all__ = ["TOOLSTACKS", "Domain", "Toolstack", "merged"]

TOOLSTACKS: dict[str, Toolstack] = {"xl": Xl(), "xm": Xm()}
