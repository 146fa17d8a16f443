"""ctys-ls check, format and fix as programs: output, exit status, and files that are rewritten in one step."""

import json
import os
import resource
import stat
import subprocess
import sys

import pytest

GOOD = 'name = "g"\nkernel = "/boot/k"\nmemory = 128\n'
BAD = 'name = "g"\nkernel="/boot/k"\nmemory = "1G"\nvnc = True\n# é😀 the end'


def run(*arguments, stdin=None, env=None):
    return subprocess.run(
        [sys.executable, "-m", "ctys_ls", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=60,
    )


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "guest.conf"
    path.write_text(BAD, "utf-8")
    return path


def test_a_good_file_says_nothing(tmp_path):
    path = tmp_path / "good.conf"
    path.write_text(GOOD)
    done = run("check", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_text_names_place_severity_and_code(conf):
    done = run("check", conf)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[0].startswith(f"{conf}:3:10: warning: ")
    assert lines[0].endswith("[xenconf.not-a-number]  (fixable)")
    assert lines[-1] == "2 errors, 1 warning in 1 file; `ctys-ls fix` mends 3"


def test_json_is_the_contract(conf):
    report = json.loads(run("check", "--format", "json", conf).stdout)
    assert report["version"] == 1
    (file,) = report["files"]
    assert (file["path"], file["language"]) == (str(conf), "xenconf")
    last = file["problems"][-1]
    assert last["code"] == "xenconf.syntax-final-comment"
    assert last["severity"] == "error"
    assert last["range"]["end"] == {
        "line": 4,
        "character": len("# é😀 the end") + 1,
    }  # UTF-16: the face counts twice
    assert last["fixes"] == [{"title": "Add the final line end", "safe": True}]
    assert last["source"]


def test_sarif_and_github(conf):
    log = json.loads(run("check", "--format", "sarif", conf).stdout)
    results = log["runs"][0]["results"]
    assert {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]} == {
        one["ruleId"] for one in results
    }
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    lines = run("check", "--format", "github", conf).stdout.decode().splitlines()
    assert lines[1].startswith("::error file=")
    assert ",line=4,endLine=4,col=7,endColumn=11,title=xenconf.syntax-boolean::" in lines[1]


def test_standard_input(conf):
    done = run("check", "--language", "xenconf", "-", stdin=BAD.encode())
    assert done.returncode == 1
    assert done.stdout.startswith(b"-:3:10: warning")


def test_the_dialect_decides(tmp_path):
    path = tmp_path / "old.conf"
    path.write_text('import os\nname = "vm%d" % 3\nkernel = os.path.join("/boot", "k")\n')
    assert run("check", "--dialect", "xm", path).returncode == 0
    auto = run("check", path)
    assert auto.returncode == 1
    assert auto.stdout.count(b"\n") == 2
    assert run("check", "--dialect", "xl", path).stdout.count(b"error") > 2


def test_the_release_decides(tmp_path):
    path = tmp_path / "guest.conf"
    path.write_text(GOOD + 'bootloader_user = "nobody"\n')
    assert run("check", "--release", "4.20", path).stdout == b""
    assert b"in 4.17 it does nothing. [xenconf.newer-key]" in run("check", "--release", "4.17", path).stdout
    assert run("fix", "--diff", "--release", "4.20", path).stdout == b""
    assert b"-bootloader_user" in run("fix", "--unsafe", "--diff", "--release", "4.17", path).stdout
    wrong = run("check", "--release", "bookworm", path)
    assert wrong.returncode == 2
    assert b"'bookworm' is no release of Xen, as 4.17 is" in wrong.stderr


@pytest.mark.parametrize("command", ["check", "format", "fix"])
def test_what_cannot_be_read_is_named_and_the_rest_is_done(command, tmp_path):
    (tmp_path / "good.conf").write_text(GOOD)
    (tmp_path / "image.img").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "empty").mkdir()
    done = run(
        command, tmp_path / "missing.conf", tmp_path / "image.img", tmp_path / "empty", tmp_path / "good.conf"
    )
    assert done.returncode == 2
    told = done.stderr.decode()
    assert "missing.conf: No such file or directory" in told
    assert "image.img: this is no text file" in told
    assert "empty: the folder has no" in told
    assert (tmp_path / "good.conf").read_text() == GOOD


def test_a_folder_is_searched_and_guests_are_compared(tmp_path):
    for name in ("a", "b"):
        shared = "uuid = '6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2'\nvif = [ 'mac=00:16:3e:00:00:01' ]\n"
        shared += "disk = [ '/srv/a.img,raw,xvda,w', '/srv/iso,raw,xvdb,r' ]\nvncdisplay = 3\n"
        (tmp_path / f"{name}.conf").write_text(GOOD + shared)
    (tmp_path / "nginx.conf").write_text("worker_processes 4;\n")
    report = json.loads(run("check", "--format", "json", tmp_path).stdout)
    assert [file["path"][-6:] for file in report["files"]] == ["a.conf", "b.conf"]
    codes = {problem["code"] for file in report["files"] for problem in file["problems"]}
    assert codes == {f"xenconf.workspace-{what}" for what in ("name", "uuid", "mac", "disk", "vnc")}
    assert len(report["files"][0]["problems"]) == 5
    told = run("check", tmp_path).stdout.decode()
    assert f"    {tmp_path}/b.conf:5:14: MAC 00:16:3e:00:00:01 is here, too\n" in told


def test_fix_mends_in_place_and_keeps_the_mode(conf):
    conf.chmod(0o640)
    done = run("fix", conf)
    assert done.returncode == 0
    assert conf.read_text("utf-8") == 'name = "g"\nkernel="/boot/k"\nmemory = 1024\nvnc = 1\n# é😀 the end\n'
    assert stat.S_IMODE(conf.stat().st_mode) == 0o640
    assert [path.name for path in conf.parent.iterdir()] == ["guest.conf"]
    assert run("check", conf).returncode == 0
    assert run("fix", conf).stdout == b""


def test_a_link_stays_a_link(conf):
    link = conf.parent / "link.conf"
    link.symlink_to(conf.name)
    run("fix", link)
    assert link.is_symlink()
    assert "vnc = 1" in conf.read_text("utf-8")


def test_diffs_change_nothing(conf):
    before = conf.read_bytes()
    for command in ("fix", "format"):
        done = run(command, "--diff", conf)
        assert done.returncode == 0
        assert b"\n+" in done.stdout
    assert conf.read_bytes() == before


def test_format_and_its_check(tmp_path):
    path = tmp_path / "guest.conf"
    path.write_text(GOOD + "vcpus=2   \n")
    assert run("format", "--check", path).returncode == 1
    assert run("format", path).returncode == 0
    assert path.read_text() == GOOD + "vcpus = 2\n"
    assert run("format", "--check", path).returncode == 0


def test_bytes_that_are_no_utf8_survive(tmp_path):
    path = tmp_path / "guest.conf"
    path.write_bytes(GOOD.encode() + b"# gr\xfcn\nvnc=True\n")
    assert run("fix", path).returncode == 0
    assert path.read_bytes() == GOOD.encode() + b"# gr\xfcn\nvnc=1\n"


@pytest.mark.parametrize("command", ["fix", "format"])
def test_a_disk_without_room_leaves_the_file_as_it_was(command, conf):
    """No file may grow beyond ten bytes here, so that writing fails as on a full disk."""
    before = conf.read_bytes()
    done = subprocess.run(
        [sys.executable, "-B", "-m", "ctys_ls", command, conf],
        capture_output=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )
    assert done.returncode == 2
    assert b"cannot be written: File too large; it is as it was" in done.stderr
    assert conf.read_bytes() == before
    assert [path.name for path in conf.parent.iterdir()] == [conf.name]


def test_check_loads_neither_the_protocol_nor_ssh(conf):
    code = "import sys, ctys_ls.cli as c; c.main(['check', sys.argv[1]]); print([n for n in ('pygls', 'lsprotocol', 'asyncssh', 'pexpect') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, conf], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
