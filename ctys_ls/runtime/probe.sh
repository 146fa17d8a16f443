# One look at a host, read by /bin/sh from standard input: sh -s BOUNDARY WAYS WANTS [d:DIR | f:FILE | s:FILE | p:PATH | l:DIR | g:GUEST | n:N]...
# WAYS: how to reach root's rights, in order. WANTS: words of domains, details, store, net, names, processes,
# equipment, xen; with brief what the machine itself is is left out. g: is a running guest to be told of in detail, n: the
# number of a domain file whose text is in the variable TEXT_N and that xl shall judge.
# Every piece is framed by lines that begin with the random BOUNDARY, so that no content can be taken for a frame.
# The password for sudo, if there is one, is in the variable PW; it never becomes an argument.
main() {
    B=$1 WAYS=$2 WANTS=$3
    shift 3
    LC_ALL=C PATH=${PATH:-/usr/bin:/bin}
    # A simulated host lies on a machine that may have real tools of its own.
    [ -n "$CTYS_LAB" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    GUEST= NEW= LIMITS=
    identity
    for item do
        case $item in
            d:*) scan "${item#d:}" ;;
            f:*) file named "${item#f:}" ;;
            s:*) state "${item#s:}" ;;
            p:*) there "${item#p:}" ;;
            l:*) beside "${item#l:}" ;;
            g:*) GUEST=${item#g:} ;;
            n:*) NEW="$NEW ${item#n:}" ;;
        esac
    done
    if wants domains; then domains; fi
    if wants net; then net; fi
    if wants names; then names; fi
    if wants processes; then processes; fi
    if wants equipment; then bridges; fi
    frame bye
}

frame() { printf '\n%s %s\n' "$B" "$*"; }

wants() { case " $WANTS " in *" $1 "*) return 0 ;; esac; return 1; }

# section NAME COMMAND...: what the command prints, its errors, its exit status.
section() {
    name=$1
    shift
    frame begin "$name"
    { words=$(run "$@" 2>&1 >&3); status=$?; } 3>&1
    frame err
    printf '%s' "$words"
    frame end "$status"
}

# Called in a subshell, which becomes the command: a fork less for each.
run() {
    case $way in
        sudo-password) printf '%s\n' "$PW" | "$@" ;;
        *) exec "$@" </dev/null ;;
    esac
}

identity() {
    way=
    me=$(id 2>/dev/null)
    status=$?
    frame begin id
    printf '%s\n' "$me"
    frame err
    frame end "$status"
    frame home "$HOME"
    # Simulated hosts say so; they share their machine with others.
    if [ -n "$CTYS_LAB" ]; then frame simulated; fi
    if XL=$(command -v xl); then frame tool xl "$XL"; fi
    if XM=$(command -v xm); then frame tool xm "$XM"; fi
    if tool=$(command -v xenstore-watch); then frame tool xenstore-watch "$tool"; fi
    wants brief || machine
}

machine() {
    section uname uname -snrm
    if [ -r /proc/xen/capabilities ] && read -r value </proc/xen/capabilities; then
        case $value in *control_d*) frame dom0 ;; esac
    fi
    limits
    if [ -n "$SHORT" ]; then section fqdn $SHORT hostname -f; else section fqdn hostname; fi
    for part in type version/major version/minor version/extra; do
        if [ -r "/sys/hypervisor/$part" ]; then
            read -r value <"/sys/hypervisor/$part"
            frame xen "$part" "$value"
        fi
    done
}

# SHORT and LONG bound what may hang; they are empty where there is no timeout that is called so.
limits() {
    if [ -n "$LIMITS" ]; then return; fi
    LIMITS=known
    if timeout 3 true 2>/dev/null; then SHORT='timeout 3' LONG='timeout 20'; else SHORT= LONG=; fi
}

# The first toolstack that answers in the first way that works; what failed before is reported as well.
domains() {
    case $me in 'uid=0('* | 'uid=0 '*) WAYS=root ;; esac
    for kind in xl xm; do
        case $kind in xl) tool=$XL long=-v ;; *) tool=$XM long= ;; esac
        if [ -z "$tool" ]; then continue; fi
        for way in $WAYS; do
            as section "list $kind $way" "$tool" list $long
            if [ "$status" = 0 ]; then
                if wants details; then as section details "$tool" list -l; fi
                if wants store; then store; fi
                if wants equipment || wants xen; then as section info "$tool" info; fi
                if wants xen; then xen; fi
                if [ -n "$GUEST" ]; then guest; fi
                for number in $NEW; do judged "$number"; done
                return
            fi
        done
    done
}

# as section NAME COMMAND...: the command in the way that is being tried.
as() {
    call=$1 title=$2
    shift 2
    case $way in
        # ksu's own status is 0 whatever the command's is, unless a signal ended it (privilege.py).
        ksu) "$call" "$title" ksu -q -e /bin/sh -c '"$@" || kill -9 $$' sh "$@" ;;
        sudo-password) "$call" "$title" sudo -k -S -p '' -- "$@" ;;
        sudo) "$call" "$title" sudo -n -- "$@" ;;
        *) "$call" "$title" "$@" ;;
    esac
}

plainly() {
    shift
    run "$@" 2>/dev/null
}

# How long guests are up, and the hypervisor's last messages.
xen() {
    as section uptime "$tool" uptime
    as plainly - "$tool" dmesg | tail -n 8 | while IFS= read -r line; do frame message "$line"; done
}

# One running guest in detail.
guest() {
    case $GUEST in -*) set -- -- "$GUEST" ;; *) set -- "$GUEST" ;; esac
    for table in uptime vcpu-list network-list block-list; do as section "$table" "$tool" "$table" "$@"; done
    if [ "$kind" = xl ]; then as section channel-list "$tool" channel-list "$@"; fi
}

# What xl says about the text of a domain file; nothing is started. xm would run the text as a program: it is not asked.
# The file is the user's own, and gone whatever ends this, the loss of the connection as well.
judged() {
    if [ "$kind" != xl ]; then return; fi
    eval "text=\$TEXT_$1"
    (
        umask 077
        trap 'exit 1' HUP INT PIPE TERM
        trap '[ -z "$new" ] || rm -f "$new"' EXIT
        new=
        new=$(mktemp) || exit
        printf '%s' "$text" >"$new" || exit
        frame new "$1" "$new"
        as section "create -n $1" "$tool" create -n "$new"
    )
}

# What guests say of themselves and what only xenstore knows: VNC ports, addresses. One call for all of them.
store() {
    lister=$(command -v xenstore-ls) || return
    as plainly - "$lister" -f /local/domain | grep -E \
        '^/local/domain/[1-9][0-9]*/(console/(vnc-port|tty)|attr/(vif/[0-9]+/ipv4/[0-9]+|eth[0-9]+/ip)) = ' |
        while IFS= read -r node; do frame store "$node"; done
}

net() {
    way=
    if command -v ip >/dev/null; then
        section address ip -o -4 addr show
        section link ip -o link show
        section neighbours ip neigh show
    fi
    section route cat /proc/net/route
}

# The kernel's own list of bridges; a simulated host has none but that of its tool.
bridges() {
    way=
    if [ -z "$CTYS_LAB" ] && [ -d /sys/class/net ]; then
        if command -v ovs-vsctl >/dev/null; then
            # Only its own tool knows the bridges of Open vSwitch; without its word the list would be short.
            limits
            switches=$($SHORT ovs-vsctl list-br 2>/dev/null </dev/null) || return
            for link in $switches; do frame bridge "$link"; done
        fi
        for link in /sys/class/net/*; do
            if [ -d "$link/bridge" ]; then frame bridge "${link##*/}"; fi
        done
        frame bridges
    elif command -v brctl >/dev/null; then section brctl brctl show
    fi
}

# Whether a path is there; nothing is said where a directory on the way to it may not be looked into.
there() {
    if [ -e "$1" ]; then
        frame present "$1"
        return
    fi
    dir=${1%/*}
    while [ -n "$dir" ] && [ ! -d "$dir" ]; do dir=${dir%/*}; done
    if [ -x "${dir:-/}" ]; then frame absent "$1"; fi
}

# The files of a directory, the hidden ones left out.
beside() {
    count=0
    for path in "$1"/*; do
        case $path in *"
"*) continue ;; esac
        if [ -f "$path" ] || [ -b "$path" ]; then
            frame beside "$path"
            count=$((count + 1))
            if [ $count -ge 200 ]; then return; fi
        fi
    done
}

# Names by address, from the host's own table; getent knows it where it is not the file.
names() {
    way=
    if command -v getent >/dev/null; then section hosts getent hosts; else section hosts cat /etc/hosts; fi
}

# VNC servers, viewers, consoles and tunnels: the lines of those processes and of no other leave the host.
processes() {
    frame begin processes
    { ps -ww -eo pid=,user:32=,group:32=,args= || ps -o pid,user,group,args; } 2>/dev/null |
        grep -E 'X[a-z]*vnc|x11vnc|x0vncserver|vncviewer|xenconsole|x[lm] console|DYNREMAP:'
    frame err
    frame end 0
}

# file KIND PATH: its first 64 KiB; KIND is "named" for a file that was asked for by name.
file() {
    case $2 in /*) path=$2 ;; *) path=$HOME/$2 ;; esac
    if [ ! -f "$path" ]; then frame missing "$path"
    elif [ ! -r "$path" ]; then frame unreadable "$path"
    else
        frame "$1" "$path"
        dd if="$path" bs=65536 count=1 2>/dev/null
    fi
}

state() { if [ -f "$1" ]; then frame state "$1"; else frame missing "$1"; fi; }

# Guests' files below a directory: by name, then by a first look at the content. Hidden directories are left out.
scan() {
    case $1 in '') dir=$HOME ;; /*) dir=$1 ;; *) dir=$HOME/$1 ;; esac
    while [ "$dir" != "${dir%/}" ] && [ "$dir" != / ]; do dir=${dir%/}; done
    if [ ! -d "$dir" ]; then
        frame missing "$1"
        return
    fi
    limits
    frame searching "$dir"
    # The last line tells that the search came to its end: 124 and 143 are a search that took too long.
    {
        $LONG find -H "$dir" -maxdepth 7 ! -path "$dir" -name '.?*' -prune -o -type f ! -path '*
*' \( -name '*.stat' -print -o -size -4096 \( -name '*.conf' -o -name '*.cfg' \) -exec grep -lE \
        '^[[:blank:]]*(name|kernel|bootloader|disk|vif)[[:blank:]]*=|^[[:blank:]]*#@#' {} + \) 2>/dev/null
        printf 'status %s\n' "$?"
    } | head -n 2000 | while IFS= read -r path; do
        case $path in
            'status 124' | 'status 143') ;;
            status*) frame scanned "$dir" ;;
            *.stat) frame state "$path" ;;
            *) file found "$path" ;;
        esac
    done
}

main "$@" </dev/null
