"""A command line in plain English: what would be done on which host, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.cmdline.build import build
from ctys_ls.languages.cmdline.resolve import matches
from ctys_ls.problems import Problem, Severity
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
    Output,
    Rename,
    Show,
    Target,
    Wait,
)


class AsWritten(dict[str, str]):
    """An environment in which an unknown variable keeps its name."""

    def __contains__(self, name: object) -> bool:
        """Nothing is unset: what is not known is shown as it is written."""
        return True

    def get(self, name: str, default: str | None = None) -> str:  # type: ignore[override]
        """The value, ``$NAME`` without one; defaults of ctys stay unset."""
        if super().__contains__(name):
            return self[name]
        return f"${name}" if default == "" and name not in _DEFAULTS else default or ""


_DEFAULTS = frozenset({"XEN_CONSOLE_DEFAULT", "XEN_CANCEL_DEFAULT", "USE_KSU", "USE_K5USERS", "USE_SUDO"})


def explain(text: str, facts: Facts, env: Mapping[str, str] | None = None) -> str:
    """What a command line would do, as Markdown; what is wrong with it, where it would do nothing.

    ``env`` as in ``build``; without it variables are shown as they are written.
    """
    known = {"HOME": facts.home} if facts.home else {}
    built = build(text, facts, AsWritten(known) if env is None else env)
    parts = [part for call in built.invocations for part in _parts(call, facts)]
    parts += _problems(built.problems, done=bool(parts))
    return "\n\n".join(parts)


def _problems(problems: Iterable[Problem], *, done: bool) -> list[str]:
    lines = [f"- {problem.message}" for problem in problems if problem.severity <= Severity.WARNING]
    if not lines:
        return [] if done else ["This is no command of ctys."]
    head = "What is wrong:" if done else "Nothing would be done:"
    return [f"{head}\n" + "\n".join(lines)]


def _parts(call: Invocation | Lookup, facts: Facts) -> list[str]:
    if isinstance(call, Lookup):
        return [_lookup(call)]
    lines = [_target(target, facts) for target in call.targets]
    parts = ["\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0]] if lines else []
    manners = _manners(call)
    return [*parts, manners] if manners else parts


def _lookup(call: Lookup) -> str:
    terms = " and ".join(f"`{term}`" for term in call.terms) or "anything"
    which = {
        "FIRST": "the first record",
        "LAST": "the last record",
        "UNIQUE": "the record, if it is the only one,",
        "COMPLEMENT": "every record but those",
    }.get(call.mode, "every record")
    return f"Looks in the inventory and prints {which} that matches {terms}, {_form(call.output)}."


def _manners(call: Invocation) -> str:
    found = []
    if call.dry_run:
        found.append("Nothing is done: the plan is shown (`-n`).")
    if len(call.targets) > 1:
        found.append(
            "The hosts are served at the same time." if call.parallel else "One host after the other."
        )
    if any(target.stack for target in call.targets):
        found.append(
            "Each level begins when the one below it answers; where one fails, those above are left out."
        )
    if call.detach:
        found.append("The call does not wait for the end.")
    if not call.use_inventory:
        found.append("Only the hosts themselves are asked, nothing kept is used.")
    if not all(isinstance(target.request, Create | Cancel) for target in call.targets):
        found += _kept(call.kept)
    return " ".join(found)


def _kept(kept: Kept) -> Iterator[str]:
    """What -C says."""
    if kept.source:
        yield f"Answers in the file `{kept.source}` serve, whatever their age."
    if kept.only:
        yield "Only an answer that an earlier call has kept serves: no host is asked."
    elif kept.lifetime is not None:
        yield f"An answer that an earlier call has kept serves for {kept.lifetime} seconds."
    if kept.keep:
        more = ", with all that LIST and ENUMERATE need" if kept.keep == "KEEPALL" else ""
        yield f"The answers are kept for later calls{more}."
    if kept.sink:
        yield f"The answers are written to the file `{kept.sink}`."


def _target(target: Target, facts: Facts) -> str:
    where = f"On **{target.destination}**" if target.host != "localhost" else "On **this machine**"
    ways = [
        name for name, allowed in (("ksu", target.privilege.ksu), ("sudo", target.privilege.sudo)) if allowed
    ]
    rights = f" (rights: root, else {', then '.join(ways)}, then none)" if ways else ""
    return f"{where}{rights}: {_request(target, facts)}"


def _request(target: Target, facts: Facts) -> str:
    request = target.request
    match request:
        case Create():
            return _create(request, target, facts)
        case Cancel():
            return _cancel(request, target, facts)
        case List():
            kinds = f" of type {', '.join(request.types)}" if request.types else ""
            return f"list the running sessions{kinds}, {_form(request.output)}."
        case Enumerate():
            below = (
                f" below {', '.join(f'`{path}`' for path in request.basepath)}" if request.basepath else ""
            )
            return f"list the configured machines{below}, {_form(request.output)}."
        case Show():
            return "show what the host is doing: memory, load, processes."
        case Info():
            return "show what the host is: processors, memory, software."
        case Rename():
            return f"rename the running guest `{request.label}` to `{request.to}`."


def _form(output: Output) -> str:
    title = ", with a line of titles" if output.title else ""
    if output.form == "record":
        return f"one line for each with `;` between {'the chosen' if output.fields else 'all'} fields{title}"
    if output.form == "table":
        columns = output.columns or ()
        named = f" with the columns {', '.join(column.title for column in columns)}" if columns else ""
        return f"as a table{named}{title}"
    return f"as {output.form.upper()}{title}"


def _machine(address: Address, target: Target, facts: Facts) -> str:
    if address.all:
        return "every running guest"
    if address.dbrecord is not None:
        return f"the machine of record {address.dbrecord} in the inventory"
    said = [
        (address.label, "called `{}`"),
        (address.pathname, "whose file is `{}`"),
        (address.filename, "whose file's path ends in `{}`"),
        (address.uuid, "with the UUID `{}`"),
        (address.mac, "with the MAC address `{}`"),
        (address.tcp, "with the IP address `{}`"),
    ]
    parts = [text.format(value) for value, text in said if value]
    kind = {"XEN": "Xen guest", "VNC": "VNC desktop", "PM": "physical machine"}.get(
        target.session_type, f"{target.session_type} session"
    )
    return f"the {kind} {' and '.join(parts)}{_known(matches(address, target.host, facts))}"


def _known(found: list[Guest]) -> str:
    if not found:
        return ""
    if len(found) > 1:
        return f" — **{len(found)} machines** fit: {', '.join(f'`{guest.path or guest.label}`' for guest in found)}"
    guest = found[0]
    state = {True: ", running", False: ", not running", None: ""}[guest.running]
    return f" ({guest.label}{f', `{guest.path}`' if guest.path else ''}{state})"


_ATTACH = {
    Attach.NEW: "start {}; if it runs already, that is an error",
    Attach.CONNECT: "attach to {}, which has to run already",
    Attach.REUSE: "attach to {}, or start it if it does not run",
    Attach.RECONNECT: "close the open consoles of {} and attach anew, or start it if it does not run",
    Attach.RESUME: "let {} go on from where it was paused or suspended",
}
_CONSOLES = {
    ConsoleKind.CLI: "Its console appears in this terminal.",
    ConsoleKind.XTERM: "Its console appears in an xterm.",
    ConsoleKind.GTERM: "Its console appears in a GNOME terminal.",
    ConsoleKind.EMACS: "Its console appears in Emacs, in a shell buffer.",
    ConsoleKind.EMACSA: "Its console appears in Emacs, in an ansi-term buffer.",
    ConsoleKind.EMACSM: "Emacs shows its console above and a shell of the host below.",
    ConsoleKind.EMACSAM: "Emacs shows its console above and a shell of the host below, both in ansi-term.",
    ConsoleKind.VNC: "Its screen appears in a VNC viewer.",
    ConsoleKind.SDL: "Its screen appears in the hypervisor's own window, which is opened as the guest starts.",
    ConsoleKind.NONE: "No console is opened.",
}
_LOCALITIES = {
    Locality.DISPLAY: "Windows run on the host and come here over ssh.",
    Locality.CONNECTION: "The viewer runs here, behind an ssh tunnel.",
    Locality.LOCAL: "Everything runs here.",
    Locality.SERVER: "No client is started.",
}


def _create(request: Create, target: Target, facts: Facts) -> str:
    machine = _machine(request.address, target, facts)
    sentences = [_ATTACH[request.attach].format(machine)]
    if request.resume_file:
        sentences[0] += f", from the saved state `{request.resume_file}`"
    sentences[0] += "."
    if request.bootmode:
        sentences.append(f"It boots from {request.bootmode}.")
    for wait, what in ((request.ping, "ping"), (request.sshping, "ssh")):
        sentences += _wait(wait, what)
    if request.console is not None:
        sentences.append(_CONSOLES[request.console])
    if target.locality is not None:
        sentences.append(_LOCALITIES[target.locality])
    return " ".join(sentences)


def _wait(wait: Wait | None, what: str) -> list[str]:
    if wait is None:
        return []
    if not wait.count:
        return [f"It is not waited for an answer to {what}."]
    return [f"It is waited for an answer to {what}, at most {wait.count} times {wait.seconds} seconds."]


def _cancel(request: Cancel, target: Target, facts: Facts) -> str:
    machine = _machine(request.address, target, facts)
    delay = request.delay if request.delay is not None else request.timeout
    seconds = 20 if delay is None else delay
    acts = {
        Method.POWEROFF: f"shut {machine} down and switch it off if it still runs after {seconds} seconds",
        Method.REBOOT: f"reboot {machine}",
        Method.RESET: f"reset {machine}",
        Method.PAUSE: f"pause {machine}; it stays in memory",
        Method.SUSPEND: f"save the state of {machine} to a file and free its memory",
        Method.INIT: f"change to run level {request.runlevel} in {machine}",
    }
    sentences = [acts[request.method] + "."]
    if request.force:
        sentences.append("Nothing inside the guest is asked first (FORCE).")
    if request.include_host:
        sentences.append("At last the host itself is stopped (SELF).")
    return " ".join(sentences)
