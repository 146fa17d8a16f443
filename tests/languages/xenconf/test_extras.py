"""Links, notes, mentions, renaming, help while typing; ``|`` marks the place."""

import itertools
from dataclasses import fields

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.settings import Hints
from ctys_ls.text import Position, Span, apply_edits, slice_of, split_lines

PAGE = """\
#@#LABEL = "tst100"
name = "tst100"
kernel = "/boot/vmlinuz"
memory = 2048
vncdisplay = 3
disk = [ 'phy:/dev/vg/a,xvda,w',
         'format=raw, vdev=xvdb, target=/srv/b,c.img' ]
memory = 512
"""


def at(marked: str):
    before, _, after = marked.partition("|")
    lines = split_lines(before)
    tree = xenconf.parse(split_lines(before + after))
    return tree, Position(len(lines) - 1, len(lines[-1]))


def texts(tree, spans):
    return [slice_of(tree.lines, span) for span in spans]


def test_links_to_kernels_and_images():
    tree, _ = at(PAGE)
    found = xenconf.links(tree)
    assert [link.target for link in found] == ["/boot/vmlinuz", "/dev/vg/a", "/srv/b,c.img"]
    assert texts(tree, [link.span for link in found]) == [link.target for link in found]


def test_notes_on_numbers():
    tree, _ = at(PAGE)
    whole = xenconf.hints(tree, Span(Position(0, 0), Position(9, 0)), NOTHING)
    assert [(hint.place.line, hint.label) for hint in whole] == [(3, "2 GiB"), (4, "port 5903")]
    assert xenconf.hints(tree, Span(Position(4, 0), Position(4, 1)), NOTHING) == whole[1:]


def test_every_kind_of_note():
    tree, _ = at("memory = 02000\ncpus = '0-3,^2'\ncap = 150\nvncdisplay = 3\nshadow_memory = 4\nvcpus = 2\n")
    found = xenconf.hints(tree, Span(Position(0, 0), Position(9, 0)), NOTHING)
    assert [(hint.place.line, hint.topic, hint.label) for hint in found] == [
        (0, "octal", "octal 02000 is 1024"),
        (0, "sizes", "1 GiB"),
        (1, "cpus", "CPUs 0-7: ##.#...."),
        (2, "shares", "1.5 physical CPUs"),
        (3, "ports", "port 5903"),
    ]
    assert {hint.topic for hint in found} < {field.name for field in fields(Hints)}


@pytest.mark.parametrize(
    "marked", [PAGE.replace('name = "', 'name = "|'), PAGE.replace("tst100", "tst1|00", 1)]
)
def test_a_guest_is_renamed_with_its_tag(marked):
    tree, place = at(marked)
    assert texts(tree, xenconf.references(tree, place)) == ["tst100", "tst100"]
    assert texts(tree, [xenconf.renamable(tree, place)]) == ["tst100"]
    text = apply_edits("".join(tree.lines), xenconf.rename(tree, place, "web1"))
    assert text == PAGE.replace("tst100", "web1")
    assert [place.span.start.line for place in xenconf.definition(tree, place, NOTHING)] == [1]
    with pytest.raises(ValueError, match="no name"):
        xenconf.rename(tree, place, "a b")


def test_settings_of_one_key():
    tree, place = at(PAGE.replace("memory", "mem|ory", 1))
    assert texts(tree, xenconf.references(tree, place)) == ["memory", "memory"]
    assert [one.span.start.line for one in xenconf.definition(tree, place, NOTHING)] == [7]
    assert xenconf.renamable(tree, place) is None


def test_the_name_for_the_whole_workspace():
    tree, _ = at(PAGE)
    assert [(name.kind, name.text, name.definition) for name in xenconf.names(tree)] == [
        ("label", "tst100", False),
        ("label", "tst100", True),
    ], "the LABEL tag repeats what the setting defines"


def test_selections_grow():
    tree, place = at(PAGE.replace("vdev=xvdb", "vdev=x|vdb"))
    spans = xenconf.selections(tree, place)
    found = texts(tree, spans)
    assert found[0] == "vdev=xvdb"
    assert found[1] == "format=raw, vdev=xvdb, target=/srv/b,c.img"
    assert found[2] == f"'{found[1]}'"
    assert found[-1].startswith("disk = [")
    assert all(
        outer.start <= inner.start and inner.end <= outer.end for inner, outer in itertools.pairwise(spans)
    )


@pytest.mark.parametrize(
    ("marked", "active"),
    [
        ("disk = [ '|' ]", "target"),
        ("disk = [ '/x,|' ]", "format"),
        ("disk = [ '/x,raw,xvda,|' ]", "access"),
        ("disk = [ 'vdev=|' ]", "vdev"),
        ("vif = [ 'mac=0|' ]", "mac=…"),
        ("vif = [\n 'bridge=a,\\n', 'model=|' ]", "model=…"),
    ],
)
def test_help_inside_a_string(marked, active):
    found = xenconf.signature(*at(marked), NOTHING)
    assert found.parameters[found.active][0] == active
    assert all(label in found.label for label, _ in found.parameters)


@pytest.mark.parametrize("marked", ["name = '|'", "memory = |", "disk = |[]", "|"])
def test_no_help_elsewhere(marked):
    assert xenconf.signature(*at(marked), NOTHING) is None


@pytest.mark.parametrize(
    ("marked", "typed", "text"),
    [
        ("disk = [\n|'a' ]\n", "\n", "disk = [\n    'a' ]\n"),
        ("disk = [\n    'a',\n|]\n", "\n", "disk = [\n    'a',\n]\n"),
        ("memory=1\n|vcpus=1\n", "\n", "memory=1\nvcpus=1\n"),
        ("disk=['a',\n'b']|\n", "]", "disk = [ 'a',\n    'b' ]\n"),
        ("disk=['a' 'b']|\n", "]", "disk=['a' 'b']\n"),
    ],
)
def test_lists_take_shape_while_typed(marked, typed, text):
    tree, place = at(marked)
    assert apply_edits("".join(tree.lines), xenconf.on_type(tree, place, typed)) == text
