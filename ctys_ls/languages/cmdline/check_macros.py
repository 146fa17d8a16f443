"""A macro file: every name once, every reference to a macro that exists, none that leads back to itself."""

from __future__ import annotations

from collections.abc import Mapping

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Name
from ctys_ls.languages.cmdline.findings import near, perhaps, severity
from ctys_ls.languages.cmdline.names import macro_file, names
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.problems import Fix, Problem, Related
from ctys_ls.schema import cmdline as schema
from ctys_ls.text import Edit


def check_macros(tree: Tree, facts: Facts) -> list[Problem]:
    """The problems of a macro file."""
    found: list[Problem] = []
    all_names, own = names(tree), macro_file(tree)
    defined: dict[str, Name] = {}
    uses: dict[str, list[str]] = {}
    for name in all_names:
        if name.definition:
            if name.text in defined:
                found.append(_twice(name, defined[name.text]))
            defined.setdefault(name.text, name)
        elif name.file == own:
            uses.setdefault(name.inside, []).append(name.text)
    default = {*schema.rows().macros, *facts.macros.get("default", {})} | (set() if own else {*defined})
    for name in all_names:
        if name.definition or name.file not in ("", own):
            continue
        known = default if not name.file else {*defined}
        if name.text not in known:
            found.append(_unknown(name, known))
        elif name.file == own and _leads_to(name.text, name.inside, uses, set()):
            text = f"Macro {name.inside} contains itself."
            found.append(Problem("ctys.macro-recursion", severity("ctys.macro-recursion"), name.span, text))
    return found


def _twice(name: Name, first: Name) -> Problem:
    code = "ctys.duplicate-macro"
    related = (Related(None, first.span, "It is defined here first."),)
    return Problem(code, severity(code), name.span, f"Macro {name.text} is defined twice.", (), related)


def _unknown(name: Name, known: set[str]) -> Problem:
    close = near(name.text, known)
    fixes = tuple(
        Fix(f"Change to {word!r}", (Edit(name.span, word),), safe=len(close) == 1) for word in close
    )
    code = "ctys.unknown-macro"
    return Problem(code, severity(code), name.span, f"There is no macro {name.text}.{perhaps(close)}", fixes)


def _leads_to(start: str, goal: str, uses: Mapping[str, list[str]], seen: set[str]) -> bool:
    if start == goal:
        return True
    if start in seen:
        return False
    seen.add(start)
    return any(_leads_to(following, goal, uses, seen) for following in uses.get(start, ()))
