"""The checks of a document. What depends on one line alone is kept with its chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages.cmdline.check_address import address_findings
from ctys_ls.languages.cmdline.check_facts import facts_findings
from ctys_ls.languages.cmdline.check_groups import check_groups, group_findings
from ctys_ls.languages.cmdline.check_macros import check_macros
from ctys_ls.languages.cmdline.check_modes import mode_findings
from ctys_ls.languages.cmdline.check_options import option_findings
from ctys_ls.languages.cmdline.check_shell import bare_places, shell_findings, structure_findings
from ctys_ls.languages.cmdline.check_targets import target_findings
from ctys_ls.languages.cmdline.chunk import Chunk, prompt_chunk
from ctys_ls.languages.cmdline.cutoff import before, owner_of, stands_alone
from ctys_ls.languages.cmdline.expand import MACRO, MacroTrouble, with_macros
from ctys_ls.languages.cmdline.findings import Finding, macro_findings, near, perhaps, replacements
from ctys_ls.languages.cmdline.layers import Call, calls
from ctys_ls.languages.cmdline.nodes import Command
from ctys_ls.languages.cmdline.tree import Leaf, Tree
from ctys_ls.languages.cmdline.words import PROGRAMS
from ctys_ls.problems import Fix, Problem, Related, Severity
from ctys_ls.text import Edit, Position, Span

_TOP = Position(0, 0)


def check(tree: Tree, facts: Facts = NOTHING) -> list[Problem]:
    """All problems of a document, in order of place."""
    found: list[Problem] = []
    known = tree.doubts.known
    doubtful: list[int] = []
    for number in known[1] if known and known[0] is facts else range(len(tree.chunks)):
        chunk = tree.chunks[number]
        if chunk.sound is facts:
            continue
        start = tree.starts[number]
        if isinstance(chunk, Chunk):
            problems = chunk_problems(chunk, facts) if chunk.simple else ()
            if problems:
                found += (problem.shifted(start) for problem in problems) if start else problems
            elif not _depends(chunk):
                chunk.sound = facts
            if _depends(chunk):
                found += check_cut_off(tree, Leaf(start, 0, chunk))
        elif chunk.leaves and chunk.checked:
            leaves = [Leaf(start + line, column, inner) for line, column, inner in chunk.leaves]
            for leaf in leaves:
                problems = chunk_problems(leaf.chunk, facts)
                found += (moved(problem, leaf) for problem in problems)
                found += check_cut_off(tree, leaf)
            if not any(chunk_problems(leaf.chunk, facts) or _depends(leaf.chunk) for leaf in leaves):
                chunk.sound = facts
        else:
            chunk.sound = facts
        if chunk.sound is not facts:
            doubtful.append(number)
    tree.doubts.known = (facts, doubtful)
    if tree.kind == "macros":
        found += check_macros(tree, facts)
    if tree.kind == "groups":
        found += check_groups(tree, facts)
    found.sort(key=lambda problem: problem.span)
    return found


def _depends(chunk: Chunk) -> bool:
    """Whether the lines above decide if something is wrong: it may have been cut off from one of them."""
    return not chunk.commands and bool(chunk.simple) and stands_alone(chunk)


def check_line(line: str, facts: Facts = NOTHING) -> list[Problem]:
    """All problems of one line that is typed at a prompt, where the program's name may be left out."""
    return sorted(chunk_problems(prompt_chunk(line), facts), key=lambda problem: problem.span)


def moved(problem: Problem, leaf: Leaf) -> Problem:
    """A problem of a chunk in the document."""
    if not leaf.column:
        return problem.shifted(leaf.line)
    fixes = tuple(
        replace(fix, edits=tuple(Edit(leaf.span(edit.span), edit.text) for edit in fix.edits))
        for fix in problem.fixes
    )
    related = tuple(
        replace(place, span=leaf.span(place.span)) if place.uri is None else place
        for place in problem.related
    )
    return replace(problem, span=leaf.span(problem.span), fixes=fixes, related=related)


def chunk_problems(chunk: Chunk, facts: Facts) -> list[Problem]:
    """The problems of one line; lines from the chunk's first one. Kept until the facts change."""
    kept = chunk.problems
    if kept is not None and kept[0] is facts:
        return kept[1]
    findings = shell_findings(chunk)
    for command in chunk.commands:
        if chunk.form == "members":
            # Members have no action of their own; only what stands in their contexts can be wrong.
            findings += [*structure_findings(command), *option_findings(command, ())]
            continue
        found = calls(command.arguments, facts, command.name)
        findings += findings_of_text(command, found, facts)
        findings += facts_findings(command, found, facts)
        findings += group_findings(command, facts)
        findings += _macros(command, facts)
    findings += _misspelt_programs(chunk)
    # What the shell would see first has been told with the cure for both.
    bare = {place for simple in chunk.simple for place in bare_places(simple)}
    problems = [
        to_problem(chunk, finding)
        for finding in findings
        if finding.code != "ctys.unclosed-context" or finding.where.start not in bare
    ]
    chunk.problems = (facts, problems)
    return problems


def findings_of_text(command: Command, found: Sequence[Call], facts: Facts = NOTHING) -> list[Finding]:
    """What is wrong with a command, expanded or not, whatever guests there are. ``found`` are its calls; ``facts``
    give repairs only.
    """
    return [
        *structure_findings(command),
        *option_findings(command, found),
        *address_findings(command, found, facts),
        *mode_findings(command, found),
        *target_findings(command),
    ]


def to_problem(chunk: Chunk, finding: Finding) -> Problem:
    """A finding with places in lines and columns."""
    fixes = tuple(
        Fix(repair.title, tuple(Edit(chunk.span(where), text) for where, text in repair.edits), repair.safe)
        for repair in finding.repairs
    )
    return Problem(
        finding.code,
        finding.severity,
        chunk.span(finding.where),
        finding.message,
        fixes,
        tuple(
            Related(uri or None, Span(_TOP, _TOP) if uri else chunk.span(finding.where), text)
            for uri, text in finding.related
        ),
        deprecated=finding.deprecated,
        unnecessary=finding.unnecessary,
    )


def _macros(command: Command, facts: Facts) -> list[Finding]:
    """Macros that nobody knows; where no macro file has been read, only those that contain themselves."""
    trouble: list[MacroTrouble] = []
    for word in command.words:
        if MACRO.search(word.text):
            with_macros(word, facts, trouble)
    known = [
        item for item in trouble if item.code == "recursion" or (item.call.file or "default") in facts.macros
    ]
    return macro_findings(known, facts)


def _misspelt_programs(chunk: Chunk) -> list[Finding]:
    found = []
    for simple in chunk.simple:
        if simple.command or simple.name is None or simple.name.piece is None or len(simple.words) < 2:
            continue
        name = simple.name.piece
        close = near(name.text, PROGRAMS) if name.text[:1].isalpha() else []
        if close and len(close[0]) - 2 <= len(name.text) <= len(close[0]) + 1:
            found.append(
                Finding(
                    "ctys.unknown-program",
                    name,
                    f"There is no program {name.text}.{perhaps(close[:1])}",
                    replacements(name, close[:1]),
                )
            )
    return found


def check_cut_off(tree: Tree, leaf: Leaf) -> list[Problem]:
    """A target that a missing backslash cut off from its command (UC-26, UC-27)."""
    chunk = leaf.chunk
    if chunk.commands or not stands_alone(chunk) or not owner_of(tree, leaf):
        return []
    above = before(tree, leaf)
    if above is None:
        return []
    at = above.place(above.chunk.position(len(above.chunk.text.rstrip())))
    words = chunk.simple[0].words
    where = leaf.span(Span(chunk.position(words[0].start), chunk.position(words[-1].end)))
    return [
        Problem(
            "ctys.missing-backslash",
            Severity.ERROR,
            where,
            "The line before ends without a backslash, so the shell takes this target as a command of its own.",
            (Fix("Continue the line before with a backslash", (Edit(Span(at, at), " \\"),)),),
        )
    ]
