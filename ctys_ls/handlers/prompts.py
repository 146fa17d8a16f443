"""Questions to the user: through ``ctys/prompt`` where the client can show it, else with buttons.

An answer that is a secret goes to who asked and nowhere else: it is not logged, kept or repeated.
"""

from __future__ import annotations

from typing import Any

from ctys_ls.handlers.base import CtysServer, log
from ctys_ls.handlers.outgoing import ClientRefusedError
from ctys_ls.protocol import VERSION
from ctys_ls.runtime.api import Ask, Prompter, Question

YES, NO = "Yes", "No"


def prompter(ls: CtysServer, *, confirmed: bool = False) -> Prompter:
    """Who asks the user of this client; ``confirmed`` answers "may this be done?" beforehand."""

    async def ask(question: Question) -> str | None:
        if confirmed and question.kind is Ask.CONFIRM:
            return "yes"
        try:
            if ls.client.prompt:
                return await _prompt(ls, question)
            if question.secret:
                log.warning("%s: the client cannot be asked for a secret.", question.host)
                return None
            return await _buttons(ls, question)
        except ClientRefusedError:
            log.warning("%s: the client could not ask the user.", question.host)
            return None

    return ask


async def _prompt(ls: CtysServer, question: Question) -> str | None:
    reply: Any = await ls.outgoing.request(
        "ctys/prompt",
        {
            "v": VERSION,
            "kind": question.kind.value,
            "host": question.host,
            "text": question.text,
            "detail": question.detail,
            "secret": question.secret,
        },
    )
    text = reply.get("answer") if isinstance(reply, dict) else None
    return text if isinstance(text, str) else None


async def _buttons(ls: CtysServer, question: Question) -> str | None:
    detail = f"\n{question.detail}" if question.detail else ""
    reply: Any = await ls.outgoing.request(
        "window/showMessageRequest",
        {"type": 2, "message": f"{question.text}{detail}", "actions": [{"title": YES}, {"title": NO}]},
    )
    return "yes" if isinstance(reply, dict) and reply.get("title") == YES else None
