#!/bin/sh
# Makes Debian 13's Emacs 30 run beside this machine's own, without installing it, and prints the program's path.
# Its packages and their libraries, with eat and vterm, are unpacked (not installed) into a cache by mmdebstrap, from the
# mirror that this machine uses; its own ld.so starts it with them. That needs no root and touches nothing else.
# The cache is $CTYS_CACHE, else ~/.cache/ctys-ls.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${CTYS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ctys-ls}
target=$cache/emacs30-$(sha256sum "$here/release30.sh" | cut -c1-12)
if [ ! -x "$target/emacs" ]; then
    command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 2; }
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk '$2 !~ /-/ { print $1; exit }')
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/unpacking.XXXXXX")
    trap 'rm -rf "$work"' EXIT INT TERM
    mmdebstrap --quiet --variant=extract --include=emacs-nox,elpa-eat,elpa-vterm,elpa-lsp-mode \
        trixie "$work/root" "$mirror" >&2
    root=$target/root
    cat >"$work/emacs" <<END
#!/bin/sh
export EMACSLOADPATH=\$(find $root/usr/share/emacs/30.1/lisp -type d -printf '%p:')
export EMACSDATA=$root/usr/share/emacs/30.1/etc EMACSDOC=$root/usr/share/emacs/30.1/etc
export EMACSPATH=$root/usr/libexec/emacs/30.1/x86_64-linux-gnu
export CTYS_ELPA=$root/usr/share/emacs/site-lisp/elpa-src CTYS_MODULES=$root/usr/lib/x86_64-linux-gnu/emacs-libvterm
exec $root/usr/lib64/ld-linux-x86-64.so.2 --library-path $root/usr/lib/x86_64-linux-gnu \\
    $root/usr/bin/emacs-nox --dump-file=\$(echo \$EMACSPATH/*.pdmp) "\$@"
END
    chmod +x "$work/emacs"
    # Another run may have been quicker; its folder is as good as ours.
    [ -e "$target" ] || mv -T "$work" "$target"
fi
echo "$target/emacs"
