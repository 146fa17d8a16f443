"""What is known without asking a host: the user's files, and what was seen."""

from ctys_ls.languages.reading import READERS
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.inventory import Inventory
from ctys_ls.runtime.snapshot import Conf, Snapshot, access_from
from ctys_ls.runtime.toolstacks import Domain
from ctys_ls.runtime.userfiles import ssh_hosts

SSH_CONFIG = """Host lab00 lab01
  HostName 127.0.0.1
Host *.soho !bad
Host=web
Include more
Match host x
"""


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_hosts_come_from_the_ssh_configuration_and_its_includes(tmp_path):
    put(tmp_path / "config", SSH_CONFIG)
    put(tmp_path / "more", "Host db 'odd name'\nInclude config\n")
    assert list(dict.fromkeys(ssh_hosts(tmp_path / "config", tmp_path))) == [
        "lab00", "lab01", "web", "db", "odd name",
    ]  # fmt: skip


def test_files_and_settings_become_facts(tmp_path):
    put(tmp_path / ".ssh" / "config", "Host lab00\n")
    put(tmp_path / ".ctys" / "macros" / "default", "X = y\n")
    put(tmp_path / ".ctys" / "groups" / "server" / "xen", "lab00 lab01\n")
    put(tmp_path / ".ctys" / "groups" / "old~", "nobody\n")
    stock = Inventory(Config(hosts=("lab09",)), tmp_path, READERS)
    stock.read_files()
    facts = stock.facts
    assert [host.name for host in facts.hosts] == ["lab09", "lab00"]
    assert facts.macros == {"default": {"X": "y"}}
    assert facts.groups == {"server/xen": ("lab00", "lab01")}
    assert facts.macro_files == {"default": str(tmp_path / ".ctys" / "macros" / "default")}
    assert facts.group_files == {"server/xen": str(tmp_path / ".ctys" / "groups" / "server" / "xen")}


def test_of_two_files_with_one_name_the_first_on_the_path_counts(tmp_path):
    put(tmp_path / ".ctys" / "macros" / "default", "X = home\n")
    put(tmp_path / "a" / "default", "X = a\n")
    put(tmp_path / "b" / "default", "X = b\nY = b\n")
    put(tmp_path / "b" / "more", "Z = b\n")
    put(tmp_path / "b" / "rack" / "all", "lab01\n")
    put(tmp_path / "c" / "rack" / "all", "lab02\n")
    folders = {name: tmp_path / name for name in ("a", "none", "b", "c")}
    stock = Inventory(
        Config(
            macro_path=(folders["a"], folders["none"], folders["b"]),
            groups_path=(folders["b"], folders["c"]),
        ),
        tmp_path,
        READERS,
    )
    stock.read_files()
    assert stock.facts.macros["default"] == {"X": "a"}
    assert stock.facts.macros["more"] == {"Z": "b"}
    assert stock.facts.macro_files["default"] == str(tmp_path / "a" / "default")
    assert stock.facts.groups["rack/all"] == ("lab01",)
    assert stock.facts.group_files["rack/all"] == str(tmp_path / "b" / "rack" / "all")


def test_nothing_there_is_nothing_known(tmp_path):
    stock = Inventory(Config(), tmp_path, READERS)
    stock.read_files()
    assert (stock.facts.hosts, stock.facts.macros, stock.facts.groups) == ((), {}, {})


def snapshot(**parts):
    access = access_from("xl", {"xl": "/usr/sbin/xl"}, "root")
    return Snapshot("lab00", home="/home/acue", access=access, taken=5.0, **parts)


def test_a_short_listing_keeps_what_is_known_of_the_same_domain(tmp_path):
    stock = Inventory(Config(), tmp_path, READERS)
    full = Domain(3, "a", state="running", macs=("00:16:3e:00:00:01",), vnc_port=5900, kind="pv")
    stock.saw("lab00", snapshot(domains=(full,), names={"10.0.0.1": "a"}, address="10.0.0.9"))
    stock.saw("lab00", snapshot(domains=(Domain(3, "a", state="paused"), Domain(4, "b", state="running"))))
    first, second = stock.snapshots["lab00"].domains
    assert (first.state, first.macs, first.vnc_port, first.kind) == ("paused", full.macs, 5900, "pv")
    assert second.macs == ()
    assert stock.snapshots["lab00"].names == {"10.0.0.1": "a"}
    stock.saw("lab00", snapshot(domains=(Domain(9, "a", state="running"),)))
    assert stock.snapshots["lab00"].domains[0].macs == ()


def test_only_a_whole_home_makes_a_host_completely_known(tmp_path):
    stock = Inventory(Config(), tmp_path, READERS)
    stock.saw("lab00", snapshot(scanned=("/home/acue/xen",)))
    assert stock.facts.complete_hosts == frozenset()
    stock.saw("lab00", snapshot(scanned=("/home/acue",)))
    assert stock.facts.complete_hosts == {"lab00"}


def test_a_scan_of_one_place_forgets_nothing_of_another(tmp_path):
    stock = Inventory(Config(), tmp_path, READERS)
    files = [
        Conf(path, READERS.conf('name = "a"\nmemory = 64\n', path)) for path in ("/x/a.conf", "/y/a.conf")
    ]
    stock.saw("lab00", snapshot(confs=tuple(files), scanned=("/x", "/y")))
    stock.saw("lab00", snapshot(confs=(), scanned=("/x",)))
    assert [guest.path for guest in stock.facts.guests] == ["/y/a.conf"]


def test_files_seen_once_stay_known_and_a_lost_host_keeps_its_guests(tmp_path):
    conf = Conf("/xen/a.conf", READERS.conf('name = "a"\nmemory = 64\n', "/xen/a.conf"))
    stock = Inventory(Config(), tmp_path, READERS)
    stock.saw(
        "root@lab00", snapshot(confs=(conf,), scanned=("/home/acue", "/xen"), domains=(Domain(3, "a"),))
    )
    assert stock.facts.complete_hosts == {"lab00"}
    stock.saw("lab00", snapshot(domains=()))
    (guest,) = stock.facts.guests
    assert (guest.label, guest.path, guest.running, guest.source) == ("a", "/xen/a.conf", False, "enumerate")
    stock.lost("lab00")
    assert [host.reachable for host in stock.facts.hosts] == [False]
    assert [guest.label for guest in stock.facts.guests] == ["a"]
