"""The recorded answers of a real Xen 4.17 host."""

from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "captures"


def out(name):
    return (FOLDER / f"{name}.out").read_text()


def err(name):
    return (FOLDER / f"{name}.err").read_text()
