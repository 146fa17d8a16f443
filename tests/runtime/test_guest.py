"""One guest in detail, another name for it, and the host as Xen sees it; on simulated hosts."""

import pytest

from ctys_ls.lab import Lab
from ctys_ls.lab.threaded import running
from ctys_ls.requests import Address, Cancel, Create, Method, Privilege, Rename, Show
from ctys_ls.runtime.errors import HostError

CONF = """name = "rich"
kernel = "{home}/xen/vmlinuz-simulated"
memory = 96
vcpus = 2
vif = [ 'mac=00:16:3e:00:00:0a,bridge=xenbr0' ]
disk = [ 'file:{home}/xen/tst-ctys/tst100/xvda.img,xvda,w' ]
channel = [ 'connection=pty,name=org.test.agent' ]
vnc = 1
"""


@pytest.fixture
async def rich(desk, fresh_lab):
    """A running guest with one device of each kind, and the desk it was started at."""
    home = fresh_lab.host("lab00").home
    conf = home / "xen" / "rich" / "rich.conf"
    conf.parent.mkdir()
    conf.write_text(CONF.format(home=home))
    one = desk()
    started = await one.one(Create(Address(pathname=str(conf))))
    assert started.ok, started
    return one, conf


async def test_a_guest_in_detail(rich, fresh_lab):
    one, conf = rich
    view = await one.engine.guest("lab00", "rich", None, one.ask)
    domain = fresh_lab.host("lab00").domains["rich"]
    assert (view.host, view.label, view.id, view.memory) == ("lab00", "rich", domain.domid, 96)
    assert view.state in ("running", "blocked")
    assert view.uuid == domain.config.uuid.replace("-", "")
    assert view.uptime is not None
    assert view.uptime <= domain.uptime
    assert [(vcpu.number, vcpu.affinity) for vcpu in view.vcpus] == [(0, "all / all"), (1, "all / all")]
    (nic,), (disk,), (channel,) = view.interfaces, view.disks, view.channels
    assert (nic.mac, nic.bridge, nic.state) == ("00:16:3e:00:00:0a", "xenbr0", "connected")
    assert (disk.name, disk.target) == ("xvda", domain.config.disks[0].target)
    assert (channel.kind, channel.path) == ("pty", f"/dev/pts/{100 + domain.domid}")
    assert view.console == f"/dev/pts/{domain.domid}"
    assert view.vnc_port == domain.vnc_port
    assert view.conf == str(conf)
    text = str(view)
    for part in ("rich on lab00", "96 MiB", "xvda", "xenbr0", "00:16:3e:00:00:0a", str(conf)):
        assert part in text


async def test_it_is_one_look_at_the_host(rich, monkeypatch):
    one, _ = rich
    lines = []
    run = one.engine._pool.run

    async def counted(destination, line, *rest, **more):
        lines.append(line)
        return await run(destination, line, *rest, **more)

    monkeypatch.setattr(one.engine._pool, "run", counted)
    await one.engine.guest("lab00", "rich", None, one.ask)
    assert len(lines) == 1


async def test_a_guest_that_does_not_run_is_named_with_its_neighbours(rich):
    one, _ = rich
    with pytest.raises(HostError) as caught:
        await one.engine.guest("lab00", "rcih", None, one.ask)
    assert caught.value.trouble.code == "not-running"
    assert "rich" in caught.value.trouble.cure


async def test_a_guest_in_detail_without_rights_says_so(desk, fresh_lab):
    fresh_lab.host("lab00").faults.set("denied", "all")
    one = desk()
    with pytest.raises(HostError) as caught:
        await one.engine.guest("lab00", "rich", Privilege(ksu=True, sudo=True), one.ask)
    assert caught.value.trouble.code == "privilege"


async def test_a_guest_in_detail_with_xm(desk_at, tmp_path):
    with running(Lab(["old00"], "xm", pace=0.5)) as thread:
        one = desk_at(thread.lab, tmp_path)
        started = await one.one(Create(Address(label="tst100")), host="old00")
        assert started.ok, started
        view = await one.engine.guest("old00", "tst100", None, one.ask)
        await one.engine.close()
    assert [vcpu.affinity for vcpu in view.vcpus] == ["any cpu"]
    assert [nic.mac for nic in view.interfaces] == ["00:50:56:13:11:40"]
    assert [(disk.name, bool(disk.target)) for disk in view.disks] == [("xvda", True)]
    assert view.channels == ()
    assert view.uptime is not None


async def test_a_guest_gets_another_name(rich, fresh_lab):
    one, conf = rich
    done = await one.one(Rename("rich", "poor"))
    assert done.ok, done
    assert [line.split()[-3:] for line in done.ran] == [["rename", "rich", "poor"]]
    assert "poor" in fresh_lab.host("lab00").domains
    assert f'{conf} still reads name = "rich"' in done.text
    assert done.state in ("running", "blocked")
    assert 'name = "rich"' in conf.read_text()


@pytest.mark.parametrize(
    ("label", "to", "code"),
    [
        ("Domain-0", "other", "unsupported"),
        ("rich", "rich", "exists"),
        ("rich", "Domain-0", "exists"),
        ("nobody", "other", "not-running"),
    ],
)
async def test_names_that_are_refused_change_nothing(rich, fresh_lab, label, to, code):
    one, _ = rich
    done = await one.one(Rename(label, to))
    assert (done.ok, done.trouble.code, done.ran) == (False, code, ())
    assert list(fresh_lab.host("lab00").domains) == ["rich"]


async def test_rename_in_read_only_mode_and_on_protected_hosts(desk, fresh_lab):
    starter = desk()
    assert (await starter.one(Create(Address(label="tst100")))).ok
    barred = desk(read_only=True)
    assert (await barred.one(Rename("tst100", "other"))).trouble.code == "read-only"
    careful = desk(protected_hosts=("lab00",))
    careful.answers = ["no", "yes"]
    assert (await careful.one(Rename("tst100", "other"))).trouble.code == "declined"
    assert list(fresh_lab.host("lab00").domains) == ["tst100"]
    assert (await careful.one(Rename("tst100", "other"))).ok
    assert list(fresh_lab.host("lab00").domains) == ["other"]
    assert "protected" in careful.questions[0].text


async def test_show_tells_what_xen_sees(rich, fresh_lab):
    one, _ = rich
    done = await one.one(Show())
    assert done.ok, done
    free = fresh_lab.host("lab00").hypervisor.free_memory
    part = done.text.partition("\nXEN 4.17")[2]
    assert f"MiB, {free} MiB free" in part
    assert "Guests:    1" in part
    assert "rich  " in part
    assert ", up 0:00:" in part
    assert "(XEN) Xen version 4.17" in part


async def test_show_without_rights_says_why_and_shows_the_rest(desk, fresh_lab):
    fresh_lab.host("lab00").faults.set("denied", "plain")
    done = await desk().one(Show())
    assert done.ok
    assert "MEM-INFO" in done.text
    assert "XEN: lab00: listing the guests: plain:" in done.text
    assert "MiB free" not in done.text


def running_in(facts, label):
    return [guest.running for guest in facts.guests if (guest.host, guest.label) == ("lab00", label)]


async def test_the_end_of_an_act_is_known_without_a_list(desk):
    one = desk()
    assert (await one.one(Create(Address(label="tst100")))).ok
    assert running_in(one.engine.facts(), "tst100") == [True]
    assert (await one.one(Rename("tst100", "other"))).ok
    assert running_in(one.engine.facts(), "tst100") == [False]
    assert running_in(one.engine.facts(), "other") == [True]
    assert (await one.one(Cancel(Address(label="other"), method=Method.POWEROFF, delay=0))).ok
    assert running_in(one.engine.facts(), "other") == []


async def test_a_started_guest_has_its_details_in_the_watched_table(desk):
    """What an act's end has seen does not keep the next look from asking for what is new."""
    one = desk()
    await one.engine.refresh(("lab00",), one.ask)
    assert (await one.one(Create(Address(label="tst100")))).ok
    (change,) = await one.engine.refresh(("lab00",), one.ask)
    (row,) = [row for row in change.rows if row.record[2] == "tst100"]
    assert row.record[5].lower() == "00:50:56:13:11:40"
    assert row.record[7] or row.record[8], "its display"
