"""Keys as such: unknown, misspelt, of another guest type, of xm, too new, twice (checks xl-012, xl-086, xl-087)."""

from __future__ import annotations

from functools import lru_cache

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Found, Reader
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.problems import Fix, Related, Severity
from ctys_ls.schema.load import xen_keys
from ctys_ls.schema.model import Key
from ctys_ls.text import Edit, Position, Span

#: A file with more unknown keys than this is none of xl's: the rest is counted.
_LISTED = 500
#: How many of the settings that a later one overrides are marked, per key.
_MARKED = 3
#: What ctys itself picks out of a file, where the first setting counts.
_CTYS = frozenset({"name", "uuid", "memory", "vcpus"})
#: Keys that users name themselves would be noise; names that look private are let alone.
_QUIET_PREFIXES = ("_", "x_", "x.")


def release(text: str) -> tuple[int, ...]:
    """A Xen release as a number that can be compared; empty for none."""
    parts = text.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def check(reader: Reader, guest: str) -> None:
    """Every key once, at the setting that counts; overridden settings."""
    target = release(reader.tree.options.release)
    unknown: list[str] = []
    for name in list(reader.names()):
        if len(reader.tree.indices(name)) > 1:
            _twice(reader, name)
        key = reader.keys.get(name)
        if key is None:
            unknown.append(name)
            if len(unknown) > _LISTED and not reader.tree.appended(name):
                continue
        found = reader.find(name)
        if found is None:
            continue
        if key is None:
            if len(unknown) <= _LISTED:
                _unknown(reader, found)
        elif key.xm_only:
            _xm_only(reader, found, key)
        elif target and release(key.since) > target:
            reader.warn(
                "newer-key",
                found.name_span,
                f"xl reads {name} since Xen {key.since}; in {reader.tree.options.release} it does nothing.",
                *_removed(reader.tree, found.whole),
            )
        elif key.guests and guest not in key.guests:
            _other_guest(reader, found, key, guest)
        elif key.deprecated and name != "builder":
            _deprecated(reader, found, key)
    if len(unknown) > _LISTED and (last := reader.find(unknown[-1])):
        more = len(unknown) - _LISTED - 1
        message = f"xl knows no “{last.name}”, nor {more} more keys of this file before it."
        reader.warn("unknown-key", last.name_span, message)


@lru_cache(maxsize=4096)
def _guess(name: str) -> str | None:
    """The key that a misspelt one was probably meant to be; xm's own keys are not offered."""
    return near(name, [key.name for key in xen_keys().values() if not key.xm_only])


def _unknown(reader: Reader, found: Found) -> None:
    guess = _guess(found.name)
    if guess and guess not in reader.tree.by_name:
        reader.warn(
            "unknown-key",
            found.name_span,
            f"xl knows no “{found.name}” and says nothing; did you mean “{guess}”?",
            Fix(f"Write {guess}", (Edit(found.name_span, guess),)),
        )
    elif guess:
        line = reader.tree.last(guess)[0].line + 1
        message = f"xl knows no “{found.name}” and says nothing; “{guess}” is set in line {line}."
        reader.warn("unknown-key", found.name_span, message)
    else:
        reader.warn(
            "unknown-key", found.name_span, f"xl knows no “{found.name}”; it ignores the line without a word."
        )


def _commented(reader: Reader, found: Found) -> tuple[Edit, ...]:
    """A hash before every line of a setting that stands alone on its lines; nothing for others."""
    (first, column), (last, end) = found.whole
    lines = reader.tree.lines
    if lines[first][:column].strip() or lines[last][end:].split("#")[0].strip():
        return ()
    return tuple(Edit(Span(Position(line, 0), Position(line, 0)), "# ") for line in range(first, last + 1))


def _xm_only(reader: Reader, found: Found, key: Key) -> None:
    message = f"Only xm read {key.name}; xl ignores it."
    fixes: list[Fix] = []
    if key.instead and key.instead in reader.keys:
        message = f"Only xm read {key.name}; xl's key is {key.instead}."
        if key.name == "bootargs" and found.text is not None:
            listed = "[ " + ", ".join(f'"{word}"' for word in found.text.split()) + " ]"
            fixes.append(
                Fix("Write bootloader_args", (Edit(found.name_span, key.instead), Edit(found.span, listed)))
            )
        elif key.name in {"cpu_cap", "cpu", "irq"} and key.instead not in reader.tree.by_name:
            fixes.append(Fix(f"Write {key.instead}", (Edit(found.name_span, key.instead),)))
    reader.report("xm-only-key", Severity.WARNING, found.name_span, message, *fixes, unnecessary=True)


def _other_guest(reader: Reader, found: Found, key: Key, guest: str) -> None:
    kinds = " and ".join(kind.upper() for kind in key.guests)
    reader.report(
        "other-guest-type",
        Severity.WARNING,
        found.name_span,
        f"xl reads {key.name} for {kinds} guests only; this one is {guest.upper()}.",
        unnecessary=True,
    )


def _deprecated(reader: Reader, found: Found, key: Key) -> None:
    texts = {
        "altp2mhvm": "xl warns: altp2mhvm is deprecated, use altp2m.",
        "msr_relaxed": "xl warns: msr_relaxed will be removed.",
        "vncviewer": "xl ignores vncviewer; start the guest with xl create -V instead.",
        "vif2": "xl knows no vif2 any more.",
        "device_model": "xl ignores device_model; its key is device_model_override.",
        "stdvga": 'stdvga is the old way; write vga = "stdvga".',
    }
    text = texts.get(key.name)
    if text is None:
        return
    fixes: list[Fix] = []
    if key.name == "stdvga" and found.text == "1" and "vga" not in reader.tree.by_name:
        fixes.append(Fix('Write vga = "stdvga"', (Edit(found.whole, 'vga = "stdvga"'),)))
    if key.name == "altp2mhvm" and found.text in {"0", "1"} and "altp2m" not in reader.tree.by_name:
        word = "mixed" if found.text == "1" else "disabled"
        fixes.append(Fix(f'Write altp2m = "{word}"', (Edit(found.whole, f'altp2m = "{word}"'),)))
    if key.name == "device_model" and key.instead and key.instead not in reader.tree.by_name:
        fixes.append(Fix(f"Write {key.instead}", (Edit(found.name_span, key.instead),), safe=False))
    severity = Severity.HINT if key.name == "stdvga" else Severity.WARNING
    reader.report("deprecated-key", severity, found.name_span, text, *fixes, deprecated=True)


def _twice(reader: Reader, name: str) -> None:
    """Earlier settings that a later one overrides."""
    tree = reader.tree
    located = []
    for index in dict.fromkeys(tree.indices(name)[-_MARKED - 1 :]):
        located += [(setting, tree.starts[index]) for setting in tree.settings(index) if setting.name == name]
    wins = max((at for at, (setting, _) in enumerate(located) if not setting.appends), default=0)
    if not wins:
        return
    setting, line = located[wins]
    where = setting.span.shifted(line)
    ctys = "; ctys reads the first, Xen the last" if name in _CTYS else ""
    for one, start in located[max(0, wins - _MARKED) : wins]:
        reader.report(
            "duplicate-key",
            Severity.WARNING,
            one.span.shifted(start),
            f"{name} is set again in line {where.start.line + 1}, and the last one counts{ctys}.",
            *_removed(tree, one.span.shifted(start)),
            related=(Related(None, where, "this one counts"),),
            unnecessary=True,
        )


def _removed(tree: Tree, where: Span) -> list[Fix]:
    """Take out a setting that stands alone on its lines."""
    (first, column), (last, end) = where
    if (
        tree.lines[first][:column].strip()
        or tree.lines[last][end:].split("#")[0].strip()
        or last + 1 >= len(tree.lines)
    ):
        return []
    return [
        Fix("Remove this setting", (Edit(Span(Position(first, 0), Position(last + 1, 0)), ""),), safe=False)
    ]
