"""From text to requests: the command line as the runtime gets it.

``build`` reads text as a shell would, ``build_argv`` reads words that a shell has already made. A command with an
error gives no invocation; its problems say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.arguments import invocation, lookup
from ctys_ls.languages.cmdline.check import check_cut_off, findings_of_text, moved, to_problem
from ctys_ls.languages.cmdline.check_groups import group_findings
from ctys_ls.languages.cmdline.chunk import Chunk, Simple
from ctys_ls.languages.cmdline.expand import MacroTrouble, ctys_words, shell_words
from ctys_ls.languages.cmdline.findings import Finding, macro_findings
from ctys_ls.languages.cmdline.layers import calls
from ctys_ls.languages.cmdline.leftout import left_out, unexpanded
from ctys_ls.languages.cmdline.nodes import Command
from ctys_ls.languages.cmdline.pieces import Piece, plain
from ctys_ls.languages.cmdline.tree import Tree, parse
from ctys_ls.languages.cmdline.words import program_of
from ctys_ls.problems import Problem, Severity
from ctys_ls.requests import Invocation, Lookup
from ctys_ls.text import split_lines


class Built(NamedTuple):
    """What a text asks for, in order; ``problems`` have places in that text."""

    invocations: tuple[Invocation | Lookup, ...]
    problems: tuple[Problem, ...]


def build(text: str, facts: Facts, env: Mapping[str, str]) -> Built:
    """The requests of a text: a command line, continued over lines or not, or several.

    ``env`` gives the values of ``$NAME`` and the defaults that the original reads from its environment
    (XEN_CONSOLE_DEFAULT, XEN_CANCEL_DEFAULT, USE_KSU, USE_SUDO). Of ``facts`` only macros and groups count here:
    which machine an address means is found out when the request is planned or run.
    """
    lines = split_lines(text)
    first = next((word for word in text.split() if word), "")
    if first.startswith(("-", "(")):
        chunk = Chunk(text, "prompt")
        tree = Tree([chunk], [0], [chunk.lines], longest=chunk.lines)
    else:
        tree = parse(lines)
    found: list[Invocation | Lookup] = []
    problems: list[Problem] = []
    for leaf in tree.leaves():
        chunk = leaf.chunk
        findings = left_out(chunk)
        for simple in chunk.simple:
            if simple.command is not None and not simple.nested:
                built, wrong = _built(chunk, simple, facts, env)
                findings += wrong
                found += [] if built is None else [built]
        problems += (moved(to_problem(chunk, finding), leaf) for finding in findings)
        problems += check_cut_off(tree, leaf)
    return Built(tuple(found), tuple(sorted(problems, key=lambda problem: problem.span)))


def build_argv(argv: Sequence[str], facts: Facts, env: Mapping[str, str]) -> Built:
    """The request of a program's words, the program's name in front: quotes are gone, variables replaced.

    Places of problems count characters of the words joined by blanks.
    """
    words: list[Piece] = []
    place = 0
    for word in argv:
        words.append(plain(word, place))
        place += len(word) + 1
    if not words:
        return Built((), ())
    program = program_of(words[0].text) or "ctys"
    text = " ".join(argv)
    command, findings = _expanded(program, words[0], words[1:], len(text), facts)
    findings += group_findings(command, facts)
    findings += findings_of_text(command, calls(command.arguments, facts, command.name))
    chunk = Chunk("")
    chunk.text, chunk.lines, chunk.offsets = text, 1, (0,)
    built = _request(command, text, facts, env, findings)
    problems = tuple(to_problem(chunk, finding) for finding in findings)
    return Built((built,) if built is not None else (), problems)


def _built(
    chunk: Chunk, simple: Simple, facts: Facts, env: Mapping[str, str]
) -> tuple[Invocation | Lookup | None, list[Finding]]:
    command = simple.command
    if command is None:
        return None, []
    first = simple.prefix + (1 if command.name.text else 0)
    words = [piece for lexeme in simple.words[first:] for piece in shell_words(lexeme, env)]
    expanded, findings = _expanded(command.program, command.name, words, command.end, facts)
    findings += unexpanded(simple.words[first:], env)
    findings += group_findings(expanded, facts)
    findings += findings_of_text(expanded, calls(expanded.arguments, facts, expanded.name))
    text = chunk.text[command.start : command.end]
    return _request(expanded, text, facts, env, findings), findings


def _expanded(
    program: str, name: Piece, words: Sequence[Piece], end: int, facts: Facts
) -> tuple[Command, list[Finding]]:
    trouble: list[MacroTrouble] = []
    fresh = ctys_words(words, facts, trouble)
    return syntax.command(program, name, fresh, end), macro_findings(trouble, facts)


def _request(
    command: Command, text: str, facts: Facts, env: Mapping[str, str], findings: Sequence[Finding]
) -> Invocation | Lookup | None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None
    if command.program == "ctys-vhost":
        return lookup(command)
    return invocation(command, text, facts, env)
