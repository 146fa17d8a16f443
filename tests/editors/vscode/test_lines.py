"""Command lines in the real workbench of VS Code, with an inventory in which an address is ambiguous."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from editors.vscode.test_vscode import HERE, PICTURES, hosts, node, run
from inventory import remember
from needs import need

__all__ = ["hosts", "node"]


@pytest.mark.vscode
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_command_lines(node: str, hosts: Path, tmp_path: Path) -> None:
    need(os.environ.get("CTYS_CHROMIUM") or shutil.which("chromium"), "chromium", "apt-get install chromium")
    state = tmp_path / "state"
    remember(state, "lab02", ssh_config=hosts / "ssh_config")
    run(
        node,
        "--test",
        "--test-reporter=tap",
        "lines.test.mjs",
        cwd=HERE,
        timeout=280,
        CTYS_LS=str(Path(sys.executable).with_name("ctys-ls")),
        CTYS_TEST_HOSTS=str(hosts),
        CTYS_TEST_STATE=str(state),
        TMPDIR=str(tmp_path),
        **({PICTURES: os.environ[PICTURES]} if PICTURES in os.environ else {}),
    )
