"""Emacs in a window: a domain file, the session table and a split console in one frame, kept as the README's picture."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from editors.emacs.desk import LIMIT, await_, command, screen_of_its_own
from needs import need, need_program

pytestmark = [pytest.mark.emacs, pytest.mark.editors, pytest.mark.slow]

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "emacs.png"
SIZE = (1448, 720)
INIT = """
(require 'server)
(setq server-socket-dir "%s" server-name "picture" frame-title-format "ctys" use-dialog-box nil)
(server-start)
(setq frame-resize-pixelwise t)
(setq default-frame-alist '((font . "DejaVu Sans Mono-11") (left . 0) (top . 0)
                            (vertical-scroll-bars . nil) (menu-bar-lines . 0) (tool-bar-lines . 0)
                            (left-fringe . 8) (right-fringe . 8)
                            (width . (text-pixels . %d)) (height . (text-pixels . %d))))
(menu-bar-mode -1)
(blink-cursor-mode -1)
(load-theme 'modus-operandi t)
"""


class Window:
    """A graphical Emacs that answers through emacsclient, as the program ctys talks to it."""

    #: Seconds after which something awaited counts as missing.
    limit = LIMIT

    def __init__(self, socket, env):
        self._client = [need_program("emacsclient", "emacs-nox"), "-s", str(socket), "-e"]
        self._env = env

    def value(self, form):
        """What a Lisp form gives, printed; "" where Emacs cannot answer yet."""
        done = subprocess.run(
            [*self._client, form], capture_output=True, text=True, env=self._env, timeout=LIMIT, check=False
        )
        if done.returncode:
            print(form, done.stderr)
            return ""
        return done.stdout.strip()

    def act(self, form):
        """Evaluate a form that must not fail."""
        answer = self.value(f"(progn {form} 'acted)")
        assert answer == "acted", form

    def true(self, form, otherwise="(list (window-list) (current-message))"):
        """Wait until a form is true; failing, tell what ``otherwise`` gives."""
        return await_(
            lambda: f"{form}, but {self.value(otherwise)}",
            lambda: self.value(form) not in ("", "nil"),
            self.limit,
        )

    def shows(self, buffer, regexp):
        """Wait until a buffer that a window shows matches."""
        self.true(
            f'(and (get-buffer-window "{buffer}") (with-current-buffer "{buffer}" (save-excursion'
            f' (goto-char (point-min)) (re-search-forward "{regexp}" nil t))))',
            f'(list (window-list) (with-current-buffer "{buffer}" (buffer-substring-no-properties 1 (point-max))))',
        )


@contextmanager
def window(workspace, env, display, size=SIZE):
    folder = workspace / "sockets"
    folder.mkdir(mode=0o700)
    env = {**os.environ, **env, "DISPLAY": display, "TERM": "dumb"}
    # Nobody manages windows on this screen, so Emacs is told its size; its fringes come on top of the text.
    argv = [*command(workspace, init=INIT % (folder, size[0] - 16, size[1])), str(workspace)]
    with (workspace / "emacs.err").open("w") as words:
        emacs = subprocess.Popen(argv, env=env, stderr=words, start_new_session=True)
    try:
        yield Window(folder / "picture", env)
    finally:
        print((workspace / "emacs.err").read_text())
        # As a user ends it. A SIGTERM runs Lisp inside Emacs' signal handler, which hangs where it meets it in the toolkit.
        if subprocess.run(
            ["emacsclient", "-s", str(folder / "picture"), "-e", "(run-at-time 0 nil #'kill-emacs)"],
            env=env, capture_output=True, timeout=LIMIT, check=False,
        ).returncode:  # fmt: skip
            emacs.terminate()
        try:
            emacs.wait(LIMIT)
        except subprocess.TimeoutExpired:
            # Nothing of a test may stay; that Emacs did not go when told to is an error all the same.
            emacs.kill()
            raise


def keep(display, shot, size, picture):
    """Take a picture of the screen; it becomes the one of the documentation where CTYS_PICTURES is set."""
    subprocess.run(
        [need_program("import", "imagemagick"), "-display", display, "-window", "root", str(shot)],
        check=True, timeout=LIMIT,
    )  # fmt: skip
    colours = subprocess.run(
        ["identify", "-format", "%w %h %k", str(shot)],
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    ).stdout.split()
    assert tuple(map(int, colours[:2])) == size
    assert int(colours[2]) > 50, "the screen is empty"
    if os.environ.get("CTYS_PICTURES"):
        picture.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shot, picture)


@pytest.mark.timeout(180)
def test_one_frame_shows_file_table_and_console(workspace, env, tmp_path, lab):
    need(shutil.which("import"), "the program import", "apt-get install imagemagick")
    config = tmp_path / "ssh_config"
    config.write_text(f"{lab.ssh_config.read_text()}Host lab02\n  HostName 127.0.0.1\n  Port 1\n")
    env["CTYS_SSH_CONFIG"] = str(config)
    with screen_of_its_own(*SIZE) as display, window(workspace, env, display) as emacs:
        emacs.shows("*ctys sessions*", "Domain-0")
        emacs.true("""(with-current-buffer "tst100.conf" (flymake-diagnostics))""")
        emacs.shows("*ctys sessions*", "^  lab02  unreachable")
        emacs.act("""(ctys-run "-t xen -a create=l:tst101,CONSOLE:none lab01")""")
        emacs.act("""(ctys-run "-t xen -a create=l:tst100,CONSOLE:emacsam lab00")""")
        emacs.shows("*tst100*", "login:")
        emacs.shows("*lab00*", "root@lab00")
        emacs.act("""(with-current-buffer "*tst100*" (term-send-raw-string "root\\r"))""")
        emacs.shows("*tst100*", "root@tst100")
        # The same windows beside file and table, as somebody with a wide screen keeps them.
        emacs.value(
            """(progn (delete-other-windows) (switch-to-buffer "tst100.conf")
                 (let ((right (split-window-right 77)))
                   (with-selected-window right
                     (switch-to-buffer "*tst100*" nil t)
                     (set-window-buffer (split-window-below) "*lab00*")))
                 (select-window (split-window-below 19)) (switch-to-buffer "*ctys sessions*")
                 (other-window -1) (goto-char (point-min)))"""
        )
        emacs.shows("*ctys sessions*", "tst100 .*\\\\(running\\\\|blocked\\\\)")
        emacs.shows("*ctys sessions*", "tst101 .*\\\\(running\\\\|blocked\\\\)")
        emacs.act("""(with-current-buffer "*ctys sessions*" (goto-char (point-min)) (search-forward " tst101")
                       (ctys-list-mark) (set-window-point (get-buffer-window) (point)))""")
        emacs.act("""(with-current-buffer "*lab00*" (term-send-raw-string "xl list\\r"))""")
        emacs.shows("*lab00*", "^tst100 ")
        emacs.act(
            """(run-at-time 0 nil (lambda () (goto-char (point-min)) (flymake-goto-next-error 1 nil t) (redisplay t)))"""
        )
        emacs.true(
            """(let ((message (current-message))) (and message (string-match-p "xl knows" message)))"""
        )
        keep(display, tmp_path / "emacs.png", SIZE, PICTURE)
