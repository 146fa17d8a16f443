"""STACK: what runs inside a guest is told first, by the guest itself, where ssh reaches it (ctys-facts 4.3)."""

from __future__ import annotations

from ctys_ls.runtime.actions.run import Call
from ctys_ls.runtime.addresses import Found
from ctys_ls.runtime.errors import HostError

_CTYS = "command -v ctys >/dev/null 2>&1 && ctys -t PM -a cancel=ALL,SELF,STACK,{method} localhost"
#: A guest with ctys of its own stops its guests and itself by that; one without, or where that fails, halts.
POWEROFF_INSIDE = ("/bin/sh", "-c", f"{{ {_CTYS.format(method='POWEROFF:0')}; }} || halt -p || poweroff")
REBOOT_INSIDE = ("/bin/sh", "-c", f"{{ {_CTYS.format(method='REBOOT')}; }} || reboot")


async def told_inside(call: Call, guest: Found, argv: tuple[str, ...]) -> bool:
    """Run ``argv`` in a guest that answers; a guest that cannot be reached is left to the hypervisor, with a note."""
    address = guest.addresses[0] if guest.addresses else ""
    if not address:
        return _left(call, "its address is not known")
    try:
        call.say(f"asking {guest.label} itself")
        if not await call.answers(address, "ping"):
            return _left(call, f"{address} does not answer")
        call.ran.append(await call.in_guest(guest, argv))
    except HostError as error:
        return _left(call, f"{error.trouble.act}: {error.trouble.words}")
    return True


def _left(call: Call, why: str) -> bool:
    call.notes.append(f"STACK: nothing inside {call.label} was told ({why}); the hypervisor stops it")
    return False
