"""The probe in real shells, on a made-up host directory with a stand-in xl that prints a real host's recorded answers."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
import recorded
from needs import need_program

from ctys_ls.languages.xenconf.facts import read_conf
from ctys_ls.runtime import answer, probe
from ctys_ls.runtime.errors import HostError
from ctys_ls.runtime.privilege import Method

SHELLS = {"dash": ("dash",), "bash": ("bash", "--posix"), "busybox": ("busybox", "sh")}
LOOK = probe.Look()
CONF = 'name = "{label}"\nmemory = 128\nvif = [ "mac=00:50:56:13:11:40" ]\ndisk = []\nkernel = "/k"\n'
XL = """#!/bin/sh
case "$*" in
    "list -v") cat {data}/xl-list-v.out ;;
    "list -l") cat {data}/xl-list-l-tst100.out ;;
    *) echo "command not implemented" >&2; exit 1 ;;
esac
"""


def program(folder, name, text):
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture(params=SHELLS)
def host(request, tmp_path):
    """A host's HOME with a bin folder in PATH, and the way to run a look there."""
    need_program(SHELLS[request.param][0], SHELLS[request.param][0])
    program(tmp_path, "xl", XL.format(data=recorded.FOLDER))

    def look(look=LOOK, methods=(Method.PLAIN,), password="", cut=None):
        call = probe.call(look, methods, password)
        # The line ends in "exec /bin/sh -s -- ...": the shell under test takes the place of /bin/sh.
        line = call.line.replace("exec /bin/sh", "exec " + " ".join(SHELLS[request.param]), 1)
        ran = subprocess.run(
            ["sh", "-c", line],
            input=call.stdin.encode(),
            capture_output=True,
            check=False,
            env={"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
        )
        assert b"PW" not in call.line.encode()
        text = ran.stdout.decode(errors="replace")
        return answer.parse(text if cut is None else text[:cut], call.boundary, "lab00", read_conf)

    look.home = tmp_path
    return look


def test_one_look_brings_domains_details_and_files(host):
    folder = host.home / "xen" / 'it\'s a "place"' / "tst100"
    folder.mkdir(parents=True)
    (folder / "tst100.conf").write_text(CONF.format(label="tst100"))
    (folder / "tst100.stat").write_bytes(b"\0state")
    (folder / "notes.conf").write_text("nothing about guests\n")
    (host.home / ".hidden").mkdir()
    (host.home / ".hidden" / "old.conf").write_text(CONF.format(label="old"))
    seen = host(probe.Look(probe.LISTING, directories=("",)))
    assert [domain.name for domain in seen.domains] == ["Domain-0", "tst100", "tst101"]
    assert seen.domains[1].macs == ("00:50:56:13:11:40",)
    assert [conf.path for conf in seen.confs] == [str(folder / "tst100.conf")]
    assert seen.confs[0].label == "tst100"
    assert seen.states == (str(folder / "tst100.stat"),)
    assert seen.scanned == (str(host.home),)
    assert seen.access is not None
    assert seen.access.tool == f"{host.home}/bin/xl"
    assert seen.troubles == ()


def test_directories_with_hostile_names_are_scanned_and_do_nothing_else(host):
    for number, name in enumerate(["$(touch bad)", "`touch bad`", "-name", "a;touch bad", "*", "[x]", "é ü"]):
        folder = host.home / name
        folder.mkdir()
        (folder / f"g{number}.conf").write_text(CONF.format(label=f"g{number}"))
        seen = host(probe.Look(("domains",), directories=(name,)))
        assert [conf.label for conf in seen.confs] == [f"g{number}"], name
    assert not (host.home / "bad").exists()


def test_a_file_that_holds_frames_is_only_content(host):
    text = CONF.format(label="tst100") + "\nctys-000 begin id\nctys-000 bye\n"
    (host.home / "a.conf").write_text(text)
    seen = host(probe.Look(("domains",), files=(f"{host.home}/a.conf",)))
    assert [conf.label for conf in seen.confs] == ["tst100"]


def test_a_search_that_takes_too_long_is_told_and_the_rest_stands(host):
    (host.home / "small").mkdir()
    (host.home / "small" / "a.conf").write_text(CONF.format(label="a"))
    (host.home / "large").mkdir()
    program(
        host.home,
        "timeout",
        '#!/bin/sh\nshift\ncase "$*" in *large*) exit 124 ;; esac\nexec "$@"\n',
    )
    seen = host(probe.Look((), directories=("small", "large")))
    assert [conf.label for conf in seen.confs] == ["a"]
    assert seen.scanned == (f"{host.home}/small",)
    assert seen.unfinished == (f"{host.home}/large",)


def test_missing_and_unreadable_places_are_told(host):
    seen = host(probe.Look((), directories=("nowhere",), files=("/no/such.conf",), states=("/no/such.stat",)))
    assert seen.missing == ("nowhere", "/no/such.conf", "/no/such.stat")


def test_an_answer_that_breaks_off_keeps_what_came_before(host):
    (host.home / "a.conf").write_text(CONF.format(label="tst100"))
    seen = host(probe.Look(directories=("",)), cut=-60)
    assert [conf.label for conf in seen.confs] == ["tst100"]
    assert seen.troubles[-1].code == "dropped"


def test_noise_before_the_answer_does_no_harm(host):
    call = probe.call(probe.Look(()), ())
    text = (
        f"Welcome to this host!\n\n{call.boundary} begin id\nuid=0(root) gid=0(root)\n{call.boundary} end 0\n"
    )
    seen = answer.parse(text + f"\n{call.boundary} bye\n", call.boundary, "lab00", read_conf)
    assert (seen.uid, seen.user) == (0, "root")


@pytest.mark.parametrize(
    "text", ["", "\x00\xff\ufffd garbage", "sh: not found", "ctys-123 begin id\nuid=0(root)"]
)
def test_garbage_is_named_as_such(text):
    with pytest.raises(HostError) as caught:
        answer.parse(text, "ctys-abc", "lab00", read_conf)
    assert caught.value.trouble.code == "garbage"
    assert caught.value.trouble.host == "lab00"


def test_a_toolstack_that_fails_names_every_way_that_was_tried(host):
    program(host.home, "xl", "#!/bin/sh\necho 'xl: permission denied' >&2\nexit 1\n")
    program(host.home, "ksu", "#!/bin/sh\necho 'ksu: account acue: authorization failed' >&2\nexit 1\n")
    program(host.home, "id", "#!/bin/sh\necho 'uid=1000(acue) gid=100(ldapusers)'\n")
    # With a number alone asked for, the stand-in must answer as id does.
    program(
        host.home, "id", '#!/bin/sh\n[ "$1" = -u ] && echo 1000 || echo "uid=1000(acue) gid=100(ldapusers)"\n'
    )
    seen = host(methods=(Method.KSU, Method.PLAIN))
    assert seen.access is None
    (trouble,) = seen.troubles
    assert trouble.code == "privilege"
    assert "ksu: ksu: account acue: authorization failed" in trouble.words
    assert "plain: xl: permission denied" in trouble.words
    assert (seen.user, seen.group) == ("acue", "ldapusers")


def test_a_password_for_sudo_comes_on_standard_input_only(host):
    program(
        host.home, "id", '#!/bin/sh\n[ "$1" = -u ] && echo 1000 || echo "uid=1000(acue) gid=100(users)"\n'
    )
    program(
        host.home,
        "sudo",
        '#!/bin/sh\nprintf "%s\\n" "$*" >>"$HOME/argv"\ncase "$*" in *-n*) echo "sudo: a password is required" >&2; exit 1;; esac\n'
        'IFS= read -r word\n[ "$word" = "it\'s \\$ecret" ] || { echo "sudo: 1 incorrect password attempt" >&2; exit 1; }\n'
        'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n',
    )
    refused = host(methods=(Method.SUDO,))
    assert refused.needs_password
    seen = host(methods=(Method.SUDO_PASSWORD,), password="it's $ecret")
    assert seen.access is not None
    assert seen.access.method is Method.SUDO_PASSWORD
    assert [domain.name for domain in seen.domains] == ["Domain-0", "tst100", "tst101"]
    assert "ecret" not in (host.home / "argv").read_text()


def test_ports_come_from_xenstore(host):
    program(
        host.home,
        "xenstore-ls",
        """#!/bin/sh
cat <<'END'
/local/domain/0/console/vnc-port = "5999"
/local/domain/17/console/vnc-port = "5900"
/local/domain/17/name = "tst100"
END
""",
    )
    seen = host(probe.Look(probe.LISTING))
    assert {domain.name: domain.vnc_port for domain in seen.guests} == {"tst100": 5900, "tst101": None}


def test_addresses_come_from_the_guest_itself_else_from_the_bridge(host):
    program(
        host.home,
        "xenstore-ls",
        """#!/bin/sh
cat <<'END'
/local/domain/17/attr/vif/0/ipv4/0 = "10.0.0.17"
/local/domain/17/attr/eth1/ip = "10.0.1.17"
/local/domain/0/attr/vif/0/ipv4/0 = "10.9.9.9"
/local/domain/19/attr/os/name = "10.0.0.19"
END
""",
    )
    program(
        host.home,
        "ip",
        """#!/bin/sh
[ "$1" = neigh ] || exit 0
cat <<'END'
10.0.0.99 dev xenbr0 lladdr 00:50:56:13:11:40 REACHABLE
10.0.0.18 dev xenbr0 lladdr 00:50:56:13:11:41 STALE
10.0.0.20 dev xenbr0 lladdr 00:50:56:13:11:41 FAILED
fe80::1 dev xenbr0 lladdr 00:50:56:13:11:41 REACHABLE
10.0.0.21 dev xenbr0  INCOMPLETE
END
""",
    )
    details = (recorded.FOLDER / "xl-list-l-tst100.out").read_text()
    assert "00:50:56:13:11:40" in details
    seen = host(probe.Look(probe.ADDRESSES))
    first = seen.guests[0]
    assert (first.addresses, first.address_source) == (("10.0.0.17", "10.0.1.17"), "xenstore")
    program(host.home, "xenstore-ls", "#!/bin/sh\nexit 1\n")
    first = host(probe.Look(probe.ADDRESSES)).guests[0]
    assert (first.addresses, first.address_source) == (("10.0.0.99",), "neighbour")


INFO = "host : lab\nnr_cpus                : 8\ntotal_memory           : 16384\nfree_memory            : 512\nxen_version            : 4.17.7\n"


def test_what_a_host_has_for_guests(host):
    text = XL.format(data=recorded.FOLDER).replace(
        "*)", f"info) printf '{INFO}' ;;\n    *)".replace("\n", "\\n", 5)
    )
    program(host.home, "xl", text)
    image = host.home / "im ages" / "it's a.img"
    image.parent.mkdir()
    image.touch()
    (image.parent / "other.img").touch()
    (image.parent / "folder").mkdir()
    seen = host(probe.look_for([str(image), f"{image.parent}/no.img", "/no/such/k", "relative", "/a\nb"]))
    found = seen.equipment
    assert (found.cpus, found.total_memory, found.free_memory, seen.xen) == (8, 16384, 512, "4.17.7")
    assert found.paths == {str(image): True, f"{image.parent}/no.img": False, "/no/such/k": False}
    assert set(found.images) == {str(image), f"{image.parent}/other.img"}
    bridges = {path.parent.name for path in Path("/sys/class/net").glob("*/bridge")}
    assert set(found.bridges) == bridges, "the kernel's own list"
    assert host(probe.Look()).equipment is None


def test_a_directory_that_may_not_be_looked_into_says_nothing():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o000)
        call = probe.call(probe.look_for([f"{folder}/closed/a.img", f"{folder}/b.img"]), ())
        # Root may look everywhere, so where the tests are root the look is nobody's.
        whose = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        ran = subprocess.run(
            ["sh", "-c", call.line], input=call.stdin.encode(), capture_output=True, check=True, **whose
        )
        seen = answer.parse(ran.stdout.decode(), call.boundary, "lab00", read_conf)
        assert seen.equipment.paths == {f"{folder}/b.img": False}
        (folder / "closed").chmod(0o700)


def test_bridges_of_open_vswitch_are_told_by_its_own_tool_or_nothing_is(host):
    program(host.home, "ovs-vsctl", "#!/bin/sh\necho ovsbr0\n")
    assert "ovsbr0" in host(probe.look_for(["/"])).equipment.bridges
    program(host.home, "ovs-vsctl", "#!/bin/sh\necho 'permission denied' >&2\nexit 1\n")
    assert host(probe.look_for(["/"])).equipment.bridges is None
