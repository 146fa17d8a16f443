import assert from "node:assert/strict";
import test from "node:test";
import { eventReader, type ScreenEvent } from "../src/screenevents";
import { screenHtml } from "../src/screenhtml";

const place = { host: "lab00", label: "tst100" };
const policy = (html: string): string => /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";

test("events are read in whatever pieces they come, and nothing else is taken for one", () => {
  const text = ['{"v":1,"event":"ready","ws":"ws://127.0.0.1:1/w","label":"tst100"}', "a warning", "{", "null", "[1]", '{"event":"other"}', '{"v":1,"event":"lost","message":"grün"}', ""].join("\n");
  for (const size of [1, 7, text.length]) {
    const seen: ScreenEvent[] = [];
    const take = eventReader((event) => seen.push(event));
    for (let at = 0; at < text.length; at += size) {
      take(text.slice(at, at + size));
    }
    assert.deepEqual(seen.map(({ event }) => event), ["ready", "lost"], `pieces of ${size}`);
  }
});

test("a line that has only begun is no event yet", () => {
  const seen: ScreenEvent[] = [];
  eventReader((event) => seen.push(event))('{"v":1,"event":"lost","message":"x"}');
  assert.deepEqual(seen, []);
});

test("the page may talk to the guest's screen and to nothing else", () => {
  const csp = policy(screenHtml("vscode-resource:", "s.js", "s.css", place, "ws://127.0.0.1:5950"));
  assert.match(csp, /^default-src (&#39;|')none(&#39;|');/);
  assert.match(csp, /connect-src ws:\/\/127\.0\.0\.1:5950$/);
  assert.doesNotMatch(csp, /unsafe|\*|https?:/);
  assert.match(policy(screenHtml("vscode-resource:", "s.js", "s.css", place, "")), /connect-src (&#39;|')none(&#39;|')$/);
});

test("each page has a nonce of its own, which its one script bears", () => {
  const pages = [1, 2].map(() => screenHtml("x", "s.js", "s.css", place, ""));
  const nonces = pages.map((html) => /nonce-([\w-]+)/.exec(policy(html))?.[1]);
  assert.notEqual(nonces[0], nonces[1]);
  pages.forEach((html, at) => {
    assert.deepEqual([...html.matchAll(/<script[^>]*nonce="([^"]*)"/g)].map(([, nonce]) => nonce), [nonces[at]]);
  });
});

test("nothing that names a guest becomes markup", () => {
  const html = screenHtml("x", "s.js", "s.css", { host: '"><img src=x>', label: "<b>" }, "");
  assert.doesNotMatch(html, /<img|<b>/);
});
