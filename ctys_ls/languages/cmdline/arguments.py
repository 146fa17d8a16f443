"""A command without errors as requests: defaults filled in, layers merged (ctys-facts 1.2, 4 and 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.layers import Call, Layered, calls
from ctys_ls.languages.cmdline.nodes import Action, Command, Sub
from ctys_ls.languages.cmdline.output import output
from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    Invocation,
    Kept,
    List,
    Locality,
    Lookup,
    Method,
    Privilege,
    Request,
    Show,
    Side,
    Target,
    Wait,
)
from ctys_ls.schema import cmdline as schema

#: The session type of CREATE and CANCEL where -t is not given (ctys.conf.sh of the original).
DEFAULT_TYPE = "VNC"
#: The console of a guest where neither the line nor XEN_CONSOLE_DEFAULT names one (xen.conf of the original).
DEFAULT_CONSOLE = "XTERM"

#: How long -C keeps an answer without LIFETIME, in seconds (SESSIONCACHEPERIOD of the original).
LIFETIME = 20

_LOCALITIES = {
    "DISPLAYFORWARDING": "DF",
    "CONNECTIONFORWARDING": "CF",
    "LOCALONLY": "LO",
    "SERVERONLY": "SO",
}
_BACKGROUND = {"SYNC": False, "0": False, "OFF": False, "ASYNC": True, "1": True, "ON": True}
_ORDER = {"SEQUENTIAL": False, "SEQ": False, "2": False, "PARALLEL": True, "PAR": True, "3": True}
_HOSTS_HOME = re.compile(r"\$(?:HOME|\{HOME\})/")
_PTY = {"NOPTY": 0, "PTY": 1, "1": 1, "2": 2}


def invocation(command: Command, text: str, facts: Facts, env: Mapping[str, str]) -> Invocation:
    """The invocation of a ``ctys`` command."""
    found = calls(command.arguments, facts, command.name)
    targets = tuple(_target(call, env) for call in found)
    shared = found[0].options if found else {}
    detach, parallel = _mode(found, targets)
    return Invocation(
        targets,
        text=text,
        dry_run=any("n" in call.options for call in found),
        detach=detach,
        parallel=parallel,
        allow_ambiguous=value_of(shared, "A").upper() in ("1", "ON"),
        use_inventory=not any(_bypassed(call.options) for call in found),
        message=value_of(shared, "M"),
        stacked=any(call.stacked for call in found) or "STACK" in _list(shared, "b"),
        inventory_only="ONLY" in _list(shared, "c"),
        kept=_kept(shared),
    )


def lookup(command: Command) -> Lookup:
    """The query of a ``ctys-vhost`` command."""
    options = {option.letter: option for option in command.arguments.options}
    fields = options["o"].value if "o" in options else None
    subs = syntax.read_subs(fields) if fields is not None else []
    return Lookup(
        tuple(term.text for term in command.arguments.terms),
        output("VHOST", subs, terse="X" in options),
        mode=value_of(options, "M").upper() or "ALL",
        quiet="s" in options,
    )


def value_of(options: Layered, letter: str) -> str:
    """The value of an option in force, the empty string without it."""
    option = options.get(letter)
    return option.value.text if option and option.value is not None else ""


def _list(options: Layered, letter: str) -> list[str]:
    return [part.upper() for part in value_of(options, letter).split(",") if part]


def off(options: Layered, letter: str) -> bool:
    """Whether one of the cache options -c and -C is switched off."""
    return any(part in ("OFF", "0") for part in _list(options, letter))


def _bypassed(options: Layered) -> bool:
    """Whether nothing that was known before may serve: -c OFF, -C OFF (UC-31), and -c REMOTE, for hosts have no inventory
    of their own that could be asked instead.
    """
    remote = not {"REMOTE", "3"}.isdisjoint(_list(options, "c"))
    return remote or off(options, "c") or off(options, "C")


def _kept(options: Layered) -> Kept:
    """What -C says. AUTO is ON and KEEP; RAW changes nothing, for answers are kept as hosts gave them."""
    if off(options, "C"):
        return Kept()
    given: dict[str, str] = {}
    for part in value_of(options, "C").split(","):
        name, _, value = part.partition(":")
        given[name.upper()] = value
    reads = not {"ON", "1", "AUTO", "LIFETIME", "ONLY"}.isdisjoint(given)
    seconds = given.get("LIFETIME", "")
    return Kept(
        lifetime=(int(seconds) if seconds.isdigit() else LIFETIME) if reads else None,
        only="ONLY" in given,
        keep="KEEPALL" if "KEEPALL" in given else "KEEP" if not {"KEEP", "AUTO"}.isdisjoint(given) else "",
        source=given.get("FIN", ""),
        sink=given.get("FOUT", ""),
    )


def _mode(found: Sequence[Call], targets: Sequence[Target]) -> tuple[bool, bool]:
    """Whether to detach and to work in parallel: -b, else the default of the action (ctys-facts 1.2)."""
    requests = [target.request for target in targets]
    consoles = [request.console for request in requests if isinstance(request, Create)]
    detach = any(isinstance(request, Create | Cancel) for request in requests)
    parallel = True
    if ConsoleKind.CLI in consoles or any(
        isinstance(target.request, Create) and target.session_type == "CLI" for target in targets
    ):
        detach = parallel = False
    for word in _list(found[0].options if found else {}, "b"):
        if word == "STACK":
            detach = parallel = False
        detach = _BACKGROUND.get(word, detach)
        parallel = _ORDER.get(word, parallel)
    if any(call.stacked for call in found):
        detach = parallel = False
    return detach, parallel


def _target(call: Call, env: Mapping[str, str]) -> Target:
    options = call.options
    action = options["a"].action if "a" in options else None
    name = action.name.text.upper() if action else "CREATE"
    listing = name in ("LIST", "ENUMERATE", "SHOW", "INFO")
    session_type = value_of(options, "t").upper() or ("ALL" if listing else DEFAULT_TYPE)
    types = tuple(_list(options, "T")) or (() if session_type == "ALL" else (session_type,))
    types = () if "ALL" in types else types
    locality = value_of(options, "L").upper()
    return Target(
        call.host,
        _request(name, action, session_type, types, terse="X" in options, env=env),
        user=call.user or value_of(options, "l") or None,
        session_type=session_type,
        privilege=_privilege(options, env),
        locality=Locality(_LOCALITIES.get(locality, locality)) if locality else None,
        scope=value_of(options, "s"),
        terse="X" in options,
        pty=_pty(options),
        stack=call.stack,
    )


def _pty(options: Layered) -> int | None:
    """How often ``-t`` is given to ssh: the PTY of -z add up, NOPTY takes all back; None without -z."""
    words = _list(options, "z")
    if not words:
        return None
    if "NOPTY" in words:
        return 0
    return min(2, sum(_PTY.get(word, 0) for word in words))


def _privilege(options: Layered, env: Mapping[str, str]) -> Privilege:
    ksu = env.get("USE_KSU") == "1" or env.get("USE_K5USERS") == "1"
    sudo = env.get("USE_SUDO") == "1"
    for word in _list(options, "Z"):
        if word in ("KSU", "NOKSU", "ALL"):
            ksu = word != "NOKSU"
        if word in ("SUDO", "NOSUDO", "ALL"):
            sudo = word != "NOSUDO"
    return Privilege(ksu, sudo)


def _request(
    name: str,
    action: Action | None,
    session_type: str,
    types: tuple[str, ...],
    *,
    terse: bool,
    env: Mapping[str, str],
) -> Request:
    subs = action.subs if action else ()
    if name == "CANCEL":
        return _cancel(_given(name, subs), env)
    if name == "LIST":
        return _list_request(subs, types, terse=terse)
    if name == "ENUMERATE":
        given = _given(name, subs)
        return Enumerate(
            output(name, subs, terse=terse),
            _elements(given.get("BASEPATH")),
            tuple(part.upper() for part in _elements(given.get("MATCHVSTAT"))),
            _elements(given.get("PKG"), upper=True) or types,
        )
    if name == "SHOW":
        return Show(types)
    if name == "INFO":
        return Info(types)
    return _create(_given(name, subs), session_type, env)


def _list_request(subs: Sequence[Sub], types: tuple[str, ...], *, terse: bool) -> List:
    given = _given("LIST", subs)
    sides = "".join(
        side for name, side in (("SERVER", "S"), ("CLIENT", "C"), ("TUNNEL", "T")) if name in given
    )
    return List(
        output("LIST", subs, terse=terse),
        "SCT" if "BOTH" in given or not sides else sides,
        _elements(given.get("PKG"), upper=True) or types,
    )


Given = Mapping[str, Sub]


def _given(action: str, subs: Sequence[Sub]) -> Given:
    """The suboptions by the name of their row."""
    known = schema.rows()
    found: dict[str, Sub] = {}
    for sub in subs:
        row = known.sub(action, sub.key.text)
        if row is not None:
            found[row.name] = sub
    return found


def _text(given: Given, name: str) -> str | None:
    sub = given.get(name)
    return syntax.meant(sub.argument) if sub and sub.argument is not None and sub.argument.text else None


def _number(given: Given, name: str) -> int | None:
    text = _text(given, name)
    return int(text) if text and text.isdigit() else None


def _elements(sub: Sub | None, *, upper: bool = False) -> tuple[str, ...]:
    if sub is None or sub.argument is None:
        return ()
    parts = (part.text for part in syntax.elements(sub.argument, lenient=True) if part.text)
    return tuple(part.upper() for part in parts) if upper else tuple(parts)


def address(given: Given) -> Address:
    """The machine address that the suboptions give."""
    uuid, mac = _text(given, "UUID"), _text(given, "MAC")
    pathname, filename = _text(given, "ID"), _text(given, "FILENAME")
    if pathname and filename is None and (home := _HOSTS_HOME.match(pathname)):
        # Quoted in a context, $HOME is the home directory on the host, below which FILENAME searches anyway.
        filename, pathname = pathname[home.end() :], None
    return Address(
        pathname=pathname,
        filename=filename,
        label=_text(given, "LABEL"),
        uuid=uuid.replace("-", "").lower() if uuid else None,
        mac=mac.lower() if mac else None,
        tcp=_text(given, "TCP"),
        basepath=_elements(given.get("BASEPATH")),
        dbrecord=_number(given, "DBRECORD"),
        all="ALL" in given,
    )


def address_of(action: str, subs: Sequence[Sub]) -> Address:
    """The machine address among an action's suboptions."""
    return address(_given(action, subs))


def _create(given: Given, session_type: str, env: Mapping[str, str]) -> Create:
    attach = next((Attach(name) for name in Attach if name in given), Attach.NEW)
    console = (_text(given, "CONSOLE") or "").upper()
    if not console and session_type == "XEN":
        wished = env.get("XEN_CONSOLE_DEFAULT", "").upper()
        console = wished if wished in ConsoleKind.__members__ else DEFAULT_CONSOLE
    return Create(
        address(given),
        attach=attach,
        resume_file=_text(given, "RESUME"),
        console=ConsoleKind(console) if console in ConsoleKind.__members__ else None,
        bootmode=_text(given, "BOOTMODE"),
        instmode=_elements(given["INSTMODE"]) if "INSTMODE" in given else None,
        ping=_wait(given, "PING"),
        sshping=_wait(given, "SSHPING"),
        user=_text(given, "USER"),
        waitc=_number(given, "WAITC"),
        waits=_number(given, "WAITS"),
        stackcheck=_elements(given.get("STACKCHECK")),
        callopts=_elements(given.get("CALLOPTS")),
        xopts=_elements(given.get("XOPTS")),
    )


def _wait(given: Given, name: str) -> Wait | None:
    """PING and SSHPING; OFF is a wait of no tries, which tells it from a default."""
    numbers = _elements(given.get(name))
    if numbers == ("OFF",):
        return Wait(0, 0)
    if len(numbers) == 2 and all(number.isdigit() for number in numbers):
        return Wait(int(numbers[0]), int(numbers[1]))
    return None


def _cancel(given: Given, env: Mapping[str, str]) -> Cancel:
    wished = env.get("XEN_CANCEL_DEFAULT", "").upper()
    default = Method(wished) if wished in Method.__members__ and wished != "INIT" else Method.POWEROFF
    method = next((Method(name) for name in Method if name in given), default)
    return Cancel(
        address(given),
        method=method,
        delay=_number(given, "POWEROFF"),
        runlevel=_text(given, "INIT"),
        force="FORCE" in given,
        stack="STACK" in given,
        include_host="SELF" in given,
        timeout=_number(given, "TIMEOUT"),
        side=next((Side(name) for name in Side if name in given), Side.SERVER),
    )
