"""Read-only: whatever is asked for, guests, files and states of a host are afterwards what they were before."""

import hashlib
import itertools

from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    List,
    Method,
    Show,
    Side,
)


def state_of(host):
    """Everything on a host that an act could change."""
    domains = {name: (domain.domid, domain.state) for name, domain in host.domains.items()}
    files = {
        str(path.relative_to(host.home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in host.home.rglob("*")
        if path.is_file()
    }
    return domains, files


async def test_no_act_changes_anything(desk):
    starter = desk()
    for label in ("tst100", "tst101"):
        assert (await starter.one(Create(Address(label=label), console=ConsoleKind.NONE))).ok
    assert (await starter.one(Cancel(Address(label="tst101"), method=Method.SUSPEND))).ok
    host = starter.lab.host("lab00")
    before = state_of(host)
    user = desk(read_only=True)
    user.answers = ["yes"] * 1000
    creates = [
        Create(Address(label=label), attach=attach, console=ConsoleKind.NONE)
        for label, attach in itertools.product(("tst100", "tst101", "tst104"), Attach)
    ]
    cancels = [
        Cancel(address, method=method, force=force, stack=not force, side=side, include_host=force, delay=0)
        for address, method, force, side in itertools.product(
            (Address(label="tst100"), Address(all=True)), Method, (False, True), Side
        )
    ]
    outcome = await user.run(*creates, *cancels, parallel=False)
    refused = {target.trouble.code for target in outcome.targets if target.trouble is not None}
    assert refused == {"read-only", "not-running"}
    assert [target.ran for target in outcome.targets if target.ran] == []
    # What attaches to a guest that runs already is all that is left.
    assert sum(target.ok for target in outcome.targets) == 1
    looks = await user.run(List(), Enumerate(), Show(), Info())
    assert looks.exit_status == 0
    assert state_of(host) == before
    assert user.questions == []
