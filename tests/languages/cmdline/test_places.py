"""Command lines in scripts, Markdown, org, macro and group files: found where they are, and marked where they stand.

``«…»`` in a text marks the words that a problem is expected on; the marks are taken out before it is parsed.
"""

import random
import re

import pytest
from languages.cmdline.lines import AMBIGUOUS, LINES, PAGE
from languages.cmdline.texts import rubbish

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages import cmdline, for_language
from ctys_ls.languages.cmdline.definitions import read_group_text, read_macro_text
from ctys_ls.text import Position, Span, content_length, replace, slice_of, split_lines

SCRIPT = """\
#!/bin/sh
# ctys -a nothing in a comment
if ctys -t xen -a «craete»=l:tst100 lab00; then
  echo "it's up" | tee log && ctys -a list lab00 > "out file" 2>&1
fi
running=$(ctys -t «xne» -a list lab00)
running="on `ctys -t «xnn» -a list lab00` hosts"
echo 'ctys -t nowhere is only text'
awk '
  /ctys -t also only text/ { print }

  { next }
' file
sudo -n true; FOO=1 sudo ctys -t xen \\
  -a create=l:tst100,CONSOLE:«clo» \\
  lab00'(-Z KSU)'
ssh -p 22 root@lab00 ctys -a list=«foo» localhost
ssh lab00 'ctys -t xen -a cancel=l:tst100,INIT:«9» localhost'
bash -c "ctys -a «lits» lab00"
ssh lab00 sh <<EOF
it's a text with one quote
ctys -t xen -a cancel=l:tst100,«REBOT» lab00
EOF
case $1 in
  start) ctys -t xen -a create=«p:»tst100 lab00 ;;
esac
"""

MARKDOWN = """\
# How to

Write `ctys -t nothing` in a line of prose, that's all; nothing is checked there.

```sh
$ ctys -t xen -a create=l:tst100,CONSOLE:«clo» lab00
ctys -t xen -a «craete»=l:tst100 lab00
```

```python
ctys -t nothing
```

~~~~ctys
ctys -a list lab00
ctys -t xen -- lab00'(-a show)'
«lab01'(-a show)'»
~~~~

    ctys -t «xne» -a list lab00
"""

ORG = """\
* Guests
#+BEGIN_SRC sh :results output
  ctys -t «xne» -a list lab00
#+END_SRC
#+begin_src emacs-lisp
  (ctys -t nothing)
#+end_src
Some ~ctys -t nothing~ in a line.
: ctys -a «lits» lab00
"""


def unmarked(text: str) -> tuple[list[str], list[Span]]:
    """The lines without marks, and the places of the marks."""
    plain, found, opened = "", [], Position(0, 0)
    for part in re.split("([«»])", text):
        lines = split_lines(plain)
        place = Position(len(lines) - 1, len(lines[-1]))
        if part == "«":
            opened = place
        elif part == "»":
            found.append(Span(opened, place))
        else:
            plain += part
    return split_lines(plain), found


@pytest.mark.parametrize(
    ("language", "text"),
    [("shellscript", SCRIPT), ("markdown", MARKDOWN), ("org", ORG)],
    ids=["script", "Markdown", "org"],
)
def test_problems_are_marked_where_they_stand(language: str, text: str) -> None:
    lines, marks = unmarked(text)
    package = for_language(language)
    assert package is not None
    problems = package.check(package.parse(lines), NOTHING)
    starts = [(slice_of(lines, problem.span), problem.span.start) for problem in problems]
    assert starts == [
        (
            slice_of(lines, mark).replace("p:", "tst100"),
            mark.start if slice_of(lines, mark) != "p:" else mark.end,
        )
        for mark in marks
    ]


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("shellscript", "if true; then ctys -t xen -a create=l:", " lab00; fi\n"),
        ("shellscript", "x=$(ctys -t xen -a create=l:", " lab00)\n"),
        ("shellscript", "ssh lab00 'ctys -t xen -a create=l:", " localhost'\n"),
        ("shellscript", "sh <<END\nctys -t xen -a create=l:", " lab00\nEND\n"),
        ("shellscript", "ctys -t xen \\\n  -a create=l:", " \\\n lab00\n"),
        ("markdown", "```sh\n$ ctys -t xen -a create=l:", " lab00\n```\n"),
        ("markdown", "See `ctys -t xen -a create=l:", " lab00` there.\n"),
        ("org", "#+begin_src sh\nctys -t xen -a create=l:", " lab00\n#+end_src\n"),
        ("org", "See ~ctys -t xen -a create=l:", " lab00~ there.\n"),
    ],
)
def test_completion_and_hover_in_each_place(language: str, before: str, after: str) -> None:
    package = for_language(language)
    assert package is not None
    lines = split_lines(
        f"é {before}tst{after}" if language != "shellscript" and "\n" not in before else f"{before}tst{after}"
    )
    line = next(number for number, text in enumerate(lines) if "l:tst" in text)
    start = lines[line].index("l:tst") + 2
    tree = package.parse(lines)
    found = package.complete(tree, Position(line, start + 3), PAGE)
    assert found is not None
    assert found.replace == Span(Position(line, start), Position(line, start + 3))
    assert {choice.label for choice in found.choices} == {"tst100", "tst101"}
    shown = package.hover(tree, Position(line, lines[line].index("create") + 1), PAGE)
    assert shown is not None
    assert slice_of(lines, shown.span) == "create"


def test_nothing_is_offered_in_the_rest_of_a_script() -> None:
    package = for_language("shellscript")
    assert package is not None
    lines = split_lines("echo hello\n\n  \n# ctys \n")
    tree = package.parse(lines)
    for line in range(4):
        assert package.complete(tree, Position(line, content_length(lines[line])), PAGE) is None


@pytest.mark.parametrize("language", ["shellscript", "markdown", "org"])
@pytest.mark.parametrize("number", range(20))
def test_an_edit_gives_what_a_fresh_parse_gives(language: str, number: int) -> None:
    seed = f"{language}-{number}"
    source = random.Random(seed)
    package = for_language(language)
    assert package is not None
    text, _ = unmarked(SCRIPT + MARKDOWN + ORG)
    lines = list(text)
    source.shuffle(lines)
    lines = split_lines("".join(lines))
    tree = package.parse(lines)
    for step in range(30):
        first = source.randrange(len(lines))
        last = min(first + source.randrange(3), len(lines) - 1)
        where = Span(
            Position(first, source.randint(0, content_length(lines[first]))),
            Position(last, source.randint(0, content_length(lines[last]))),
        )
        if where.end < where.start:
            continue
        fresh_text = source.choice(
            ["", "'", "\n", "```\n", "<<EOF\n", "EOF\n", "#+end_src\n", rubbish(source, 10)]
        )
        told = f"seed {seed}, step {step}, {where} := {fresh_text!r} in {''.join(lines)!r}"
        change = replace(lines, where, fresh_text)
        tree, lines = package.reparse(tree, change), change.lines
        fresh = package.parse(lines)
        assert "".join(chunk.text for chunk in tree.chunks) == "".join(lines), told
        assert tree.starts == fresh.starts, told
        assert tree.reaches == fresh.reaches, told
        assert package.check(tree, AMBIGUOUS) == package.check(fresh, AMBIGUOUS), told
        place = Position(first, 0)
        package.complete(tree, place, PAGE)
        package.hover(tree, place, PAGE)
        package.tokens(tree)
        package.symbols(tree)
        package.command_lines(tree)


def test_the_page_in_every_place_has_no_problem() -> None:
    sound = [line for case, line in LINES.items() if case not in ("UC-26", "UC-27")]
    for language, text in (
        ("shellscript", "\n".join(sound)),
        ("markdown", "".join(f"```sh\n{line}\n```\n" for line in sound)),
        ("org", "".join(f"#+begin_src sh\n{line}\n#+end_src\n" for line in sound)),
    ):
        package = for_language(language)
        assert package is not None
        tree = package.parse(split_lines(text + "\n"))
        assert package.check(tree, PAGE) == []
        assert len(package.command_lines(tree)) == len(sound)


# -- the files that lines refer to -------------------------------------------------------------------------------------

MACROS = """\
# columns
F_LABEL = 3_Label_10
TAB = tab_gen:macro:F_LABEL%%\\
      1_PM_10
quote = it's
"""
GROUPS = """\
# the lab
lab00'(-Z KSU)' root@lab01, lab02
#include more,others
lab03'(
  -a «craete»=l:x )'
"""


def test_macro_file() -> None:
    assert read_macro_text(MACROS) == {
        "F_LABEL": "3_Label_10",
        "TAB": "tab_gen:macro:F_LABEL%%1_PM_10",
        "quote": "it's",
    }
    tree = cmdline.parse(split_lines(MACROS), path="/home/a/.ctys/macros/default")
    assert cmdline.check(tree, NOTHING) == []


def test_group_file() -> None:
    lines, marks = unmarked(GROUPS)
    assert read_group_text("".join(lines)) == (
        "lab00'(-Z KSU)'",
        "root@lab01",
        "lab02",
        "#include more,others",
        "lab03'(\n  -a craete=l:x )'",
    )
    (problem,) = cmdline.check(cmdline.parse(lines, path="/home/a/.ctys/groups/lab"), NOTHING)
    assert problem.span == marks[0]


def test_a_macro_file_in_an_editor() -> None:
    lines = split_lines(MACROS)
    tree = cmdline.parse(lines, path="/home/a/.ctys/macros/default")
    facts = Facts(macros={"default": {"F_LABEL": "3_Label_10", "OTHER": "x"}})
    at = Position(2, lines[2].index("F_LABEL") + 2)
    found = cmdline.complete(tree, at, facts)
    assert found is not None
    assert slice_of(lines, found.replace) == "F_LABEL"
    assert {"F_LABEL", "OTHER", "TAB_CPORT"} <= {choice.label for choice in found.choices}
    assert cmdline.complete(tree, Position(1, 3), facts) is None
    shown = cmdline.hover(tree, at, facts)
    assert shown is not None
    assert "3_Label_10" in shown.markdown
    assert [symbol.name for symbol in cmdline.symbols(tree)] == ["F_LABEL", "TAB", "quote"]
    colours = [(slice_of(lines, token.span), token.kind) for token in cmdline.tokens(tree)]
    assert colours == [
        ("# columns", "comment"),
        ("F_LABEL", "macro"),
        ("TAB", "macro"),
        ("F_LABEL", "macro"),
        ("quote", "macro"),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("shell", "if true; then\n  cyts -t xen -a list lab00\nfi\n"),
        ("markdown", "```sh\nctsy -a create=l:x lab00\n```\n"),
        ("org", "#+begin_src sh\ncts -t xen -a cancel=l:x lab00\n#+end_src\n"),
    ],
)
def test_a_misspelt_program_is_told_among_other_text(kind, text):
    found = cmdline.check(cmdline.parse(split_lines(text), cmdline.Options(kind)))
    assert [problem.code for problem in found] == ["ctys.unknown-program"]
    for other in ("stty -a\n", "cts -l list\n", "sty -a x\n", "tests -a listing\n", "ls -a list\n"):
        assert cmdline.check(cmdline.parse([other], cmdline.Options("shell"))) == []
