"""Slips of people who know other programs or have read the page once."""

#: What is written, the problem's code, and the line that one of its fixes makes.
SLIPS = [
    ("ctys --help", "ctys.unknown-option", "ctys -h"),
    ("ctys -N -a list lab00", "ctys.unknown-option", "ctys -n -a list lab00"),
    ("ctys -P 22 -a list lab00", "ctys.never-existed", "ctys -a list lab00"),
    ("ctys -w -a list lab00", "ctys.inert-option", "ctys -a list lab00"),
    ("ctys -a=list lab00", "ctys.unknown-value", "ctys -a list lab00"),
    ("ctys -t kvm -a list lab00", "ctys.unknown-value", "ctys -t qemu -a list lab00"),
    ("ctys -b sync,async -a list lab00", "ctys.exclusive-values", "ctys -b async -a list lab00"),
    ("ctys -b 0,2,1 -a list lab00", "ctys.too-many-values", "ctys -b 0,2 -a list lab00"),
    ("ctys list lab00", "ctys.bad-target", "ctys -a list lab00"),
    ("ctys -t xen create=l:x lab00", "ctys.bad-target", "ctys -t xen -a create=l:x lab00"),
    ("ctys -t xen -a create l:x lab00", "ctys.bad-target", "ctys -t xen -a create=l:x lab00"),
    (
        "ctys -t xen -a create=l:x CONSOLE:cli lab00",
        "ctys.bad-target",
        "ctys -t xen -a create=l:x,CONSOLE:cli lab00",
    ),
    (
        "ctys -t xen -a create=l:x, CONSOLE:cli lab00",
        "ctys.bad-target",
        "ctys -t xen -a create=l:x,CONSOLE:cli lab00",
    ),
    ("ctys -a list lab00,lab01", "ctys.bad-target", "ctys -a list lab00 lab01"),
    ("ctys -t xen -a create:l:x lab00", "ctys.unknown-action", "ctys -t xen -a create=l:x lab00"),
    ("ctys -t xen -a stop=l:x lab00", "ctys.unknown-action", "ctys -t xen -a cancel=l:x lab00"),
    ("ctys -t xen -a create=label=x lab00", "ctys.unknown-suboption", "ctys -t xen -a create=label:x lab00"),
    ("ctys -t xen -a create=tst100 lab00", "ctys.unknown-suboption", "ctys -t xen -a create=l:tst100 lab00"),
    (
        "ctys -t xen -a cancel=l:x,shutdown:9 lab00",
        "ctys.unknown-suboption",
        "ctys -t xen -a cancel=l:x,poweroff:9 lab00",
    ),
    ("ctys -t xen -a create=,l:x lab00", "ctys.empty-suboption", "ctys -t xen -a create=l:x lab00"),
    ("ctys -t xen -a create=l:x, lab00", "ctys.empty-suboption", "ctys -t xen -a create=l:x lab00"),
    ("ctys -t xen -a create=STUBMODE,l:x lab00", "ctys.other-type", "ctys -t xen -a create=l:x lab00"),
    (
        "ctys -t xen -a cancel=REBOOT,l:x,RESET lab00",
        "ctys.exclusive-suboptions",
        "ctys -t xen -a cancel=l:x,RESET lab00",
    ),
    (
        "ctys -t xen -a create=l:x,CONSOLE:cli,CONSOLE:vnc lab00",
        "ctys.repeated-suboption",
        "ctys -t xen -a create=l:x,CONSOLE:vnc lab00",
    ),
    (
        "ctys -t xen -a create=t:10.0.0.1:22 lab00",
        "ctys.port-in-tcp",
        "ctys -t xen -a create=t:10.0.0.1 lab00",
    ),
    (
        "ctys -t xen -a create=t:10.0.0.1::22 lab00",
        "ctys.port-in-tcp",
        "ctys -t xen -a create=t:10.0.0.1 lab00",
    ),
    ("ctys -t all -a create=l:x lab00", "ctys.type-all", "ctys -t xen -a create=l:x lab00"),
    (
        "ctys -t xen -a cancel=l:x -C on,only lab00",
        "ctys.cache-only",
        "ctys -t xen -a cancel=l:x -C on lab00",
    ),
    (
        "ctys -t xen -a create=l:x,CONSOLE:cli -z NOPTY lab00",
        "ctys.console-without-pty",
        "ctys -t xen -a create=l:x,CONSOLE:cli -z 2 lab00",
    ),
    ("ctys -a list SUBTASK'{ lab00'", "ctys.unclosed-body", "ctys -a list SUBTASK'{ lab00 }'"),
    ("ctys -a list lab00'(KSU)'", "ctys.extra-word", "ctys -a list lab00'(-Z KSU)'"),
    ("ctys -a list lab00'( -Z KSU,KSU )'", "ctys.exclusive-values", "ctys -a list lab00'( -Z KSU )'"),
    (
        "ctys -a enumerate=b:xen%%/etc/ctys.d lab00",
        "ctys.double-percent",
        "ctys -a enumerate=b:xen%/etc/ctys.d lab00",
    ),
    (
        "ctys -t xen -a create=l:x,STACKCHECK:NOHWCAP%%NOCONTEXT lab00",
        "ctys.double-percent",
        "ctys -t xen -a create=l:x,STACKCHECK:NOHWCAP%NOCONTEXT lab00",
    ),
]
