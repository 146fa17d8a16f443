# INFO: what a host is made of, as plain text: sh -s TYPES STATE MAGIC VERSION [terse].
# TYPES limits the session types that are told of; STATE and MAGIC are those of XEN, found out before; VERSION is ours.
main() {
    TYPES=$1 STATE=$2 MAGIC=$3 VERSION=$4 TERSE=$5
    LC_ALL=C PATH=${PATH:-/usr/bin:/bin}
    # A simulated host lies on a machine that may have real tools of its own.
    [ -n "$CTYS_LAB" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    if [ -z "$TERSE" ]; then machine; fi
    plugins
}

machine() {
    echo '########################################'
    echo "Node:      $(uname -n)  -  ctys($VERSION)"
    echo "System:    $(uname -s)"
    echo "OS:        $(. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME")"
    echo "RELEASE:   $(uname -r)"
    echo "MACHINE:   $(uname -m)"
    case $(uname -v) in *SMP*) echo 'KERNEL#CPU: SMP-KERNEL' ;; *) echo 'KERNEL#CPU: SINGLE-CPU-KERNEL' ;; esac
    echo
    echo 'CPU-INFO'
    awk -F': *' '/^model name/ { printf "  processor %d: %s\n", n++, $2 }' /proc/cpuinfo
    for flag in vmx svm pae; do
        if grep -qw "$flag" /proc/cpuinfo; then echo "  $flag=1"; else echo "  $flag=0"; fi
    done
    echo
    echo 'MEM-INFO'
    awk '/^(MemTotal|SwapTotal):/ { printf "  %-10s %8.1f MiB\n", $1, $2 / 1024 }' /proc/meminfo
    echo
    echo 'SOFTWARE'
    echo '  Mandatory'
    for tool in sh awk sed ssh top; do software "$tool"; done
    echo '  Optional'
    for tool in xl xm xenstore-ls xenstore-watch ksu sudo vncviewer wmctrl sensors hddtemp; do software "$tool"; done
    echo
}

software() { echo "    $1: $(command -v "$1" || echo 'not found')"; }

# With XEN come the types that its consoles need.
wanted() {
    case ,$TYPES, in ,, | *,ALL,* | *,"$1",*) return 0 ;; esac
    case $1,$TYPES, in [CXV]*,*XEN,*) return 0 ;; esac
    return 1
}

plugins() {
    [ -n "$TERSE" ] || echo 'PLUGINS'
    accelerator=
    if grep -qs hvm /sys/hypervisor/properties/capabilities; then accelerator=HVM
    elif [ -e /sys/hypervisor/type ]; then accelerator=PARA; fi
    if wanted XEN; then plugin XEN "$STATE" "$MAGIC" "$accelerator" xl xm xenstore-ls xenstore-watch ip; fi
    if wanted PM; then plugin PM ENABLED PM_GENERIC '' uname ip; fi
    if wanted CLI; then plugin CLI ENABLED CLI_GENERIC '' sh; fi
    if wanted X11; then plugin X11 "$(either xterm gnome-terminal emacs)" X11_GENERIC '' xauth xterm gnome-terminal emacs; fi
    if wanted VNC; then plugin VNC "$(either vncviewer Xvnc Xtigervnc)" VNC_GENERIC '' vncviewer Xvnc Xtigervnc; fi
}

# either TOOL...: one of them makes a type usable.
either() {
    for tool do
        if command -v "$tool" >/dev/null; then
            echo ENABLED
            return
        fi
    done
    echo "DISABLED (none of $* was found)"
}

# plugin NAME STATE MAGIC ACCELERATOR TOOL...
plugin() {
    name=$1 state=$2 magic=$3 accelerator=$4 found=
    shift 4
    case $state in ENABLED*) ;; *) magic=DISABLED ;; esac
    for tool do
        if path=$(command -v "$tool"); then found="$found${found:+ }$path"; fi
    done
    if [ -n "$TERSE" ]; then
        printf '%s;%s;%s;%s;%s;%s;%s\n' "$(id -un)" "$name" "$accelerator" "$VERSION" "$magic" "${state%% *}" "$found"
        return
    fi
    echo "  $name"
    echo "    Plugin Version: $VERSION"
    echo "    Operational State: $state"
    echo "    Magic-Number: $magic"
    echo '    Verified Prerequisites:'
    for path in $found; do echo "      $path"; done
}

main "$@" </dev/null
