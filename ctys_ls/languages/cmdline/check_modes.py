"""Options against each other: CONSOLE with -L, -b and -z, types left out, too many targets (ctys-facts 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline.arguments import DEFAULT_TYPE
from ctys_ls.languages.cmdline.cures import without_value
from ctys_ls.languages.cmdline.findings import Finding, Repair, like, replacements
from ctys_ls.languages.cmdline.layers import Call
from ctys_ls.languages.cmdline.nodes import Action, Command, Sub
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema

#: How many hosts one call may start sessions on (R_CREATE_MAX of the original).
MOST_TARGETS = 20
_WINDOWS = frozenset({"XTERM", "GTERM", "EMACS", "EMACSA", "EMACSM", "EMACSAM", "SDL"})


def mode_findings(command: Command, found_calls: Sequence[Call]) -> list[Finding]:
    """What does not go together."""
    if command.program != "ctys":
        return []
    found: list[Finding] = []
    seen: set[tuple[str, int]] = set()
    for call in found_calls:
        for finding in _call(call, command):
            # One mistake in the shared part of a line counts once, not once for every host.
            key = (finding.code, finding.where.start)
            if key not in seen:
                seen.add(key)
                found.append(finding)
    creating = [call for call in found_calls if _action_name(call) == "CREATE"]
    if len(creating) > MOST_TARGETS:
        found.append(
            Finding(
                "ctys.too-many-targets",
                creating[MOST_TARGETS].where,
                f"CREATE for {len(creating)} targets; the original allowed {MOST_TARGETS} in one call.",
                _split(command, creating[MOST_TARGETS - 1].where, creating[MOST_TARGETS].where),
            )
        )
    return found


def _split(command: Command, last: Piece, following: Piece) -> tuple[Repair, ...]:
    """The targets from ``following`` on in a call of their own, with the same options in front."""
    targets = command.arguments.targets
    before = next((target for target in targets if target.name.start == last.start), None)
    after = next((target for target in targets if target.name.start == following.start), None)
    head = [word for word in command.words if targets and word.end <= targets[0].whole.start]
    if before is None or after is None or before is after or any(word.starts is not None for word in head):
        # A group's members cannot be parted here, and quoted options not be written again letter by letter.
        return ()
    # The shell's words, not the targets: a quote that closes a context belongs to the word alone.
    ends = [word.end for word in command.words if word.end <= after.whole.start]
    starts = [word.start for word in command.words if word.start <= after.whole.start]
    if not ends or ends[-1] < before.whole.end or ends[-1] > starts[-1]:
        return ()
    gap = Piece("", ends[-1], starts[-1])
    text = " ".join([command.name.text or command.program, *(word.text for word in head)])
    return (Repair("Split the list of targets into two calls", ((gap, f"\n{text} "),), safe=False),)


def _action_name(call: Call) -> str:
    option = call.options.get("a")
    return option.action.name.text.upper() if option and option.action else "CREATE"


def _words(call: Call, letter: str) -> tuple[Piece | None, list[str]]:
    option = call.options.get(letter)
    if option is None or option.value is None:
        return None, []
    return option.value, option.value.text.upper().split(",")


def _call(call: Call, command: Command) -> Iterator[Finding]:
    option = call.options.get("a")
    action = option.action if option else None
    if action is None:
        return
    name = action.name.text.upper()
    kind, kinds = _words(call, "t")
    if name in ("CREATE", "CANCEL") and kind is None and action.subs and "T" not in call.options:
        yield _default_type(action, command)
    if name == "CREATE":
        yield from _console(call, action)
    if name == "CANCEL" and _sub(action, "CANCEL", "CLIENT"):
        for method in ("SUSPEND", "RESET", "POWEROFF"):
            if sub := _sub(action, "CANCEL", method):
                yield Finding(
                    "ctys.exclusive-suboptions",
                    sub.key,
                    f"{method} stops the guest, CLIENT leaves it running.",
                )
    if kind is not None and name in ("CREATE", "CANCEL") and "ALL" in kinds:
        yield Finding(
            "ctys.type-all",
            kind,
            f"{name} needs one session type, not ALL.",
            replacements(kind, [like("XEN", kind.text)], safe=False),
        )
    yield from _kept(call, name)


def _kept(call: Call, action: str) -> Iterator[Finding]:
    """-C with an action that keeps nothing, -C OFF beside other words, -c REMOTE (ctys-facts 1.2)."""
    value, words = _words(call, "C")
    if value is not None:
        parts = value.split(",")
        acts = action in ("CREATE", "CANCEL")
        off = next((word for word in words if word in ("OFF", "0")), None)
        if "ONLY" in words and acts:
            yield Finding(
                "ctys.cache-only",
                value,
                f"-C ONLY does not go with {action}, which has to ask the host.",
                without_value(parts, parts[words.index("ONLY")]),
            )
        elif off is not None and len(words) > 1 and not {"ON", "1"} & {*words}:
            yield Finding(
                "ctys.exclusive-values",
                value,
                f"-C {off} stands alone: nothing is kept or taken.",
                replacements(value, [parts[words.index(off)].text], safe=False),
            )
        elif acts and off is None:
            text = (
                f"-C {value.text} does nothing for {action}, which always asks the host and keeps no answer."
            )
            yield Finding("ctys.inert-option", value, text, unnecessary=True)
    value, words = _words(call, "c")
    if value is not None and {"REMOTE", "3"} & {*words}:
        parts = value.split(",")
        part = next(part for part in parts if part.text.upper() in ("REMOTE", "3"))
        yield Finding(
            "ctys.remote-inventory",
            part,
            "Hosts keep no inventory of their own: their files are searched, as with -c OFF.",
            replacements(part, [like("LOCAL", part.text)], safe=False),
        )


def _default_type(action: Action, command: Command) -> Finding:
    end = command.name.end
    at = Piece("", end, end)
    return Finding(
        "ctys.default-type",
        action.name,
        f"Without -t this is about {DEFAULT_TYPE} desktops, not guests.",
        (Repair("Add -t xen", ((at, " -t xen"),), safe=False),),
    )


def _sub(action: Action, name: str, key: str) -> Sub | None:
    rows = schema.rows()
    for sub in action.subs:
        row = rows.sub(name, sub.key.text)
        if row is not None and row.name == key:
            return sub
    return None


def _console(call: Call, action: Action) -> Iterator[Finding]:
    sub = _sub(action, "CREATE", "CONSOLE")
    if sub is None or sub.argument is None:
        return
    console = sub.argument.text.upper()
    locality, where = _words(call, "L")
    if locality is not None and where:
        yield from _locality(console, sub.argument, where[0], locality)
    background, modes = _words(call, "b")
    if console == "CLI" and background is not None and {"1", "ON", "ASYNC"} & set(modes):
        yield Finding(
            "ctys.console-mode",
            background,
            "CONSOLE:CLI needs this terminal until it ends; -b cannot detach it.",
        )
    if console == "CLI" and background is not None and {"3", "PAR", "PARALLEL"} & set(modes):
        yield Finding(
            "ctys.console-mode",
            background,
            "CONSOLE:CLI needs this terminal: hosts come one after the other.",
        )
    pty, ptys = _words(call, "z")
    if console == "CLI" and pty is not None and "NOPTY" in ptys:
        yield Finding(
            "ctys.console-without-pty",
            pty,
            "Without a terminal on the host CONSOLE:CLI is hard to use.",
            replacements(pty, ["2"], safe=False),
        )


def _locality(console: str, argument: Piece, where: str, value: Piece) -> Iterator[Finding]:
    if where in ("CF", "CONNECTIONFORWARDING") and console in _WINDOWS | {"CLI"}:
        yield Finding(
            "ctys.console-mode",
            argument,
            f"CONSOLE:{console} cannot be carried over a tunnel: with -L CF only VNC and NONE go.",
            (Repair("Use CONSOLE:VNC", ((argument, "vnc"),), safe=False),),
        )
    elif where in ("SO", "SERVERONLY") and console in ("CLI", "VNC"):
        yield Finding("ctys.console-mode", value, f"-L SO starts no client, and CONSOLE:{console} is one.")
