"""The simulated ``xl info`` and ``xl dmesg``."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.lab.tools.call import Call, Machine, options

NOTE = "a simulated Xen host (ctys-ls lab); no hypervisor runs here"


async def info(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl info [-n]``; the last line says that it is a simulation."""
    found, _ = options(args, "nh", ["numa"])
    numa = "-n" in found or "--numa" in found
    call.out("".join(_row(key, value) for key, value in facts(machine, numa=numa)))
    return 0


def _row(key: str, value: str) -> str:
    return f"{key:<23}: {value}\n" if key else f"{value}\n"


def facts(machine: Machine, *, numa: bool = False) -> list[tuple[str, str]]:
    """Names and values in the order of the real output; an empty name is a line of its own."""
    hypervisor = machine.hypervisor
    free = hypervisor.free_memory
    topology = [
        ("", "cpu_topology           :"),
        ("", "cpu:    core    socket     node"),
        *(("", f"{cpu:3d}:    {cpu:4d}     {0:4d}     {0:4d}") for cpu in range(machine.hardware.cpus)),
        ("", "device topology        :"),
        ("", "device           node"),
        ("", "No device topology data available"),
        ("", "numa_info              :"),
        ("", "node:    memsize    memfree    distances"),
        ("", f"{0:4d}:    {hypervisor.memory:6d}     {free:6d}      10"),
    ]
    return [
        ("host", machine.name),
        ("release", "6.1.0-simulated"),
        ("version", "#1 SMP PREEMPT_DYNAMIC simulated by ctys-ls lab"),
        ("machine", "x86_64"),
        ("nr_cpus", str(machine.hardware.cpus)),
        ("max_cpu_id", str(machine.hardware.cpus - 1)),
        ("nr_nodes", "1"),
        ("cores_per_socket", str(machine.hardware.cpus)),
        ("threads_per_core", "1"),
        ("cpu_mhz", "2445.425"),
        ("hw_caps", "078bf3fd:80002001:20100800:00000005:00000000:00000000:00000000:00000000"),
        ("virt_caps", "pv hvm gnttab-v1 gnttab-v2"),
        ("total_memory", str(hypervisor.memory)),
        ("free_memory", str(free)),
        ("sharing_freed_memory", "0"),
        ("sharing_used_memory", "0"),
        ("outstanding_claims", "0"),
        ("free_cpus", "0"),
        *(topology if numa else []),
        ("xen_major", "4"),
        ("xen_minor", "17"),
        ("xen_extra", ".7"),
        ("xen_version", "4.17.7"),
        ("xen_caps", "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "),
        ("xen_scheduler", "credit2"),
        ("xen_pagesize", "4096"),
        ("platform_params", "virt_start=0xffff800000000000"),
        ("xen_changeset", ""),
        ("xen_commandline", "simulated"),
        ("cc_compiler", "simulated"),
        ("cc_compile_by", "ctys-ls"),
        ("cc_compile_domain", "lab"),
        ("cc_compile_date", "simulated"),
        ("build_id", "0" * 40),
        ("xend_config_format", "4"),
        ("simulated", NOTE),
    ]


async def dmesg(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl dmesg``: a few lines in the hypervisor's form."""
    options(args, "ch", ["clear"])
    call.out(
        "(XEN) Xen version 4.17.7 (simulated)\n"
        f"(XEN) {NOTE}\n"
        f"(XEN) System RAM: {machine.hypervisor.memory}MB ({machine.hypervisor.memory * 1024}kB)\n"
    )
    return 0
