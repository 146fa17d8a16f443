"""The rules against the real ``xl create --dryrun`` on generated guests: an error exactly where xl refuses.

CTYS_SEED and CTYS_GUESTS choose the seed and the number of guests.
"""

import os
import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from languages.xenconf.guests import guest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Dialect, Options
from ctys_ls.problems import Severity
from ctys_ls.text import split_lines

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(600)]

SEED = int(os.environ.get("CTYS_SEED", "4017"))
GUESTS = int(os.environ.get("CTYS_GUESTS", "4000"))

#: Where xl's verdict says more about its host or its own mistakes than about the file: pattern of its message, reason.
QUIRKS = (
    (
        r"vcpu (?:hard|soft) affinity map is empty",
        "the stand-in's host has 8 CPUs and one node; ours is unknown",
    ),
    (r"invalid pnode number", "the stand-in's host has one node"),
    (r"vnuma specifies more vcpus than pcpus", "the stand-in's host has 8 CPUs"),
)


def ours(text: str, minor: int):
    options = Options(dialect=Dialect.XL, release=f"4.{minor}")
    found = xenconf.check(xenconf.parse(split_lines(text), options), NOTHING)
    return [problem for problem in found if problem.severity is Severity.ERROR]


def difference(xl, number: int, text: str) -> str:
    """What differs, empty where nothing does."""
    found = ours(text, xl.minor)
    try:
        theirs = xl.check(text.encode(), f"guest-{number}.cfg")
    except subprocess.TimeoutExpired:
        return ""  # a number of CPUs for which xl works for minutes: no verdict
    if theirs.accepted != bool(found):
        return ""
    if not theirs.accepted and any(re.search(pattern, theirs.messages) for pattern, _ in QUIRKS):
        return ""
    told = theirs.messages.strip().replace(str(xl.folder), "")
    ours_said = [(problem.code, problem.span.start.line + 1, problem.message) for problem in found]
    return f"seed {SEED} guest {number}: {text!r}\n    xl: {theirs.status} {told!r}\n    we: {ours_said}"


def test_generated_guests(xl_dryrun):
    chance = random.Random(SEED)
    texts = [guest(chance) for _ in range(GUESTS)]
    refused = sum(bool(ours(text, xl_dryrun.minor)) for text in texts)
    assert GUESTS // 6 < refused < GUESTS - GUESTS // 6, "the generator has become lopsided"
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda pair: difference(xl_dryrun, *pair), enumerate(texts)))
    failures = [one for one in told if one]
    assert not failures, f"{len(failures)} of {GUESTS} differ:\n" + "\n".join(failures[:40])
