#!/bin/sh
# Everything: the checks, then all tests. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
# The emulated hosts: minutes the first time, beside the checks; what fails here fails again in the tests that need them,
# with its reason.
PYTHONPATH=tests .venv/bin/python -c 'from xenlab import fixtures, host; host.prepare(fixtures.NAMES)' &
checked=0
sh tools/check.sh || checked=$?
wait "$!" || true
if [ "$checked" != 0 ]; then exit "$checked"; fi

# some EXPRESSION ARGUMENT...: the tests with these marks; that there are none is right only once.
status=0 empty=0
some() {
    .venv/bin/python -m pytest -m "$@" && return
    case $? in
        5) empty=$((empty + 1)) ;;
        *) status=1 ;;
    esac
}

# Two files of tests go side by side, for most of their time is one program's start after the other. Not those that read
# the screens of editors, which have their own bounds for what a person would wait for. What is marked "long" takes more
# than half an hour: make xen.
some "not xen and not long and not editors and not vscode" -n 2 --dist loadfile "$@"
some "(editors or vscode) and not xen and not long" "$@"
some "xen and not long" -n 2 --dist loadfile "$@"
if [ "$empty" = 3 ]; then status=5; fi
exit "$status"
