"""Files for the programs of the terminal: found, read without loss, told apart by language, written in one step."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ctys_ls.cli.reading import Moment, UnusableError, read, unchanged
from ctys_ls.facts import Facts
from ctys_ls.languages import Language, for_language
from ctys_ls.settings import RELEASE, own_shelves

#: Scripts and texts in which command lines may stand among other things.
_TEXTS = {".sh", ".bash", ".ksh", ".zsh", ".md", ".markdown", ".org"}
_CTYS = {".ctys", *_TEXTS}
#: Folders of other programs, which are not searched.
_PASSED_OVER = frozenset({".git", ".venv", "node_modules", "venv"})
_XEN = {".conf", ".cfg", ".xl", ".hvm", ".pv", ".pvh"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to work on. Bytes that are no UTF-8 survive as lone surrogates. ``path`` is "-" for standard input."""

    path: str
    text: str
    id: str
    language: Language
    options: Any
    moment: Moment | None = None


def language_arguments(parser: argparse.ArgumentParser) -> None:
    """The options by which the files of a call are taken."""
    parser.add_argument(
        "--language", choices=("ctys", "xenconf"), help="the language of all files (by name and text)"
    )
    parser.add_argument("--dialect", choices=("auto", "xl", "xm"), help="the dialect of Xen files (auto)")


def release_argument(parser: argparse.ArgumentParser) -> None:
    """The option that says by which Xen release files are judged, as the setting ``ctys.xenconf.release`` does."""
    parser.add_argument(
        "--release",
        type=_release,
        metavar="X.Y",
        help="the Xen release the files are for, as in 4.17 (that of the hosts where given, else the newest)",
    )


def _release(text: str) -> str:
    if not RELEASE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no release of Xen, as 4.17 is")
    return text


def sources(args: argparse.Namespace, problems: list[str]) -> Iterator[Source]:
    """The files behind the ``path`` of the arguments, folders searched; what cannot be used is added to ``problems``."""
    for given in args.path:
        some = False
        for path in _files(given):
            try:
                found = _source(path, args, asked=path == given)
            except (UnusableError, OSError) as trouble:
                problems.append(f"{path}: {getattr(trouble, 'strerror', None) or trouble}")
                some = True
                continue
            if found:
                some = True
                yield found
        if not some:
            problems.append(
                f"{given}: the folder has no .conf, .cfg or .ctys file in it, and no script or text with command lines"
            )


def _files(given: str) -> list[str]:
    """A file by itself, or the files below a folder that may be ours."""
    if given == "-" or not Path(given).is_dir():
        return [given]
    return [
        str(path)
        for path in sorted(Path(given).rglob("*"))
        if (path.suffix in {".conf", ".cfg", *_CTYS} or _refers(str(path)))
        and _PASSED_OVER.isdisjoint(path.relative_to(given).parts)
        and path.is_file()
    ]


def _source(path: str, args: argparse.Namespace, *, asked: bool) -> Source | None:
    text, moment = read(path)
    name = args.language or detected(path, text, asked=asked)
    if name is None or (not asked and Path(path).suffix in _TEXTS and "ctys" not in text):
        return None
    module = for_language(name)
    if module is None:
        raise UnusableError(f"there is no language {name}")
    return Source(path, text, name, module, _options(name, args), moment)


def detected(path: str, text: str, *, asked: bool = True) -> str | None:
    """The language of a file by its name, or by its text where the name does not tell; None for some other file.

    A file that the user named is taken for one of ours, whatever it looks like.
    """
    from ctys_ls.languages.xenconf.facts import resembles

    suffix = Path(path).suffix.lower()
    if suffix in _CTYS or _refers(path):
        return "ctys"
    if resembles(text) or (asked and suffix in _XEN):
        return "xenconf"
    if text.lstrip().startswith("ctys"):
        return "ctys"
    return "xenconf" if asked else None


def _refers(path: str) -> bool:
    """Whether a file lies where ctys keeps its macros and groups, which have no suffix."""
    from ctys_ls.languages.cmdline.shelves import place_of

    return place_of(str(Path(path).absolute()), own_shelves())[0] != ""


def _options(name: str, args: argparse.Namespace) -> Any:
    if name == "ctys":
        from ctys_ls.languages.cmdline import Options as Places

        return Places(shelves=own_shelves())
    if name != "xenconf":
        return None
    from ctys_ls.languages.xenconf import Dialect, Options

    return Options(dialect=Dialect(args.dialect or "auto"), release=getattr(args, "release", None) or "")


def workspace(files: Sequence[Source]) -> Facts:
    """What the files tell about each other's guests; for command lines also what an editor would know of the user's
    hosts, macros and groups, and of guests that were seen. No host is touched.
    """
    from ctys_ls.languages.xenconf.facts import as_guest, read_conf

    guests = (
        as_guest(read_conf(file.text, where(file)), file.text)
        for file in files
        if file.id == "xenconf" and file.path != "-"
    )
    known = Facts(home=str(Path.home()))
    if any(file.id == "ctys" for file in files):
        from ctys_ls.cli.runtime import new_engine

        known = new_engine(os.environ).facts()
    return replace(known, files=tuple(guests))


def where(file: Source) -> str:
    """The path that the language is told: absolute, empty for standard input."""
    return "" if file.path == "-" else str(Path(file.path).absolute())


def write(file: Source, text: str) -> None:
    """Put ``text`` in place of the file in one step; its mode, and as far as allowed its owner, stay.

    Raises OSError, and :class:`UnusableError` where somebody else has written it; it is then as it was.
    """
    target = Path(file.path).resolve()
    if not unchanged(file.path, file.moment):
        raise UnusableError("somebody has written the file since it was read")
    old = target.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as fresh:
            fresh.write(text.encode("utf-8", "surrogateescape"))
            os.fchmod(fresh.fileno(), old.st_mode & 0o7777)
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                _chown(fresh.fileno(), old.st_uid, old.st_gid)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _chown(descriptor: int, user: int, group: int) -> None:
    """Keep the owner where we may; a user who may write the file but not give it away keeps it as his own."""
    try:
        os.fchown(descriptor, user, group)
    except PermissionError:
        return


def difference(path: str, before: str, after: str) -> str:
    """A unified diff."""
    import difflib

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{path.lstrip('/')}", f"b/{path.lstrip('/')}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def show(text: str) -> None:
    """Print text that may hold bytes that are no UTF-8."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
