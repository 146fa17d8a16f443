"""X displays of a test's own: Xvfb to look at windows, Xvnc as a guest's screen."""

import contextlib
import os
import subprocess
from collections import Counter

from needs import need_program


@contextlib.contextmanager
def xvfb():
    """A display without a screen; gives its name. It is no child of the programs whose end a test waits for."""
    program = need_program("Xvfb", "xvfb")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"],
        pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read, encoding="ascii") as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def colours(display, env):
    """How many pixels of each colour the display shows, by (red, green, blue)."""
    picture = subprocess.run(
        [need_program("import", "imagemagick"), "-display", display, "-window", "root", "-depth", "8", "rgb:-"],
        env=env, capture_output=True, check=True, timeout=30,
    ).stdout  # fmt: skip
    return Counter(zip(picture[0::3], picture[1::3], picture[2::3], strict=True))


def windows(display, env):
    """The titles of the windows on a display, as one text."""
    program = need_program("xwininfo", "x11-utils")
    argv = [program, "-root", "-tree", "-display", display]
    while True:
        done = subprocess.run(argv, env=env, capture_output=True, text=True)
        # A window that goes while it is being listed is an error of that list, not of the display.
        if "BadWindow" not in done.stderr:
            assert done.returncode == 0, done.stderr
            return done.stdout
