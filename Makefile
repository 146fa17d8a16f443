# One word each. Every target installs what it needs first (tools/setup.sh), so none needs anything before it.
PY := .venv/bin/python
CORE := tests/text tests/languages tests/schema tests/handlers tests/cli_check tests/test_protocol.py
.DEFAULT_GOAL := help

.PHONY: help run test xen core check fmt bench docs lab emacs vscode clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/\1\t/p' Makefile | expand -t 10

run: ; @sh tools/setup.sh run && $(PY) tools/tour.py  ## the tour: two simulated hosts, the language server, create to cancel
test: ; @sh tools/setup.sh test && sh tools/test.sh  ## all tests, with real editors and the real Xen tools
xen: ; @sh tools/setup.sh test && $(PY) -m pytest -v -n 2 --dist loadfile -m xen tests/xen  ## all tests on real Xen hosts, also the long ones (the page in Emacs and VS Code, screens)
core: ; @sh tools/setup.sh dev && $(PY) -m pytest -q -m "not oracle and not slow" $(CORE)  ## the quick tests: languages, schema, handlers (under a minute)
check: ; @sh tools/setup.sh dev && sh tools/check.sh  ## lint, types, layers, generated pages
fmt: ; @sh tools/setup.sh dev && .venv/bin/ruff check --fix-only -q . ; .venv/bin/ruff format -q .  ## one layout for the Python code
bench: ; @sh tools/setup.sh bench && $(PY) -m bench && $(PY) -m bench.hosts  ## the figures of docs/benchmarks.md, beside peers
docs: ; @sh tools/setup.sh dev && $(PY) tools/make_docs.py  ## write the generated reference pages
lab: ; @sh tools/setup.sh lab && $(PY) tools/try_hosts.py  ## two real Xen hosts to play with, until Ctrl-C
emacs: ; @sh tools/setup.sh emacs && $(PY) tools/try_editor.py emacs  ## the real Emacs on two simulated hosts, or on those of CTYS_SSH_CONFIG
vscode: ; @sh tools/setup.sh vscode && $(PY) tools/try_editor.py vscode  ## the real VS Code on the same
clean: ; rm -rf .venv .cache build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis  ## remove what the other targets made
