"""A domain file with every kind of mistake as the user of Emacs sees it: marked in the text, listed below; kept as a picture."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from editors.emacs.desk import LIMIT, screen_of_its_own
from editors.emacs.test_picture import window
from needs import need, need_program

pytestmark = [pytest.mark.emacs, pytest.mark.editors, pytest.mark.slow]

FILES = Path(__file__).parents[2] / "data" / "mistakes"
PICTURE = Path(__file__).parents[3] / "docs" / "images" / "xenconf-emacs.png"
TALL = (1180, 1060)
#: The faces that a problem of each severity, an old key, and a setting that does nothing are shown with.
FACES = ("eglot-diagnostic-tag-unnecessary-face", "eglot-diagnostic-tag-deprecated-face")


@pytest.mark.timeout(120)
def test_every_kind_of_mistake_is_marked_and_listed(tmp_path, env):
    need(shutil.which("import"), "the program import", "apt-get install imagemagick")
    folder = tmp_path / "guests"
    shutil.copytree(FILES, folder)
    with screen_of_its_own(*TALL) as display, window(folder, env, display, TALL) as emacs:
        emacs.shows("*ctys sessions*", "lab00")
        emacs.act("""(progn (delete-other-windows) (switch-to-buffer "webserver.conf"))""")
        emacs.true(
            """(with-current-buffer "webserver.conf" (> (length (flymake-diagnostics)) 40))""",
            """(with-current-buffer "webserver.conf" (list major-mode (length (flymake-diagnostics))))""",
        )
        told = emacs.value(
            """(with-current-buffer "webserver.conf"
                 (mapconcat #'flymake-diagnostic-text (flymake-diagnostics) "\\n"))"""
        )
        for words in ("memroy", "www (other.conf)", "in a vfb", "must stand in quotes", "line end"):
            assert words in told, told
        emacs.act(
            """(progn (delete-other-windows) (switch-to-buffer "webserver.conf") (goto-char (point-min))
                      (flymake-show-buffer-diagnostics)
                      (with-selected-window (seq-find (lambda (window) (string-match-p "Flymake" (buffer-name (window-buffer window))))
                                                      (window-list))
                        (enlarge-window (- 16 (window-height))) (tabulated-list-sort 0) (goto-char (point-min))))"""
        )
        emacs.true(
            """(with-current-buffer (car (seq-filter (lambda (buffer) (string-match-p "Flymake diagnostics" (buffer-name buffer))) (buffer-list)))
                      (> (count-lines (point-min) (point-max)) 40))"""
        )
        for face in FACES:
            emacs.true(
                f"""(with-current-buffer "webserver.conf"
                      (seq-some (lambda (overlay) (let ((faces (overlay-get overlay 'face)))
                                  (if (listp faces) (memq '{face} faces) (eq faces '{face}))))
                                (overlays-in (point-min) (point-max))))"""
            )
        shot = tmp_path / "mistakes.png"
        subprocess.run(
            [need_program("import", "imagemagick"), "-display", display, "-window", "root", str(shot)],
            check=True, timeout=LIMIT,
        )  # fmt: skip
        if os.environ.get("CTYS_PICTURES"):
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shot, PICTURE)
