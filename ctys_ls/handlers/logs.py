"""The log: standard error or a file, and no secret in it."""

from __future__ import annotations

import logging
import re

#: What looks like a secret in a domain file, a command line or an error of a tool.
_SECRET = re.compile(
    r"((?:vncpasswd|spicepasswd|passwd|password|passphrase)\s*['\"]?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;'\"\])]+)",
    re.IGNORECASE,
)


class Discreet(logging.Formatter):
    """Writes a record with the values of secrets left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, secrets replaced."""
        return _SECRET.sub(r"\1…", super().format(record))


def set_up(level: str, path: str | None) -> None:
    """Log to ``path`` (made readable by its owner only) or to standard error."""
    handler: logging.Handler
    if path:
        import os

        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        handler = logging.StreamHandler(os.fdopen(descriptor, "a", encoding="utf-8"))
    else:
        handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("ctys_ls").setLevel(level.upper())
    # The framework logs whole messages, documents and answers to questions included.
    framework = logging.getLogger("pygls")
    framework.setLevel(logging.CRITICAL + 1)
    framework.propagate = False
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
