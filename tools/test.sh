#!/bin/sh
# Everything: the checks, then all tests.
set -eu
cd "$(dirname "$0")/.."
sh tools/check.sh
# Minutes the first time; what fails here fails again in the tests that need it, with its reason.
PYTHONPATH=tests .venv/bin/python -c 'from xenlab import fixtures, host; host.prepare(fixtures.NAMES)' || true
# Two files of tests at a time: hosts in QEMU and editors wait more than they compute. What is marked "long": make xen.
exec .venv/bin/python -m pytest -n 2 --dist loadfile -m "not long" "$@"
