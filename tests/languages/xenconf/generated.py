"""Domain files made at random, from good and bad pieces and by damaging good files. The same seed gives the same files."""

import random

GOOD = [
    'name = "a"',
    "memory = 128",
    "vcpus=2",
    'kernel = "/boot/k"',
    "disk = [ 'phy:/dev/x,xvda,w' ]",
    "vif = [ '' ]",
    'type = "hvm"',
    "vnc=1;vncunused = 1",
    "irqs=[5,\n7]",
    "extra += 'x'",
    "a.b_c9 = 0x1f",
    'root="/dev/xvda1 ro"',
    "disk = [\n  'a',  # first\n  'b',\n]",
    "cpus = '0-3,^1'",
    "x = [[1,2],['a',[\"b\"]],]",
    "# comment",
    "",
    "  ",
    "\t# tag",
    'extra = "a\\tb\\"c\\\\"',
    "extra = 'it\\'s'",
    'extra="\\101x"',
    "extra='\\0123'",
    "extra += [ 'x' ]",
    "name=''",
    "irqs += [ 9 ]",
]
TOKENS = [
    "name",
    "memory",
    "a",
    "b2.c_d",
    "=",
    "+=",
    "[",
    "]",
    ",",
    ";",
    "\n",
    "\n",
    "\n",
    " ",
    "\t",
    '"x"',
    "'y z'",
    "12",
    "0x1f",
    "09",
    "1g",
    "# c\n",
    "#",
    "\r\n",
    "\r",
    "\\",
    "\\\n",
    '"',
    "'",
    "True",
    "yes",
    "%",
    "(",
    ")",
    "+",
    "-",
    ".",
    ":",
    "*",
    "{",
    "é",
    "\ufeff",
    "\u00a0",
    '"\\x41"',
    '"\\q"',
    '"\\1"',
    '"\\12"',
    '"\\123"',
    '"\\1 2"',
    '"\\8"',
    '"\\7+5"',
    '"\\0-12"',
    "'\\\"'",
    '"a\\',
    "import os",
    "==",
    "\f",
    "\v",
    "[]",
    "[[",
    "A",
    "X9",
    "_",
    "$",
    "@",
    "`",
    '"""',
    "\x01",
    "\x7f",
]


def assembled(chance: random.Random) -> str:
    """A file of single tokens."""
    return "".join(chance.choice(TOKENS) for _ in range(chance.randrange(1, 14)))


def statements(chance: random.Random) -> str:
    """Good statements, now and then with a token in between."""
    parts = []
    for _ in range(chance.randrange(1, 6)):
        parts.append(chance.choice(GOOD))
        parts.append(
            chance.choice(["\n", "\n", "\n", ";", "\n\n", "\r\n", " "]) if chance.random() < 0.3 else "\n"
        )
        if chance.random() < 0.25:
            parts.append(chance.choice(TOKENS))
    if chance.random() < 0.3:
        parts.pop()
    return "".join(parts)


def damaged(chance: random.Random) -> str:
    """A good file with a few characters lost, doubled, swapped or put in."""
    text = "\n".join(chance.choices(GOOD, k=chance.randrange(1, 6))) + chance.choice(["\n", ""])
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(text) + 1)
        what = chance.randrange(4)
        if what == 0:
            text = text[:at] + text[at + 1 :]
        elif what == 1:
            text = text[:at] + text[at : at + 1] * 2 + text[at + 1 :]
        elif what == 2:
            text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        else:
            text = text[:at] + chance.choice(TOKENS) + text[at:]
    return text


def strings(chance: random.Random) -> str:
    """Quoted strings full of escapes."""
    quote = chance.choice("\"'")
    inside = "".join(chance.choice("\\\\\\\\01289abnx +-\"'tz\t") for _ in range(chance.randrange(1, 9)))
    return f"a = {quote}{inside}{quote}" + chance.choice(["\n", "", "\nb=1\n"])


def any_file(chance: random.Random) -> str:
    """One of the four."""
    return chance.choice((assembled, statements, damaged, strings))(chance)
