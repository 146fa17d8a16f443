"""Guests made at random: settings with good and bad values for every key, and strings of parameters for every device."""

import random

from ctys_ls.schema.load import xen_keys, xen_subs
from ctys_ls.schema.model import Kind

WORDS = [
    '""',
    '"x"',
    '"1"',
    "0",
    "1",
    "2",
    "3",
    "08",
    "0x1f",
    '"-1"',
    '"yes"',
    '" 1"',
    '"1 "',
    "9999999999",
    "[]",
    '["x"]',
    '[["x"]]',
    '"x y"',
    "12ab",
    '"0100"',
]
CPUS = [
    "0",
    "0-3",
    "3-1",
    "^0",
    "all",
    "^all",
    "nodes:0",
    "node:0",
    "",
    " ",
    "1,",
    "0, 1",
    "0 1",
    "x",
    "0x1",
    "+1",
    "0-",
    "-1",
    "^^1",
    "0- 3",
    "all,^1",
]
RATES = [
    "10Mb/s",
    "1GB/s@20ms",
    "0b/s",
    "10",
    "10mb/s",
    "5KB/s@5",
    "5KB/s@5us",
    "5KB/s@x",
    "99999999999999999999b/s",
    "1b/s",
    "10Mb/s@",
    "7Gb/s@1s",
    "10Mb",
    "8B/s@0",
    "4294967296KB/s@1s",
    "1b/",
    "10Mb/ss",
]
PCIS = [
    "01:00.0",
    "0000:02:00.1",
    "1:0.0",
    "01:00.*",
    "01:00",
    "01:20.0",
    "01:00.8",
    "01:00.0@1f",
    "01:00.0@20",
    "01:00.0@",
    "00001:01:00.0",
    "",
    "xx:00.0",
    " 01:00.0",
    "01:00.0 ",
    "bdf=01:00.0",
    "name=x",
    "g:0.0",
    "100:0.0",
    "1:1f.7",
    "01:00.0@0x1",
]
PCI_ITEMS = [
    "permissive=1",
    "permissive=yes",
    "msitranslate=0",
    "power_mgmt=x",
    "rdm_policy=strict",
    "rdm_policy=x",
    "foo=1",
    "permissive",
    "",
    "seize=2",
    " seize=1",
    "name=x",
    "bdf=01:00.0",
    "vslot=1",
    "permissive=",
]
PORTS = [
    "2f8",
    "2f8-2ff",
    "2ff-2f8",
    "x",
    "",
    "-1",
    "0x5",
    "2f8x",
    "2f8-",
    "100000000",
    " 5",
    "5 ",
    "5-x",
    "0x",
    "5-6-7",
    "+5",
]
IRQS = ["5", "0x5", "x", "", "-5", " 5", "5 ", "99999999999", "010", "+7", "4294967295", "4294967296", "-0"]
IOMEM = [
    "f0,1",
    "f0,1@2",
    "f0",
    "f0,1@",
    "f0,1 ",
    "f0, 1",
    "0xf0,0x1@0x3",
    "",
    "x,1",
    " f0,1",
    "f0 ,1",
    "f0,1 @2",
    "-1,1",
    "f0,x",
    "f0,1@2x",
]
MACS = ["00:16:3e:00:00:01", "00:16:3e", "zz", "", "00-16-3e-00-00-01", "00:16:3e:00:00:01:02"]
EDGES = ["", " ", "=", "a", "a=b", "=b", "a="]
EXTRA = {
    "vif": [
        "trusted",
        "untrusted",
        "trusted=1",
        "bridge",
        "bridge = x",
        "\tbridge=x",
        "type=netfront",
        "devid=1",
        "devid=x",
        "devid=",
        "mtu=9x",
        "colo_x=1",
        "rate=",
    ],
    "channel": [
        "connection=pty",
        "connection=PTY",
        "connection=socket",
        "path=/x",
        "name=",
        "foo=1",
        "connection = pty",
        " connection=pty",
    ],
    "vtpm": ["uuid=6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2", "uuid=x", "backend=d", "foo=1", "backend =d"],
    "p9": ["tag=t,path=/p,security_model=none", "tag=t", "foo=1"],
    "vdispl": [
        "connectors=id0:1x1",
        "connectors=id0:1x1;id1:2x2",
        "connectors=id0:x",
        "connectors=id0:1x",
        "be-alloc=1",
        "connectors=id0:1x1;",
    ],
    "vkb": [
        "backend-type=qemu",
        "backend-type=linux",
        "feature-multi-touch=1",
        "multi-touch-width=5",
        "feature-multi-touch=0",
    ],
    "usbctrl": ["type=pv", "type=PV", "version=9", "ports=x"],
    "usbdev": ["type=hostdev", "type=HOSTDEV", "hostbus=1", "type=x"],
}
SOUND = [
    "CARD",
    "PCM",
    "STREAM",
    "card",
    "FOO",
    "CARD,backend=1",
    "CARD,foo=1",
    "PCM,name=a",
    "PCM, name=a",
    "STREAM,unique-id=1,type=p",
    "STREAM,type=x",
    "STREAM,id=0",
    "CARD,sample-formats=s8;x",
    "CARD,sample-formats=mpeg;gsm",
    "",
    "CARD,",
    "PCM,backend=1",
    "CARD,short-name",
]
NODES = [
    "pnode=0",
    "size=64",
    "size=x",
    "vcpus=0",
    "vcpus=0-1",
    "vcpus=0,1",
    "vdistances=10",
    "vdistances=x",
    "foo=1",
    "x",
    "",
    "pnode = 0",
    "size= 64",
    "=1",
    "size=",
    "vdistances=10,20",
]


def quoted(text: str) -> str:
    return (
        "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t").replace("\n", "\\n") + "'"
    )


def parameters(chance: random.Random, sub: str) -> str:
    """One string of a device's parameters."""
    if sub == "pci":
        return ",".join([chance.choice(PCIS), *chance.choices(PCI_ITEMS, k=chance.choice([0, 0, 1, 2]))])
    items = []
    for _ in range(chance.randrange(0, 5)):
        row = chance.choice(list(xen_subs()[sub].values()))
        value = chance.choice([*(row.values or ("x", "1")), "", "zz", "2"])
        if row.kind is Kind.MAC:
            value = chance.choice(MACS)
        if row.kind is Kind.RATE:
            value = chance.choice(RATES)
        choices = [f"{row.name}={value}"] * 5 + [row.name, f"{row.name} ={value}", chance.choice(EDGES)]
        items.append(chance.choice(choices))
        if sub in EXTRA and chance.random() < 0.5:
            items.append(chance.choice(EXTRA[sub]))
    if sub == "disk" and chance.random() < 0.7:
        items = [
            chance.choice(["/x.img", "phy:/dev/x", "file:/x", "tap:aio:/x"]),
            *chance.choice([["raw"], [""], []]),
            "xvda",
            *chance.choice([["w"], ["r"], ["w!"], []]),
            *items[:1],
        ]
    return (", " if chance.random() < 0.2 else ",").join(items)


def listed(chance: random.Random, make) -> str:
    return "[" + ", ".join(make() for _ in range(chance.randrange(1, 3))) + "]"


def value_of(chance: random.Random, key) -> str:
    """A value for a key, mostly of the right kind."""
    if chance.random() < 0.2:
        return chance.choice(WORDS)
    if key.name in {"ioports", "irqs", "iomem"}:
        pool = {"ioports": PORTS, "irqs": IRQS, "iomem": IOMEM}[key.name]
        return listed(chance, lambda: quoted(chance.choice(pool)))
    if key.name == "vsnd":
        return listed(chance, lambda: listed(chance, lambda: quoted(chance.choice(SOUND))))
    if key.name == "vnuma":
        return listed(chance, lambda: listed(chance, lambda: quoted(chance.choice(NODES))))
    if key.kind is Kind.CPUS:
        one = lambda: quoted(chance.choice(CPUS))  # noqa: E731 -- named here because it is used twice
        return one() if chance.random() < 0.6 else listed(chance, one)
    if key.sub and key.kind is not Kind.SPEC:
        return listed(chance, lambda: quoted(parameters(chance, key.sub)))
    if key.values:
        word = chance.choice(key.values)
        word = chance.choice([word, word, word, word.upper(), word[:2], word + "x", "!" + word])
        return (
            f"[{quoted(word)}]"
            if key.kind in {Kind.LIST, Kind.EITHER} and chance.random() < 0.8
            else quoted(word)
        )
    return chance.choice(WORDS)


def guest(chance: random.Random) -> str:
    """A guest with a name, something to boot from, and a few settings more."""
    lines = ['name = "a"'] if chance.random() < 0.97 else []
    kind = chance.choice(["pv", "pvh", "hvm"])
    lines.append(chance.choice(["", f'type = "{kind}"', f'type = "{kind}"']))
    if kind != "hvm" or chance.random() < 0.3:
        lines.append('kernel = "/k"' if chance.random() < 0.97 else "")
    keys = [key for key in xen_keys().values() if not key.xm_only and key.since < "4.18"]
    for _ in range(chance.randrange(1, 5)):
        key = chance.choice(keys)
        lines.append(f"{key.name} {'+=' if chance.random() < 0.03 else '='} {value_of(chance, key)}")
    if chance.random() < 0.3:
        lines.append(f"vcpus = {chance.choice([1, 2, 4])}")
    return "\n".join(lines) + "\n"
