"""What a tool of Xen prints, without what differs between two hosts or two runs: what is left is its form."""

import re

from ctys_ls.lab import Host


def localised(text: str, host: Host, folder: str) -> str:
    """A text of a host whose guests lie below ``folder``, with the paths of the simulated one."""
    text = (
        text.replace("/tmp/", f"{host.home}/")
        .replace("/var/lib/xen/save", f"{host.home}/save")
        .replace("/usr/lib/grub-xen", f"{host.home}/usr/lib/grub-xen")
    )
    return re.sub(rf"{folder}(?=/xen|/x\.stat)", str(host.home), text)


def original(text: str, host: Host, folder: str) -> str:
    """The other way round."""
    home = re.escape(str(host.home))
    text = re.sub(f"{home}/save", "/var/lib/xen/save", text)
    text = re.sub(f"{home}/usr", "/usr", text)
    return re.sub(home, folder, text)


def form(text: str, name: str) -> str:
    """The text without what differs between two runs of the same tool."""
    text = re.sub(r"Domain \d+:", "Domain N:", text)
    text = re.sub(r"\[\d+\] exited", "[N] exited", text)
    text = re.sub(r" +\d+\.\d(?=[ \n])", lambda match: f"<{len(match[0])} wide>", text)
    text = re.sub(r"\b\d:\d\d:\d\d\b", "h:mm:ss", text)
    text = re.sub(r"^\d+: vif", "N: vif", text, flags=re.MULTILINE)
    text = re.sub(r"mfn 0x[0-9a-f]+", "mfn N", text)
    # Whether a living guest runs, waits or is about to is decided in the instant of asking.
    text = re.sub(r"(?<= )(?:------|-b----|r-----)(?= |<)", "ALIVE-", text)
    text = re.sub(r" -b- | r-- | --- ", " *** ", text)
    if name.startswith("xl-info"):
        text = re.sub(r"^(\w+ *: ?).*", r"\1", text, flags=re.MULTILINE)
        # The captured host, with a processor that the emulator does not place, shows no row of its topology.
        text = re.sub(r"^ +0: .*\n(?=device)", "", text, flags=re.MULTILINE)
        text = re.sub(r"^ +0: .*", "   0:", text, flags=re.MULTILINE)
    if name == "xl-dmesg":
        text = "\n".join(sorted({line[:6] for line in text.split("\n")}))
    if name == "xenstore-ls-f":
        text = re.sub(r'(ring-ref|start_time|tty) = "[^"]*"', r"\1", text)
    return text


def simulated_only(name: str, out: str) -> str:
    """The output without what says that this is a simulation, and with only what help can show of the real one."""
    if name.startswith("xl-info"):
        head, line, _ = out.partition("simulated              : ")
        assert line, "xl info must say that it is a simulation"
        return head
    return out
