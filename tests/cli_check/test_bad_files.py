"""Files that nobody should feed to the programs: each is named with what is wrong, and none costs much time or memory."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ctys_ls.cli import reading
from ctys_ls.cli.reading import UnusableError
from ctys_ls.text import LARGEST

PROGRAMS = ("check", "format", "fix")
GOOD = 'name = "a"\nkernel = "/k"\n'
MIB = 1 << 20

#: Run as a child of its own, so that its memory is not that of the tests: prints its peak in KiB behind what it said.
MEASURED = """
import resource, sys
from ctys_ls.cli import main
status = main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
raise SystemExit(status)
"""


def run(program, *paths, **options):
    call = [sys.executable, "-c", MEASURED, program, *map(str, paths)]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=False, **options)


def peak(done):
    """MiB."""
    return int(done.stderr.rsplit("peak ", 1)[1]) / 1024


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory):
    """What a program takes for a small file, in MiB."""
    small = tmp_path_factory.mktemp("rest") / "a.conf"
    small.write_text(GOOD)
    return max(peak(run(program, small)) for program in PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_empty_file(program, tmp_path):
    path = tmp_path / "a.conf"
    path.write_text("")
    done = run(program, path)
    assert done.returncode == (1 if program == "check" else 0)
    assert "Traceback" not in done.stderr
    if program == "check":
        assert "The guest has no name" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_file_of_50_megabytes_is_refused_and_costs_nothing(program, tmp_path, at_rest):
    path = tmp_path / "a.conf"
    with path.open("w") as file:
        file.writelines("# a note about what was changed in this file\n" * 1000 for _ in range(1150))
    assert path.stat().st_size > 50_000_000
    done = run(program, path)
    assert done.returncode == 2
    assert f"{path}: 51.8 MB are too much for a file of this kind: at most 4.2 MB are read" in done.stderr
    assert peak(done) < at_rest + 10


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_device_without_end(program, at_rest):
    done = run(program, "/dev/zero")
    assert done.returncode == 2
    assert "/dev/zero: this is too much for a file of this kind" in done.stderr
    assert peak(done) < at_rest + 20


def test_standard_input_without_end(at_rest):
    with Path("/dev/zero").open("rb") as endless:
        done = run("check", "-", stdin=endless)
    assert done.returncode == 2
    assert "-: this is too much" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_binary_file(program, tmp_path):
    path = tmp_path / "a.conf"
    path.write_bytes(Path(sys.executable).read_bytes()[:100_000])
    before = path.read_bytes()
    done = run(program, path)
    assert done.returncode == 2
    assert f"{path}: this is no text file" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("program", PROGRAMS)
def test_latin_1_and_lone_surrogates_survive(program, tmp_path):
    path = tmp_path / "a.conf"
    path.write_bytes(b'name   =   "caf\xe9"\nkernel="/k"\n# \xed\xa0\x80 \xff\n')
    done = run(program, path)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert b'"caf\xe9"' in path.read_bytes()
    assert b"# \xed\xa0\x80 \xff\n" in path.read_bytes()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("depth", [4000, 5000, 50_000])
def test_lists_thousands_deep(program, depth, tmp_path):
    path = tmp_path / "a.conf"
    path.write_text(GOOD + "x = " + "[" * depth + "]" * depth + "\n")
    done = run(program, path)
    assert "Traceback" not in done.stderr
    if program == "check":
        assert ("[xenconf.syntax-depth]" in done.stdout) == (depth > 4996)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_folder_without_files_of_ours(program, tmp_path):
    done = run(program, tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path}: the folder has no .conf, .cfg or .ctys file in it" in done.stderr


def nobody():
    """Become a user who may not read everything, where the tests run as one who may."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def test_a_file_that_may_not_be_read_costs_the_others_nothing(tmp_path):
    (tmp_path / "bad.conf").write_text("x")
    (tmp_path / "good.conf").write_text('name = "a"\nkernal = "/k"\nmemory = 64\nvcpus = 1\n')
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    (tmp_path / "bad.conf").chmod(0)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        # Everything is imported before the rights are given up: the interpreter may lie where others may not look.
        status = 99
        try:
            from ctys_ls.cli import check, main
            from ctys_ls.languages import xenconf
            from ctys_ls.languages.xenconf.facts import read_conf

            for needed in (check, xenconf, read_conf):
                assert needed
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            nobody()
            status = main(["check", str(tmp_path)])
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as said:
        told = said.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2, told
    assert f"{tmp_path / 'bad.conf'}: Permission denied" in told
    assert f"{tmp_path / 'good.conf'}:2:1: warning: " in told


def test_a_file_that_is_being_written_is_not_judged(tmp_path, monkeypatch):
    path = tmp_path / "a.conf"
    path.write_text(GOOD)
    states = iter(range(1, 99))
    real = os.fstat

    def written_meanwhile(descriptor):
        with path.open("a") as file:
            file.write(f"# {next(states)}\n")
        return real(descriptor)

    monkeypatch.setattr(reading.os, "fstat", written_meanwhile)
    with pytest.raises(UnusableError, match="somebody is writing the file"):
        reading.read(str(path))
    monkeypatch.undo()
    assert reading.read(str(path))[0].startswith(GOOD)


def test_a_file_that_grows_while_it_is_read_is_never_a_mixture(tmp_path):
    """A real writer beside it: what comes out is a text that the file had at one moment, or a refusal."""
    path = tmp_path / "a.conf"
    line = "# " + "x" * 5000 + "\n"
    path.write_text(line)
    ended = threading.Event()

    def writer():
        while not ended.is_set():
            with path.open("a") as file:
                file.write(line)
            if path.stat().st_size > LARGEST // 2:
                path.write_text(line)

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        for _ in range(50):
            try:
                text, _ = reading.read(str(path))
            except UnusableError:
                continue
            assert (line * (len(text) // len(line) + 1)).startswith(text)
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("program", ["format", "fix"])
def test_a_file_that_was_written_meanwhile_is_left_alone(program, tmp_path, monkeypatch, capsys):
    from ctys_ls.cli import files, main

    path = tmp_path / "a.conf"
    path.write_text('name="a"\nkernel="/k"\nbuilder="linux"\nvcpus="08"\n')
    real = files.unchanged

    def too_late(name, moment):
        path.write_text("# mine\n")
        return real(name, moment)

    monkeypatch.setattr(files, "unchanged", too_late)
    assert main([program, str(path)]) == 2
    assert "somebody has written the file since it was read; it is as it was" in capsys.readouterr().err
    assert path.read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("# a note that stands for itself\n", 10),
        ('  "-device", "rng%d",\n', 10),
        ("some words of no language\n", 10),
        ("vcpus = 1\n", 10),
        ("memory = %d\n", 10),
        ('  "bridge=a%d",\n', 10),
        # Keys that no two lines share are the worst: each is a name that later lines are compared with.
        ('key_%d = "v"\n', 20),
    ],
)
def test_the_largest_file_that_is_read(line, times, tmp_path, at_rest):
    """No quadratic time, and memory that grows with the text: half the text takes half of both."""
    taken = []
    for share in (4, 1):
        path = tmp_path / f"{share}.conf"
        name = "vif" if "bridge" in line else "x"
        body, number = [GOOD, f"{name} = [\n" if line.startswith("  ") else ""], 0
        size = 0
        while size < LARGEST // share - 200:
            body.append(line % number if "%" in line else line)
            size += len(body[-1])
            number += 1
        path.write_text("".join(body) + ("]\n" if line.startswith("  ") else ""))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = run("check", path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "Traceback" not in done.stderr
        taken.append((peak(done) - at_rest, after.ru_utime - before.ru_utime))
    (small, quick), (large, slow) = taken
    assert slow < 4 * max(quick, 0.3) * 2.5
    assert large * MIB < times * LARGEST, taken
    assert large < 4 * max(small, 4) * 1.5
