"""A domain file with every kind of mistake in the real workbench."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from editors.vscode.test_vscode import HERE, PICTURES, hosts, node, run
from needs import need

__all__ = ["hosts", "node"]


@pytest.mark.vscode
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_kind_of_mistake_is_marked_and_listed(node: str, hosts: Path, tmp_path: Path) -> None:
    need(os.environ.get("CTYS_CHROMIUM") or shutil.which("chromium"), "chromium", "apt-get install chromium")
    run(
        node,
        "--test",
        "--test-reporter=tap",
        "mistakes.test.mjs",
        cwd=HERE,
        timeout=280,
        CTYS_LS=str(Path(sys.executable).with_name("ctys-ls")),
        CTYS_TEST_HOSTS=str(hosts),
        TMPDIR=str(tmp_path),
        **({PICTURES: os.environ[PICTURES]} if PICTURES in os.environ else {}),
    )
