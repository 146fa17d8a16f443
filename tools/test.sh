#!/bin/sh
# Everything: the checks, then all tests.
set -eu
cd "$(dirname "$0")/.."
sh tools/check.sh
exec .venv/bin/python -m pytest "$@"
