"""What the text at a place means: the key, its default, and what this very value does."""

from __future__ import annotations

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Hover
from ctys_ls.languages.xenconf.meaning import meaning
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.languages.xenconf.values import Atom, Items, Setting
from ctys_ls.schema.load import xen_keys, xen_subs, xen_tags, xen_texts
from ctys_ls.text import Position, Span, clamp, span


def hover(tree: Tree, place: Position, facts: Facts) -> Hover | None:
    """The key or value at ``place`` explained in Markdown."""
    del facts
    place = clamp(tree.lines, place)
    index = tree.at(place.line)
    start = tree.starts[index]
    near = Position(place.line - start, place.column)
    for setting in tree.settings(index):
        if setting.name_span.contains(near):
            text = _key(setting.name)
            now = meaning(setting)
            if now:
                text += f"\n\n---\nHere: {now}"
            return Hover(text, setting.name_span.shifted(start))
        if setting.value.span.contains(near):
            return _value(setting, near, start)
    return _tag(tree, place)


def _key(name: str) -> str:
    key = xen_keys().get(name)
    if key is None:
        return f"`{name}`: xl knows no such key and ignores it."
    text = xen_texts()[name]
    kind = f"{key.kind}, {key.unit}" if key.unit else str(key.kind)
    lines = [f"**{name}** ({kind})", "", text.about]
    if key.values:
        lines += ["", "Values: " + ", ".join(f"`{value}`" for value in key.values)]
    facts = []
    if text.default:
        facts.append(f"default {text.default}")
    if key.guests:
        facts.append("read for " + " and ".join(guest.upper() for guest in key.guests))
    if key.xm_only:
        facts.append("xm only")
    else:
        facts.append("since Xen " + (key.since if key.since != "4.1" else "4.1 or earlier"))
    if text.needs:
        facts.append(f"needs {text.needs}")
    if text.excludes:
        facts.append(f"excludes {text.excludes}")
    if key.deprecated:
        facts.append("deprecated" + (f", use `{key.instead}`" if key.instead else ""))
    if text.in_xl:
        facts.append(f"xl: {text.in_xl}")
    return "\n".join([*lines, "", "; ".join(facts)])


def _value(setting: Setting, near: Position, start: int) -> Hover:
    atom = _atom_at(setting, near)
    key = xen_keys().get(setting.name)
    if atom is not None and key is not None and key.sub in xen_subs():
        part = _parameter(atom, near, key.sub)
        if part:
            return Hover(part[0], part[1].shifted(start))
    now = meaning(setting)
    text = f"{_key(setting.name)}\n\n---\nHere: {now}" if now else _key(setting.name)
    where = atom.span if atom else setting.value.span
    return Hover(text, where.shifted(start))


def _atom_at(setting: Setting, near: Position) -> Atom | None:
    waiting = [setting.value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Items):
            inner = value.at(near)
            waiting += [inner] if inner else []
        elif value.span.contains(near):
            return value
    return None


def _parameter(atom: Atom, near: Position, sub: str) -> tuple[str, Span] | None:
    at = 0
    for number, item in enumerate(atom.value.split(",")):
        where = atom.part(at, at + len(item))
        at += len(item) + 1
        if not where.contains(near):
            continue
        name = item.partition("=")[0].strip()
        rows = xen_subs()[sub]
        row = rows.get(name)
        if row is None and "=" not in item:
            row = next((row for row in rows.values() if row.place == str(number + 1)), None)
        if row is None:
            return None
        facts = [
            fact
            for fact in (f"default {row.default}" if row.default else "", "required" if row.required else "")
            if fact
        ]
        values = "\n\nValues: " + ", ".join(f"`{value}`" for value in row.values) if row.values else ""
        tail = "\n\n" + "; ".join(facts) if facts else ""
        return f"**{sub}: {row.name}** ({row.kind})\n\n{row.about}{values}{tail}", where
    return None


def _tag(tree: Tree, place: Position) -> Hover | None:
    line = tree.lines[place.line]
    at = line.find("#@#")
    if at < 0:
        return None
    name = line[at + 3 :].split("=")[0].strip()
    plain = name.rstrip("0123456789")
    tags = xen_tags()
    about = tags.get(name) or tags.get(plain + "0") or tags.get(plain)
    return (
        Hover(f"**#@#{name}** (tag of ctys)\n\n{about}", span(place.line, at, at + 3 + len(name)))
        if about
        else None
    )
