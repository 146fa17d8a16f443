"""Random command lines and random rubbish, from a seed that a failing test prints."""

import random

HOSTS = ["lab00", "lab01", "root@lab02", "localhost", "web.example.org"]
ADDRESSES = [
    "l:tst100",
    "LABEL:tst101",
    "f:xen/tst100/tst100.conf",
    "p:$HOME/xen/tst100.conf",
    "p:/a/b.conf",
    "u:6842caf91e3e43249ed596b8b9f2c5c2",
    "m:00:50:56:13:11:40",
    "t:192.168.1.220",
    "b:xen%/etc/ctys.d,l:x",
    "l:a,,b",
]
CREATES = [
    "CONSOLE:cli",
    "CONSOLE:vnc",
    "console:EMACSAM",
    "REUSE",
    "connect",
    "PING:10%%2",
    "c:a%b",
    "RESUME:x.stat",
]
CANCELS = ["POWEROFF:0", "poweroff", "RESET", "FORCE", "INIT:6", "SUSPEND", "SELF"]
OPTIONS = [
    "-Z KSU",
    "-ZSUDO",
    "-z 2",
    "-b 0,2",
    "-L CF",
    "-n",
    "-nX",
    "-c off",
    "-C off",
    "-l root",
    "-A 1",
    "-s ALL",
]
SPECIAL = [
    *("'\"\\$`;&|<>()#{},:=%@ \t\n~*"),
    "\\\n",
    "$HOME",
    "${X}",
    "$(ls)",
    "macro:",
    "::",
    "%%",
    "ctys ",
    "-a ",
]


def action(random: random.Random) -> str:
    """An action with suboptions."""
    kind = random.choice(["create", "CANCEL", "list", "enumerate", "show"])
    if kind == "create":
        return f"{kind}=" + ",".join(
            [random.choice(ADDRESSES), *random.sample(CREATES, random.randint(0, 2))]
        )
    if kind == "CANCEL":
        return f"{kind}=" + ",".join(
            [random.choice(ADDRESSES), *random.sample(CANCELS, random.randint(0, 2))]
        )
    if kind == "list":
        return random.choice(
            ["list", "list=machine,titleidx", "list=macro:TAB_CPORT", "list=tab_gen:3_L_9%%1_PM"]
        )
    return random.choice([kind, "enumerate=machine,b:xen", "enumerate=macro:TAB_CPORT,b:xen%/etc/ctys.d"])


def options(random: random.Random) -> list[str]:
    return random.sample(OPTIONS, random.randint(0, 3))


def context(random: random.Random) -> str:
    inside = " ".join([*options(random), *([f"-a {action(random)}"] if random.random() < 0.4 else [])])
    space = random.choice(["", " "])
    text = f"({space}{inside}{space})"
    return random.choice(
        [f"'{text}'", f" '{text}'", f'"{text}"', text.replace("(", r"\(").replace(")", r"\)")]
    )


def command(random: random.Random) -> str:
    """A command line as a user might write it, with continuation lines."""
    words = ["ctys", random.choice(["-t xen", "-txen", "-t XEN"]), *options(random)]
    if random.random() < 0.9:
        words.append(f"-a {action(random)}")
    if random.random() < 0.3:
        words.append("--")
        if random.random() < 0.5:
            words.append(context(random).strip())
    count = random.randint(0, 3)
    words += [random.choice(HOSTS) + (context(random) if random.random() < 0.5 else "") for _ in range(count)]
    text = words[0]
    for word in words[1:]:
        text += random.choice([" ", " ", "  ", " \\\n", " \\\n  "]) + word
    return text


def shell_word(random: random.Random) -> str:
    """A word in any quoting that the shell has."""
    parts = []
    for _ in range(random.randint(1, 4)):
        plain = "".join(random.choice("abcXYZ019.,:=%/_-@+") for _ in range(random.randint(1, 6)))
        blank = plain + random.choice(["", " ", " (x) ", "  # no", " $no ", ";", "|", "&"]) + "q"
        parts.append(
            random.choice(
                [
                    plain,
                    plain,
                    f"'{blank}'",
                    '"' + blank.replace("$no", "") + '"',
                    '"$HOME/x"',
                    "${HOME}",
                    "$HOME",
                    "\\ ",
                    r"\(",
                    r"\)",
                    r"\\",
                    "\\'",
                    r"\"",
                    "\\\n",
                    "''",
                    '"a\\"b\\$c\\\\d\\e"',
                    "$'a\\tb\\'c\\x41\\101'",
                    "$TWO",
                    '"$TWO"',
                    "$UNSET",
                    "{a,b}",
                    "x{1..3}'q r'",
                    "{00..3}{c,'d,e'}",
                    "{macro:X}",
                    "{a,{b,c}d}",
                    "{,z}",
                    "{d..a..2}",
                    "'{a,b}'",
                    "{single}",
                    "a{",
                    "}b",
                ]
            )
        )
    return "".join(parts)


def shell_line(random: random.Random) -> str:
    """A call of ctys with arbitrary words; what makes bash ask for more input is left out."""
    if random.random() < 0.3:
        return command(random)
    words = [shell_word(random) for _ in range(random.randint(1, 6))]
    gap = random.choice([" ", "  ", "\t", " \\\n"])
    end = random.choice(["", "", " # a comment 'with' \"quotes\"", " ;", " >/dev/null"])
    return "ctys " + gap.join(words) + end


def rubbish(random: random.Random, length: int) -> str:
    """Text that has everything in it and makes no sense."""
    parts = []
    while sum(map(len, parts)) < length:
        parts.append(
            random.choice(
                [random.choice(SPECIAL), command(random), random.choice(["a", "é", "\U0001f600", "x y"])]
            )
        )
    return "".join(parts)
