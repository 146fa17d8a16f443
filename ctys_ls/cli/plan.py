"""``ctys-ls plan``: what a command line would run, on which host, in which order; nothing is run."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from ctys_ls.cli.ctys import complain, status_of
from ctys_ls.cli.runtime import new_engine
from ctys_ls.handlers.results import plan_fields
from ctys_ls.languages.cmdline.build import build
from ctys_ls.problems import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("line", metavar="COMMAND LINE", nargs="+", help="in quotes, as one would type it")


def run(args: argparse.Namespace) -> int:
    """Print the plan; exit status 1 where the line has an error."""
    planner = new_engine(os.environ)
    built = build(" ".join(args.line), planner.facts(), os.environ)
    plans = [planner.plan(request) for request in built.invocations]
    if args.format == "json":
        document = {
            "version": 1,
            "plans": [plan_fields(plan) for plan in plans],
            "problems": [_problem(problem) for problem in built.problems],
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return status_of(built) or int(not plans)
    status = complain(built)
    for plan in plans:
        print(plan)
    return status or int(not plans)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity.name.lower(),
        "message": problem.message,
        "fixes": [{"title": fix.title, "safe": fix.safe} for fix in problem.fixes],
    }
