"""All problems of a file: what the grammar refuses, then what the rules find."""

from __future__ import annotations

from dataclasses import replace

from ctys_ls.facts import Facts
from ctys_ls.languages.xenconf.options import Dialect
from ctys_ls.languages.xenconf.rules import (
    cpuid,
    cpus,
    creation,
    ctys,
    disk,
    guest,
    hardware,
    host,
    keys,
    lists,
    network,
    others,
    pairs,
    scalars,
)
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.problems import Fix, Problem, Severity
from ctys_ls.text import Edit, Position, Span

#: More syntax problems than this are counted, not listed.
MOST = 200
_CRLF = "xenconf.syntax-crlf"


def check(tree: Tree, facts: Facts) -> list[Problem]:
    """All problems in order of place."""
    if tree.dialect is Dialect.XM:
        return _python(tree)
    tree = host.for_its_hosts(tree, facts)
    problems = _syntax(tree)
    reader = Reader(tree)
    kind = guest.guest_type(reader)
    keys.check(reader, kind)
    guest.check(reader, whole=not problems)
    scalars.check(reader, kind)
    cpus.check(reader)
    cpuid.check(reader)
    disk.check(reader)
    network.check(reader)
    pairs.check(reader)
    hardware.check(reader)
    lists.check(reader, kind)
    creation.check(reader, kind)
    creation.octal(reader)
    ctys.check(reader)
    others.check(reader, facts)
    host.check(reader, facts)
    problems += reader.finish()
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems += host.refused(tree, facts)
    problems.sort(key=lambda problem: problem.span)
    return problems


def _syntax(tree: Tree) -> list[Problem]:
    problems: list[Problem] = []
    windows = 0
    for index in tree.flawed:
        chunk, start = tree.chunks[index], tree.starts[index]
        if chunk.windows:
            windows += 1
            if windows > 1:
                continue
        if len(problems) < MOST:
            problems += [problem.shifted(start) for problem in chunk.problems]
    if windows > 1:
        problems = [_windows(tree, problem) if problem.code == _CRLF else problem for problem in problems]
    return problems


def _windows(tree: Tree, first: Problem) -> Problem:
    """One problem for all carriage returns of a file."""
    last = len(tree.lines) - 1
    whole = Span(Position(0, 0), Position(last, len(tree.lines[last])))
    text = "".join(tree.lines).replace("\r\n", "\n").replace("\r", "\n")
    message = "The file has Windows line ends; xl takes each carriage return for a wrong character."
    return replace(first, message=message, fixes=(Fix("Convert to Unix line ends", (Edit(whole, text),)),))


def _python(tree: Tree) -> list[Problem]:
    """The dialect of xm: its own rules where it was asked for, else one word that xl cannot read it."""
    from ctys_ls.languages.xenconf.convert import converted
    from ctys_ls.languages.xenconf.rules import xm

    if tree.options.dialect is Dialect.XM:
        return xm.check("".join(tree.lines), tree.options.vmid)
    first = next((index for index in tree.flawed if tree.chunks[index].python), tree.flawed[0])
    line = tree.starts[first]
    where = Span(Position(line, 0), Position(line, len(tree.lines[line].rstrip("\r\n"))))
    message = "This file is Python text, which only xm of Xen 4.4 and earlier could read; xl refuses it."
    return [Problem("xenconf.syntax-python", Severity.ERROR, where, message, converted(tree))]
