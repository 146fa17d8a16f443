"""The Emacs package: compiled without a warning, documented, and tested inside a real Emacs."""

from pathlib import Path

import pytest
from editors.emacs.desk import PACKAGE, SOURCES, batch, system_release

pytestmark = [pytest.mark.emacs, pytest.mark.editors]

HERE = Path(__file__).parent
#: Tests that need nothing but Emacs and the server; those on simulated hosts are in test_lab.py.
PLAIN = sorted(path.stem for path in HERE.glob("*-test.el") if path.stem != "lab-test")


#: What needs more than Emacs and eglot.
LIBRARIES = {"ctys-lsp": "lsp-mode", "lsp-test": "lsp-mode"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_compiles_without_a_warning(source, release, compiled):
    if library := LIBRARIES.get(source.stem):
        release.need(library)
    assert (compiled / source.name).with_suffix(".elc").is_file()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_documentation_is_in_order(source, release):
    done = batch("--eval", f'(checkdoc-file "{source}")', release=release)
    assert done.returncode == 0, done.stderr
    assert "Warning (emacs)" not in done.stderr, done.stderr


def test_package_is_in_order():
    """As package-lint judges a package of several files, and so MELPA; its errors count, its advice is advice."""
    release = system_release()
    release.need("package-lint")
    done = batch(
        "-l", "package-lint", "--eval", '(setq package-lint-main-file "ctys.el")', "-f", "package-lint-batch-and-exit",
        *(source.name for source in SOURCES), cwd=PACKAGE, release=release,
    )  # fmt: skip
    assert "ctys.el:" in done.stdout + done.stderr, "it has looked at nothing"
    assert ": error: " not in done.stdout + done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_file_has_its_header(source):
    text = source.read_text()
    assert text.startswith(f";;; {source.name} --- ")
    assert "-*- lexical-binding: t; -*-" in text.splitlines()[0]
    assert ";; SPDX-License-Identifier: MIT\n" in text
    assert f"(provide '{source.stem})\n;;; {source.name} ends here\n" in text


def test_loading_does_nothing_but_define():
    """No hook, timer, process, buffer or advice appears because the package was loaded."""
    done = batch(
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


@pytest.mark.parametrize("name", PLAIN)
def test_in_emacs(name, release, compiled):
    if library := LIBRARIES.get(name):
        release.need(library)
    backends = ",".join(library for library in ("eat", "vterm") if release.has(library))
    done = batch(
        "-L", str(compiled), "-L", str(HERE), "-l", f"{HERE / name}.el", "-f", "ert-run-tests-batch-and-exit",
        env={"CTYS_TEST_BACKENDS": backends}, release=release,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
