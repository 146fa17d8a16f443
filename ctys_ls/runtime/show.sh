# SHOW: the state of a host that changes from moment to moment, as plain text.
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
    echo
    echo 'MEM-INFO'
    awk '/^(MemTotal|MemFree|SwapTotal|SwapFree):/ { printf "  %-10s %8.1f MiB\n", $1, $2 / 1024 }' /proc/meminfo
    echo
    echo 'Top'
    top -b -n 1 2>/dev/null | head -n 30
    echo
    echo 'HEALTH'
    if command -v sensors >/dev/null; then
        sensors 2>/dev/null
        echo "  Total ALARMs=$(sensors 2>/dev/null | grep -c ALARM)"
    else
        echo '  SENSORS not available'
    fi
    echo
    echo 'HDD Temperatures'
    temperatures
}

# The kernel's own readings of disks; hddtemp, where it is, for those that have none.
temperatures() {
    told=
    for sensor in /sys/class/hwmon/*/name; do
        case $(cat "$sensor" 2>/dev/null) in drivetemp | nvme) ;; *) continue ;; esac
        folder=${sensor%/name}
        read -r reading 2>/dev/null <"$folder/temp1_input" || continue
        echo "  $(cat "$folder/device/model" 2>/dev/null || cat "$sensor"): $((reading / 1000)) C"
        told=yes
    done
    if [ -z "$told" ] && command -v hddtemp >/dev/null; then hddtemp /dev/sd? 2>/dev/null && told=yes; fi
    [ -n "$told" ] || echo '  not available'
}
main "$@" </dev/null
