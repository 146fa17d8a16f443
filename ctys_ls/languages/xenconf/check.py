"""All problems of a file: what the grammar refuses, then what the rules find."""

from __future__ import annotations

from ctys_ls.facts import Facts
from ctys_ls.languages.xenconf.options import Dialect
from ctys_ls.languages.xenconf.rules import cpus, disk, guest, hardware, keys, lists, network, pairs, scalars
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.problems import Problem, Severity
from ctys_ls.text import Position, Span

#: More syntax problems than this are counted, not listed.
MOST = 200


def check(tree: Tree, facts: Facts) -> list[Problem]:
    """All problems in order of place."""
    del facts
    if tree.dialect is Dialect.XM:
        return _python(tree)
    problems = _syntax(tree)
    reader = Reader(tree)
    kind = guest.guest_type(reader)
    keys.check(reader, kind)
    guest.check(reader)
    scalars.check(reader, kind)
    cpus.check(reader)
    disk.check(reader)
    network.check(reader)
    pairs.check(reader)
    hardware.check(reader)
    lists.check(reader, kind)
    problems += reader.problems
    problems.sort(key=lambda problem: problem.span)
    return problems


def _syntax(tree: Tree) -> list[Problem]:
    problems = []
    for index in tree.flawed[:MOST]:
        start = tree.starts[index]
        problems += [problem.shifted(start) for problem in tree.chunks[index].problems]
    return problems


def _python(tree: Tree) -> list[Problem]:
    if tree.options.dialect is Dialect.XM:
        return []
    first = next((index for index in tree.flawed if tree.chunks[index].python), tree.flawed[0])
    line = tree.starts[first]
    where = Span(Position(line, 0), Position(line, len(tree.lines[line].rstrip("\r\n"))))
    message = "This file is Python text, which only xm of Xen 4.4 and earlier could read; xl refuses it."
    return [Problem("xenconf.syntax-python", Severity.ERROR, where, message)]
