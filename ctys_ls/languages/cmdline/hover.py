"""What the text at a place means."""

from __future__ import annotations

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.answers import Hover
from ctys_ls.languages.cmdline import choices
from ctys_ls.languages.cmdline.check_values import find_value
from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.expand import MacroCall, macro_text
from ctys_ls.languages.cmdline.explain import explain
from ctys_ls.languages.cmdline.macrofile import hover_macro
from ctys_ls.languages.cmdline.members import hosts
from ctys_ls.languages.cmdline.nodes import Command
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.spots import Spot, macro_spots, spot_at
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import Value
from ctys_ls.text import Position


def hover(tree: Tree, place: Position, facts: Facts) -> Hover | None:
    """What the word at ``place`` means; on a program's name, the whole command in plain English."""
    if tree.kind == "macros":
        return hover_macro(tree, place, facts)
    leaf = tree.leaf_at(place)
    if leaf is None:
        return None
    chunk, offset = leaf.chunk, leaf.offset(place)
    command = command_at(chunk, offset)
    if command is None:
        return None
    for whole, name, file in macro_spots(command):
        if whole.start <= offset <= whole.end:
            return Hover(_macro(name.text, file, facts), leaf.span(chunk.span(whole)))
    spot = spot_at(command, offset)
    if spot is None:
        return None
    found = _explained(spot, command, chunk, offset, facts)
    return Hover(found[0], leaf.span(chunk.span(found[1]))) if found and found[0] else None


def command_at(chunk: Chunk, offset: int) -> Command | None:
    """The command of ours that an offset lies in."""
    # A command inside a word of another one comes after it.
    return next((each for each in reversed(chunk.commands) if each.start <= offset <= each.end), None)


def _explained(
    spot: Spot, command: Command, chunk: Chunk, offset: int, facts: Facts
) -> tuple[str, Piece] | None:
    rows = schema.rows()
    piece = spot.piece
    match spot.kind:
        case "program":
            text = chunk.text[command.start : command.end]
            return (
                f"**{command.program}** — {rows.programs[command.program]}\n\n{explain(text, facts)}",
                piece,
            )
        case "flag":
            row = rows.option(command.program, spot.option.letter) if spot.option else None
            return (
                (f"**-{row.letter} {row.argument}**\n\n{choices.option_markdown(row)}", piece)
                if row
                else None
            )
        case "value":
            return _value(spot, command, offset)
        case "action":
            action = rows.actions.get(spot.action)
            return (f"**{action.name}**\n\n{action.text}", piece) if action else None
        case "key":
            sub = rows.sub(spot.action, piece.text)
            return (f"**{choices.signature(sub)}**\n\n{choices.sub_markdown(sub)}", piece) if sub else None
        case "argument":
            return _argument(spot, facts)
        case "construct":
            return rows.constructs.get(piece.text.upper(), ""), piece
        case "separator":
            return choices.separator().documentation, piece
        case "host":
            return _host(piece.text, facts), piece
        case _:
            return None


def _macro(name: str, file: str, facts: Facts) -> str:
    text = macro_text(MacroCall(name, file, optional=False), facts)
    if text is None:
        return f"**macro {name}**\n\nNobody has defined it{f' in `{file}`' if file else ''}."
    return f"**macro {name}**\n\n```\n{text}\n```"


def _value(spot: Spot, command: Command, offset: int) -> tuple[str, Piece] | None:
    row = schema.rows().option(command.program, spot.option.letter) if spot.option else None
    if row is None:
        return None
    parts = spot.piece.split(",") if row.kind == "enums" else [spot.piece]
    part = next((part for part in parts if part.start <= offset <= part.end), spot.piece)
    value = find_value(row.values, part.text)
    return (_named(value), part) if value else (row.text, spot.piece)


def _named(value: Value) -> str:
    others = f" (also {', '.join(value.aliases)})" if value.aliases else ""
    return f"**{value.name}**{others}\n\n{value.text}"


def _argument(spot: Spot, facts: Facts) -> tuple[str, Piece] | None:
    row = schema.rows().sub(spot.action, spot.sub.key.text) if spot.sub else None
    if row is None:
        return None
    value = find_value(row.values, spot.piece.text)
    if value is not None:
        return _named(value), spot.piece
    guests = [guest for guest in facts.guests if row.address and _means(row.kind, spot.piece.text, guest)]
    found = "\n".join(f"- {guest_text(guest)}" for guest in guests[:20])
    return (f"{row.text}\n\n{found}" if found else row.text), spot.piece


def _means(kind: str, text: str, guest: Guest) -> bool:
    path = guest.path or ""
    match kind:
        case "label":
            return guest.label == text
        case "uuid":
            return bool(guest.uuid) and (guest.uuid or "").replace("-", "") == text.replace("-", "").lower()
        case "mac":
            return text.lower() in guest.macs
        case "tcp":
            return text in guest.addresses
        case "filename":
            return path.endswith("/" + text)
        case _:
            return path == text


def guest_text(guest: Guest) -> str:
    """One guest in one line of Markdown."""
    state = {True: "running", False: "not running", None: ""}[guest.running]
    parts = [f"`{guest.path}`" if guest.path else "", *guest.addresses, *guest.macs, guest.uuid or "", state]
    return f"**{guest.label}** on {guest.host}: " + ", ".join(part for part in parts if part)


def _host(name: str, facts: Facts) -> str:
    if name in facts.groups:
        return f"**{name}** — a group: {', '.join(hosts(name, facts)) or 'empty'}"
    if name.startswith("["):
        inside = [f"- {guest_text(guest)}" for guest in facts.guests if guest.label == name.strip("[]")]
        text = f"**{name}** — a guest of the machine before it, started when that one answers"
        return "\n\n".join([text, "\n".join(inside[:20])]) if inside else text
    host = next((host for host in facts.hosts if host.name == name), None)
    guests = [guest for guest in facts.guests if guest.host == name]
    about = [f"**{name}** — a host"]
    if host is not None:
        words = [host.toolstack or "", f"Xen {host.xen_release}" if host.xen_release else ""]
        words.append({True: "answers", False: "does not answer", None: ""}[host.reachable])
        about[0] += "".join(f", {word}" for word in words if word)
    if guests:
        about.append("\n".join(f"- {guest_text(guest)}" for guest in guests[:20]))
    return "\n\n".join(about)
