"""The program itself with the real languages, and clients that can what VS Code and Emacs can.

pytest-lsp checks on the way that nothing is sent which the client did not say it understands.
"""

from __future__ import annotations

import sys

import pytest
import pytest_lsp
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]

CONF = 'name = "tst100"\nmemory = 256\nvif = [ "mac=00:16:3e:00:00:0G" ]\nkernel = "/boot/🐧" memry = 1\nmemry = 1\nmem\n'
LINE = "ctys -t xen -a create=l:tst100,CONSOLE:emacs lab00'(-Z KSU)'\nctys -t xen -a lst lab00\n"


def abilities(name):
    """The capabilities pytest-lsp knows; those of VS Code brought up to what vscode-languageclient 9 sends."""
    found = client_capabilities(name)
    if name != "visual-studio-code":
        return found
    converter = get_converter()
    raw = converter.unstructure(found)
    raw["general"] = raw.get("general", {}) | {"positionEncodings": ["utf-16"]}
    raw["textDocument"]["completion"]["completionList"] = {
        "itemDefaults": ["commitCharacters", "editRange", "insertTextFormat", "insertTextMode", "data"]
    }
    raw["textDocument"]["diagnostic"] = {"dynamicRegistration": True, "relatedDocumentSupport": False}
    raw["workspace"]["diagnostics"] = {"refreshSupport": True}
    return converter.structure(raw, types.ClientCapabilities)


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "ctys_ls", "--stdio"]),
    params=["visual-studio-code", "emacs"],
    scope="module",
)
async def client(request, lsp_client: LanguageClient):
    lsp_client.kind = request.param
    lsp_client.registered = []
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(
        lambda params: lsp_client.registered.extend(params.registrations)
    )
    lsp_client.result = await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=abilities(request.param),
            workspace_folders=[types.WorkspaceFolder(uri="file:///w", name="w")],
            initialization_options={"hosts": ["lab00"]},
        )
    )
    yield
    await lsp_client.shutdown_session()


async def opened(client, text, language, uri):
    item = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return types.TextDocumentIdentifier(uri)


async def problems(client, document):
    if client.kind == "emacs":
        if document.uri not in client.diagnostics:
            await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        return client.diagnostics[document.uri]
    report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
    again = types.DocumentDiagnosticParams(document, previous_result_id=report.result_id)
    assert (await client.text_document_diagnostic_async(again)).kind == "unchanged"
    return report.items


async def test_encoding(client):
    wanted = {"visual-studio-code": "utf-16", "emacs": "utf-32"}[client.kind]
    assert client.result.capabilities.position_encoding == wanted


async def test_domain_file(client):
    document = await opened(client, CONF, "xenconf", "file:///w/tst100.conf")
    codes = {problem.code for problem in await problems(client, document)}
    assert "xenconf.unknown-key" in codes
    place = types.Position(0, 1)
    hover = await client.text_document_hover_async(types.HoverParams(document, place))
    assert "name" in hover.contents.value
    found = await client.text_document_completion_async(
        types.CompletionParams(document, types.Position(5, 3))
    )
    maxmem = next(item for item in found.items if item.label == "maxmem")
    if client.kind == "emacs":
        assert maxmem.text_edit.range.start == types.Position(5, 0)
    else:
        assert found.item_defaults.edit_range.start == types.Position(5, 0)
        assert maxmem.text_edit is None
    resolved = await client.completion_item_resolve_async(maxmem)
    assert resolved.documentation
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert symbols is not None


async def test_fixing_a_domain_file(client):
    document = await opened(
        client, 'memry = 256\nname = "x"\nkernel = "/k"\n', "xenconf", "file:///w/fix.conf"
    )
    await problems(client, document)
    where = types.Range(types.Position(0, 0), types.Position(0, 5))
    context = types.CodeActionContext(diagnostics=[])
    actions = await client.text_document_code_action_async(types.CodeActionParams(document, where, context))
    fix = next(action for action in actions if action.kind == "quickfix")
    edits = (
        fix.edit.document_changes[0].edits if fix.edit.document_changes else fix.edit.changes[document.uri]
    )
    assert edits[0].new_text == "memory"


async def test_command_line(client):
    document = await opened(client, LINE, "ctys", "file:///w/a.ctys")
    codes = [problem.code for problem in await problems(client, document)]
    assert "ctys.unknown-action" in codes
    plan = await client.workspace_execute_command_async(
        types.ExecuteCommandParams("ctys.plan", [{"commandLine": LINE.splitlines()[0]}])
    )
    assert "lab00" in str(plan)


@pytest.mark.parametrize("kind", ["full", "range"])
async def test_semantic_tokens(client, kind):
    document = await opened(client, CONF, "xenconf", f"file:///w/tokens-{kind}.conf")
    if kind == "full":
        found = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    else:
        where = types.Range(types.Position(0, 0), types.Position(2, 0))
        found = await client.text_document_semantic_tokens_range_async(
            types.SemanticTokensRangeParams(document, where)
        )
    assert len(found.data) % 5 == 0


async def test_nothing_unwanted_was_logged(client):
    assert client.error is None
    assert client.messages == []
