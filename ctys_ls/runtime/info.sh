# INFO: what a host is made of, as plain text. The first argument limits the session types that are
# told of, the second is the state of XEN in words.
main() {
    LC_ALL=C PATH=${PATH:-/usr/bin:/bin}
    # A simulated host lies on a machine that may have real tools of its own.
    [ -n "$CTYS_LAB" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    echo '########################################'
    echo "Node:      $(uname -n)"
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
    for tool in sh ssh xl xm virsh xenstore-ls ksu sudo vncviewer; do
        echo "  $tool: $(command -v "$tool" || echo 'not found')"
    done
    echo
    echo 'PLUGINS'
    case ,$1, in
        ,, | *,XEN,* | *,ALL,*)
            echo '  XEN'
            echo "    Operational State: $2"
            ;;
    esac
    case ,$1, in ,, | *,PM,* | *,ALL,*) printf '  PM\n    Operational State: ENABLED\n' ;; esac
}
main "$@" </dev/null
