# INFO: what a host is made of, as plain text. The argument limits the session types that are told of.
main() {
    LC_ALL=C PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
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
            if command -v xl >/dev/null || command -v xm >/dev/null; then
                if [ -d /sys/hypervisor ] && grep -q xen /sys/hypervisor/type 2>/dev/null; then
                    echo '    Operational State: ENABLED'
                    echo "    Version: $(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor)$(cat /sys/hypervisor/version/extra)"
                else
                    echo '    Operational State: DISABLED (tools are there, but this is not booted under Xen)'
                fi
            else
                echo '    Operational State: DISABLED (neither xl nor xm)'
            fi
            ;;
    esac
    case ,$1, in ,, | *,PM,* | *,ALL,*) printf '  PM\n    Operational State: ENABLED\n' ;; esac
}
main "$@" </dev/null
