"""What stands on a fresh simulated host: the guests of the use-case page, stubs of their kernels, the login files."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """A guest of the use-case page."""

    label: str
    uuid: str
    mac: str
    ip: str


#: The guests that the page's tables print (UC-46 and the output of UC-44).
SAMPLES = (
    Sample("tst100", "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2", "00:50:56:13:11:40", "192.168.1.220"),
    Sample("tst101", "7a52caf9-1e3e-4324-9ed5-96b8b9f2c5c3", "00:50:56:13:11:41", "192.168.1.221"),
    Sample("tst104", "8d62caf9-1e3e-4324-9ed5-96b8b9f2c5c6", "00:50:56:13:11:44", "192.168.1.224"),
)

#: Machines of the page that have a number of their own: address and MAC (UC-48). The others count from lab00 on.
MACHINES = {"ws2": ("192.168.1.70", "00:1d:60:a5:89:06")}

_CONF = """# {label}: a guest of a simulated host (ctys-ls lab)
name = "{label}"
{uuid}kernel = "{kernel}"
ramdisk = "{ramdisk}"
extra = "console=hvc0"
memory = 128
vcpus = 1
vif = [ 'mac={mac},bridge=xenbr0' ]
disk = [ 'file:{image},xvda,w' ]
vnc = 1
vncconsole = 1
vncunused = 1
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"

#@#MAGICID-XEN = "XEN"
#@#LABEL = "{label}"
#@#SESSIONTYPE = "XEN"
#@#IP0 = "{ip}"
{tags}"""

_TAGS = """#@#DIST = "CentOS"
#@#OS = "Linux"
#@#VERSION = "5"
{serial}#@#CATEGORY = "{category}"
"""

_PROFILE = """# Login file of a simulated host (ctys-ls lab).
PATH={bin}:$PATH
PS1='[simulated] \\u@{name}:\\w\\$ '
[ -n "$BASH_VERSION" ] || PS1='[simulated] {name}$ '
export PATH
"""

MOTD = """
*** {name} is a SIMULATED Xen host (ctys-ls lab): nothing here runs on a hypervisor.
*** Guests: $HOME/xen/tst-ctys. Not simulated: everything that `xl help` does not list.

"""


def furnish(home: Path, name: str, bin_dir: Path, *, ambiguous: bool) -> None:
    """Fill an empty HOME. ``ambiguous`` adds the copies of UC-30, where one label stands in three files."""
    (home / ".profile").write_text(_PROFILE.format(bin=shlex.quote(str(bin_dir)), name=name))
    xen = home / "xen"
    xen.mkdir()
    for stub in (_kernel(home), _ramdisk(home)):
        stub.write_text("A stub for simulated guests (ctys-ls lab).\n")
    for sample in SAMPLES:
        full = _TAGS.format(serial='#@#SERNO = "20080427002200"\n', category="VM")
        _guest(home, xen / "tst-ctys" / sample.label / f"{sample.label}.conf", sample, full)
    if ambiguous:
        first = SAMPLES[0]
        copy = xen / first.label / f"{first.label}.conf"
        _guest(home, copy, first, _TAGS.format(serial="", category="PM"))
        _guest(home, copy.with_name(f"{first.label}-inst.conf"), first, "", with_uuid=False)


def _kernel(home: Path) -> Path:
    return home / "xen" / "vmlinuz-simulated"


def _ramdisk(home: Path) -> Path:
    return home / "xen" / "initrd-simulated"


def _guest(home: Path, path: Path, sample: Sample, tags: str, *, with_uuid: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = path.with_name("xvda.img")
    image.touch()
    path.write_text(
        _CONF.format(
            label=sample.label,
            uuid=f'uuid = "{sample.uuid}"\n' if with_uuid else "",
            kernel=_kernel(home),
            ramdisk=_ramdisk(home),
            mac=sample.mac,
            image=image,
            ip=sample.ip,
            tags=tags,
        )
    )
