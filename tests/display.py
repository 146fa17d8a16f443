"""X displays of a test's own: Xvfb to look at windows, Xvnc as a guest's screen."""

import contextlib
import os
import socket
import subprocess
import tempfile
from collections import Counter

from needs import need_program

from ctys_ls.runtime.screens.rfb import password_file


@contextlib.contextmanager
def xvfb():
    """A display without a screen; gives its name. It is no child of the programs whose end a test waits for."""
    program = need_program("Xvfb", "xvfb")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read, encoding="ascii") as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def xvnc(password, size="320x200"):
    """A real VNC server (TigerVNC's) on loopback that asks for ``password``; "" for none. Gives its display and port."""
    program = need_program("Xtigervnc", "tigervnc-standalone-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    read, write = os.pipe()
    with tempfile.NamedTemporaryFile() as secret:
        secret.write(password_file(password))
        secret.flush()
        security = (
            ["-SecurityTypes", "VncAuth", "-rfbauth", secret.name] if password else ["-SecurityTypes", "None"]
        )
        server = subprocess.Popen(
            [program, "-displayfd", str(write), "-rfbport", str(port), "-localhost", "-geometry", size, "-depth", "24",
             "-nolisten", "tcp", "-noreset", *security],
            pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        try:
            with os.fdopen(read, encoding="ascii") as told:
                yield f":{told.readline().strip()}", port
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
