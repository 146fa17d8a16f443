#!/bin/sh
# The real VS Code with the packaged extension on FOLDER, until it is closed: try.sh FOLDER
# Where the program "code" is installed it is used, with a profile of its own; else VS Code runs in a browser.
# The extension finds ctys-ls on PATH, and the hosts by the environment's CTYS_SSH_CONFIG.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: try.sh FOLDER}
exec "$here/node.sh" "$here/try.mjs" "$folder"
