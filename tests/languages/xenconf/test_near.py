"""The word that was probably meant."""

import pytest

from ctys_ls.languages.xenconf.rules.near import distance, near

KEYS = ["memory", "vcpus", "on_reboot", "kernel", "vncunused", "bootloader", "disk", "unique-id"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("memroy", "memory"),
        ("vcpu", "vcpus"),
        ("on_rebot", "on_reboot"),
        ("kernal", "kernel"),
        ("vnc_unused", "vncunused"),
        ("boot-loader", "bootloader"),
        ("Disk", "disk"),
        ("unique_id", "unique-id"),
        ("colour", None),
        ("x", None),
        ("", None),
    ],
)
def test_near(word, meant):
    assert near(word, KEYS) == meant


def test_distance_counts_a_swap_once_and_stops_at_its_limit():
    assert distance("memroy", "memory", 2) == 1
    assert distance("abc", "xyz", 2) == 3
    assert distance("same", "same", 0) == 0
