"""Actions and suboptions against the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline.check_address import is_label, port_of
from ctys_ls.languages.cmdline.check_values import argument_findings, dynamic
from ctys_ls.languages.cmdline.cures import without_sub
from ctys_ls.languages.cmdline.findings import Finding, Repair, like, near, perhaps, replacements
from ctys_ls.languages.cmdline.nodes import Action, Sub
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema
from ctys_ls.schema.cmdline import SubRow


def action_findings(action: Action, session_type: str) -> Iterator[Finding]:
    """What is wrong with the value of ``-a``; ``session_type`` is empty where it is not known."""
    if dynamic(action.name.text):
        return
    name = action.name.text.upper()
    rows = schema.rows()
    row = rows.actions.get(name)
    if row is None:
        known = [each.name for each in rows.actions.values() if not each.status]
        head, colon, _ = name.partition(":")
        if colon and head in known:
            at = action.name.cut(len(head), len(head) + 1)
            text = f"Suboptions follow {action.name.cut(0, len(head)).text} behind '=', not ':'."
            yield Finding("ctys.unknown-action", action.name, text, (Repair("Write '='", ((at, "="),)),))
            return
        meant = [each.name for each in rows.actions.values() if name in each.meant]
        close = [like(word, action.name.text) for word in meant or near(name, known)]
        yield Finding(
            "ctys.unknown-action",
            action.name,
            f"There is no action {action.name.text!r}.{perhaps(close) or ' There are ' + ', '.join(known) + '.'}",
            replacements(action.name, close, safe=not meant),
        )
        return
    if row.status == "internal":
        yield Finding(
            "ctys.internal", action.name, f"ctys passes {name} to itself; it is not meant to be typed."
        )
        return
    yield from sub_findings(name, action.subs, session_type)


def sub_findings(action: str, subs: Sequence[Sub], session_type: str) -> Iterator[Finding]:
    """What is wrong with suboptions; ``action`` is "VHOST" for the fields of ``ctys-vhost -o``."""
    given: list[tuple[Sub, SubRow]] = []
    rows = schema.rows()
    for sub in subs:
        if dynamic(sub.key.text) or (
            sub.key.text.lower() in ("macro", "{macro") and sub.argument is not None
        ):
            continue
        row = rows.sub(action, sub.key.text)
        if row is None:
            yield _unknown_sub(action, subs, sub, given[-1] if given else None)
            continue
        given.append((sub, row))
        if row.types and session_type and session_type not in (*row.types, "ALL"):
            yield Finding(
                "ctys.other-type",
                sub.key,
                f"{row.name} is a suboption of {', '.join(row.types)}; {session_type} does not know it.",
                without_sub(subs, sub),
            )
        if row.generation:
            text = (
                f"{row.name} came with release {row.generation}; a ctys of the page's time does not know it."
            )
            yield Finding("ctys.newer-release", sub.key, text)
        yield from _argument(action, sub, row, session_type)
    yield from _exclusive(action, subs, given)


def _unknown_sub(action: str, subs: Sequence[Sub], sub: Sub, before: tuple[Sub, SubRow] | None) -> Finding:
    what = "ctys-vhost -o" if action == "VHOST" else action
    if not sub.whole.text:
        place = "between the commas" if sub is not subs[-1] else "behind the comma"
        return Finding(
            "ctys.empty-suboption",
            sub.whole,
            f"A suboption of {what} is missing {place}.",
            without_sub(subs, sub, title="Remove the comma", safe=True),
        )
    if before is not None and before[1].kind == "basepath" and "/" in sub.key.text:
        comma = Piece(",", before[0].whole.end, sub.whole.start)
        return Finding(
            "ctys.unknown-suboption",
            sub.key,
            f"A directory cannot follow a comma: the elements of {before[0].key.text} stand between '%'.",
            (Repair("Split the list at '%'", ((comma, "%"),)),),
        )
    rows = schema.rows()
    head, equals, _ = sub.key.text.partition("=")
    if equals and rows.sub(action, head):
        at = sub.key.cut(len(head), len(head) + 1)
        text = f"The argument of {head} follows behind ':', not '='."
        return Finding("ctys.unknown-suboption", sub.key, text, (Repair("Write ':'", ((at, ":"),)),))
    some = rows.subs.get(action, ())
    meant = [row.name for row in some if sub.key.text.upper() in row.meant]
    names = [name for row in some for name in row.names(action) if len(name) > 1]
    close = [like(word, sub.key.text) for word in meant or near(sub.key.text, names)]
    if not close and _label_alone(action, subs, sub):
        close = [f"l:{sub.key.text}"]
        meant = close
    return Finding(
        "ctys.unknown-suboption",
        sub.key,
        f"{what} has no suboption {sub.key.text!r}.{perhaps(close)}",
        replacements(sub.key, close, safe=not meant),
    )


def _label_alone(action: str, subs: Sequence[Sub], sub: Sub) -> bool:
    """Whether a word may be the label of the machine, of which nothing else tells."""
    rows = schema.rows()
    row = rows.actions.get(action)
    told = any((known := rows.sub(action, each.key.text)) is not None and known.address for each in subs)
    return row is not None and row.address and not told and sub.argument is None and is_label(sub.key.text)


def _argument(action: str, sub: Sub, row: SubRow, session_type: str) -> Iterator[Finding]:
    argument = sub.argument
    key = sub.key.text
    # Of an address with colons its own check tells more.
    if sub.lost is not None and sub.lost.text and not (row.kind == "mac" or port_of(sub, row.kind)):
        kept = argument.text if argument is not None else ""
        whole = Piece(sub.lost.text, sub.lost.start, sub.lost.end)
        yield Finding(
            "ctys.lost-text",
            whole,
            f"ctys drops what follows a second colon: {key} gets {kept!r} only. Write '::' for a colon.",
            _double_colons(sub),
        )
    if argument is None or not argument.text:
        if row.argument == "required":
            yield Finding(
                "ctys.missing-argument", sub.key, f"{key} needs an argument: {key}:{_example(row)}."
            )
        elif argument is not None and row.argument == "none":
            yield Finding("ctys.superfluous-argument", sub.whole, f"{key} takes no argument.", _without(sub))
        return
    if row.argument == "none":
        yield Finding("ctys.superfluous-argument", argument, f"{key} takes no argument.", _without(sub))
        return
    if not dynamic(argument.text):
        yield from argument_findings(action, key, argument, row, session_type)


def _double_colons(sub: Sub) -> tuple[Repair, ...]:
    """All colons behind the first one doubled, for an argument that has no blanks or escapes in it."""
    if sub.lost is None or sub.argument is None or sub.lost.starts is not None or "\\" in sub.lost.text:
        return ()
    return (Repair("Write '::' for the colons", ((sub.lost, sub.lost.text.replace(":", "::")),), safe=False),)


def _without(sub: Sub) -> tuple[Repair, ...]:
    rest = Piece("", sub.key.end, sub.whole.end)
    return (Repair("Remove the argument", ((rest, ""),), safe=False),)


def _example(row: SubRow) -> str:
    if row.values:
        return "|".join(value.name for value in row.values[:4]) + ("|…" if len(row.values) > 4 else "")
    return row.kind.upper()


def _exclusive(action: str, subs: Sequence[Sub], given: Sequence[tuple[Sub, SubRow]]) -> Iterator[Finding]:
    """Suboptions of one group, and the same one twice."""
    names: dict[str, Sub] = {}
    groups: dict[str, tuple[Sub, SubRow]] = {}
    for sub, row in given:
        if row.name in names:
            yield Finding(
                "ctys.repeated-suboption",
                sub.whole,
                f"{row.name} is given twice; the last one counts.",
                without_sub(subs, names[row.name], title=f"Keep {sub.whole.text} only"),
                unnecessary=True,
            )
        elif row.group and row.group in groups:
            first, other = groups[row.group]
            yield Finding(
                "ctys.exclusive-suboptions",
                sub.key,
                f"{row.name} and {other.name} of {action} exclude each other.",
                without_sub(subs, sub) + without_sub(subs, first),
            )
        names[row.name] = sub
        if row.group:
            groups.setdefault(row.group, (sub, row))
