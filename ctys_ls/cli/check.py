"""``ctys-ls check``: the diagnostics of the editor, in a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from ctys_ls import __version__
from ctys_ls.cli.files import (
    Source,
    language_arguments,
    release_argument,
    show,
    sources,
    where,
    workspace,
)
from ctys_ls.cli.ways import privilege_flags
from ctys_ls.problems import Problem, Severity
from ctys_ls.requests import Privilege
from ctys_ls.text import Encoding, Position, split_lines, to_units

_NAMES = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "information",
    Severity.HINT: "hint",
}
Checked = tuple[Source, list[Problem]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the contract."""
    parser.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text", help="how to print (text)"
    )
    language_arguments(parser)
    release_argument(parser)
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="also check Xen files against this host: bridges, kernels, images, memory, guests; nothing is changed there",
    )
    parser.add_argument(
        "-Z",
        dest="ways",
        type=privilege_flags,
        default=Privilege(ksu=True, sudo=True),
        metavar="KSU,SUDO",
        help="how to reach the toolstack on the hosts (KSU,SUDO)",
    )
    parser.add_argument("path", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")


def run(args: argparse.Namespace) -> int:
    """Check and print. 0: no error, 1: at least one, 2: a path cannot be used or a host cannot be asked."""
    troubles: list[str] = []
    files = list(sources(args, troubles))
    facts = workspace(files)
    if args.host:
        from ctys_ls.cli.hostfacts import with_hosts

        facts = with_hosts(facts, files, args.host, args.ways, troubles)
    checked = [
        (
            file,
            file.language.check(
                file.language.parse(split_lines(file.text), file.options, path=where(file)), facts
            ),
        )
        for file in files
    ]
    show(_PRINTERS[args.format](checked))
    for trouble in troubles:
        print(f"ctys-ls: {trouble}", file=sys.stderr)
    if troubles:
        return 2
    return 1 if any(problem.severity is Severity.ERROR for _, found in checked for problem in found) else 0


def _text(checked: Sequence[Checked]) -> str:
    lines = []
    for file, problems in checked:
        for problem in problems:
            line, column = problem.span.start
            fix = "  (fixable)" if problem.fixes else ""
            lines.append(
                f"{file.path}:{line + 1}:{column + 1}: {_NAMES[problem.severity]}: {problem.message} [{problem.code}]{fix}\n"
            )
            lines += [
                f"    {unquote(urlsplit(place.uri).path)}:{place.span.start.line + 1}:{place.span.start.column + 1}: {place.message}\n"
                for place in problem.related
                if place.uri
            ]
    everything = [problem for _, problems in checked for problem in problems]
    if everything:
        counts = [
            f"{count} {name}{'s' if count != 1 and severity is not Severity.INFORMATION else ''}"
            for severity, name in _NAMES.items()
            if (count := sum(problem.severity is severity for problem in everything))
        ]
        safe = sum(any(fix.safe for fix in problem.fixes) for problem in everything)
        cure = f"; `ctys-ls fix` mends {safe}" if safe else ""
        lines.append(f"{', '.join(counts)} in {len(checked)} file{'s' if len(checked) != 1 else ''}{cure}\n")
    return "".join(lines)


def _place(lines: Sequence[str], place: Position) -> dict[str, int]:
    text = lines[place.line] if place.line < len(lines) else ""
    return {"line": place.line, "character": to_units(text, place.column, Encoding.UTF16)}


def _json(checked: Sequence[Checked]) -> str:
    files = []
    for file, problems in checked:
        lines = split_lines(file.text)
        files.append(
            {
                "path": file.path,
                "language": file.id,
                "problems": [
                    {
                        "code": problem.code,
                        "severity": _NAMES[problem.severity],
                        "message": problem.message,
                        "range": {
                            "start": _place(lines, problem.span.start),
                            "end": _place(lines, problem.span.end),
                        },
                        "fixes": [{"title": fix.title, "safe": fix.safe} for fix in problem.fixes],
                        "source": "ctys-ls",
                    }
                    for problem in problems
                ],
            }
        )
    return json.dumps({"version": 1, "files": files}) + "\n"


def _sarif(checked: Sequence[Checked]) -> str:
    """SARIF 2.1.0 (OASIS); columns count UTF-16 units from 1."""
    from ctys_ls.schema.load import problem_rows

    levels = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    results: list[dict[str, Any]] = []
    codes: dict[str, str] = {}
    for file, problems in checked:
        lines = split_lines(file.text)
        for problem in problems:
            codes.setdefault(problem.code, file.id)
            start, end = (_place(lines, place) for place in problem.span)
            results.append(
                {
                    "ruleId": problem.code,
                    "level": levels.get(problem.severity, "note"),
                    "message": {"text": problem.message},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": file.path},
                                "region": {
                                    "startLine": start["line"] + 1,
                                    "startColumn": start["character"] + 1,
                                    "endLine": end["line"] + 1,
                                    "endColumn": end["character"] + 1,
                                },
                            }
                        }
                    ],
                }
            )
    rules = []
    for code, language in sorted(codes.items()):
        row = problem_rows(language).get(code)
        rules.append({"id": code, **({"shortDescription": {"text": row.title}} if row else {})})
    driver = {"name": "ctys-ls", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}],
    }
    return json.dumps(log) + "\n"


def _github(checked: Sequence[Checked]) -> str:
    """Workflow commands of GitHub Actions."""
    words = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    lines = []
    for file, problems in checked:
        for problem in problems:
            (line, column), (last, end) = problem.span
            place = f"file={_escaped(file.path)},line={line + 1},endLine={last + 1},col={column + 1},endColumn={end + 1}"
            message = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
            lines.append(
                f"::{words.get(problem.severity, 'notice')} {place},title={_escaped(problem.code)}::{message}\n"
            )
    return "".join(lines)


def _escaped(text: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(sign, code)
    return text


_PRINTERS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
