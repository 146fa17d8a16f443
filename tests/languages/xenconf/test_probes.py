"""The verdicts of the real tools that were recorded once: they hold without the tools, too."""

import base64
import json
from pathlib import Path

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.problems import Severity
from ctys_ls.text import split_lines

PROBES = json.loads((Path(__file__).parents[2] / "data" / "xen-probes.json").read_text("utf-8"))
XL = Options(dialect=Dialect.XL)


def of(kind: str, field: str = "kind"):
    probes = [probe for probe in PROBES if probe["kind"] == kind and field in probe]
    return pytest.mark.parametrize(
        "probe", probes, ids=[probe.get("title") or probe.get("input", "") for probe in probes]
    )


def text_of(probe) -> str:
    if "input_b64" in probe:
        return base64.b64decode(probe["input_b64"]).decode("utf-8", "surrogateescape")
    if "input" in probe:
        return probe["input"]
    title = probe["title"]
    if title.startswith("nesting depth"):
        depth = int(title.split()[-1])
        return "a=" + "[" * depth + "]" * depth + "\n"
    if "1 MiB" in title:
        return 'a="' + "x" * 2**20 + '"\n'
    assert title == "list of 20000 strings", title
    return "a=[" + "'a'," * 20000 + "]\n"


def errors(text: str, options=XL):
    found = xenconf.check(xenconf.parse(split_lines(text), options), NOTHING)
    return [problem for problem in found if problem.severity is Severity.ERROR]


@of("grammar")
def test_grammar(probe):
    found = [problem for problem in errors(text_of(probe)) if problem.code.startswith("xenconf.syntax")]
    assert bool(found) == (probe["verdict"] != "accept"), found
    if found:
        lines = {problem.span.start.line + 1 for problem in found}
        told = {line for line, *_ in probe["diagnostics"]} if probe["verdict"] == "reject" else set()
        assert all(lines & {line, line + 1} for line in told)


@of("grammar", "effective")
def test_values(probe):
    reader = Reader(xenconf.parse(split_lines(text_of(probe)), XL))
    assert {name: plain(reader.find(name)) for name in reader.names()} == probe["effective"]


def plain(found):
    return found.text if found.text is not None else [_value(item.value) for item in found.items]


def _value(value):
    return value.value if hasattr(value, "value") else [_value(item) for item in value]


@of("getter")
def test_getters(probe):
    reader = Reader(xenconf.parse(split_lines(text_of(probe)), XL))
    key = probe["key"]
    if probe["getter"] == "list":
        blocks = reader.blocks(key)
        value = None if blocks is None else sum(len(block.items) for _, block in blocks)
    elif probe["getter"] == "string":
        found = reader.string(key)
        value = found.text if found else None
    else:
        value = reader.long(key)
        value = bool(value) if probe["getter"] == "defbool" and value is not None else value
    assert value == probe.get("value")
    assert bool(reader.problems) == bool(probe.get("report"))


#: What only the host can know (the probes were made for one with 8 CPUs and one NUMA node), and so is no error here.
ASKS_THE_HOST = {
    'cpus="node:9"': "the host has no such node",
    'cpus="99"': "the host has no such CPU",
    "vnuma pnode out of range": "the host has no such node",
    "vnuma more vcpus than host": "the host has 8 CPUs",
}


@of("xl-dryrun")
def test_dry_run(probe):
    found = errors(text_of(probe))
    if probe["title"] in ASKS_THE_HOST:
        assert probe["verdict"] == "reject"
        assert not found
        return
    assert bool(found) == (probe["verdict"] not in {"accept", "accept-with-warning"}), (
        found,
        probe.get("stderr"),
    )


XM = Options(dialect=Dialect.XM, vmid="")


def test_the_dialect_of_xm():
    probes = [probe for probe in PROBES if probe["kind"] == "xm"]
    wrong = [
        probe["title"]
        for probe in probes
        if bool(errors(text_of(probe), XM)) != (probe["verdict"] == "reject")
    ]
    alarms = [
        title
        for title in wrong
        if next(probe for probe in probes if probe["title"] == title)["verdict"] != "reject"
    ]
    assert not alarms
    assert len(wrong) <= len(probes) * 0.05, wrong
