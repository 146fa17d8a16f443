"""Machine addresses: given at all, and in the right form (ctys-facts section 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ctys_ls.facts import NOTHING, Facts
from ctys_ls.languages.cmdline.check_targets import lone_action
from ctys_ls.languages.cmdline.check_values import dynamic
from ctys_ls.languages.cmdline.findings import Finding, Repair
from ctys_ls.languages.cmdline.layers import Call
from ctys_ls.languages.cmdline.nodes import Action, Command, Sub, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")
_LOOSE_MAC = re.compile(r"[0-9A-Fa-f]{12}$")
_HEX = re.compile(r"[0-9A-Fa-f]{32}$")
_LABEL = re.compile(r"[A-Za-z0-9_.-]+$")
_PORT = re.compile(r"(.*[^:]):(\d+)$")


def address_findings(command: Command, found_calls: Sequence[Call], facts: Facts = NOTHING) -> list[Finding]:
    """What is wrong with the addresses of CREATE and CANCEL."""
    hosts = {call.host for call in found_calls}
    files = [guest.path for guest in facts.guests if guest.path and guest.host in hosts]
    # In a stack the brackets say which machine; an action that only such levels inherit needs no address.
    stacked = any(call.inside for call in found_calls)
    direct = {id(call.options.get("a")) for call in found_calls if not call.inside}
    found: list[Finding] = []
    action_seen = False
    for option in all_options(command.arguments):
        if option.letter != "a" or command.program != "ctys":
            continue
        action_seen = True
        if option.action is not None:
            found += _action(option.action, files, inherited=stacked and id(option) not in direct)
    flags = {option.letter for option in all_options(command.arguments)}
    late = any(target.name.text.startswith("-a") for target in command.arguments.targets)
    stacked = stacked and id(None) not in direct
    told = late or stacked or lone_action(command) or flags & set("hHvV-")
    if command.program == "ctys" and not (action_seen or told):
        where = command.name if command.name.text else command.words[0] if command.words else command.name
        found.append(
            Finding(
                "ctys.missing-address",
                where,
                "Without -a this is CREATE, which needs to know which machine: -a create=l:LABEL.",
            )
        )
    return found


def _action(action: Action, files: Sequence[str], *, inherited: bool) -> Iterator[Finding]:
    rows = schema.rows()
    name = action.name.text.upper()
    row = rows.actions.get(name)
    if row is None or not row.address or row.status:
        return
    addressed = False
    for sub in action.subs:
        known = rows.sub(name, sub.key.text)
        if known is None:
            # An unknown key or a macro may have been meant as the address.
            addressed = addressed or bool(sub.key.text)
            continue
        addressed = addressed or known.address
        if sub.argument is not None and sub.argument.text and not dynamic(sub.argument.text):
            yield from _value(known.kind, sub, sub.argument, files)
    if not addressed and not inherited:
        yield Finding(
            "ctys.missing-address",
            action.name,
            f"{name} needs to know which machine: write l:LABEL, or its file (f:, p:), UUID (u:), MAC (m:) or address (t:)"
            + ("; ALL means every one." if name == "CANCEL" else "."),
        )


def _value(kind: str, sub: Sub, value: Piece, files: Sequence[str] = ()) -> Iterator[Finding]:
    match kind:
        case "pathname" if value.text.startswith("~/"):
            yield Finding(
                "ctys.relative-pathname",
                value,
                "The shell replaces '~' at the beginning of a word only; here it stays as it is.",
                (Repair("Write $HOME", ((value.cut(0, 1), "$HOME"),)),),
            )
        case "pathname" if not value.text.startswith("/"):
            yield Finding(
                "ctys.relative-pathname",
                value,
                f"{sub.key.text} takes an absolute path; FILENAME takes the end of one.",
                (
                    *_whole_paths(value, files),
                    Repair("Use FILENAME (f:)", ((sub.key, "f"),), safe=False),
                    Repair(
                        "Begin at the home directory ($HOME/…)", ((value, f"$HOME/{value.text}"),), safe=False
                    ),
                ),
            )
        case "mac" if not _MAC.match(value.text):
            yield _bad_mac(sub, value)
        case "uuid" if not _HEX.match(value.text.replace("-", "")):
            digits = len(value.text.replace("-", ""))
            yield Finding(
                "ctys.bad-uuid", value, f"A UUID has 32 hexadecimal digits; this has {digits} characters."
            )
        case "label" if not _LABEL.match(value.text):
            yield Finding(
                "ctys.bad-label", value, f"A label has letters, digits and -_. only, not {value.text!r}."
            )
        case "tcp" if port := port_of(sub, kind):
            yield Finding(
                "ctys.port-in-tcp",
                value,
                f"TCP takes an address or a name without a port; {port.text!r} is one.",
                (Repair("Remove the port", ((port, ""),), safe=False),),
            )
        case _:
            return


def _whole_paths(value: Piece, files: Sequence[str]) -> Iterator[Repair]:
    """The files on the hosts whose path ends so."""
    found = [path for path in dict.fromkeys(files) if path.endswith(f"/{value.text}")]
    return (Repair(f"Write {path}", ((value, path),), safe=False) for path in found[:_PATHS])


#: How many files a repair is offered for.
_PATHS = 5


def port_of(sub: Sub, kind: str) -> Piece | None:
    """The port behind the address of TCP with its colon: lost there, or written with a colon that counts."""
    if kind != "tcp" or sub.argument is None:
        return None
    if sub.lost is not None and sub.lost.text[1:].isdigit():
        return sub.lost
    found = _PORT.match(sub.argument.text)
    return sub.argument.cut(found.end(1)) if found else None


def is_label(text: str) -> bool:
    """Whether a text may be a machine's label."""
    return bool(_LABEL.match(text))


def malformed(action: Action) -> bool:
    """Whether a part of the address cannot be one, so that nothing is found with it."""
    rows = schema.rows()
    known = ((sub, rows.sub(action.name.text.upper(), sub.key.text)) for sub in action.subs)
    return any(
        row.kind != "label" and any(_value(row.kind, sub, sub.argument))
        for sub, row in known
        if row is not None and row.address and sub.argument is not None and sub.argument.text
    )


def _bad_mac(sub: Sub, value: Piece) -> Finding:
    whole = sub.whole.cut(len(sub.key.text) + 1) if sub.lost is not None else value
    digits = re.sub(r"[:\-.]", "", whole.text)
    repairs: tuple[Repair, ...] = ()
    if _LOOSE_MAC.match(digits):
        proper = ":".join(digits[index : index + 2] for index in range(0, 12, 2))
        repairs = (Repair(f"Change to {proper}", ((whole, proper),)),)
    return Finding(
        "ctys.bad-mac",
        whole,
        "A MAC address is six pairs of hexadecimal digits with colons between them.",
        repairs,
    )
