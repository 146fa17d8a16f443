"""The dialect of xm: Python text, read without ever being run (xen-conf section 5).

Constants, names, ``+``, ``%``, lists and ``os.path.join`` are worked out; everything else is *computed*: known to be
there, not known what it is. What is computed is never complained about.
"""

from __future__ import annotations

import ast
import builtins
import posixpath
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from ctys_ls.text import Position, Span, span, split_lines


class _Computed:
    """A value that only running the file would tell."""

    def __repr__(self) -> str:
        return "computed"


COMPUTED: Final = _Computed()

_PRINT = re.compile(r"^([ \t]*(?:.*[;:])?[ \t]*)print[ \t]+(?![(=])([^\n;]*)", re.MULTILINE)
_RAISE = re.compile(r"^([ \t]*)raise[ \t]+(\w+)[ \t]*,[ \t]*(.*)$", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except[ \t]+[\w.]+)[ \t]*,[ \t]*(\w+)[ \t]*:", re.MULTILINE)
#: Strings and comments, which stay as they are; then the octal and the long numbers of Python 2.
_NUMBERS = re.compile(
    r"""(\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*+)
    |(?<![\w.])0([0-7]+)(?![\w.])|(?<![\w.])(\d+)[lL](?!\w)""",
    re.VERBOSE,
)
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
#: Longer files are not looked into; none that a person wrote is.
_LONGEST = 1_000_000
#: What xm puts into the file's world (xm-005), and what Python 2 had besides today's built-in names.
_GIVEN = frozenset(
    {
        "sys",
        "os",
        "re",
        "socket",
        "struct",
        "xm_file",
        "xm_help",
        "xm_vars",
        "xm_opts",
        "string",
        "errno",
        "reload",
    }
) | frozenset(
    {"unicode", "long", "xrange", "raw_input", "basestring", "file", "execfile", "reduce", "unichr", "cmp"}
)
_BUILTIN = frozenset(dir(builtins)) | _GIVEN


@dataclass(frozen=True, slots=True)
class Fault:
    """Something for which xm refuses the file."""

    code: str
    span: Span
    message: str


@dataclass(slots=True)
class Script:
    """What is known of the variables of a file: their values and where they were set last."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(text: str, vmid: str = "") -> Script:
    """The variables of a file; never raises, runs nothing."""
    script = Script()
    if vmid:
        script.values["vmid"] = vmid
    lines = split_lines(text)
    if text.startswith("<") or len(text) > _LONGEST:
        return script
    if not text.isascii() and not any(_CODING.match(line) for line in lines[:2]):
        number = next(number for number, line in enumerate(lines) if not line.isascii())
        message = "Text beyond ASCII needs a coding line in the first two lines, or xm refuses the file."
        script.faults.append(Fault("xm-coding", span(number, 0, len(lines[number].rstrip())), message))
        return script
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_modern(text))
    except SyntaxError as error:
        number = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
        message = f"Python cannot read this line: {error.msg}."
        script.faults.append(Fault("xm-python", span(number, 0, len(lines[number].rstrip("\r\n"))), message))
        return script
    except (ValueError, RecursionError, MemoryError):
        script.faults.append(Fault("xm-python", span(0, 0, 0), "Python cannot read this file."))
        return script
    try:
        _Reader(script, {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}).run(
            tree.body
        )
    except RecursionError:
        script.values = dict.fromkeys(script.values, COMPUTED)
    return script


def _modern(text: str) -> str:
    """Python 2's statements in the shape that today's parser reads; lines stay where they are."""
    text = text.replace("\r\n", "\n")
    text = (
        _PRINT.sub(lambda found: f"{found[1]}print({found[2].rstrip()})", text) if "print" in text else text
    )
    text = _EXCEPT.sub(r"\1 as \2:", text)
    text = _RAISE.sub(r"\1raise \2(\3)", text)
    return _NUMBERS.sub(lambda found: found[1] or (f"0o{found[2]}" if found[2] else found[3]), text)


class _Reader:
    """Walks over the statements in order."""

    def __init__(self, script: Script, functions: dict[str, ast.FunctionDef]) -> None:
        self.script = script
        self.functions = functions
        self.unsure = 0

    def run(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if self.script.faults:
                return
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self.assign(target, value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            old = self.value(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
            self.assign(node.target, _operate(node.op, old, self.value(node.value)))
        elif isinstance(node, ast.If):
            self.branch(node)
        elif isinstance(node, ast.Expr):
            self.expression(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name in node.names:
                self.script.values[(name.asname or name.name).split(".")[0]] = COMPUTED
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.script.values[node.name] = COMPUTED
        else:
            self.loosely(node)

    def expression(self, node: ast.Expr) -> None:
        call = node.value
        ends = isinstance(call, ast.Call) and ast.unparse(call.func) in {
            "sys.exit",
            "exit",
            "quit",
            "os._exit",
        }
        if ends and not self.unsure:
            self.fault("xm-exit", node, "The file ends xm here.")
        else:
            self.value(call)

    def branch(self, node: ast.If) -> None:
        test = self.value(node.test)
        if test is not COMPUTED:
            self.run(node.body if test else node.orelse)
            return
        self.unsure += 1
        before = dict(self.script.values)
        self.run(node.body)
        self.run(node.orelse)
        self.unsure -= 1
        for name, value in self.script.values.items():
            if before.get(name, self) is not value:
                self.script.values[name] = COMPUTED

    def loosely(self, node: ast.stmt) -> None:
        """Loops, try and the like: what they set is computed."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.assign(inner, COMPUTED)
            elif isinstance(inner, ast.Global):
                self.script.values.update(dict.fromkeys(inner.names, COMPUTED))
            elif isinstance(inner, ast.FunctionDef | ast.ClassDef):
                self.script.values[inner.name] = COMPUTED

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.script.values[target.id] = COMPUTED if self.unsure else value
            self.script.places[target.id] = _place(target)
        else:
            for inner in ast.walk(target):
                if isinstance(inner, ast.Name):
                    self.script.values[inner.id] = COMPUTED

    def fault(self, code: str, node: ast.AST, message: str) -> None:
        self.script.faults.append(Fault(code, _place(node), message))

    def value(self, node: ast.expr) -> Any:
        """The value of an expression, or COMPUTED."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.List):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.Tuple):
            return tuple(self.value(item) for item in node.elts)
        if isinstance(node, ast.BinOp):
            return _operate(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.value(node.operand)
            return -inner if isinstance(inner, int | float) else COMPUTED
        if isinstance(node, ast.Call):
            return self.call(node)
        return COMPUTED

    def name(self, node: ast.Name) -> Any:
        if node.id in self.script.values:
            return self.script.values[node.id]
        if node.id not in _BUILTIN and not self.unsure:
            self.fault("xm-name", node, f"“{node.id}” is not set here; xm ends with a NameError.")
        return COMPUTED

    def call(self, node: ast.Call) -> Any:
        arguments = [self.value(item) for item in node.args]
        name = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        if isinstance(node.func, ast.Name):
            self.name(node.func)
            self.blind(node, node.func.id)
        texts = all(isinstance(item, str) for item in arguments)
        if name in {"os.path.join", "posixpath.join"} and texts and arguments and not node.keywords:
            return posixpath.join(*arguments)
        if name in {"int", "str"} and len(arguments) == 1 and isinstance(arguments[0], str | int):
            try:
                return int(arguments[0]) if name == "int" else str(arguments[0])
            except ValueError:
                return COMPUTED
        return COMPUTED

    def blind(self, node: ast.Call, name: str) -> None:
        """A function of the file cannot see the file's own variables (xm-004): calling such a one ends in a NameError."""
        function = self.functions.get(name)
        if function is None or self.unsure:
            return
        inside = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
        declared = any(isinstance(inner, ast.Global) for inner in ast.walk(function))
        stored = {
            inner.id
            for inner in ast.walk(function)
            if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load)
        }
        for inner in ast.walk(function):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                unseen = inner.id not in inside | stored | _BUILTIN
                if unseen and not declared and inner.id in self.script.values:
                    self.fault(
                        "xm-name",
                        node,
                        f"{name} cannot see “{inner.id}”: functions of the file do not see its variables.",
                    )
                    return


def _operate(operator: ast.operator, left: Any, right: Any) -> Any:
    """``+`` and ``%`` on plain values, arithmetic on small numbers."""
    if left is COMPUTED or right is COMPUTED:
        return COMPUTED
    try:
        if isinstance(operator, ast.Add) and type(left) is type(right):
            return left + right
        if (
            isinstance(operator, ast.Mod)
            and isinstance(left, str)
            and "*" not in left
            and not re.search(r"%[^a-z%]*\d{4}", left)
        ):
            values = right if isinstance(right, tuple) else (right,)
            return COMPUTED if COMPUTED in values else left % right
        if isinstance(left, int) and isinstance(right, int) and abs(left) < 2**62 and abs(right) < 2**62:
            if isinstance(operator, ast.Sub):
                return left - right
            if isinstance(operator, ast.Mult):
                return left * right
            if isinstance(operator, ast.FloorDiv | ast.Div):
                return left // right
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return COMPUTED
    return COMPUTED


def _place(node: Any) -> Span:
    return Span(
        Position(node.lineno - 1, node.col_offset),
        Position((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0),
    )
