"""The image of a real Xen host, built once and kept under a hash of its recipe."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

RECIPE = Path(__file__).parent
CACHE = Path(os.environ.get("CTYS_TEST_CACHE") or RECIPE.parent.parent / ".cache") / "xenlab"
PARTS = ("xen", "vmlinux", "dom0.cpio")


@cache
def recipe_hash() -> str:
    """A word that changes whenever anything that goes into the image changes."""
    digest = hashlib.sha256()
    files = [
        RECIPE / "build_image.sh",
        *sorted((RECIPE / "files").rglob("*")),
        *sorted((RECIPE / "guests").rglob("*")),
    ]
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(RECIPE)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def locked(what: str) -> Iterator[None]:
    """One at a time makes ``what`` for the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def built_image() -> Path:
    """The folder with the image's parts; builds it when the recipe is new (about a minute, needs root)."""
    folder = CACHE / recipe_hash()
    if _whole(folder):
        return folder
    with locked("image"):
        if not _whole(folder):
            _build(folder)
    return folder


def _whole(folder: Path) -> bool:
    return all((folder / part).exists() for part in PARTS)


def _build(folder: Path) -> None:
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    done = subprocess.run(
        ["bash", RECIPE / "build_image.sh", fresh, CACHE / "packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"building the Xen image failed:\n{done.stderr[-4000:]}")
    fresh.rename(folder)
