"""A guest's configuration as the simulated hypervisor keeps it, and the checks of its text that xl makes."""

from __future__ import annotations

import re
import uuid as uuids
from dataclasses import dataclass, field

from ctys_ls.lab.confreader import Conf, text_of, texts_of

_MAC = re.compile(r"^[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}$")
_TAG_IP = re.compile(r"""^[ \t]*#@#IP0?[ \t]*=[ \t]*["']?([0-9.]+)""", re.MULTILINE)


class GuestError(Exception):
    """xl refuses the configuration; the text is what it prints."""


@dataclass(frozen=True, slots=True)
class Vif:
    """One network interface."""

    mac: str
    bridge: str


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk: ``target`` is a path on the host, ``vdev`` the guest's name of it, ``mode`` r or w."""

    target: str
    vdev: str
    mode: str


@dataclass(frozen=True, slots=True)
class GuestConfig:
    """What a domain is made of. Memory in MiB; ``ip`` is what the guest configures itself, "" for none."""

    name: str
    uuid: str
    memory: int = 32
    maxmem: int = 0
    vcpus: int = 1
    kind: str = "pv"
    kernel: str = ""
    ramdisk: str = ""
    bootloader: str = ""
    cmdline: str = ""
    vifs: tuple[Vif, ...] = ()
    disks: tuple[Disk, ...] = ()
    #: The connection of each channel: pty, or socket and its path.
    connections: tuple[str, ...] = ()
    vnc: bool = False
    vncpasswd: str = field(default="", repr=False)
    #: The display of an SDL window and the file with its key, "" for none; no simulated host draws one.
    sdl: tuple[str, str] = ("", "")
    #: Consoles beside the first one, numbered from 1: channels that xl gives a pty.
    channels: int = 0
    on_poweroff: str = "destroy"
    on_reboot: str = "restart"
    on_crash: str = "destroy"
    ip: str = ""
    path: str = ""
    #: The keys that stand in the file; xl's JSON leaves out what was not set.
    given: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)


def guest_of(conf: Conf, source: str, path: str) -> GuestConfig:
    """The guest that ``conf`` describes; ``source`` is the file's text, for the address in its tags.

    Raises GuestError. Order and words of the checks are those of the real captures (xl-create-bad-*).
    """
    warnings = _shapes(conf, path)
    try:
        return _guest(conf, source, path, warnings)
    except GuestError as error:
        raise GuestError("\n".join([*warnings, str(error)])) from None


def _guest(conf: Conf, source: str, path: str, warnings: list[str]) -> GuestConfig:
    kind = _kind(text_of(conf, "type"), text_of(conf, "builder"))
    if not isinstance(conf.values.get("name"), str):
        raise GuestError("Domain name must be specified.")
    name = text_of(conf, "name")
    uuid = _uuid(text_of(conf, "uuid"))
    _check_actions(conf)
    vcpus = _number(conf, "vcpus", 1, path, warnings)
    if _number(conf, "maxvcpus", vcpus, path, []) < vcpus:
        raise GuestError("xl: maxvcpus < vcpus")
    kernel, bootloader = text_of(conf, "kernel"), text_of(conf, "bootloader")
    if kind != "hvm" and not kernel and not bootloader and "pvgrub" not in text_of(conf, "firmware"):
        raise GuestError("Neither kernel nor bootloader specified")
    if text_of(conf, "cmdline") and (text_of(conf, "extra") or text_of(conf, "root")):
        warnings.append("Warning: ignoring root= and extra= in favour of cmdline=")
    boot = (_rooted(text_of(conf, "root")), text_of(conf, "extra"))
    cmdline = text_of(conf, "cmdline") or " ".join(filter(None, boot))
    memory = _number(conf, "memory", 32, path, warnings)
    disks = tuple(_disk(text, path) for text in texts_of(conf, "disk"))
    vifs = tuple(_vif(text, warnings) for text in texts_of(conf, "vif"))
    ip = _TAG_IP.search(source) or re.search(r"\bip4=([0-9.]+)", cmdline)
    return GuestConfig(
        name=name,
        uuid=uuid,
        memory=memory,
        maxmem=max(_number(conf, "maxmem", memory, path, warnings), memory),
        vcpus=vcpus,
        kind=kind,
        kernel=kernel,
        ramdisk=text_of(conf, "ramdisk"),
        bootloader=bootloader,
        cmdline=cmdline,
        vifs=vifs,
        disks=disks,
        connections=tuple(map(_channel, texts_of(conf, "channel"))),
        vnc=text_of(conf, "vnc") == "1" or any("vnc=1" in text for text in texts_of(conf, "vfb")),
        vncpasswd=text_of(conf, "vncpasswd"),
        sdl=(text_of(conf, "display"), text_of(conf, "xauthority"))
        if text_of(conf, "sdl") == "1"
        else ("", ""),
        channels=sum("connection=pty" in text for text in texts_of(conf, "channel")),
        on_poweroff=text_of(conf, "on_poweroff") or "destroy",
        on_reboot=text_of(conf, "on_reboot") or "restart",
        on_crash=text_of(conf, "on_crash") or "destroy",
        ip=ip.group(1) if ip else "",
        path=path,
        given=tuple(conf.values),
        warnings=tuple(warnings),
    )


#: Keys that the simulation reads, and whether xl wants a list of them.
_LISTS = ("vif", "disk", "vfb")
_SINGLES = (
    "name",
    "uuid",
    "type",
    "builder",
    "memory",
    "maxmem",
    "vcpus",
    "kernel",
    "ramdisk",
    "bootloader",
    "extra",
    "root",
)
_ACTIONS = (
    "destroy",
    "restart",
    "rename-restart",
    "preserve",
    "coredump-destroy",
    "coredump-restart",
    "soft-reset",
)


def _shapes(conf: Conf, path: str) -> list[str]:
    """Xl's warnings about lists that should be single values, and the other way round."""
    found = []
    for key, value in conf.values.items():
        where = f"{path}:{conf.lines[key]}: warning: parameter `{key}' is"
        if key in _LISTS and isinstance(value, str):
            found.append(f"{where} a single value but should be a list")
        if key in _SINGLES and isinstance(value, list):
            found.append(f"{where} a list but should be a single value")
    return found


def _kind(kind: str, builder: str) -> str:
    """pv, pvh or hvm; xl takes any beginning of those words, the first that fits."""
    wanted = next((word for word in ("hvm", "pvh", "pv") if kind and kind in (word, word[: len(kind)])), "")
    wanted = {"p": "pv", "pv": "pv"}.get(kind, wanted)
    if kind and not wanted:
        raise GuestError(f"Invalid domain type {kind}.")
    built = {"": "", "hvm": "hvm", "generic": "pv", "linux": "pv"}.get(builder, "pv")
    if wanted and built and wanted != built:
        raise GuestError('Contradicting "builder" and "type" options specified.')
    return wanted or built or "pv"


def _check_actions(conf: Conf) -> None:
    for event in ("poweroff", "reboot", "watchdog", "crash", "soft_reset"):
        key = f"on_{event}"
        action = conf.values.get(key)
        if isinstance(action, str) and action not in _ACTIONS:
            raise GuestError(f'Unknown {key} action "{action}" specified')


def _rooted(root: str) -> str:
    return f"root={root}" if root else ""


def _uuid(text: str) -> str:
    if not text:
        return str(uuids.uuid4())
    if not re.fullmatch(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", text):
        raise GuestError(f"Failed to parse UUID: {text}")
    return str(uuids.UUID(text))


def _number(conf: Conf, key: str, default: int, path: str, warnings: list[str]) -> int:
    text = text_of(conf, key)
    if not text:
        return default
    try:
        # As strtol does, which takes 0100 for octal.
        return int(re.sub(r"^0(?=[0-7]+$)", "0o", text), 0)
    except ValueError:
        warnings.append(f"{path}:{conf.lines[key]}: warning: parameter `{key}' is not a valid number")
        return default


def _vif(text: str, warnings: list[str]) -> Vif:
    fields: dict[str, str] = {}
    for part in text.split(","):
        word = part.lstrip(" ")
        key, equals, value = word.partition("=")
        if word and (not equals or not key.isidentifier()):
            warnings.append(f"unrecognized argument `{word}'")
        fields[key] = value.strip()
    if fields.get("type", "vif") not in ("vif", "ioemu"):
        warnings.append("Invalid parameter `type'.")
    if "netdev" in fields:
        warnings.append("the netdev parameter is deprecated, please use gatewaydev instead")
    if "accel" in fields:
        warnings.append("the accel parameter for vifs is currently not supported")
    mac = fields.get("mac", "")
    if mac and not _MAC.match(mac):
        warnings.append("Invalid parameter `mac'.")
        mac = ""
    return Vif((mac or _random_mac()).lower().replace("-", ":"), fields.get("bridge", "xenbr0"))


def _channel(text: str) -> str:
    named = dict(part.strip().split("=", 1) for part in text.split(",") if "=" in part)
    return " ".join(filter(None, (named.get("connection", ""), named.get("path", ""))))


def _random_mac() -> str:
    tail = uuids.uuid4().bytes
    return "00:16:3e:" + ":".join(f"{byte:02x}" for byte in (tail[0] & 0x7F, tail[1], tail[2]))


def _disk(text: str, path: str) -> Disk:
    parts = [part.strip() for part in text.split(",")]
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    plain = [part for part in parts if "=" not in part]
    target = named.get("target", plain[0] if plain else "")
    target = re.sub(r"^(?:file|phy|raw|tap2?|aio|qcow2?|vhd):", "", re.sub(r"^tap2?:", "", target))
    rest = plain[1:]
    if rest and rest[0] in ("raw", "qcow", "qcow2", "vhd", "qed", ""):
        rest = rest[1:]
    vdev = named.get("vdev", rest[0] if rest else "")
    if not vdev:
        raise GuestError(f"{path}: config parsing error in disk specification: no vdev specified in `{text}'")
    mode = named.get("access", rest[1] if len(rest) > 1 else "r")
    if mode.strip() not in ("r", "ro", "w", "rw", ""):
        raise GuestError(
            f"{path}: config parsing error in disk specification: unknown value for access: near `{mode}' in `{text}'"
        )
    return Disk(target, vdev.removesuffix(":cdrom"), "w" if mode in ("w", "rw") else "r")
