"""The real server over real pipes, with the stub language and the fake engine in it. Run as a program by e2e tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ctys_ls.cli import serve as program


def text_held(ls, params):
    document = ls.documents.get(params["uri"])
    return document and {"text": document.text, "version": document.version}


def main() -> int:
    from ctys_ls.handlers import lazy_types

    lazy_types.import_types()
    from ctys_ls import languages
    from ctys_ls.languages.extras import OFFERS, Extras

    languages.IDS["stub"] = "stub_language"
    OFFERS["stub"] = frozenset(name for name in vars(Extras) if not name.startswith("_"))
    from ctys_ls import server

    async def make_engine(settings):
        from fake_engine import FakeEngine

        return FakeEngine()

    make_server = server.make_server

    def with_fakes():
        ls = make_server(make_engine)
        # What the server holds of a document, for tests that compare it with the client's own text. No method of the
        # real server tells it: a client knows its documents.
        ls.hot["test/text"] = text_held
        ls.hot["test/warm"] = lambda ls, _: ls.warm
        ls.hot["test/index"] = lambda ls, _: ls.index is not None and ls.index.ready.is_set()
        ls.hot["test/settings"] = lambda ls, _: {
            "hosts": list(ls.settings.hosts),
            "readOnly": ls.settings.read_only,
        }
        return ls

    server.make_server = with_fakes
    return program.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
