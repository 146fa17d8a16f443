"""The tables of knowledge are whole, agree with each other, and a mistake in one is named."""

import pytest

from ctys_ls.schema import load
from ctys_ls.schema.load import SchemaError, made
from ctys_ls.schema.model import Key, Kind


def test_every_key_has_its_text_and_every_text_its_key():
    assert set(load.xen_keys()) == set(load.xen_texts())


def test_references_lead_somewhere():
    keys, subs = load.xen_keys(), load.xen_subs()
    for key in keys.values():
        assert not key.instead or key.instead in keys, key.name
        assert not key.sub or key.sub in subs, key.name
        assert set(key.guests) <= {"pv", "pvh", "hvm"}, key.name
        assert key.kind is not Kind.ENUM or key.values or key.arm, key.name


def test_subs_know_every_device_of_the_manual():
    assert {"disk", "vif", "vfb", "pci", "usbctrl", "usbdev", "channel", "vtpm", "p9", "rdm", "vnuma"} <= set(
        load.xen_subs()
    )
    assert load.xen_subs()["disk"]["format"].values[:2] == ("raw", "qcow")


def test_guests_to_begin_with_are_accepted():
    from ctys_ls.facts import NOTHING
    from ctys_ls.languages import xenconf
    from ctys_ls.languages.xenconf.completion import guest_choices
    from ctys_ls.problems import Severity
    from ctys_ls.text import split_lines

    assert len(guest_choices()) == 3
    for choice in guest_choices():
        problems = xenconf.check(xenconf.parse(split_lines(choice.insert)), NOTHING)
        assert not [problem for problem in problems if problem.severity <= Severity.WARNING], choice.label


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"kind": "integer"}, "kind"),
        ({"kind": "int", "colour": "red"}, "colour"),
        ({"kind": "int", "values": "a"}, "values"),
        ({"kind": "int", "xm": 1}, "xm"),
        ({}, "kind"),
    ],
)
def test_a_mistake_is_named(row, named):
    with pytest.raises(SchemaError, match=named):
        made(Key, {"name": "k", **row}, "table row")
