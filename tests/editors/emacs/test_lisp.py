"""The Emacs package: compiled without a warning, documented, and tested inside a real Emacs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import need, need_program

pytestmark = [pytest.mark.emacs, pytest.mark.editors]

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "editors" / "emacs"
SOURCES = sorted(PACKAGE.glob("ctys*.el"))
#: The real server as it is installed beside the Python that runs the tests.
CTYS_LS = Path(sys.executable).with_name("ctys-ls")
#: Debian keeps the packages of elpa-eglot and elpa-lsp-mode here; other systems have them in Emacs or not at all.
ELPA = Path("/usr/share/emacs/site-lisp/elpa-src")


def emacs(*arguments, cwd=None, env=None, elpa=True, timeout=90):
    program = need_program("emacs", "emacs-nox")
    paths = [str(folder) for folder in (ELPA.iterdir() if elpa and ELPA.is_dir() else ())]
    return subprocess.run(
        [program, "-Q", "--batch", *(word for path in paths for word in ("-L", path)), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHON": sys.executable, "CTYS_LS": str(CTYS_LS), **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A folder with the package as it is installed: compiled, every warning being an error."""
    need(ELPA.is_dir(), "eglot and lsp-mode for Emacs", "apt-get install elpa-eglot elpa-lsp-mode")
    folder = tmp_path_factory.mktemp("emacs")
    for source in SOURCES:
        (folder / source.name).symlink_to(source)
    done = emacs(
        "-L", ".", "--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile",
        *(source.name for source in SOURCES), cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_compiles_without_a_warning(compiled):
    assert len(list(compiled.glob("*.elc"))) == len(SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_documentation_is_in_order(source):
    done = emacs("--eval", f'(checkdoc-file "{source}")')
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_file_has_its_header(source):
    text = source.read_text()
    assert text.startswith(f";;; {source.name} --- ")
    assert "-*- lexical-binding: t; -*-" in text.splitlines()[0]
    assert ";; SPDX-License-Identifier: MIT\n" in text
    assert f"(provide '{source.stem})\n;;; {source.name} ends here\n" in text


def test_loading_does_nothing_but_define():
    """No hook, timer, process, buffer or advice appears because the package was loaded."""
    done = emacs(
        "-L", str(PACKAGE), "--eval",
        """(let ((hooks (list post-command-hook kill-emacs-hook window-configuration-change-hook find-file-hook
                              global-mode-string))
                 (timers (length timer-list)))
             (require 'ctys)
             (unless (equal hooks (list post-command-hook kill-emacs-hook window-configuration-change-hook
                                        find-file-hook global-mode-string))
               (error "A hook has changed"))
             (unless (= timers (length timer-list)) (error "A timer runs"))
             (when (process-list) (error "A process runs")))""",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(path.stem for path in HERE.glob("*-test.el")))
def test_in_emacs(name, compiled):
    done = emacs(
        "-L", str(compiled), "-L", str(HERE), "-l", f"{HERE / name}.el", "-f", "ert-run-tests-batch-and-exit"
    )
    assert done.returncode == 0, done.stdout + done.stderr
