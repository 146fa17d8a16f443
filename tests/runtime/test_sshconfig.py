"""Leaving out paragraphs about other hosts changes nothing of what asyncssh reads for a host."""

import random

import asyncssh
import pytest

from ctys_ls.runtime.transports.sshconfig import SshConfigText

HOSTS = ["lab00", "lab01", "web.soho", "db-1", "x"]
LINES = [
    "Port {n}",
    "User u{n}",
    "HostName h{n}",
    "HostKeyAlias a{n}",
    "ServerAliveInterval {n}",
    "# comment",
    "",
]
HEADS = [
    "Host {a}", "Host {a} {b}", "host={a}", "HOST = {a}", "Host {a},{b}", "Host *", "Host {a}* !{b}", 'Host "{a}"',
    "Match host {a}", "Match originalhost {a},{b}", "Match all", "  Host {a}",
]  # fmt: skip


def options(path, host):
    made = asyncssh.SSHClientConnectionOptions(
        config=[str(path)], host=host, known_hosts=b"", client_keys=None
    )
    return made.host, made.port, made.username, made.host_key_alias, made.keepalive_interval


@pytest.mark.parametrize("round_", range(5))
def test_what_is_read_for_a_host_stays_the_same(tmp_path, round_):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(20):
        lines = []
        for number in range(1, chance.randint(2, 12)):
            a, b = chance.choices(HOSTS, k=2)
            pool = HEADS if chance.random() < 0.5 else LINES
            lines.append(chance.choice(pool).format(a=a, b=b, n=number))
        text = "\n".join(lines)
        whole, part = tmp_path / "whole", tmp_path / "part"
        whole.write_text(text)
        for host in HOSTS:
            part.write_text(SshConfigText(text).for_host(host))
            assert options(part, host) == options(whole, host), f"seed {seed}, host {host}, text:\n{text}"


def test_other_hosts_are_left_out():
    text = "".join(f"Host lab{number}\n  Port {number}\n" for number in range(50)) + "Host *\n  User me\n"
    assert SshConfigText(text).for_host("lab7") == "Host lab7\n  Port 7\nHost *\n  User me\n"
