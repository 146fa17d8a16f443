"""What a test needs from the machine: without it the test is skipped by name, on CI it fails instead."""

import os
import shutil

import pytest


def need(present: object, what: str, cure: str) -> None:
    """Go on if ``present``; else skip (with CI=true: fail), naming ``what`` is missing and its ``cure``."""
    if present:
        return
    message = f"needs {what}: {cure}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def need_program(name: str, package: str) -> str:
    """The path of a program, or a skip that names the Debian package it comes in."""
    path = shutil.which(name)
    need(path, f"the program {name}", f"apt-get install {package}")
    assert path
    return path
