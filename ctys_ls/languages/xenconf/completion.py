"""What may stand at a place. The choices are made once from the tables; only their selection depends on the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages.answers import Choice, Completion
from ctys_ls.languages.xenconf import places
from ctys_ls.languages.xenconf.cursor import Cursor, Spot, cursor
from ctys_ls.languages.xenconf.options import Dialect
from ctys_ls.languages.xenconf.rules.guest import guest_type
from ctys_ls.languages.xenconf.rules.host import for_its_hosts
from ctys_ls.languages.xenconf.rules.keys import release
from ctys_ls.languages.xenconf.rules.reader import Reader
from ctys_ls.languages.xenconf.tree import Tree, parse
from ctys_ls.schema.load import xen_guests, xen_keys, xen_subs, xen_tags, xen_texts
from ctys_ls.schema.model import Key, Kind, SubKey
from ctys_ls.text import Position, Span, clamp, span

_LISTS = frozenset({Kind.LIST, Kind.SPECS, Kind.LISTS})
_TEXTS = frozenset({Kind.STRING, Kind.PATH, Kind.UUID, Kind.CPUS, Kind.SPEC, Kind.EITHER})


def complete(tree: Tree, place: Position, facts: Facts) -> Completion | None:
    """What may stand at ``place``."""
    tree = for_its_hosts(tree, facts)
    place = clamp(tree.lines, place)
    at = cursor(tree, place)
    if at.spot is Spot.KEY:
        return Completion(at.replace, _keys(tree, at, place))
    if at.spot is Spot.COMMENT:
        return Completion(at.replace, tag_choices()) if at.word.startswith("#@") else None
    key = xen_keys().get(at.key)
    if key is None or at.spot is Spot.NOWHERE:
        return None
    if at.spot is Spot.STRING:
        return _in_string(at, key, place, tree.path, facts)
    choices = value_choices(key.name, at.depth > 0)
    return Completion(at.replace, choices) if choices else None


def _keys(tree: Tree, at: Cursor, place: Position) -> Sequence[Choice]:
    guest = guest_type(Reader(tree))
    rest = tree.lines[place.line][at.replace.end.column :].lstrip(" \t")
    plain = rest.startswith(("=", "+="))
    here = tree.names_on(place.line)
    old = tree.dialect is Dialect.XM
    present = frozenset(name for name in tree.by_name if name not in here)
    choices = _unset_keys(guest, plain, old, tree.options.release, present)
    return (*choices, *guest_choices()) if len(tree.by_name) <= 1 and not plain else choices


@lru_cache(maxsize=16)
def _unset_keys(
    guest: str, plain: bool, old: bool, target: str, present: frozenset[str]
) -> tuple[Choice, ...]:
    """The keys to offer in a file that sets those ``present``; the same while one of them is being typed."""
    return tuple(choice for name, choice in key_choices(guest, plain, old, target) if name not in present)


@cache
def key_choices(guest: str, plain: bool, old: bool, target: str) -> tuple[tuple[str, Choice], ...]:
    """The keys that a guest type may set, each with its choice; ``plain`` ones bring no ``=`` and no value."""
    limit = release(target)
    return tuple(
        (key.name, _key_choice(key.name, plain))
        for key in xen_keys().values()
        if (not key.xm_only or old)
        and (not key.guests or guest in key.guests)
        and not (limit and release(key.since) > limit)
    )


@cache
def _key_choice(name: str, plain: bool) -> Choice:
    key, text = xen_keys()[name], xen_texts()[name]
    default = f", default {text.default}" if text.default else ""
    unit = f" {key.unit}" if key.unit else ""
    value = _placeholder(key)
    return Choice(
        label=key.name,
        kind="property",
        detail=f"{key.kind}{unit}{default}",
        documentation=text.about,
        insert=key.name if plain else f"{key.name} = ",
        snippet=None if plain else f"{key.name} = {value}",
        sort=("9" if key.deprecated or key.xm_only else "1") + key.name,
        filter=key.name,
        deprecated=bool(key.deprecated or key.xm_only),
        again=not plain and (key.kind in {Kind.ENUM, Kind.BOOL, Kind.SPECS} or _goes_on(key)),
    )


def _goes_on(key: Key) -> bool:
    """Whether there is something to choose inside the quotes of its string."""
    return bool(key.sub) or key.kind in {Kind.PATH, Kind.UUID, Kind.SPEC}


def _placeholder(key: Key) -> str:
    if key.kind in _LISTS:
        return "[ '$1' ]$0" if key.kind is not Kind.LISTS else "[ [ '$1' ] ]$0"
    if key.kind in _TEXTS or key.kind is Kind.ENUM:
        return '"$1"$0'
    return "$1$0"


@cache
def value_choices(name: str, in_list: bool) -> tuple[Choice, ...]:
    """The values of a key where no quote is open."""
    key = xen_keys()[name]
    if key.kind in _LISTS and not in_list:
        return (Choice("[ … ]", "value", "a list", insert="[ ", snippet="[ '$1' ]$0", sort="1", again=True),)
    if key.kind is Kind.BOOL:
        return (
            Choice("1", "value", "on", insert="1", sort="1"),
            Choice("0", "value", "off", insert="0", sort="2"),
        )
    words = tuple(
        Choice(f'"{word}"', "enumMember", key.name, insert=f'"{word}"', sort=f"{number:02}", filter=word)
        for number, word in enumerate(key.values)
    )
    if not words and (key.kind in _TEXTS or in_list):
        return (
            Choice('"…"', "value", "a string", insert='"', snippet='"$1"$0', sort="1", again=_goes_on(key)),
        )
    return words


def _in_string(at: Cursor, key: Key, place: Position, path: str, facts: Facts) -> Completion | None:
    if key.sub:
        return _in_spec(at, key, place, path, facts)
    choices: Sequence[Choice] = word_choices(key.name)
    if key.kind is Kind.PATH or key.name == "bootloader":
        choices = [*choices, *places.paths(path, facts)]
    elif key.kind is Kind.UUID:
        choices = places.new_uuid(facts)
    return Completion(at.replace, choices) if choices else None


@cache
def word_choices(name: str) -> tuple[Choice, ...]:
    """The words of a key, for inside its quotes."""
    return tuple(
        Choice(word, "enumMember", name, insert=word, sort=f"{number:02}")
        for number, word in enumerate(xen_keys()[name].values)
    )


def _in_spec(at: Cursor, key: Key, place: Position, path: str, facts: Facts) -> Completion | None:
    """Inside a string of comma-separated parameters."""
    if key.sub == "disk" and (found := _TARGET.search(at.before)):
        # The target comes last and may hold commas.
        where = span(place.line, place.column - len(found[1]), place.column + len(at.after))
        return _of(where, places.paths(path, facts))
    item = at.before.rsplit(",", 1)[-1]
    tail = at.after.split(",", 1)[0]
    name, equals, value = item.partition("=")
    start = place.column - len(value if equals else item.lstrip(" "))
    where = span(place.line, start, place.column + len(tail))
    if equals:
        return _of(where, _spec_values(key.sub, name.strip(), path, facts))
    first = key.sub == "disk" and "," not in at.before
    if first and (found := _IMAGE.fullmatch(item.lstrip(" "))):
        return _of(
            span(place.line, place.column - len(found[1]), where.end.column), places.paths(path, facts)
        )
    used = {part.partition("=")[0].strip() for part in [*at.before.split(",")[:-1], *at.after.split(",")[1:]]}
    choices = [choice for word, choice in sub_choices(key.sub) if word not in used]
    return Completion(where, [*choices, *places.paths(path, facts)] if first else choices)


_TARGET = re.compile(r"(?:^|,)[ ]*target=(.*)")
#: The first word of a disk, with the old prefixes: an image of the host.
_IMAGE = re.compile(r"(?:(?:raw|qcow2?|vhd|tap2?|aio|file|phy):)*(/.*)")


def _of(where: Span, choices: Sequence[Choice]) -> Completion | None:
    return Completion(where, choices) if choices else None


def _spec_values(sub: str, name: str, path: str, facts: Facts) -> Sequence[Choice]:
    if (sub, name) == ("vif", "bridge"):
        return places.bridges(path, facts)
    if (sub, name) == ("vif", "mac"):
        return places.free_mac(path, facts)
    return sub_values(sub, name)


@cache
def sub_choices(sub: str) -> tuple[tuple[str, Choice], ...]:
    """The parameters inside a string."""
    return tuple((row.name, _sub_choice(sub, row)) for row in xen_subs()[sub].values() if not row.instead)


def _sub_choice(sub: str, row: SubKey) -> Choice:
    flag = row.kind is Kind.FLAG
    default = f", default {row.default}" if row.default else ""
    return Choice(
        label=row.name,
        kind="property",
        detail=f"{sub} {row.kind}{default}",
        documentation=row.about,
        insert=row.name if flag else f"{row.name}=",
        sort=("0" if row.required else "1") + row.name,
        deprecated=bool(row.deprecated),
        again=not flag and (bool(row.values) or row.name in {"target", "bridge", "mac"}),
    )


@cache
def sub_values(sub: str, name: str) -> tuple[Choice, ...]:
    """The values of a parameter inside a string."""
    row = xen_subs()[sub].get(name)
    if row is None:
        return ()
    values = row.values or (("1", "0") if row.kind is Kind.BOOL else ())
    return tuple(
        Choice(word, "enumMember", f"{sub} {name}", insert=word, sort=f"{number:02}")
        for number, word in enumerate(values)
    )


@cache
def guest_choices() -> tuple[Choice, ...]:
    """Whole guests, for an empty file."""
    return tuple(
        Choice(row.name, "snippet", row.about, row.text, _plain(row.text), row.text, sort="0" + row.name)
        for row in xen_guests().values()
    )


def _plain(snippet: str) -> str:
    return re.sub(r"\$\{\d+:([^}]*)\}|\$\d+", lambda found: found[1] or "", snippet)


@cache
def tag_choices() -> tuple[Choice, ...]:
    """The ``#@#`` tags that ctys reads."""
    return tuple(_tag_choice(name, about) for name, about in xen_tags().items())


def _tag_choice(name: str, about: str) -> Choice:
    label = f"#@#{name}"
    if name.startswith("MAGICID"):
        return Choice(label, "keyword", "ctys tag", about, insert=label, sort=name)
    return Choice(label, "keyword", "ctys tag", about, f'{label} = "', f'{label} = "$1"', sort=name)


def warm() -> Iterator[Choice]:
    """Read the tables, and give the choices that the first completion will most probably offer."""
    xen_subs()
    tree = parse(["\n", ""])
    found = complete(tree, Position(0, 0), NOTHING)
    yield from found.choices if found else ()
    for guest in ("pv", "pvh", "hvm"):
        yield from (choice for _, choice in key_choices(guest, plain=False, old=False, target=""))
        key_choices(guest, plain=True, old=False, target="")
    for key in xen_keys():
        word_choices(key)
