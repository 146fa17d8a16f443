"""Connections to a real OpenSSH server: host keys, keys with passphrases, jumps, sharing, breaking."""

import asyncio
import os
import subprocess
from pathlib import Path

import psutil
import pytest
from realsshd import Sshd, need_sshd, new_key
from waiting import until

from ctys_ls.runtime.api import Ask, Config
from ctys_ls.runtime.errors import HostError
from ctys_ls.runtime.pool import Pool


class Answers:
    """A prompter with prepared answers that keeps the questions."""

    def __init__(self, *answers):
        self.answers, self.questions = list(answers), []

    async def __call__(self, question):
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else None


@pytest.fixture
def server(tmp_path, monkeypatch):
    need_sshd()
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    sshd = Sshd(tmp_path)
    sshd.start()
    yield sshd
    sshd.stop()


@pytest.fixture
async def connect(server):
    """Make a pool for a configuration; all are closed at the end."""
    pools = []

    def make(text=None, **settings):
        path = server.folder / "ssh_config"
        path.write_text(server.config() if text is None else text)
        pools.append(Pool(Config(ssh_config=path, **settings), frozenset()))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


async def trouble(work):
    with pytest.raises(HostError) as caught:
        await work
    return caught.value.trouble


async def test_a_command_runs_and_its_streams_come_apart(server, connect):
    server.know()
    done = await connect().run("real", "cat; echo oops >&2; exit 3", Answers(), stdin="héllo\n")
    assert (done.status, done.out, done.err) == (3, "héllo\n", "oops\n")


async def test_an_unknown_key_is_asked_for_and_kept_only_on_yes(server, connect):
    ask = Answers("yes")
    done = await connect().run("real", "echo in", ask)
    assert done.out == "in\n"
    (question,) = ask.questions
    assert question.kind is Ask.HOST_KEY
    assert question.detail.startswith("ssh-ed25519 SHA256:")
    assert f"[127.0.0.1]:{server.port} ssh-ed25519 " in server.known_hosts.read_text()
    again = Answers()
    assert (await connect().run("real", "true", again)).status == 0
    assert again.questions == []


@pytest.mark.parametrize("answer", [None, "no"])
async def test_an_unknown_key_that_is_not_accepted_leaves_no_trace(server, connect, answer):
    problem = await trouble(connect().run("real", "true", Answers(answer)))
    assert problem.code == "host-key"
    assert "SHA256:" in problem.words
    assert "ssh-keygen -R" not in problem.cure
    assert not server.known_hosts.exists()


async def test_a_changed_key_is_refused_and_never_asked_for(server, connect):
    server.know()
    server.stop()
    server.start(new_key(server.folder / "other_host_key"))
    ask = Answers("yes", "yes")
    before = server.known_hosts.read_text()
    problem = await trouble(connect().run("real", "true", ask))
    assert problem.code == "host-key"
    assert "CHANGED" in problem.words
    assert ask.questions == []
    assert server.known_hosts.read_text() == before
    command = problem.cure[problem.cure.index("ssh-keygen -R") :].rstrip(".")
    await asyncio.to_thread(subprocess.run, ["sh", "-c", command], check=True)
    assert (await connect().run("real", "true", Answers("yes"))).status == 0


@pytest.mark.parametrize("value", ["none", "/dev/null"])
async def test_a_configuration_that_keeps_no_keys_still_asks(server, connect, value):
    text = server.config().replace(str(server.known_hosts), value)
    ask = Answers(None)
    assert (await trouble(connect(text).run("real", "true", ask))).code == "host-key"
    assert [question.kind for question in ask.questions] == [Ask.HOST_KEY]
    pool = connect(text)
    assert (await pool.run("real", "true", Answers("yes"))).status == 0
    assert await asyncio.to_thread(Path("/dev/null").is_char_device)


async def test_a_key_with_a_passphrase_asks_for_it(server, connect):
    server.know()
    key = new_key(server.folder / "locked_key", "open sesame")
    server.stop()
    server.start()
    text = server.config(key=key)
    problem = await trouble(connect(text).run("real", "true", Answers(None)))
    assert problem.code == "auth"
    assert str(key) in problem.words
    ask = Answers("open sesame")
    pool = connect(text)
    assert (await pool.run("real", "true", ask)).status == 0
    assert [question.kind for question in ask.questions] == [Ask.PASSPHRASE]


async def test_no_key_at_all_says_so_and_what_to_do(server, connect):
    server.know()
    text = server.config(key=server.folder / "never-made") + "  IdentitiesOnly yes\n"
    problem = await trouble(connect(text).run("real", "true", Answers()))
    assert problem.code == "auth"
    assert "ssh-copy-id real" in problem.cure


async def test_a_key_that_is_not_accepted_names_the_user_and_the_cure(server, connect):
    server.know()
    folder = server.folder / "elsewhere"
    folder.mkdir()
    problem = await trouble(
        connect(server.config(key=new_key(folder / "stranger"))).run("real", "true", Answers())
    )
    assert problem.code == "auth"
    assert "ssh-copy-id real" in problem.cure


async def test_concurrent_users_share_one_connection(server, connect):
    server.know()
    pool = connect()
    results = await asyncio.gather(*(pool.run("real", "echo $SSH_CONNECTION", Answers()) for _ in range(200)))
    assert len({done.out for done in results}) == 1


@pytest.mark.parametrize(
    ("configured", "agreed"), [("", "aes128-gcm@openssh.com"), ("  Ciphers aes256-ctr\n", "aes256-ctr")]
)
async def test_the_cheapest_cipher_is_offered_first_unless_the_configuration_names_one(
    server, connect, configured, agreed
):
    server.know()
    pool = connect(server.config(configured))
    async with pool._way("real", Answers()) as way:
        ciphers = {way.connection.get_extra_info(f"{direction}_cipher") for direction in ("send", "recv")}
    assert ciphers == {agreed}


async def test_a_connection_that_died_at_rest_is_opened_again(server, connect):
    server.know()
    pool = connect()
    first = await pool.run("real", "echo $SSH_CONNECTION", Answers())
    for child in psutil.Process(server.process.pid).children():
        child.kill()
    second = await pool.run("real", "echo $SSH_CONNECTION", Answers())
    assert second.status == 0
    assert second.out != first.out


async def test_a_refused_channel_costs_the_others_nothing(server, connect):
    server.stop()
    server.options["MaxSessions"] = "1"
    server.start()
    server.know()
    pool, fifo, began = connect(), server.folder / "fifo", server.folder / "began"
    os.mkfifo(fifo)
    first = asyncio.create_task(pool.run("real", f"touch {began}; cat {fifo}", Answers()))
    await asyncio.to_thread(until, began.exists)
    problem = await trouble(pool.run("real", "true", Answers()))
    assert (problem.code, problem.act) == ("command-failed", "opening a channel")
    assert "MaxSessions" in problem.cure
    await asyncio.to_thread(fifo.write_text, "still here\n")
    assert (await first).out == "still here\n"


async def test_a_connection_that_breaks_in_the_middle_is_told_and_not_repeated(server, connect):
    server.know()
    pool = connect()
    marks = server.folder / "marks"
    line = f"echo x >>{marks}; kill -9 $PPID; sleep 20"
    problem = await trouble(pool.run("real", line, Answers()))
    assert problem.code == "dropped"
    assert marks.read_text() == "x\n"


async def test_a_cancelled_command_ends_on_the_host(server, connect):
    server.know()
    pool = connect()
    pid_file = server.folder / "pid"
    task = asyncio.create_task(pool.run("real", f"echo $$ >{pid_file}; exec sleep 300", Answers()))
    process = psutil.Process(
        int(await asyncio.to_thread(until, lambda: pid_file.exists() and pid_file.read_text()))
    )
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(process.wait, 10)
    assert (await pool.run("real", "echo still", Answers())).out == "still\n"


async def test_a_jump_goes_through_the_configured_host(server, connect):
    inner = Sshd(server.folder, "inner")
    inner.start()
    try:
        server.know()
        inner.know()
        pool = connect(server.config() + inner.config("  ProxyJump real\n"))
        done = await pool.run("inner", "echo ok", Answers())
        assert done.out == "ok\n"
        names = [process.name() for process in psutil.Process(server.process.pid).children(recursive=True)]
        assert names, "nobody is logged in on the jump host"
    finally:
        inner.stop()


async def test_a_guest_is_reached_through_its_host(server, connect):
    inner = Sshd(server.folder, "inner")
    inner.start()
    try:
        server.know()
        inner.know()
        pool = connect(server.config() + inner.config())
        direct = await pool.run("inner", "echo $SSH_CONNECTION", Answers())
        through = await pool.run("inner", "echo $SSH_CONNECTION", Answers(), via="real")
        assert direct.out != through.out
        assert through.status == 0
    finally:
        inner.stop()


@pytest.mark.parametrize(("line", "seconds"), [("", 1.0), ("  ConnectTimeout 1\n", 60.0)])
async def test_a_host_that_accepts_and_says_nothing_is_given_up_in_time(server, connect, line, seconds):
    held = []
    silent = await asyncio.start_server(lambda reader, writer: held.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    text = server.config().replace(str(server.port), str(port)) + line
    loop = asyncio.get_running_loop()
    start = loop.time()
    problem = await trouble(connect(text, connect_timeout=seconds).run("real", "true", Answers()))
    assert problem.code == "timeout"
    assert "1 s" in problem.words
    assert loop.time() - start < 5
    for writer in held:
        writer.close()
    silent.close()


async def test_a_host_that_speaks_something_else_is_garbage(server, connect):
    async def greet(reader, writer):
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(greet, "127.0.0.1", 0)
    text = server.config().replace(str(server.port), str(other.sockets[0].getsockname()[1]))
    problem = await trouble(connect(text).run("real", "true", Answers()))
    assert problem.code in ("garbage", "dropped")
    other.close()


@pytest.mark.parametrize("name", ["-oProxyCommand=touch bad", "-l", "", "a b", "x@-y", "-u@host", "ho\nst"])
async def test_names_that_are_no_hosts_are_refused(connect, name):
    problem = await trouble(connect().run(name, "true", Answers()))
    assert problem.code == "unreachable"
    assert "no name of a host" in problem.words


async def test_refused_and_unresolvable_are_told_apart(server, connect):
    server.know()
    server.stop()
    assert (await trouble(connect().run("real", "true", Answers()))).code == "refused"
    problem = await trouble(connect("").run("nosuch.invalid", "true", Answers()))
    assert (problem.code, problem.act) == ("unreachable", "resolving the name")
