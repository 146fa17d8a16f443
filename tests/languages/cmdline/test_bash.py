"""The words of a line are those that bash passes on: 5,000 lines are run in bash with a ``ctys`` that prints its words."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from languages.cmdline.texts import shell_line
from needs import need_program

from ctys_ls.languages.cmdline.expand import shell_words
from ctys_ls.languages.cmdline.tree import parse
from ctys_ls.text import split_lines

ENV = {"HOME": "/home/acue", "TWO": "one two"}
COUNT, BATCH = 5000, 500


def ours(line: str) -> list[list[str]]:
    """The words of each ctys call of a line."""
    found = []
    for chunk in parse(split_lines(line)).chunks:
        for simple in chunk.simple:
            if simple.command:
                words = [
                    word.text
                    for lexeme in simple.words[simple.prefix + 1 :]
                    for word in shell_words(lexeme, ENV)
                ]
                found.append(words)
    return found


def of_bash(lines: list[str], bash: str, folder: Path) -> list[list[str]]:
    """What bash passes on, one list of words for each call."""
    script = folder / "lines.sh"
    # Output goes to descriptor 3, so that a redirection in a line takes nothing away.
    stub = "exec 3>&1\nctys() { printf '%s\\0' 'call:' \"$@\" >&3; }\nset -f\n"
    script.write_text(stub + "\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [bash, "--norc", "--noprofile", str(script)],
        env={**ENV, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    calls: list[list[str]] = []
    for word in done.stdout.decode("utf-8").split("\0")[:-1]:
        if word == "call:":
            calls.append([])
        else:
            calls[-1].append(word)
    return calls


@pytest.mark.parametrize("batch", range(COUNT // BATCH))
def test_words_as_bash_passes_them(batch: int, tmp_path: Path) -> None:
    bash = need_program("bash", "bash")
    seed = f"bash-{batch}"
    source = random.Random(seed)
    lines = [shell_line(source) for _ in range(BATCH)]
    theirs = of_bash(lines, bash, tmp_path)
    assert len(theirs) == BATCH
    for line, words in zip(lines, theirs, strict=True):
        assert ours(line) == [words], f"seed {seed}, line {line!r}"
