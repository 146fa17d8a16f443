"""Where files of macros and groups are looked for, and what they are called there."""

import pytest

from ctys_ls.facts import NOTHING
from ctys_ls.languages import cmdline
from ctys_ls.languages.cmdline.shelves import Shelves, place_of, shelves
from ctys_ls.text import split_lines

OWN = Shelves(("/srv/columns", "/h/.ctys/macros"), ("/srv/racks", "/srv/racks/old"))


@pytest.mark.parametrize(
    ("value", "folders"),
    [
        (None, ("/h/.ctys/macros",)),
        ("", ("/h/.ctys/macros",)),
        (":", ("/h/.ctys/macros",)),
        ("/a:/b/:/a", ("/a", "/b")),
        ("~/m:~:/b", ("/h/m", "/h", "/b")),
        ("relative:/b:~other/x", ("/b",)),
    ],
)
def test_the_folders_of_the_environment(value, folders):
    environ = {} if value is None else {"CTYS_MACRO_PATH": value}
    assert shelves(environ, "/h") == Shelves(folders, ("/h/.ctys/groups",))
    environ = {} if value is None else {"CTYS_GROUPS_PATH": value}
    assert shelves(environ, "/h").groups == tuple(each.replace("macros", "groups") for each in folders)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/srv/columns/default", ("macros", "default")),
        ("/srv/columns/deep/x", ("macros", "deep/x")),
        ("/srv/racks/lab/all", ("groups", "lab/all")),
        ("/srv/racks", ("", "")),
        ("/srv/racks2/all", ("", "")),
        ("/repo/.ctys/groups/a/b", ("groups", "a/b")),
        ("C:\\repo\\ctys\\macros\\default", ("macros", "default")),
        ("/repo/groups/a", ("", "")),
    ],
)
def test_the_name_of_a_file(path, place):
    assert place_of(path, OWN) == place


def test_a_file_of_a_shelf_is_read_and_named_as_what_it_is():
    options = cmdline.Options(shelves=OWN)
    tree = cmdline.parse(split_lines("A = machine\nA = macro:NIX\n"), options, path="/srv/columns/mine")
    assert [(name.text, name.file) for name in cmdline.names(tree) if name.definition] == [
        ("A", "mine"),
        ("A", "mine"),
    ]
    assert "ctys.duplicate-macro" in {problem.code for problem in cmdline.check(tree, NOTHING)}
    tree = cmdline.parse(split_lines("lab00 lab01\n"), options, path="/srv/racks/lab/all")
    assert [(name.text, name.definition) for name in cmdline.names(tree)] == [
        ("lab/all", True),
        ("lab00", False),
        ("lab01", False),
    ]
    script = cmdline.parse(["ctys -a list lab00\n"], options, path="/srv/racks/run.sh")
    assert [name.text for name in cmdline.names(script)] == ["lab00"]
