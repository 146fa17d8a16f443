"""The framed answer of a probe taken apart. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ctys_ls.facts import ConfFacts, ReadConf, Refusal, mark_of
from ctys_ls.runtime import equipment
from ctys_ls.runtime.api import Trouble
from ctys_ls.runtime.errors import failure, plain
from ctys_ls.runtime.privilege import Method
from ctys_ls.runtime.processes import read_processes
from ctys_ls.runtime.snapshot import Access, Conf, Snapshot, access_from
from ctys_ls.runtime.toolstacks import TOOLSTACKS, Domain, devices, merged
from ctys_ls.runtime.views import GuestView, XenView

_STORE = re.compile(r'/local/domain/(\d+)/(console/vnc-port|attr/\S+) = "([0-9.]+)"')
_TTY = re.compile(r'/local/domain/(\d+)/console/tty = "([^"]+)"')
_NEIGHBOUR = re.compile(
    r"^(\d+(?:\.\d+){3}) dev \S+ .*?lladdr ([0-9a-f:]{17})\b(?!.*\b(?:FAILED|INCOMPLETE)\b)", re.MULTILINE
)
_PASSWORD = re.compile(r"password is required|a terminal is required|no tty present", re.IGNORECASE)
_NOT_XEN = re.compile(
    r"privileged command interface|hypervisor information|xencall|libxenctrl|Is (?:xend|Xen) running|xencommons",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Section:
    out: str = ""
    err: str = ""
    status: int | None = None


@dataclass(slots=True)
class _Answer:
    sections: dict[str, _Section] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, tuple[str, bool]] = field(default_factory=dict)
    complete: bool = False


def _frames(text: str, boundary: str) -> Iterator[tuple[str, str, str]]:
    """Kind, argument and content of each frame."""
    for piece in text.split(f"\n{boundary} ")[1:]:
        head, _, content = piece.partition("\n")
        kind, _, argument = head.partition(" ")
        yield kind, argument, content


def _answer(text: str, boundary: str) -> _Answer:
    answer = _Answer()
    section = _Section()
    for kind, argument, content in _frames(text, boundary):
        match kind:
            case "begin":
                section = answer.sections[argument] = _Section(content)
            case "err":
                section.err = content
            case "end":
                section.status = int(argument) if argument.isdigit() else None
            case "named" | "found":
                # Two directories of a BASEPATH may hold the same file.
                named = kind == "named" or answer.files.get(argument, ("", False))[1]
                answer.files[argument] = (content, named)
            case "bye":
                answer.complete = True
            case _:
                answer.lines.setdefault(kind, []).append(argument)
    return answer


def parse(
    text: str, boundary: str, host: str, read_conf: ReadConf, texts: Sequence[str] = (), guest: str = ""
) -> Snapshot:
    """The snapshot in a probe's answer; ``texts`` and ``guest`` as in the look. Raises ``HostError`` (garbage) where the host answered something else.

    A piece that failed becomes a trouble of the snapshot; an answer that breaks off keeps what came before.
    """
    answer = _answer("\n" + text, boundary)
    if "id" not in answer.sections:
        raise failure("garbage", host, "looking at the host", text.strip()[:300] or "no answer")
    snapshot = _identity(answer, host)
    snapshot = _domains(snapshot, answer)
    snapshot = _network(snapshot, answer)
    if listed := answer.sections.get("processes"):
        snapshot = replace(snapshot, processes=read_processes(listed.out))
    now = time.time()
    confs = tuple(
        Conf(path, facts, now, "named" if named else "scan")
        for path, (content, named) in sorted(answer.files.items())
        if _is_guest(facts := read_conf(content, path), content, named=named)
    )
    scanned = tuple(answer.lines.get("scanned", ()))
    troubles = snapshot.troubles
    if not answer.complete:
        troubles += (failure("dropped", host, "looking at the host", "the answer breaks off").trouble,)
    return replace(
        snapshot,
        confs=confs,
        scanned=scanned,
        unfinished=tuple(place for place in answer.lines.get("searching", ()) if place not in scanned),
        missing=tuple(answer.lines.get("missing", ())),
        unreadable=tuple(answer.lines.get("unreadable", ())),
        states=tuple(answer.lines.get("state", ())),
        xen=snapshot.xen or equipment.release(_said(answer, "info")),
        equipment=equipment.read(
            _said(answer, "info"), _said(answer, "brctl"), answer.lines, _verdicts(answer, texts)
        ),
        view=_view(answer, snapshot, guest, now),
        xen_view=_xen_view(answer),
        troubles=troubles,
        taken=now,
    )


def _said(answer: _Answer, name: str) -> str | None:
    """What a section printed; None where it failed or was not asked for."""
    section = answer.sections.get(name)
    return section.out if section is not None and section.status == 0 else None


def _verdicts(answer: _Answer, texts: Sequence[str]) -> Mapping[str, Refusal | None]:
    """What xl said about each text that it was asked about, by the text's mark; None where it takes it."""
    files = dict(line.partition(" ")[::2] for line in answer.lines.get("new", ()))
    found: dict[str, Refusal | None] = {}
    for number, text in enumerate(texts):
        part = answer.sections.get(f"create -n {number}")
        if part is not None and part.status is not None:
            refusal = equipment.refusal(part.status, part.err, files.get(str(number), ""))
            if part.status == 0 or refusal is not None:
                found[mark_of(text)] = refusal
    return found


def _view(answer: _Answer, snapshot: Snapshot, label: str, now: float) -> GuestView | None:
    """The guest that was asked for; None where it does not run."""
    domain = next((domain for domain in snapshot.domains if label and domain.name == label), None)
    if domain is None:
        return None

    def said(name: str) -> str:
        return _said(answer, name) or ""

    nics = devices.interfaces(said("network-list"))
    bridges = domain.bridges if len(domain.bridges) == len(nics) else ("",) * len(nics)
    consoles = (_TTY.match(line) for line in answer.lines.get("store", ()))
    ttys = {int(found[1]): found[2] for found in consoles if found}
    return GuestView(
        snapshot.host,
        domain.name,
        domain.id,
        domain.state,
        domain.uuid,
        domain.kind,
        domain.memory,
        domain.seconds,
        devices.uptimes(said("uptime")).get(domain.id),
        devices.vcpus(said("vcpu-list")),
        tuple(replace(nic, bridge=bridge) for nic, bridge in zip(nics, bridges, strict=True)),
        tuple(
            replace(disk, target=domain.targets.get(disk.name, ""))
            for disk in devices.disks(said("block-list"))
        ),
        devices.channels(said("channel-list")),
        domain.addresses,
        ttys.get(domain.id, ""),
        domain.vnc_port,
        seen=now,
    )


def _xen_view(answer: _Answer) -> XenView | None:
    """What SHOW says of Xen; None where it was not asked for or not told."""
    uptime, info = _said(answer, "uptime"), _said(answer, "info")
    if uptime is None and "message" not in answer.lines:
        return None
    had = equipment.read(info, None, {}, {})
    return XenView(
        equipment.release(info),
        had.total_memory if had else None,
        had.free_memory if had else None,
        devices.uptimes(uptime or ""),
        tuple(plain(line, 300) for line in answer.lines.get("message", ())),
    )


def _is_guest(facts: ConfFacts, content: str, *, named: bool) -> bool:
    """Whether a file is taken for a guest's: one that was named is, one that was found must look like it.

    ENUMERATE's own rule (``is_xen``) wants five of the keys of Xen 3; a guest of today may have fewer.
    """
    if named or facts.is_xen:
        return True
    hidden = re.search(r"^\s*#@#MAGICID-(?:IGNORE|NOENUM)\b", content, re.MULTILINE) is not None
    return bool(facts.label) and not hidden and bool(facts.memory or facts.disks or facts.macs)


def _identity(answer: _Answer, host: str) -> Snapshot:
    who = re.search(r"uid=(\d+)\(([^)]*)\)(?: gid=\d+\(([^)]*)\))?", answer.sections["id"].out)
    uname = answer.sections.get("uname", _Section()).out.split()
    system, name, release, machine = (uname + [""] * 4)[:4]
    fqdn = answer.sections.get("fqdn", _Section())
    version = dict(line.partition(" ")[::2] for line in answer.lines.get("xen", ()))
    xen = ""
    if "version/major" in version:
        xen = (
            f"{version['version/major']}.{version.get('version/minor', '')}{version.get('version/extra', '')}"
        )
    return Snapshot(
        host,
        name=name,
        fqdn=fqdn.out.strip() if fqdn.status == 0 else name,
        user=who[2] if who else "",
        group=(who[3] or "") if who else "",
        uid=int(who[1]) if who else None,
        home=next(iter(answer.lines.get("home", ())), ""),
        system=system,
        release=release,
        machine=machine,
        xen=xen,
        dom0="dom0" in answer.lines,
        simulated="simulated" in answer.lines,
        tools=dict(line.partition(" ")[::2] for line in answer.lines.get("tool", ())),
    )


def _domains(snapshot: Snapshot, answer: _Answer) -> Snapshot:
    tried = []
    for name, part in answer.sections.items():
        match name.split():
            case ["list", kind, way] if kind in TOOLSTACKS and way in tuple(Method):
                tried.append((("list", kind, way), part))
    for (_, kind, way), part in tried:
        if part.status == 0:
            access = access_from(kind, snapshot.tools, way)
            return _listed(replace(snapshot, access=access), access, part, answer)
    if not tried:
        return snapshot
    needs_password = any(way == Method.SUDO and _PASSWORD.search(part.err) for (_, _, way), part in tried)
    return replace(
        snapshot,
        needs_password=needs_password,
        troubles=(
            *snapshot.troubles,
            _refusal(snapshot, [(way, kind, part) for (_, kind, way), part in tried]),
        ),
    )


def _refusal(snapshot: Snapshot, tried: list[tuple[str, str, _Section]]) -> Trouble:
    """Why no toolstack answered: each way with the words it was refused with."""
    words = "; ".join(
        f"{way}: {plain(TOOLSTACKS[kind].first_words(part.err), 200)}" for way, kind, part in tried
    )
    rooted = snapshot.uid == 0
    if rooted and len(tried) == 1:
        words = plain(TOOLSTACKS[tried[0][1]].first_words(tried[0][2].err))
    if rooted or (snapshot.uid is None):
        code = "tool-missing" if any(_NOT_XEN.search(part.err) for _, _, part in tried) else "command-failed"
        cure = f"See what {tried[0][1]} list says on {snapshot.host}."
        return failure(
            code, snapshot.host, "listing the guests", words, None if code == "tool-missing" else cure
        ).trouble
    asked = {Method.KSU, Method.SUDO} & {way for way, _, _ in tried}
    right = f"Get the right on {snapshot.host}: root's .k5users for ksu, sudoers for sudo; or log in as root."
    return failure("privilege", snapshot.host, "listing the guests", words, right if asked else None).trouble


def _listed(snapshot: Snapshot, access: Access, part: _Section, answer: _Answer) -> Snapshot:
    try:
        rows = access.toolstack.parse_list(part.out)
    except ValueError as error:
        words = f"{error}: {part.out.strip()[:200]}"
        trouble = failure(
            "garbage", snapshot.host, f"reading what {access.toolstack.name} lists", words
        ).trouble
        return replace(snapshot, access=None, troubles=(*snapshot.troubles, trouble))
    details = answer.sections.get("details")
    troubles: tuple[Trouble, ...] = ()
    more: tuple[Domain, ...] = ()
    if details is not None:
        try:
            more = access.toolstack.parse_details(details.out) if details.status == 0 else ()
        except ValueError as error:
            act = f"reading the details that {access.toolstack.name} lists"
            troubles = (failure("garbage", snapshot.host, act, str(error), "").trouble,)
    neighbours = _neighbours(answer.sections.get("neighbours", _Section()).out)
    told = _told(answer.lines.get("store", ()))
    domains = tuple(_known(domain, told, neighbours) for domain in merged(rows, more))
    return replace(snapshot, domains=domains, troubles=(*snapshot.troubles, *troubles))


def _told(lines: Sequence[str]) -> Mapping[tuple[int, str], tuple[str, ...]]:
    """The values in xenstore by domain and kind ("port", "address")."""
    told: dict[tuple[int, str], tuple[str, ...]] = {}
    for line in lines:
        if found := _STORE.match(line):
            key = (int(found[1]), "port" if found[2].startswith("console") else "address")
            told[key] = (*told.get(key, ()), found[3])
    return told


def _neighbours(text: str) -> Mapping[str, tuple[str, ...]]:
    """The addresses that the host has seen behind a MAC."""
    seen: dict[str, tuple[str, ...]] = {}
    for address, mac in _NEIGHBOUR.findall(text):
        seen[mac] = (*seen.get(mac, ()), address)
    return seen


def _known(
    domain: Domain, told: Mapping[tuple[int, str], tuple[str, ...]], neighbours: Mapping[str, tuple[str, ...]]
) -> Domain:
    """A domain with its VNC port and its addresses: what it says itself goes before what was seen of it."""
    (port, *_) = told.get((domain.id, "port"), ("",))
    said = told.get((domain.id, "address"), ())
    seen = tuple(address for mac in domain.macs for address in neighbours.get(mac, ()))
    return replace(
        domain,
        vnc_port=int(port) if port.isdigit() else domain.vnc_port,
        addresses=said or seen,
        address_source="xenstore" if said else "neighbour" if seen else "",
    )


def _network(snapshot: Snapshot, answer: _Answer) -> Snapshot:
    def out(name: str) -> str:
        return answer.sections.get(name, _Section()).out

    addresses = re.findall(r"^\d+: (\S+)\s+inet (\d+(?:\.\d+){3})/", out("address"), re.MULTILINE)
    links = dict(re.findall(r"^\d+: ([^:@\s]+)[^:]*:.*link/ether (\S+)", out("link"), re.MULTILINE))
    routes = [line.split() for line in out("route").splitlines()[1:]]
    leading = next((words[0] for words in routes if len(words) > 1 and words[1] == "00000000"), "")
    outward = [(name, address) for name, address in addresses if name != "lo"]
    chosen = next((pair for pair in outward if pair[0] == leading), outward[0] if outward else ("", ""))
    return replace(
        snapshot, names=_names(out("hosts")), address=chosen[1], mac=links.get(chosen[0], "").upper()
    )


def _names(text: str) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) > 1:
            names.setdefault(words[0], words[1])
    return names
