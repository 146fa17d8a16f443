#!/bin/sh
# Installs what a make target needs and nothing else: sh tools/setup.sh run|dev|test|bench|lab|emacs|vscode
#
# Python packages go into .venv. Debian packages are installed when this user is root or may use sudo without a
# password; else one line names them. What cannot be had is reported at the end; the tests that need it are skipped by
# name (with CI=true they fail).
set -eu
cd "$(dirname "$0")/.."
what=${1:?usage: setup.sh run|dev|test|bench|lab|emacs|vscode}
missing=

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

updated=
apt_install() {
    have apt-get || return 1
    if [ -z "$updated" ]; then
        as_root apt-get update -qq >&2 || return 1
        updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

# need PROGRAM PACKAGE...: the program is there, or its packages are installed, or it is noted as missing.
need() {
    program=$1
    shift
    have "$program" && return 0
    say "installing $* (for $program)"
    apt_install "$@" || missing="$missing $*"
}

# need_package PACKAGE...: for packages that bring no program of their own.
need_package() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
        say "installing $package"
        apt_install "$package" || missing="$missing $package"
    done
}

python=
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        have "$candidate" || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue
        python=$candidate
        return 0
    done
    return 1
}

make_venv() {
    find_python || { apt_install python3 && find_python; } || {
        say "ctys-ls needs Python 3.11 or newer; install it (Debian: apt-get install python3 python3-venv) and try again."
        exit 1
    }
    "$python" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || {
        say "Python's venv is missing: apt-get install python3-venv"
        exit 1
    }
    extras=$1
    stamp=".venv/.installed-$extras"
    if [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]; then
        return 0
    fi
    say "installing Python packages into .venv"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check -e "$2" >&2
    touch "$stamp"
}

xen_tools() {
    # The release differs from one Debian to the next; the newest that is offered is taken.
    ls /usr/lib/xen-*/bin/xl >/dev/null 2>&1 && ls /usr/include/libxl.h >/dev/null 2>&1 && have gcc && return 0
    have apt-cache || { missing="$missing xen-utils"; return 0; }
    [ -n "$updated" ] || { as_root apt-get update -qq >&2 && updated=yes; } || true
    release=$(apt-cache search --names-only '^xen-utils-[0-9.]+$' | sed 's/ .*//; s/xen-utils-//' | sort -V | tail -n 1)
    [ -n "$release" ] || { missing="$missing xen-utils"; return 0; }
    say "installing the Xen $release tools"
    apt_install "xen-utils-$release" libxen-dev gcc libc6-dev || missing="$missing xen-utils-$release libxen-dev gcc"
}

# What builds and runs the emulated Xen hosts.
xen_hosts() {
    need qemu-system-x86_64 qemu-system-x86 seabios
    need mmdebstrap mmdebstrap
    need cpio cpio
    need modprobe kmod
    need zstd zstd
    need mke2fs e2fsprogs
    need openssl openssl
}

# On a machine with a desktop any Emacs of release 28 or newer will do.
real_emacs() {
    need emacs emacs-gtk
    [ -z "$(emacs --batch --eval '(unless (locate-library "eglot") (princ "no"))' 2>/dev/null)" ] || need_package elpa-eglot
}

case $what in
run)
    make_venv run .
    need ssh openssh-client
    ;;
dev)
    make_venv dev '.[dev]'
    need ssh openssh-client
    ;;
lab)
    make_venv dev '.[dev]'
    need ssh openssh-client
    xen_hosts
    ;;
bench)
    make_venv dev '.[dev]'
    need ssh openssh-client
    need /usr/sbin/sshd openssh-server
    need pdsh pdsh
    ;;
emacs)
    make_venv run .
    need ssh openssh-client
    real_emacs
    ;;
vscode)
    make_venv run .
    need ssh openssh-client
    need npm nodejs npm
    have code || sh tests/editors/vscode/install.sh || missing="$missing code-server (npm)"
    ;;
test)
    make_venv dev '.[dev]'
    need ssh openssh-client
    need tmux tmux
    need sshd openssh-server
    xen_tools
    real_emacs
    need_package elpa-lsp-mode elpa-vterm elpa-package-lint
    need Xvfb xvfb
    need import imagemagick
    need xterm xterm
    need xauth xauth
    need Xtigervnc tigervnc-standalone-server
    need xtigervncviewer tigervnc-viewer
    need_package novnc
    need npm nodejs npm
    need chromium chromium
    need busybox busybox
    need nvim neovim
    need Xvnc tigervnc-standalone-server
    need xclip xclip
    need xterm xterm
    xen_hosts
    sh tests/editors/vscode/install.sh || missing="$missing code-server (npm)"
    sh tests/editors/emacs/release30.sh >/dev/null || missing="$missing Emacs 30 (mmdebstrap)"
    ;;
*)
    say "setup.sh: unknown target $what"
    exit 2
    ;;
esac

[ -n "$missing" ] || exit 0
case $what in
test | dev)
    say "Not to be had here:$missing. Tests that need it are skipped by name (as root: apt-get install$missing)."
    ;;
*)
    say "This needs$missing, and this user may not install it. As root: apt-get install$missing"
    exit 1
    ;;
esac
