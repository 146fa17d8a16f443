"""libxlutil, the library that reads domain files for xl, in a process of its own.

Some inputs make the library abort by assertion, so it lives in a child that is started again when it dies. Requests
and answers are lines of JSON; texts travel as Latin-1, byte for byte.

The settings are read from the library's private structure, whose layout has been the same from Xen 4.6 to 4.22; all
else is its public interface.
"""

import ctypes as c
import json
import re
import subprocess
import sys
from pathlib import Path


def installed() -> str | None:
    """The newest installed libxlutil, None without one."""
    found = [
        path for path in map(str, Path("/usr/lib").rglob("libxlutil.so.4.*")) if re.search(r"4\.\d+$", path)
    ]
    return max(found, key=lambda path: int(path.rsplit(".", 1)[1]), default=None)


class CrashError(Exception):
    """The library aborted on an input."""


class Oracle:
    """Asks the child, one question at a time."""

    def __init__(self) -> None:
        self.child: subprocess.Popen | None = None

    def ask(self, *request):
        """The child's answer; raises :class:`CrashError` where it died of the question."""
        if self.child is None:
            self.child = subprocess.Popen(
                [sys.executable, "-S", Path(__file__)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            self.close()
            raise CrashError(request)
        return json.loads(answer)

    def read(self, data: bytes) -> dict:
        """What the library makes of a file: ``accepted``, ``errors`` as (line, message), ``settings`` by key."""
        return self.ask("read", data.decode("latin-1"))

    def disk(self, spec: str) -> dict:
        """What it makes of one disk: ``accepted``, ``report``, ``value``."""
        return self.ask("sub", "disk", spec)

    def rate(self, spec: str) -> dict:
        """The same for a vif's rate."""
        return self.ask("sub", "nic", spec)

    def pci(self, spec: str) -> dict:
        """The same for a PCI device."""
        return self.ask("sub", "pci", spec)

    def get(self, kind: str, key: str, data: bytes) -> dict:
        """What a typed getter says: ``errno``, ``value``, ``report``."""
        return self.ask("get", kind, key, data.decode("latin-1"))

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.stdin.close()
            self.child.stdout.close()
            self.child.wait(10)
            self.child = None


# From here on: the child.


class List(c.Structure):
    _fields_ = [("room", c.c_int), ("count", c.c_int), ("values", c.POINTER(c.c_void_p))]


class Content(c.Union):
    _fields_ = [("string", c.c_char_p), ("list", List)]


class Value(c.Structure):
    _fields_ = [("type", c.c_int), ("content", Content), ("place", c.c_int * 4)]


class Setting(c.Structure):
    pass


Setting._fields_ = [
    ("next", c.POINTER(Setting)),
    ("name", c.c_char_p),
    ("value", c.POINTER(Value)),
    ("operator", c.c_int),
    ("line", c.c_int),
]


class Config(c.Structure):
    _fields_ = [("settings", c.POINTER(Setting)), ("report", c.c_void_p), ("source", c.c_char_p)]


MESSAGE = re.compile(
    r"^(?:cfg)?:?(\d+): config parsing error near (.*): ((?:lexical|syntax) error.*|invalid .*|can't add.*|memory exhausted.*)$"
)


class Library:
    """The library, and a memory file for its messages."""

    def __init__(self, path: str) -> None:
        self.xlu = c.CDLL(path)
        self.light = c.CDLL(path.replace("libxlutil", "libxenlight"))
        self.libc = c.CDLL(None)
        self.libc.open_memstream.restype = c.c_void_p
        self.libc.fflush.argtypes = [c.c_void_p]
        self.libc.fclose.argtypes = [c.c_void_p]
        self.libc.free.argtypes = [c.c_void_p]
        self.xlu.xlu_cfg_init.restype = c.POINTER(Config)
        self.xlu.xlu_cfg_init.argtypes = [c.c_void_p, c.c_char_p]
        self.xlu.xlu_cfg_destroy.argtypes = [c.POINTER(Config)]
        self.xlu.xlu_cfg_readdata.argtypes = [c.POINTER(Config), c.c_char_p, c.c_int]

    def session(self, work):
        """``work(config)`` and the messages it drew."""
        text, size = c.c_void_p(), c.c_size_t()
        stream = self.libc.open_memstream(c.byref(text), c.byref(size))
        config = self.xlu.xlu_cfg_init(stream, b"cfg")
        try:
            answer = work(config)
        finally:
            self.xlu.xlu_cfg_destroy(config)
            self.libc.fflush(stream)
            report = c.string_at(text, size.value).decode("latin-1")
            self.libc.fclose(stream)
            self.libc.free(text)
        return answer, report

    def read(self, text: str) -> dict:
        data = text.encode("latin-1")

        def work(config):
            code = self.xlu.xlu_cfg_readdata(config, data, len(data))
            return code, None if code else _settings(config)

        (code, settings), report = self.session(work)
        found = (MESSAGE.match(line) for line in report.split("\n"))
        errors = [(int(one[1]), one[3]) for one in found if one]
        return {"accepted": not code, "errors": errors, "settings": settings, "report": report}

    def get(self, kind: str, key: str, text: str) -> dict:
        data, name = text.encode("latin-1"), key.encode()

        def work(config):
            if self.xlu.xlu_cfg_readdata(config, data, len(data)):
                return None, None
            if kind == "string":
                string = c.c_char_p()
                code = self.xlu.xlu_cfg_get_string(config, name, c.byref(string), 0)
                return code, None if code else string.value.decode("latin-1")
            if kind == "list":
                items, count = c.c_void_p(), c.c_int()
                code = self.xlu.xlu_cfg_get_list(config, name, c.byref(items), c.byref(count), 0)
                return code, None if code else count.value
            number = c.c_long()
            code = self.xlu.xlu_cfg_get_long(config, name, c.byref(number), 0)
            return code, None if code else bool(number.value) if kind == "defbool" else number.value

        (code, value), report = self.session(work)
        return {"errno": code, "value": value, "report": report}

    def sub(self, kind: str, spec: str) -> dict:
        room = c.create_string_buffer(16384)
        getattr(self.light, f"libxl_device_{kind}_init")(room)
        raw = spec.encode()

        def work(config):
            if kind == "disk":
                specs = (c.c_char_p * 1)(raw)
                self.xlu.xlu_disk_parse.argtypes = [c.c_void_p, c.c_int, c.c_void_p, c.c_void_p]
                return self.xlu.xlu_disk_parse(config, 1, specs, room)
            if kind == "nic":
                self.xlu.xlu_vif_parse_rate.argtypes = [c.c_void_p, c.c_char_p, c.c_void_p]
                return self.xlu.xlu_vif_parse_rate(config, raw, room)
            parse = self.xlu.xlu_pci_parse_spec_string
            parse.argtypes = [c.c_void_p, c.c_void_p, c.c_char_p]
            return parse(config, room, raw)

        code, report = self.session(work)
        return {"accepted": not code, "report": report, "value": None if code else self.shown(kind, room)}

    def shown(self, kind: str, room) -> dict | None:
        show = getattr(self.light, f"libxl_device_{kind}_to_json")
        show.restype = c.c_char_p
        show.argtypes = [c.c_void_p, c.c_void_p]
        context = c.create_string_buffer(65536)  # zeroes: it is used for logging only
        text = show(context, room)
        return json.loads(text) if text else None


def _settings(config) -> list:
    found, pointer = [], config.contents.settings
    while pointer:
        one = pointer.contents
        value = _plain(one.value.contents)
        found.append((one.name.decode("latin-1"), "+=" if one.operator else "=", one.line, value))
        pointer = one.next
    return found[::-1]


def _plain(value, depth=0):
    if value.type == 0:
        return value.content.string.decode("latin-1")
    if depth > 50:
        return "deeper than 50"
    items = value.content.list
    return [_plain(c.cast(items.values[i], c.POINTER(Value)).contents, depth + 1) for i in range(items.count)]


def serve() -> None:
    library = Library(installed())
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(library, name)(*arguments)), flush=True)


if __name__ == "__main__":
    serve()
