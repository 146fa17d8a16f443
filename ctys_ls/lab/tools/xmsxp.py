"""``xm list -l``: domains as S-expressions, in the layout that xend printed."""

from __future__ import annotations

from ctys_ls.lab.hypervisor import Domain
from ctys_ls.lab.tools.call import Machine

#: A form: its name and either one word or forms below it.
Form = tuple[str, "str | list[Form]"]


def text_of(form: Form, depth: int = 0) -> str:
    """One form as indented text."""
    name, value = form
    indent = "    " * depth
    if isinstance(value, str):
        return f"{indent}({name} {value})\n"
    return f"{indent}({name}\n{''.join(text_of(below, depth + 1) for below in value)}{indent})\n"


def dom0_text(machine: Machine) -> str:
    """Domain 0."""
    memory = str(machine.hypervisor.dom0_memory)
    head: list[Form] = [
        ("domid", "0"),
        ("on_crash", "restart"),
        ("uuid", "00000000-0000-0000-0000-000000000000"),
        ("bootloader_args", ""),
        ("vcpus", "1"),
        ("name", "Domain-0"),
        ("on_poweroff", "destroy"),
        ("on_reboot", "restart"),
        ("cpus", "(())"),
        ("bootloader", ""),
        ("maxmem", memory),
        ("memory", memory),
        ("shadow_memory", "0"),
        ("features", ""),
        ("on_xend_start", "ignore"),
        ("on_xend_stop", "ignore"),
        ("cpu_time", "61.0"),
        ("online_vcpus", "1"),
        ("image", [("linux", [("kernel", ""), ("superpages", "0"), ("nomigrate", "0"), ("tsc_mode", "0")])]),
        ("status", "2"),
        ("state", "r-----"),
    ]
    return text_of(("domain", head))


def domain_text(domain: Domain) -> str:
    """A guest."""
    config = domain.config
    image: list[Form] = [("kernel", config.kernel)]
    if config.ramdisk:
        image.append(("ramdisk", config.ramdisk))
    image += [("args", f"'{config.cmdline}'"), ("device_model", "/usr/lib64/xen/bin/qemu-dm")]
    head: list[Form] = [
        ("domid", str(domain.domid)),
        ("on_crash", config.on_crash),
        ("uuid", config.uuid),
        ("bootloader_args", ""),
        ("vcpus", str(config.vcpus)),
        ("name", domain.name),
        ("on_poweroff", config.on_poweroff),
        ("on_reboot", config.on_reboot),
        ("cpus", "(())"),
        ("bootloader", config.bootloader),
        ("maxmem", str(max(config.maxmem, config.memory))),
        ("memory", str(config.memory)),
        ("shadow_memory", "0"),
        ("features", ""),
        ("on_xend_start", "ignore"),
        ("on_xend_stop", "ignore"),
        ("start_time", f"{domain.started:.2f}"),
        ("cpu_time", f"{domain.cpu_seconds:.9f}"),
        ("online_vcpus", str(config.vcpus)),
        ("image", [("linux", image)]),
        ("status", "2"),
        ("state", domain.flags),
        ("store_mfn", str(111_600 + domain.domid)),
        ("console_mfn", str(111_700 + domain.domid)),
    ]
    return text_of(("domain", head + [("device", [device]) for device in _devices(domain)]))


def _devices(domain: Domain) -> list[Form]:
    config = domain.config
    found: list[Form] = []
    for vif in config.vifs:
        script = ("script", "/etc/xen/scripts/vif-bridge")
        found.append(("vif", [("bridge", vif.bridge), ("mac", vif.mac), script, ("backend", "0")]))
    for disk in config.disks:
        where: list[Form] = [
            ("uname", f"file:{disk.target}"),
            ("dev", f"{disk.vdev}:disk"),
            ("mode", disk.mode),
        ]
        found.append(("vbd", [("bootable", "1"), ("driver", "paravirtualised"), *where, ("backend", "0")]))
    if config.vnc:
        place = ("location", f"localhost:{domain.vnc_port}")
        found += [("vkbd", [("backend", "0")]), ("vfb", [("vncunused", "1"), ("type", "vnc"), place])]
    found.append(("console", [("protocol", "vt100"), ("location", "2")]))
    return found
