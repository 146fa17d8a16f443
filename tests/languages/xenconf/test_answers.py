"""Completion, hover, symbols, folds and tokens at places a user stands at; ``|`` marks the place."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import xenconf
from ctys_ls.languages.xenconf import Options
from ctys_ls.text import Edit, Position, apply_edits, split_lines


def at(marked: str, **options):
    before, _, after = marked.partition("|")
    lines = split_lines(before)
    tree = xenconf.parse(split_lines(before + after), Options(**options))
    return tree, Position(len(lines) - 1, len(lines[-1]))


def complete(marked: str, **options):
    return xenconf.complete(*at(marked, **options), NOTHING)


def labels(marked: str, **options) -> list[str]:
    found = complete(marked, **options)
    return [choice.label for choice in found.choices] if found else []


def hover(marked: str) -> str:
    found = xenconf.hover(*at(marked), NOTHING)
    return found.markdown if found else ""


def chosen(marked: str, label: str) -> str:
    tree, _ = at(marked)
    found = complete(marked)
    choice = next(choice for choice in found.choices if choice.label == label)
    return apply_edits("".join(tree.lines), [Edit(found.replace, choice.insert)])


def test_keys_of_this_guest_that_are_not_set_yet():
    found = labels('name = "g"\ntype = "hvm"\nmem|')
    assert {"memory", "hpet", "boot"} <= set(found)
    assert not {"name", "type", "e820_host", "pvshim", "bootargs"} & set(found)
    assert "hpet" not in labels('type = "pv"\nh|')


def test_keys_by_release():
    assert "bootloader_user" in labels("b|")
    assert "bootloader_user" not in labels("b|", release="4.17")


def test_a_chosen_key_replaces_the_whole_word_and_keeps_the_value():
    assert chosen("mem|", "memory") == "memory = "
    assert chosen("me|mroy = 128\n", "memory") == "memory = 128\n"


def test_whole_guests_in_an_empty_file():
    assert {"guest-pv", "guest-pvh", "guest-hvm"} <= set(labels("|"))
    assert "guest-pv" not in labels('name = "g"\nmemory = 1\n|')


@pytest.mark.parametrize(
    ("marked", "some", "never"),
    [
        ("on_reboot = |", {'"restart"'}, {"restart"}),
        ("on_reboot = 're|'", {"restart", "destroy"}, {"'restart'"}),
        ("vnc = |", {"0", "1"}, set()),
        ("disk = [ '|' ]", {"target", "format", "cdrom"}, {"raw"}),
        ("disk = [ 'format=|' ]", {"raw", "qcow2"}, {"target"}),
        ("disk = [ 'format=raw,|' ]", {"vdev"}, {"format"}),
        ("disk = [\n  'format=raw,vdev=xvda',\n  'f|' ]", {"format"}, set()),
        ("vif = [ 'bridge=xenbr0, |' ]", {"mac", "model"}, {"bridge", "netdev"}),
        ("vif = [ 'type=|' ]", {"ioemu"}, set()),
        ("#@#L|", {"#@#LABEL"}, set()),
    ],
)
def test_values_and_parameters(marked, some, never):
    found = set(labels(marked))
    assert some <= found
    assert not never & found


@pytest.mark.parametrize(
    "marked", ["# a comment m|", 'extra = "qu|"', "name = 'g|'", "disk = [ 'target=/a,f|' ]", "memory = 1|"]
)
def test_nothing_where_nothing_fits(marked):
    assert labels(marked) == []


def test_choices_are_made_once():
    first, second = complete("vn|"), complete("vn|")
    assert all(one is other for one, other in zip(first.choices, second.choices, strict=True))


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("mem|ory = 2048\n", "2 GiB"),
        ("memory = 01|00\n", "octal 0100 is 64"),
        ("vncdisplay = 7|\n", "port 5907"),
        ("cpus = '0-3,^|2'\n", "`##.#....`"),
        ("vnc = |1\n", "on"),
        ("cap = 5|0\n", "0.5 physical CPUs"),
        ("foo| = 1\n", "no such key"),
        ("disk = [ 'format=r|aw' ]\n", "disk: format"),
        ("disk = [ '/x,ra|w' ]\n", "disk: format"),
        ("#@#MA|C1 = 'x'\n", "MAC of the first interface"),
        ("builder| = 'hvm'\n", "use `type`"),
    ],
)
def test_hover_says_what_this_value_means(marked, said):
    assert said in hover(marked)


def test_outline():
    tree, _ = at("# one\n# two\nname = 'g'\ndisk = [ 'a',\n 'b' ]\n")
    (guest,) = xenconf.symbols(tree)
    assert (guest.name, [child.name for child in guest.children]) == ("g", ["name", "disk"])
    assert [child.name for child in guest.children[1].children] == ["a", "b"]
    assert [(fold.first, fold.last, fold.kind) for fold in xenconf.folds(tree)] == [
        (0, 1, "comment"),
        (3, 4, ""),
    ]
    kinds = [(token.span.start.line, token.kind) for token in xenconf.tokens(tree)]
    assert kinds[:4] == [(0, "comment"), (1, "comment"), (2, "property"), (2, "operator")]
