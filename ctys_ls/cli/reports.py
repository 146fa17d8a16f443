"""The diagnostics of files in the forms that people and programs read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from ctys_ls import __version__
from ctys_ls.cli.files import Source
from ctys_ls.problems import Problem, Severity
from ctys_ls.text import Encoding, Position, split_lines, to_units

_NAMES = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "information",
    Severity.HINT: "hint",
}
Checked = tuple[Source, list[Problem]]


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


#: By the name of ``--format``.
PRINTERS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
