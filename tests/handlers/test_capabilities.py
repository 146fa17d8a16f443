"""What is announced is what is there, in the framework's own words."""

from __future__ import annotations

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.capabilities import ServerCapabilitiesBuilder

from ctys_ls.handlers.capabilities import plain, server_capabilities
from ctys_ls.handlers.client import Client, choose_encoding, read_client
from ctys_ls.server import make_server
from ctys_ls.text import Encoding


def test_our_short_way_to_json_agrees_with_the_frameworks_converter():
    ls = make_server()
    known = ls.protocol.fm
    built = ServerCapabilitiesBuilder(
        types.ClientCapabilities(),
        {*known.features, *known.builtin_features},
        known.feature_options,
        list(known.commands),
        types.TextDocumentSyncKind.Incremental,
    ).build()
    assert plain(built) == get_converter().unstructure(built)
    assert server_capabilities(ls) == plain(built)


def test_every_announced_ability_has_a_handler():
    ls = make_server()
    announced = server_capabilities(ls)
    assert announced["positionEncoding"] == "utf-16"
    methods = {*ls.hot, *ls.protocol.fm.features}
    by_ability = {
        "hoverProvider": "textDocument/hover",
        "completionProvider": "textDocument/completion",
        "codeActionProvider": "textDocument/codeAction",
        "documentSymbolProvider": "textDocument/documentSymbol",
        "documentFormattingProvider": "textDocument/formatting",
        "documentRangeFormattingProvider": "textDocument/rangeFormatting",
        "foldingRangeProvider": "textDocument/foldingRange",
        "selectionRangeProvider": "textDocument/selectionRange",
        "semanticTokensProvider": "textDocument/semanticTokens/full",
        "diagnosticProvider": "textDocument/diagnostic",
        "executeCommandProvider": "workspace/executeCommand",
    }
    for ability, method in by_ability.items():
        assert announced[ability]
        assert method in methods
    providers = {name for name in announced if name.endswith("Provider")}
    assert providers >= by_ability.keys()


def test_encodings():
    assert choose_encoding(["utf-8", "utf-32"]) is Encoding.UTF32
    assert choose_encoding(["utf-8", "utf-16"]) is Encoding.UTF8
    assert choose_encoding(["utf-7"]) is Encoding.UTF16
    assert choose_encoding("utf-8") is Encoding.UTF16
    assert choose_encoding(None) is Encoding.UTF16


def test_capabilities_of_wrong_shapes_count_as_cannot():
    assert (
        read_client({"capabilities": {"textDocument": {"completion": 7, "hover": []}, "window": None}})
        == Client()
    )
