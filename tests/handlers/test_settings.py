"""Settings: defaults, complaints, and the page that explains them."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from ctys_ls.settings import Hints, Settings, Ssh, Xenconf, read_settings
from ctys_ls.text import camel

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_nothing_gives_the_defaults():
    assert read_settings(None, {}) == (Settings(), [])
    assert read_settings({}, {}) == (Settings(), [])


def test_everything_is_read():
    raw = {
        "ssh": {"configFile": "~/c", "knownHosts": "~/k", "connectTimeout": 3},
        "hosts": ["lab00", "lab01"],
        "readOnly": True,
        "protectedHosts": ["lab01"],
        "xenconf": {"dialect": "xm", "release": "4.17", "hosts": ["lab00"]},
        "prompt": True,
        "hints": {"octal": False},
    }
    expected = Settings(
        Ssh("~/c", "~/k", 3),
        ("lab00", "lab01"),
        True,
        ("lab01",),
        Xenconf("xm", "4.17", ("lab00",)),
        True,
        Hints(octal=False),
    )
    assert read_settings(raw, {}) == (expected, [])


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"readOnly": "yes"}, "ctys.readOnly must be true or false; False is used."),
        ({"hosts": "lab00"}, "ctys.hosts must be a list of texts; [] is used."),
        ({"hosts": [1]}, "ctys.hosts must be a list of texts"),
        (
            {"ssh": {"connectTimeout": 0}},
            "ctys.ssh.connectTimeout must be a number of seconds above 0; 8.0 is used.",
        ),
        ({"ssh": []}, "ctys.ssh must be an object"),
        (
            {"xenconf": {"dialect": "xapi"}},
            "ctys.xenconf.dialect must be one of auto, xl, xm; 'auto' is used.",
        ),
        ({"xenconf": {"release": 4.17}}, "ctys.xenconf.release must be a text"),
        (
            {"xenconf": {"release": "bookworm"}},
            "ctys.xenconf.release must be a release of Xen, as in 4.17; '' is used.",
        ),
        ({"readonly": True}, "ctys.readonly is no setting; it was ignored."),
        ([], "are an object"),
    ],
)
def test_a_bad_value_costs_a_sentence_and_nothing_else(raw, words):
    settings, complaints = read_settings(raw, {})
    assert settings == Settings()
    assert len(complaints) == 1
    assert words in complaints[0]


def test_the_environment_names_the_ssh_configuration_where_the_settings_do_not():
    environ = {"CTYS_SSH_CONFIG": "/lab/ssh_config"}
    assert read_settings({}, environ)[0].ssh.config_file == "/lab/ssh_config"
    assert read_settings({"ssh": {"configFile": "mine"}}, environ)[0].ssh.config_file == "mine"


def paths(kind, prefix=""):
    hints = get_type_hints(kind)
    for entry in fields(kind):
        name = prefix + camel(entry.name)
        if is_dataclass(hints[entry.name]):
            yield from paths(hints[entry.name], f"{name}.")
        else:
            yield name, entry.default if not isinstance(entry.default, tuple) else list(entry.default)


def test_the_page_lists_exactly_these_settings_with_these_defaults():
    rows = dict(
        re.findall(r"^\| `ctys\.([\w.]+)` \| `([^`]*)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    shown = {True: "true", False: "false", "": '""'}
    expected = {
        name: "[]"
        if default == []
        else shown.get(default, f"{default:g}" if isinstance(default, float) else f'"{default}"')
        for name, default in ((name, [] if default == [] else default) for name, default in paths(Settings))
        if not isinstance(default, list)
    } | {name: "[]" for name, default in paths(Settings) if isinstance(default, list)}
    assert rows == expected


def test_the_version_of_the_protocol_is_no_setting():
    assert read_settings({"v": 1, "readOnly": True}, {}) == (Settings(read_only=True), [])
