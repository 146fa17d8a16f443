"""``ctys-ls lab``: simulated Xen hosts on loopback, to try, to rehearse and to test."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, cast

from ctys_ls.lab.faults import KINDS

_MOST_HOSTS = 64
_PATIENCE = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    parser.description = (
        "Simulated Xen hosts on loopback: no hypervisor, no root, nothing leaves this machine."
    )
    commands = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    up = _command(commands, "up", "start the hosts in the background and say how to use them")
    up.add_argument(
        "--hosts", type=_count, default=2, metavar="N", help="how many: lab00, lab01 … (default 2)"
    )
    up.add_argument("--toolstack", choices=("xl", "xm"), default="xl", help="xl, or xm as in Xen 3 and 4.0")
    up.add_argument(
        "--ambiguous", action="store_true", help="with the copies of UC-30: one label in three files"
    )
    up.add_argument("--foreground", action="store_true", help="stay in this terminal until ^C")
    _command(commands, "down", "end them: no process, port or file stays")
    _command(commands, "status", "what runs, where, with which faults and guests")
    _command(commands, "reset", "all hosts as new: no guests, no faults, the first files")
    shell = _command(commands, "shell", "a shell on a simulated host (ssh)")
    shell.add_argument("host", metavar="HOST")
    kinds = "\n".join(f"  {kind:<12} {text}" for kind, text in KINDS.items())
    fault = _command(commands, "fault", "pull a plug: switch a fault of a host on, or off again")
    fault.formatter_class = argparse.RawDescriptionHelpFormatter
    fault.epilog = f"faults:\n{kinds}\n  {'clear':<12} [KIND]  switch one or all off"
    fault.add_argument("host", metavar="HOST")
    fault.add_argument("kind", metavar="KIND", help="one of those below, or: clear")
    fault.add_argument("arguments", metavar="ARG", nargs="*")


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument(
        "--state", type=Path, metavar="DIR", help="folder of the lab's files (default: the user's)"
    )
    command.add_argument("--format", choices=("text", "json"), default="text")
    return command


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST_HOSTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hosts (1 to {_MOST_HOSTS})")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status: 0, 1 when it did not work, 2 for wrong arguments."""
    from ctys_ls.lab.control import NotRunningError, default_state

    args.state = (args.state or default_state()).absolute()
    acts = {"up": _up, "down": _down, "status": _status, "reset": _status, "shell": _shell, "fault": _fault}
    try:
        return acts[args.act](args)
    except NotRunningError:
        if args.act in ("status", "down") and args.format == "json":
            print(json.dumps({"version": 1, "simulated": True, "running": False}))
        else:
            print(
                f"No simulated hosts are running in {args.state}; start them with: ctys-ls lab up",
                file=sys.stderr,
            )
        return 0 if args.act == "down" else 1


# -- up


def _up(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import NotRunningError, ask

    try:
        running = ask(args.state, "status")
    except NotRunningError:
        pass
    else:
        print("Simulated hosts are running already (end them with: ctys-ls lab down).", file=sys.stderr)
        _print_use(running, args)
        return 1
    try:
        _clean(args.state)
        args.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        args.state.chmod(0o700)
    except OSError as error:
        print(f"{args.state} cannot be the lab's folder: {error}", file=sys.stderr)
        return 1
    return asyncio.run(_foreground(args)) if args.foreground else _background(args)


def _clean(state: Path) -> None:
    """Take away what a lab left that was killed; a folder with anything else in it is refused."""
    from ctys_ls.lab.child import kill_all
    from ctys_ls.lab.control import RUNNING

    if not state.exists():
        return
    ours = {"hosts", "ssh_config", "known_hosts", "id_ed25519", "id_ed25519.pub", "log", RUNNING}
    strangers = [path.name for path in state.iterdir() if path.name not in ours]
    if strangers:
        raise OSError(f"it holds other files ({', '.join(sorted(strangers)[:3])})")
    if (state / RUNNING).exists():
        kill_all(str(state))
    shutil.rmtree(state)


def _background(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import ask

    command = [sys.executable, "-m", "ctys_ls", "lab", "up", "--foreground", "--format", "json"]
    command += ["--state", str(args.state), "--hosts", str(args.hosts), "--toolstack", args.toolstack]
    command += ["--ambiguous"] if args.ambiguous else []
    log = args.state / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    ready = cast("IO[bytes]", process.stdout)
    if not ready.readline():
        process.wait(_PATIENCE)
        print(
            f"The simulated hosts did not start: {log.read_text().strip() or 'no word why'}", file=sys.stderr
        )
        return 1
    ready.close()
    _print_use(ask(args.state, "status"), args)
    return 0


async def _foreground(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import controlled, status
    from ctys_ls.lab.lab import Lab

    names = [f"lab{number:02d}" for number in range(args.hosts)]
    lab = Lab(names, args.toolstack, args.state, ambiguous=args.ambiguous)
    loop = asyncio.get_running_loop()
    task = cast("asyncio.Task[int]", asyncio.current_task())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        async with lab, controlled(lab, args.state) as stopped:
            _print_use(status(lab), args)
            sys.stdout.flush()
            await stopped.wait()
    except asyncio.CancelledError:
        pass  # A signal is the way to end it.
    (args.state / "log").unlink(missing_ok=True)
    if args.state.exists() and not any(args.state.iterdir()):
        args.state.rmdir()
    return 0


def _print_use(status: dict[str, Any], args: argparse.Namespace) -> None:
    if args.format == "json":
        print(json.dumps(status), flush=True)
        return
    config = shlex.quote(status["sshConfig"])
    first = status["hosts"][0]["name"]
    print("SIMULATED Xen hosts are up (no hypervisor, loopback only):")
    for host in status["hosts"]:
        print(f"  {host['name']:<8} 127.0.0.1:{host['port']}  guests in {host['home']}/xen/tst-ctys")
    print("\nUse them:")
    print(f"  export CTYS_SSH_CONFIG={config}")
    print(f"  ctys -t xen -a create=l:tst100,CONSOLE:none {first}")
    print(f"  ctys -a list {first}")
    print(f"  ssh -F {config} {first} xl list")
    print(f"\nctys-ls lab status | shell {first} | fault {first} slow 3 | down")


# -- the others


def _down(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import ask

    pid = ask(args.state, "stop")["pid"]
    deadline = time.monotonic() + _PATIENCE
    while _runs(pid):
        if time.monotonic() > deadline:
            print(f"Process {pid} has not ended within {_PATIENCE:.0f} s.", file=sys.stderr)
            return 1
        time.sleep(0.02)
    print(
        json.dumps({"version": 1, "simulated": True, "running": False}) if args.format == "json" else "Gone."
    )
    return 0


def _runs(pid: int) -> bool:
    """Whether the process runs; one that has ended and that init has not noticed yet does not."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _status(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import ask

    reply = ask(args.state, args.act)
    if args.format == "json":
        print(json.dumps(reply))
        return 0
    print(
        f"SIMULATED hosts (toolstack {reply['toolstack']}, process {reply['pid']}), ssh -F {reply['sshConfig']}"
    )
    for host in reply["hosts"]:
        guests = ", ".join(f"{g['name']} ({g['id']}, {g['state']})" for g in host["guests"]) or "none"
        faults = ", ".join(host["faults"]) or "none"
        print(f"  {host['name']:<8} port {host['port']}  connections {host['connections']}  faults {faults}")
        print(f"  {'':<8} guests {guests}")
    return 0


def _shell(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import ask

    reply = ask(args.state, "status")
    if args.host not in [host["name"] for host in reply["hosts"]]:
        print(f"No simulated host is called {args.host}.", file=sys.stderr)
        return 1
    sys.stdout.flush()
    try:
        os.execvp("ssh", ["ssh", "-F", reply["sshConfig"], args.host])  # noqa: S606
    except FileNotFoundError:
        print("There is no ssh program here (Debian: apt-get install openssh-client).", file=sys.stderr)
        return 1


def _fault(args: argparse.Namespace) -> int:
    from ctys_ls.lab.control import ask

    if args.kind == "clear":
        reply = ask(args.state, "clear", host=args.host, kind=next(iter(args.arguments), None))
    else:
        reply = ask(args.state, "fault", host=args.host, kind=args.kind, args=args.arguments)
    if "error" in reply:
        print(reply["error"], file=sys.stderr)
        return 2
    faults = next(host["faults"] for host in reply["hosts"] if host["name"] == args.host)
    print(
        json.dumps(reply) if args.format == "json" else f"{args.host}: faults {', '.join(faults) or 'none'}"
    )
    return 0
