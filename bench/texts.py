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
    return Text("xenconf", f"file:///bench/{lines}.conf", text, (len(whole) - 1, 6), (3, 2))


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
