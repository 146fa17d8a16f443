"""The ways to a host's toolstack, as ``-Z`` names them."""

from __future__ import annotations

import argparse

from ctys_ls.requests import Privilege


def privilege_flags(text: str) -> Privilege:
    """The value of -Z as a command line has it. Raises ArgumentTypeError."""
    words = [word for word in text.upper().replace("%", ",").split(",") if word]
    if "ALL" in words:
        return Privilege(ksu=True, sudo=True)
    unknown = [word for word in words if word not in ("KSU", "SUDO", "NOKSU", "NOSUDO")]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of KSU, SUDO, NOKSU, NOSUDO, ALL")
    return Privilege(
        ksu="KSU" in words and "NOKSU" not in words, sudo="SUDO" in words and "NOSUDO" not in words
    )
