#!/bin/sh
# Everything: the checks, then all tests.
set -eu
cd "$(dirname "$0")/.."
sh tools/check.sh
# Minutes the first time; what fails here fails again in the tests that need it, with its reason.
PYTHONPATH=tests .venv/bin/python -c 'from xenlab import fixtures, host; host.prepare(fixtures.NAMES)' || true
# What is marked "long" needs most of an hour of emulated hosts: make xen.
exec .venv/bin/python -m pytest -m "not long" "$@"
