"""Documents to measure with: as long as wanted, and such as people write."""

from __future__ import annotations

from dataclasses import dataclass

_CONF_HEAD = """\
#@#MAGICID-XEN
name = "tst100"
uuid = "2f4b6d8e-1a3c-4e5f-8a9b-0c1d2e3f4a5b"
memory = 1024
maxmem = 2048
vcpus = 2
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd.img"
root = "/dev/xvda1 ro"
extra = "console=hvc0"
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "restart"
vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr0" ]
"""


@dataclass(frozen=True)
class Text:
    """A document with the places to complete and to hover at."""

    language: str
    uri: str
    text: str
    complete: tuple[int, int]
    hover: tuple[int, int]
    #: A second place to type at, inside the longest statement; None where there is none.
    inside: tuple[int, int] | None = None


def conf(lines: int) -> Text:
    """A domain file: the usual settings, and one list over as many lines as it takes."""
    head = _CONF_HEAD.splitlines()
    body: list[str] = ["device_model_args = ["]
    number = 0
    while len(body) + len(head) < lines - 4:
        if number % 10 == 0:
            body.append(f"    # part {number // 10}")
        body.append(f'    "-device", "virtio-rng-pci,id=rng{number}",')
        number += 1
    body += ["]", "vncpas"]
    whole = head + body
    text = "\n".join(whole) + "\n"
    middle = len(whole) // 2
    while "rng" not in whole[middle]:
        middle += 1
    return Text(
        "xenconf",
        f"file:///bench/{lines}.conf",
        text,
        (len(whole) - 1, 6),
        (3, 2),
        (middle, whole[middle].index("rng")),
    )


def notes(lines: int) -> Text:
    """A domain file that is mostly comments: each line stands for itself, as in a file kept for years."""
    head = _CONF_HEAD.splitlines()
    body = [
        f"# {number}: what was changed, by whom, and why it did not help"
        for number in range(lines - len(head) - 1)
    ]
    whole = [*head, *body, "vncpas"]
    return Text(
        "xenconf", f"file:///bench/notes{lines}.conf", "\n".join(whole) + "\n", (len(whole) - 1, 6), (3, 2)
    )


def commands(lines: int) -> Text:
    """A file of command lines, each standing for itself."""
    forms = (
        "ctys -t xen -a create=l:tst{n},CONSOLE:emacs lab0{h}'(-Z KSU)'",
        "ctys -t xen -a cancel=l:tst{n},POWEROFF:5 lab0{h}'(-Z KSU)'",
        "ctys -a list lab0{h}",
        "# the guests of shelf {n}",
    )
    body = [forms[number % 4].format(n=number % 900 + 100, h=number % 10) for number in range(lines - 1)]
    whole = [*body, "ctys -t xen -a cre"]
    return Text("ctys", f"file:///bench/{lines}.ctys", "\n".join(whole) + "\n", (len(whole) - 1, 18), (0, 16))


_SCRIPT = """\
# step {n}
for guest in tst{n} tst{n}b; do
  echo "starting $guest"
  ctys -t xen -a create=l:tst{n},CONSOLE:emacs lab0{h}'(-Z KSU)' || exit 1
done
[ -f /tmp/stamp{n} ] && rm -f /tmp/stamp{n}
found=$(ctys -a list lab0{h} | grep tst{n})
ssh root@lab0{h} "xl list"
cat <<END
what was done: $found
END
"""


def script(lines: int) -> Text:
    """A shell script with a command line of ctys in every fourth line or so."""
    whole = ["#!/bin/bash"]
    number = 0
    while len(whole) < lines - 20:
        whole += _SCRIPT.format(n=number % 900 + 100, h=number % 10).splitlines()
        number += 1
    whole.append("ctys -t xen -a cre")
    return Text(
        "shellscript", f"file:///bench/{lines}.sh", "\n".join(whole) + "\n", (len(whole) - 1, 18), (4, 18)
    )


def guest_file(number: int) -> str:
    """One guest of many: its label, uuid, MAC and disk are its own."""
    return f"""\
#@#MAGICID-XEN
#@#IP = 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}
name = "tst{number}"
uuid = "2f4b6d8e-1a3c-4e5f-8a9b-{number:012x}"
memory = 512
vcpus = 1
kernel = "/boot/vmlinuz"
disk = [ "phy:/dev/vg/tst{number},xvda,w" ]
vif = [ "mac=00:16:3e:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x},bridge=xenbr0" ]
"""
