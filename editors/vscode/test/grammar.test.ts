// The grammars as the editor reads them: the editor's own tokenizer gives the scopes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from "vscode-textmate";

const wasm = readFileSync("node_modules/vscode-oniguruma/release/onig.wasm");
const files: Record<string, string> = { "source.xenconf": "xenconf", "source.ctys": "ctys" };
const registry = new Registry({
  onigLib: loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)).then(() => ({ createOnigScanner, createOnigString })),
  loadGrammar: async (scope) => {
    const path = `syntaxes/${files[scope]}.tmLanguage.json`;
    return parseRawGrammar(readFileSync(path, "utf8"), path);
  },
});

/** The innermost scope of each piece of `line`, as [text, scope] pairs without the blanks. */
async function scopes(scope: string, line: string): Promise<Map<string, string>> {
  const grammar = (await registry.loadGrammar(scope)) as IGrammar;
  const { tokens } = grammar.tokenizeLine(line, INITIAL);
  const pairs = tokens.map(({ startIndex, endIndex, scopes }) => [line.slice(startIndex, endIndex).trim(), scopes.at(-1) ?? ""] as const);
  return new Map(pairs.filter(([text]) => text !== ""));
}

test("a domain file: key, operator, number, list, string with its items, comment", async () => {
  const number = await scopes("source.xenconf", "memory += 0x200 # MiB");
  assert.equal(number.get("memory"), "variable.other.property.xenconf");
  assert.equal(number.get("+="), "keyword.operator.assignment.xenconf");
  assert.equal(number.get("0x200"), "constant.numeric.xenconf");
  assert.equal(number.get("# MiB"), "comment.line.number-sign.xenconf");
  const list = await scopes("source.xenconf", `vif = [ 'mac=00:50:56:13:11:40,bridge=xenbr0' ]`);
  assert.equal(list.get("["), "punctuation.definition.list.xenconf");
  assert.equal(list.get("bridge"), "entity.other.attribute-name.xenconf");
});

test("a hash inside a string is no comment, and an open string ends with its line", async () => {
  const hash = await scopes("source.xenconf", `extra = "a # b"`);
  assert.equal(hash.get("a # b"), "string.quoted.double.xenconf");
  const grammar = (await registry.loadGrammar("source.xenconf")) as IGrammar;
  const open = grammar.tokenizeLine(`name = "tst100`, INITIAL);
  const next = grammar.tokenizeLine("memory = 1", open.ruleStack);
  assert.equal(next.tokens[0]?.scopes.at(-1), "variable.other.property.xenconf");
});

test("the tags of ctys in comments stand out", async () => {
  const tags = await scopes("source.xenconf", `#@#LABEL = "tst100"`);
  assert.equal(tags.get("LABEL"), "storage.type.class.tag.xenconf");
});

test("a command line: program, options, action, suboptions, context", async () => {
  const line = await scopes("source.ctys", "ctys -t xen -a create=l:tst100,CONSOLE:EMACSM,connect lab00'(-Z KSU)'");
  assert.equal(line.get("ctys"), "entity.name.function.ctys");
  assert.equal(line.get("-a"), "keyword.control.option.ctys");
  assert.equal(line.get("create"), "support.function.action.ctys");
  assert.equal(line.get("l"), "entity.other.attribute-name.suboption.ctys");
  assert.equal(line.get("CONSOLE"), "entity.other.attribute-name.suboption.ctys");
  assert.equal(line.get("connect"), "constant.language.suboption.ctys");
  assert.equal(line.get("-Z"), "keyword.control.option.ctys");
});

test("macros, MAC addresses and continuation lines", async () => {
  const line = await scopes("source.ctys", "ctys {macro:TST%file} -a cancel=m:00:50:56:13:11:40 \\");
  assert.equal(line.get("TST"), "entity.name.function.macro.ctys");
  assert.equal(line.get("00:50:56:13:11:40"), "constant.numeric.mac.ctys");
  assert.equal(line.get("\\"), "constant.character.escape.line-continuation.ctys");
});
