"""The compiled copy of a table is never noticed, but by the clock."""

import marshal
import os
import tomllib

import pytest

from ctys_ls.schema import tables


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.pycache_prefix", None)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    (tmp_path / "words.toml").write_text('a = 1\n[b]\nc = ["d", "e"]\n')
    return tmp_path


def copies(folder):
    return list((folder / "__pycache__").glob("*"))


def test_the_copy_is_read_instead_of_the_text(folder, monkeypatch):
    first = tables.table("words", folder)
    monkeypatch.setattr(tomllib, "loads", lambda _: pytest.fail("the text was read again"))
    assert tables.table("words", folder) == first == {"a": 1, "b": {"c": ["d", "e"]}}
    assert len(copies(folder)) == 1


def test_another_text_is_read(folder):
    tables.table("words", folder)
    (folder / "words.toml").write_text('a = 2\n[b]\nc = ["d", "e"]\n')
    os.utime(folder / "words.toml", ns=(1, 1))
    assert tables.table("words", folder)["a"] == 2


@pytest.mark.parametrize("damage", [b"", b"\xff" * 40, marshal.dumps(7), marshal.dumps((1, 2)), None])
def test_a_damaged_copy_is_replaced(folder, damage):
    whole = tables.table("words", folder)
    (copy,) = copies(folder)
    copy.write_bytes(copy.read_bytes()[:-4] if damage is None else damage)
    assert tables.table("words", folder) == whole
    assert len(copies(folder)) == 1


def test_a_folder_that_takes_no_copy(folder):
    # A file where the folder should be: that keeps out root, too.
    (folder / "__pycache__").write_text("")
    assert tables.table("words", folder)["a"] == 1


def test_without_bytecode_there_is_no_copy(folder, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    tables.table("words", folder)
    assert not copies(folder)


def test_every_table_survives_compiling(folder):
    for source in tables.DATA.glob("*.toml"):
        text = source.read_text(encoding="utf-8")
        (folder / source.name).write_text(text, encoding="utf-8")
        tables.table(source.stem, folder)
        assert tables.table(source.stem, folder) == tomllib.loads(text)
