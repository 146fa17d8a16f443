"""The file with every kind of mistake (tests/data/mistakes), whose pictures the tests of the editors make."""

from pathlib import Path

import pytest

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages import xenconf
from ctys_ls.languages.repair import repaired
from ctys_ls.languages.xenconf.facts import as_guest, read_conf
from ctys_ls.problems import Severity
from ctys_ls.text import split_lines

FOLDER = Path(__file__).parents[2] / "data" / "mistakes"
TEXTS = {name: (FOLDER / name).read_text("utf-8") for name in ("webserver.conf", "other.conf")}
FILES = Facts(files=tuple(as_guest(read_conf(text, f"/w/{name}"), text) for name, text in TEXTS.items()))
#: What the issue names beyond xl's own verdict, and the kinds of place a mistake can stand at.
KINDS = {
    "a misspelt key": "unknown-key",
    "a key that this guest type does not read": "other-guest-type",
    "a key of xm": "xm-only-key",
    "an old key": "deprecated-key",
    "an old value": "deprecated-value",
    "half a MAC": "mac-half",
    "first wins for ctys, last for Xen": "duplicate-key",
    "a contradicting tag": "tag-contradiction",
    "an unknown tag": "tag-unknown",
    "a name against the layout": "file-name",
    "a name twice in the workspace": "workspace-name",
    "a display twice in the workspace": "workspace-vnc",
    "an address twice in the workspace": "workspace-ip",
    "two values that do not fit each other": "memory",
    "a mistake inside a string": "vif-key",
    "a wrong word": "value",
    "no number": "not-a-number",
    "a word without quotes": "syntax-word",
    "a missing comma": "syntax-comma",
    "an open list": "syntax-unclosed-list",
    "the end": "syntax-final-comment",
}


def found(text=TEXTS["webserver.conf"]):
    return xenconf.check(xenconf.parse(split_lines(text), path="/w/webserver.conf"), FILES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_shows(kind):
    assert f"xenconf.{KINDS[kind]}" in {problem.code for problem in found()}


def test_it_shows_every_severity_and_tag_and_hardly_a_code_twice():
    problems = found()
    assert {problem.severity for problem in problems} == {Severity.ERROR, Severity.WARNING, Severity.HINT}
    assert any(problem.deprecated for problem in problems)
    assert any(problem.unnecessary for problem in problems)
    assert any(problem.related and problem.related[0].uri for problem in problems)
    assert len({problem.code for problem in problems}) >= 35


def test_every_message_is_a_sentence_that_names_what_it_is_about():
    for problem in found():
        assert (
            problem.message[0].isupper()
            or problem.message[0] in "“0123456789"
            or problem.message.split()[0].islower()
        )
        assert problem.message.endswith("."), problem
        assert len(problem.message) < 160, problem


@pytest.mark.oracle
@pytest.mark.parametrize("unsafe", [False, True])
def test_fixing_it_leaves_fewer_mistakes_and_the_verdict_stays_that_of_xl(unsafe, xl_dryrun):
    text = TEXTS["webserver.conf"]
    once = repaired(xenconf, text, NOTHING, unsafe=unsafe)
    assert len(found(once.text)) < len(found()) - 10
    assert repaired(xenconf, once.text, NOTHING, unsafe=unsafe).text == once.text
    for one in (text, once.text):
        errors = [problem for problem in found(one) if problem.severity is Severity.ERROR]
        assert xl_dryrun.check(one.encode()).accepted == (not errors), one
