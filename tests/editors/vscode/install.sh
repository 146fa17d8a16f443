#!/bin/sh
# Installs what the workbench tests need (Node 24, code-server, playwright-core) from the npm registry into a cache, once
# per set of versions, and prints the folder. Nothing is compiled, no install script runs; it takes about 30 seconds.
# The cache is $CTYS_CACHE, else ~/.cache/ctys-ls; a folder there is complete when it holds the file "complete".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${CTYS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ctys-ls}
target=$cache/workbench-$(sha256sum "$here/package-lock.json" "$here/install.sh" | sha256sum | cut -c1-12)
if [ -e "$target/complete" ]; then
    echo "$target"
    exit 0
fi
command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 2; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/installing.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
quiet="--ignore-scripts --no-audit --no-fund --loglevel=error"
cp "$here/package.json" "$here/package-lock.json" "$work/"
{
    # shellcheck disable=SC2086 # the options are words
    (cd "$work" && npm ci $quiet)
    vscode=$work/node_modules/code-server/lib/vscode
    # Its shrinkwrap is not in step with its package.json, so "npm ci" refuses it.
    # shellcheck disable=SC2086
    (cd "$vscode" && npm install --omit=dev $quiet)
    # shellcheck disable=SC2086
    (cd "$vscode/extensions" && npm install --omit=dev $quiet)
    # 200 MB that no test comes near.
    (cd "$vscode/node_modules" && rm -rf @github @microsoft/mxc-sdk @devcontainers @vscode/sqlite3 kerberos)
} >&2
touch "$work/complete"
# Another run may have been quicker; its folder is as good as ours.
[ -e "$target/complete" ] || mv -T "$work" "$target"
echo "$target"
