"""The simulated hosts against the real ones, call by call: the same files, the same calls, outputs equal in form.

``tests/lab/test_captures.py`` holds the simulation to what a host printed once; here both answer now.
"""

import difflib
import json
import re
import shutil
from collections.abc import Iterator

import pytest
from labtools import ssh
from toolforms import form, localised, original, simulated_only
from xenlab.guests import Guests
from xenlab.host import SAVED
from xenlab.image import RECIPE

from ctys_ls.lab import Hardware, Host, Lab
from ctys_ls.lab.threaded import running

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]

#: Where the guests of root lie on the emulated hosts.
HOME = "/root"
TST101 = f"{HOME}/xen/tst-ctys/tst101/tst101.conf"
SMALL = f"{HOME}/xen/tst-ctys/tst104/tst104.conf"
BOOTED = "until ping -c 1 -W 1 192.168.1.221 >/dev/null; do sleep 0.2; done"
GONE = 'until [ -z "$(xl list | grep tst10)" ]; do sleep 0.2; done'

#: In this order, on both; what is not compared has no name.
CALLS = {
    "list-empty": "xl list",
    "list-l-empty": "xl list -l",
    "info": "xl info",
    "list-unknown": "xl list nosuch",
    "destroy-unknown": "xl destroy nosuch",
    "shutdown-unknown": "xl shutdown nosuch",
    "pause-unknown": "xl pause nosuch",
    "save-unknown": "xl save nosuch /root/x.stat",
    "console-unknown": "xl console nosuch",
    "domid-unknown": "xl domid nosuch",
    "create-nofile": "xl create /root/xen/nofile.conf",
    "create-dry": f"xl create -n {SMALL}",
    "create-dry-override": f"xl create -n {SMALL} memory=48 vcpus=2",
    "create-dry-quiet": f"xl create -q -n {SMALL}",
    "create-dry-type": 'printf \'name = "x"\\nkernel = "/k"\\ntype = "bogus"\\n\' > /root/xen/bogus.conf; '
    "xl create -n /root/xen/bogus.conf",
    "create-dry-syntax": "printf 'name = \"x\"\\nmemory = = 3\\n' > /root/xen/broken.conf; "
    "xl create -n /root/xen/broken.conf",
    "create-paused": f"xl create -p {SMALL}",
    "list-paused": "xl list",
    "create-again": f"xl create {SMALL}",
    "list-v": "xl list -v",
    "list-l": "xl list -l",
    "list-one": "xl list tst104",
    "domid": "xl domid tst104",
    "domname": "xl domname 0",
    "vm-list": "xl vm-list",
    "uptime": "xl uptime tst104",
    "uptime-all": "xl uptime",
    "uptime-unknown": "xl uptime nosuch",
    "vcpu-list": "xl vcpu-list tst104",
    "vcpu-list-all": "xl vcpu-list",
    "vcpu-list-unknown": "xl vcpu-list nosuch",
    "block-list": "xl block-list tst104",
    "block-list-unknown": "xl block-list nosuch",
    "channel-list": "xl channel-list tst104",
    "channel-list-unknown": "xl channel-list nosuch",
    "rename-unknown": "xl rename nosuch other",
    "rename-taken": "xl rename tst104 Domain-0",
    "rename": "xl rename tst104 other",
    "list-renamed": "xl list",
    "rename-back": "xl rename other tst104",
    "unpause": "xl unpause tst104",
    "pause": "xl pause tst104",
    "store-name": "xenstore-read /local/domain/$(xl domid tst104)/name",
    "store-domains": "xenstore-list /local/domain",
    "store-unknown": "xenstore-read /local/domain/4711/name",
    "destroy": "xl destroy tst104",
    "list-destroyed": "xl list",
    "create": f"xl create {TST101}",
    "network-list": f"{BOOTED}; xl network-list tst101",
    "network-list-unknown": "xl network-list nosuch",
    "dmesg-tail": "xl dmesg | tail -n 1 | cut -c 1-6",
    "save": "xl save tst101 /root/xen/tst101.stat",
    "list-saved": "xl list",
    "restore": "xl restore /root/xen/tst101.stat",
    "list-restored": "xl list",
    "reboot": "xl domid tst101 > /root/xen/before; xl reboot tst101",
    "shutdown": 'until [ "$(xl domid tst101 2>/dev/null || echo 0)" -gt "$(cat /root/xen/before)" ]; do sleep 0.2; done; '
    + BOOTED
    + "; xl shutdown -w tst101",
    "list-shutdown": f"{GONE}; xl list",
    "restore-garbage": "head -c 4096 /dev/zero > /root/xen/garbage.stat; xl restore /root/xen/garbage.stat",
    "missing-subcommand": "xl frobnicate",
    "no-argument": "xl create",
}


@pytest.fixture(scope="module")
def simulated() -> Iterator[tuple[Lab, Host]]:
    """A simulated host with the real one's size and files."""
    hardware = Hardware(memory=2559, cpus=2)
    with running(Lab(["lab00"], hardware=hardware, pace=2)) as thread:
        host = thread.lab.host("lab00")
        shutil.rmtree(host.home / "xen")
        shutil.copytree(RECIPE / "guests/xen", host.home / "xen")
        grub = host.home / "usr/lib/grub-xen/grub-x86_64-xen.bin"
        grub.parent.mkdir(parents=True)
        grub.touch()
        (host.home / "xen/guest.cpio").touch()
        with (host.home / "xen/vmlinux").open("wb") as kernel:
            kernel.truncate(66_000_000)
        for conf in (host.home / "xen").rglob("*.conf"):
            conf.write_text(localised(conf.read_text(), host, HOME))
        yield thread.lab, host


def test_the_same_calls_answer_in_the_same_form(simulated: tuple[Lab, Host], lab00: Guests):
    lab, host = simulated
    for _ in SAVED:
        # The real host had these guests before it was frozen: ids go on from theirs.
        assert (
            ssh(
                lab, "lab00", localised(f"xl create -q -p {SMALL} && xl destroy tst104", host, HOME)
            ).returncode
            == 0
        )
    differences = []
    for name, call in CALLS.items():
        real = lab00.host.ssh(call, timeout=200)
        ours = ssh(lab, "lab00", localised(call, host, HOME))
        if real.returncode != ours.returncode:
            differences.append(
                f"{name}: exit status {ours.returncode}, really {real.returncode}: {real.stderr}"
            )
        for stream in ("stdout", "stderr"):
            text = original(getattr(ours, stream), host, HOME)
            theirs = getattr(real, stream)
            if stream == "stdout":
                text = simulated_only(f"xl-{name}", text)
            if (one := shape(text, name)) != (other := shape(theirs, name)):
                lines = difflib.unified_diff(
                    other.split("\n"), one.split("\n"), "real", "simulated", lineterm="", n=1
                )
                differences.append(f"{name} {stream}: {call}\n" + "\n".join(lines))
    assert not differences, "\n\n".join(differences)


def shape(text: str, name: str) -> str:
    """Two hosts differ in more than two runs do: in memory, times, domain ids and numbers of processors."""
    text = form(text, f"xl-{name}")
    if name.startswith("list-l"):
        return json.dumps(_kinds(json.loads(text)), indent=1, sort_keys=True) if text.strip() else text
    text = re.sub(r"(Domain-0 +\d+ +)\d+( +)\d+", r"\1M\2V", text)
    if name == "vcpu-list-all":
        # How many processors domain 0 has, and what each does, is the host's own affair.
        text = re.sub(r"^Domain-0 .*\n", "", text, flags=re.MULTILINE)
    if name.startswith("vcpu-list"):
        # Which processor a guest sits on is the scheduler's choice.
        text = re.sub(r"^(\S+ +\d+ +\d+ +)\d+", r"\1P", text, flags=re.MULTILINE)
    if name == "network-list":
        # Numbers of grants and channels are; that there are some, and the state, is the form.
        text = re.sub(r" +-?\d+ +\d+/\d+ +(?=/local)", " N N/N ", text)
    return re.sub(r"(?<=xc: info: ).*", "...", text)


def _kinds(value: object) -> object:
    """A JSON value with kinds in place of its leaves."""
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    return type(value).__name__
