"""What hosts say to the files that are checked against them, for the programs of the terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

from ctys_ls.cli.files import Source
from ctys_ls.facts import Facts
from ctys_ls.requests import Privilege
from ctys_ls.text import split_lines


def with_hosts(
    facts: Facts, files: Sequence[Source], hosts: Sequence[str], ways: Privilege, troubles: list[str]
) -> Facts:
    """``facts`` with what ``hosts`` are and have; a host that cannot be asked is told in ``troubles``."""
    from ctys_ls.cli.terminal import restored

    paths = tuple(sorted({path for file in files for path in _paths(file)}))
    with restored():
        seen, told = asyncio.run(_survey(tuple(hosts), paths, ways, tuple(filter(None, map(_text, files)))))
    troubles += told
    return replace(facts, hosts=seen.hosts, guests=seen.guests, targets={"": tuple(hosts)})


def _paths(file: Source) -> list[str]:
    if file.id != "xenconf":
        return []
    from ctys_ls.languages.xenconf import links, parse

    return [link.target for link in links(parse(split_lines(file.text), file.options))]


def _text(file: Source) -> str:
    """What xl can be asked about; "" for what is none of its files."""
    if file.id != "xenconf":
        return ""
    from ctys_ls.languages.xenconf import parse, text_for_xl

    return text_for_xl(parse(split_lines(file.text), file.options))


async def _survey(
    hosts: tuple[str, ...], paths: tuple[str, ...], ways: Privilege, texts: tuple[str, ...]
) -> tuple[Facts, list[str]]:
    from ctys_ls.cli.runtime import engine
    from ctys_ls.cli.terminal import Asker, Status

    async with engine(os.environ) as made:
        troubles = await made.survey(hosts, paths, ways, Asker(Status()), texts)
        return made.facts(), [str(trouble) for trouble in troubles]
