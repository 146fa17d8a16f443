"""Temporary folders of labs. Their names hold the process that made them, so that what a killed one left is found."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

from ctys_ls.lab.child import kill_all

_NAME = re.compile(r"ctys-lab-(\d+)-")


def new_folder() -> Path:
    """A new private folder of this process, with a path that is short enough for unix sockets."""
    return Path(tempfile.mkdtemp(prefix=f"ctys-lab-{os.getpid()}-"))


def sweep() -> None:
    """Take away folders and processes of labs whose own process is gone."""
    for folder in Path(tempfile.gettempdir()).glob("ctys-lab-*"):
        maker = _NAME.match(folder.name)
        if maker and not psutil.pid_exists(int(maker[1])):
            kill_all(str(folder))
            shutil.rmtree(folder, ignore_errors=True)
