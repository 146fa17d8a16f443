#!/bin/sh
# Lint, layout, types, layers, and that the generated pages are current.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check -q .
.venv/bin/mypy
.venv/bin/lint-imports
.venv/bin/python tools/make_docs.py --check
