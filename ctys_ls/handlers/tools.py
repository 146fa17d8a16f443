"""The commands that change nothing: plan, explain, complete, and the session table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pygls.exceptions import JsonRpcInvalidParams

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.results import columns, plan_fields
from ctys_ls.handlers.wire import markup
from ctys_ls.problems import Problem, Severity
from ctys_ls.protocol import VERSION, CompleteArgs, ExplainArgs, PlanArgs, SessionsArgs, WrongArgumentError
from ctys_ls.requests import Invocation, Lookup
from ctys_ls.text import Encoding, apply_edits, from_units, split_lines, to_units


def built(ls: CtysServer, text: str) -> list[Invocation | Lookup]:
    """The requests of a command line. One with errors in it is refused in the words that a user is shown."""
    made = _build(ls, text)
    errors = [problem for problem in made.problems if problem.severity is Severity.ERROR]
    if errors:
        more = f" ({len(errors) - 1} more)" if errors[1:] else ""
        raise JsonRpcInvalidParams(f"This line cannot be run: {errors[0].message}{more}")
    if not made.invocations:
        raise WrongArgumentError("commandLine asks for nothing.")
    return list(made.invocations)


async def plan(ls: CtysServer, args: PlanArgs) -> Any:
    """``ctys.plan``."""
    made = _build(ls, args.command_line)
    engine = await ls.engine()
    plans = [engine.plan(part) for part in made.invocations]
    text = "\n".join(str(plan) for plan in plans)
    fields = [plan_fields(plan) for plan in plans]
    problems = [_problem(problem) for problem in made.problems]
    if args.show:
        shown = text or "\n".join(problem["message"] for problem in problems)
        ls.outgoing.notify("window/showMessage", {"type": 3, "message": shown})
    whole = fields[0] if fields else {"order": "parallel", "detach": False, "asks": [], "targets": []}
    for key in ("asks", "targets"):
        whole[key] = [each for part in fields for each in part[key]]
    return {"v": VERSION, "text": text, "plan": whole, "problems": problems}


def explain(ls: CtysServer, args: ExplainArgs) -> Any:
    """``ctys.explain``."""
    module = import_module(f"{COMMAND_LINE}.explain")
    markdown = module.explain(args.command_line, ls.facts(), ls.environ)
    if args.show:
        ls.outgoing.notify("window/showMessage", {"type": 3, "message": markdown})
    return {"v": VERSION, "markdown": markdown}


def complete(ls: CtysServer, args: CompleteArgs) -> Any:
    """``ctys.complete``."""
    if len(split_lines(args.line)) != 1:
        raise WrongArgumentError("line must be a single line.")
    ls.warm_up()
    line, facts = args.line, ls.facts()
    column = min(from_units(line, args.cursor, Encoding.UTF16), len(line))
    found = import_module(f"{COMMAND_LINE}.complete").complete_line(line, column, facts)
    start, end = (found.replace.start.column, found.replace.end.column) if found else (column, column)
    choices = [
        {
            "label": choice.label,
            "insert": choice.insert or choice.label,
            # A prompt has no room for the page of a choice, but for its first line.
            "detail": choice.detail or str(markup(choice.documentation.partition("\n")[0], ())),
            "kind": choice.kind,
        }
        for choice in (found.choices if found else ())
    ]
    problems = _judged(ls, line) if line.strip() else []
    return {
        "v": VERSION,
        "start": to_units(line, start, Encoding.UTF16),
        "end": to_units(line, end, Encoding.UTF16),
        "choices": choices,
        "problems": [_problem(problem) for problem in problems],
        "fixes": [
            {"title": fix.title, "line": apply_edits(line, fix.edits)}
            for problem in problems
            for fix in problem.fixes
        ],
    }


def _judged(ls: CtysServer, line: str) -> list[Problem]:
    """What a document with this line would show, and what only matters when the line is run."""
    shown = import_module(f"{COMMAND_LINE}.check").check_line(line, ls.facts())
    known = {(problem.code, problem.span) for problem in shown}
    of_run = [problem for problem in _build(ls, line).problems if (problem.code, problem.span) not in known]
    return sorted([*shown, *of_run], key=lambda problem: (problem.severity, problem.span))


async def sessions(ls: CtysServer, args: SessionsArgs) -> Any:
    """``ctys.sessions``."""
    from ctys_ls.handlers.sessions import Table

    if ls.table is None:
        ls.table = Table(ls)
    # Without names the table is about the hosts that the user's files name; the engine has read them.
    await ls.engine()
    return await ls.table.handle(args.action, args.hosts or ls.known_hosts()) | {"columns": columns()}


COMMANDS: dict[str, Callable[[CtysServer, Any], Any]] = {
    "ctys.plan": plan,
    "ctys.explain": explain,
    "ctys.complete": complete,
    "ctys.sessions": sessions,
}

#: The package of the command line's language.
COMMAND_LINE = "ctys_ls.languages.cmdline"


def _build(ls: CtysServer, text: str) -> Any:
    if not text.strip():
        raise WrongArgumentError("commandLine is empty.")
    return import_module(f"{COMMAND_LINE}.build").build(text, ls.facts(), ls.environ)


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "severity": int(problem.severity), "message": problem.message}
