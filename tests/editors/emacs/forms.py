"""The four console forms of the use-case page in a graphical Emacs: opened by their command line, logged in, photographed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from editors.emacs.desk import LIMIT, await_
from needs import need_program

IMAGES = Path(__file__).parents[3] / "docs" / "images"
#: Form to its major mode, and whether there is a shell on the host below.
FORMS = {
    "EMACS": ("ctys-console-mode", False),
    "EMACSA": ("term-mode", False),
    "EMACSM": ("ctys-console-mode", True),
    "EMACSAM": ("term-mode", True),
}
SIZE = (860, 560)


def open_form(emacs, kind, host, attach=""):
    """Run the command line of a form and log in to tst100; returns what its guest window then holds."""
    mode, split = FORMS[kind]
    emacs.act('(progn (delete-other-windows) (switch-to-buffer (get-buffer-create "*scratch*")))')
    emacs.act(f'(ctys-run "-t xen -a create=l:tst100,CONSOLE:{kind.lower()}{attach} {host}")')
    emacs.shows("*tst100*", f"console of tst100 on {host}")
    # A service of the guest may say something behind its prompt, and one that has been running says nothing until a key
    # is pressed: Enter brings a fresh prompt in both cases.
    if not attach:
        emacs.shows("*tst100*", "login:")
    types(emacs, "*tst100*", "")
    emacs.shows("*tst100*", "login: *\\\\'")
    types(emacs, "*tst100*", "root")
    emacs.shows("*tst100*", "[#$] *\\\\'")
    assert emacs.value('(with-current-buffer "*tst100*" major-mode)') == mode
    names = emacs.value(
        """(mapconcat (lambda (window) (buffer-name (window-buffer window)))
             (sort (window-list nil 'no) (lambda (a b) (< (cadr (window-edges a)) (cadr (window-edges b))))) " ")"""
    )
    assert names == (f'"*tst100* *{host}*"' if split else '"*tst100*"')
    if split:
        assert emacs.value(f'(with-current-buffer "*{host}*" major-mode)') == mode
        emacs.shows(f"*{host}*", "[#$] *\\\\'")
        types(emacs, f"*{host}*", "xl list")
        emacs.shows(f"*{host}*", "^tst100 .*\\n\\\\(.*\\n\\\\)?.*[#$] *\\\\'")
    types(emacs, "*tst100*", "hostname")
    emacs.shows("*tst100*", "hostname *\\ntst100\\n.*[#$] *\\\\'")
    return text(emacs, "*tst100*")


def types(emacs, buffer, line):
    """Type a line into a console, as its mode takes it."""
    emacs.act(
        f"""(with-current-buffer "{buffer}" (goto-char (point-max))
              (if (derived-mode-p 'comint-mode) (progn (insert "{line}") (comint-send-input))
                (term-send-raw-string "{line}\\r")))"""
    )


def text(emacs, buffer):
    """The lines of a buffer, without the spaces at their ends."""
    printed = emacs.value(
        f"""(with-current-buffer "{buffer}"
              (base64-encode-string (encode-coding-string
                (buffer-substring-no-properties (point-min) (point-max)) 'utf-8) t))"""
    )
    import base64

    lines = base64.b64decode(printed.strip('"')).decode().splitlines()
    return [line.rstrip() for line in lines]


def talk(lines):
    """Of a guest window's lines those of the session: from the login on, which no form may show in another way."""
    start = next(at for at, line in enumerate(lines) if re.search(r"login: *root", line))
    return [line for line in lines[start:] if line]


def close_form(emacs, kind, host):
    """Kill the buffers; the relays end, the guest is left alone."""
    for name in ("*tst100*", *([f"*{host}*"] if FORMS[kind][1] else [])):
        emacs.act(f'(kill-buffer "{name}")')
    emacs.true(
        '(null (seq-filter (lambda (p) (string-match-p "tst100\\\\|lab0" (process-name p))) (process-list)))'
    )


def photograph(display, shot, size, picture):
    """A picture of the whole screen, which must show something; kept as the documentation's ``picture`` when asked for."""
    subprocess.run(
        [need_program("import", "imagemagick"), "-display", display, "-window", "root", str(shot)], check=True, timeout=LIMIT
    )  # fmt: skip
    seen = subprocess.run(
        ["identify", "-format", "%w %h %k", str(shot)],
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    ).stdout.split()
    assert tuple(map(int, seen[:2])) == size
    assert int(seen[2]) > 50, "the screen is empty"
    if os.environ.get("CTYS_PICTURES"):
        IMAGES.mkdir(parents=True, exist_ok=True)
        shutil.copy(shot, IMAGES / picture)


def settle(emacs):
    """Wait until Emacs has drawn what it holds."""
    await_("a drawn frame", lambda: emacs.value("(progn (message nil) (redisplay t) 'drawn)") == "drawn")
