"""Single values: the type and the words of every key that xl reads for this guest (checks xl-014 to xl-018, xl-030 …)."""

from __future__ import annotations

from ctys_ls.languages.xenconf.rules.near import near
from ctys_ls.languages.xenconf.rules.reader import Found, Reader
from ctys_ls.problems import Fix, Severity
from ctys_ls.schema.model import Key, Kind
from ctys_ls.text import Edit

_GRANTS = ("max_grant_frames", "max_maptrack_frames", "max_grant_version")
_INT_MAX = 2**31 - 1
#: Keys with a name or, the old way, a number from 0 to 3.
_NUMBERED = ("timer_mode", "tsc_mode", "altp2m")
#: Rules of their own, in other modules.
_ELSEWHERE = frozenset(
    {"name", "type", "builder", "uuid", "vcpus", "maxvcpus", *_GRANTS, *_NUMBERED, "firmware"}
)
#: Strings or lists; anything else is refused. bootloader_args takes a string with a warning.
_LISTS_ONLY = frozenset({"device_model_args", "device_model_args_pv", "device_model_args_hvm"})


def check(reader: Reader, guest: str) -> None:
    """Every key by its kind, then the keys with rules of their own."""
    for name in reader.names():
        key = reader.keys.get(name)
        if key is None or key.xm_only or name in _ELSEWHERE or (key.guests and guest not in key.guests):
            continue
        if key.kind in {Kind.INT, Kind.BOOL}:
            reader.long(name)
        elif key.kind is Kind.ENUM:
            _enum(reader, key)
        elif key.kind in {Kind.STRING, Kind.PATH, Kind.UUID, Kind.SPEC}:
            reader.string(name)
        elif key.kind in {Kind.LIST, Kind.SPECS, Kind.LISTS} and name not in _LISTS_ONLY | {
            "mca_caps",
            "bootloader_args",
        }:
            reader.blocks(name)
    _numbered(reader, guest)
    _grants(reader)
    _plain_lists(reader)
    if guest == "hvm":
        _hvm(reader)


def words(reader: Reader, found: Found, key: Key) -> None:
    """A value that is none of the key's words: xl refuses it, unless the words are open."""
    text = found.text or ""
    if text in key.values or (not key.case and text.lower() in key.values):
        return
    guess = near(text, key.values)
    fixes = [Fix(f'Write "{guess}"', (Edit(found.span, f'"{guess}"'),))] if guess else []
    known = ", ".join(key.values)
    if key.open:
        if guess:
            reader.hint(
                "value", found.span, f"“{text}” is unusual for {key.name}; did you mean “{guess}”?", *fixes
            )
        return
    reader.error("value", found.span, f"“{text}” is no value of {key.name}: xl knows {known}.", *fixes)


def _enum(reader: Reader, key: Key) -> None:
    if key.name == "gfx_passthru":
        found = reader.find(key.name)
        if found and found.text is not None and reader.tree is not None:
            number = _quiet_long(found)
            if number is None and (found.text or "").lower() not in {"default", "igd"}:
                reader.error(
                    "value", found.span, f"“{found.text}” is no value of gfx_passthru: 0, 1, default or igd."
                )
            elif number not in {None, 0, 1}:
                reader.hint("value", found.span, "gfx_passthru is 0, 1 or the kind of card: default, igd.")
            return
    found = reader.string(key.name)
    if found:
        words(reader, found, key)


def _quiet_long(found: Found) -> int | None:
    from ctys_ls.languages.xenconf.rules.reader import LONG_MAX, c_long

    if found.text is None or found.last.setting.appends:
        return None
    value = c_long(found.text)
    return value if value is not None and abs(value) <= LONG_MAX else None


def _numbered(reader: Reader, guest: str) -> None:
    for name in _NUMBERED:
        found = reader.find(name)
        if found is None:
            continue
        if name == "timer_mode" and guest == "pv" and not found.is_list:
            fix = Fix("Remove it", (Edit(found.whole, ""),), safe=False)
            reader.error("timer-mode-pv", found.whole, "A PV guest has no timer_mode; xl refuses it.", fix)
            continue
        key = reader.keys[name]
        number = _quiet_long(found)
        if number is None:
            if found.is_list:
                reader.string(name)
            else:
                words(reader, found, key)
        elif not 0 <= number < len(key.values):
            reader.error(
                "value", found.span, f"{name} is a name, or a number from 0 to {len(key.values) - 1}."
            )
        elif name != "altp2m":
            word = key.values[number]
            reader.report(
                "deprecated-value",
                Severity.WARNING,
                found.span,
                f"A number for {name} is the old way; {number} means “{word}”.",
                Fix(f'Write "{word}"', (Edit(found.span, f'"{word}"'),)),
                deprecated=True,
            )


def _grants(reader: Reader) -> None:
    for name in _GRANTS:
        found = reader.find(name)
        if found is None:
            continue
        number = _quiet_long(found)
        if number is None or not 0 <= number <= _INT_MAX:
            reader.error(
                "grant-limit",
                found.span,
                f"{name} must be a number from 0 to {_INT_MAX}; xl ends here without any message.",
            )


def _plain_lists(reader: Reader) -> None:
    for name in sorted(_LISTS_ONLY):
        found = reader.find(name)
        if found and not found.is_list:
            words_ = (found.text or "").split()
            listed = "[ " + ", ".join(f'"{word}"' for word in words_) + " ]"
            fix = (
                Fix(f"Write {listed}", (Edit(found.span, listed),))
                if '"' not in listed.replace('", "', "")[3:-3]
                else None
            )
            reader.error(
                "list-wanted", found.span, f"xl refuses {name} unless it is a list.", *([fix] if fix else [])
            )
    found = reader.find("bootloader_args")
    if found and not found.is_list and found.text is not None and not found.text.strip():
        fix = Fix("Write an empty list", (Edit(found.span, "[]"),))
        reader.error(
            "bootloader-args-empty", found.span, "An empty string for bootloader_args makes xl crash.", fix
        )
    elif found and not found.is_list and found.text is not None:
        listed = "[ " + ", ".join(f'"{word}"' for word in found.text.split()) + " ]"
        reader.report(
            "deprecated-value",
            Severity.WARNING,
            found.span,
            "bootloader_args as a string is the old way; it is a list.",
            Fix(f"Write {listed}", (Edit(found.span, listed),)),
            deprecated=True,
        )


def _hvm(reader: Reader) -> None:
    hole = reader.long("mmio_hole")
    if hole is not None and not 256 <= hole <= 3840:
        found = reader.find("mmio_hole")
        if found:
            near_ = 256 if hole < 256 else 3840
            fix = Fix(f"Write {near_}", (Edit(found.span, str(near_)),), safe=False)
            reader.error("range", found.span, "mmio_hole must lie between 256 and 3840 MiB.", fix)
    caps = reader.find("mca_caps")
    if caps and not caps.is_list:
        reader.error(
            "list-wanted",
            caps.span,
            "xl refuses mca_caps unless it is a list.",
            Fix('Write ["lmce"]', (Edit(caps.span, '[ "lmce" ]'),)),
        )
    elif caps:
        for item in caps.items:
            if item.is_list:
                reader.error("nested-list", item.span, "A list inside mca_caps makes xl crash.")
            elif item.text != "lmce":
                reader.error(
                    "value", item.span, f"“{item.text}” is no machine-check capability: xl knows lmce."
                )
    viridian = reader.find("viridian")
    if viridian and viridian.is_list:
        known = reader.keys["viridian"].values
        for item in viridian.items:
            word = item.text.removeprefix("!")
            if item.is_list:
                reader.error("nested-list", item.span, "A list inside viridian makes xl crash.")
            elif word.lower() not in known or (
                word.lower() in {"all", "defaults"} and item.text != word.lower()
            ):
                guess = near(word, known)
                fixes = (
                    [
                        Fix(
                            f"Write {guess}",
                            (Edit(item.part(len(item.text) - len(word), len(item.text)), guess),),
                        )
                    ]
                    if guess
                    else []
                )
                reader.error("value", item.span, f"“{word}” is no viridian group.", *fixes)
    elif viridian and _quiet_long(viridian) is None:
        fix = Fix("Write 1", (Edit(viridian.span, "1"),), safe=False)
        reader.warn("ignored-value", viridian.span, "xl ignores a viridian string that is no number.", fix)
    listen, display = reader.string("vnclisten"), reader.long("vncdisplay")
    if listen and listen.text and ":" in listen.text and display:
        reader.error(
            "vnc-display-twice",
            listen.span,
            "Any “:” in vnclisten counts as a display number, and vncdisplay gives another one; xl refuses both together.",
            *_without(reader, "vncdisplay"),
        )


def _without(reader: Reader, name: str) -> tuple[Fix, ...]:
    found = reader.find(name)
    return (Fix(f"Remove {name}", (Edit(found.whole, ""),), safe=False),) if found else ()
