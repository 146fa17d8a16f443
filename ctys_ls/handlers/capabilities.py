"""What the server announces: the framework's list of what has been registered, in the form of the wire."""

from __future__ import annotations

from enum import Enum
from typing import Any

import attrs
from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.client import Client
from ctys_ls.text import camel


def server_capabilities(ls: CtysServer) -> dict[str, Any]:
    """The capabilities for this client; nothing is announced that has no handler."""
    known = ls.protocol.fm
    made = ServerCapabilitiesBuilder(
        _as_the_framework_sees_it(ls.client),
        {*known.features, *known.builtin_features},
        known.feature_options,
        list(known.commands),
        types.TextDocumentSyncKind.Incremental,
        None,
        ls.client.encoding.value,
    ).build()  # type: ignore[no-untyped-call]
    wire: dict[str, Any] = plain(made)
    return wire


def plain(value: Any) -> Any:
    """A value of the protocol as JSON values.

    The framework's converter would compile a function for each class on the way, a fifth of the server's start, to do
    this once; a test compares the two.
    """
    if isinstance(value, Enum):
        return value.value
    if attrs.has(type(value)):
        pairs = ((field.name, getattr(value, field.name)) for field in attrs.fields(type(value)))
        return {camel(name): plain(item) for name, item in pairs if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _as_the_framework_sees_it(client: Client) -> types.ClientCapabilities:
    """The one ability that changes the form of what the framework announces."""
    if not client.prepare_rename:
        return types.ClientCapabilities()
    rename = types.RenameClientCapabilities(prepare_support=True)
    return types.ClientCapabilities(text_document=types.TextDocumentClientCapabilities(rename=rename))
