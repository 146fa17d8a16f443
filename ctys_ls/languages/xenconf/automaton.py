"""The automaton of xl's grammar (xen-conf section 2): statements, lists in lists, and what it is refused for."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.languages.xenconf import complaints
from ctys_ls.languages.xenconf.lexer import ADD, BAD, NAME, NEWLINE, NUMBER, STRING, Piece, pieces
from ctys_ls.languages.xenconf.quoting import unquote
from ctys_ls.languages.xenconf.rows import Kept, Odd, read_rows
from ctys_ls.languages.xenconf.values import Atom, Items, Rows, Setting, Value
from ctys_ls.problems import Problem
from ctys_ls.text import Position, Span, span

#: Deeper lists exhaust the stack of libxlutil's parser (measured: this many brackets still pass).
DEEPEST = 4996


class Automaton:
    """Reads one chunk; its fields are the state, and after :meth:`parsed` what was found."""

    def __init__(self, lines: Sequence[str], first: int, kept: Kept | None = None) -> None:
        self.kept = kept
        self.rows: Sequence[Rows] = ()
        self.rows_at = 0
        self.lines = lines
        self.first = first
        self.at = first
        self.starts: list[int] = []
        self.settings: list[Setting] = []
        self.problems: list[Problem] = []
        self.python = 0
        self.name: Piece | None = None
        self.place = Position(0, 0)
        self.appends = False
        self.stack: list[Items] = []
        self.expects = self._statement
        self.value: Value | None = None

    def parsed(self) -> list[Setting]:
        """The settings of the chunk; ``at`` is the line behind it."""
        while self._line() and self.stack and self.at < len(self.lines):
            if len(self.stack) == 1 and not self.rows and self.text.endswith("\n"):
                self._long()
        if self.stack:
            self._unclosed()
        return self.settings

    def odd(self, *, comma: bool) -> Odd | None:
        """The lines of one or more elements inside a list; None where they end the list, or the text does."""
        outer = Items(0, 0, Position(0, 0))
        self.stack = [outer]
        self.expects = self._comma if comma else self._item
        while self._line() and self.stack and self.stack[0] is outer:
            if len(self.stack) == 1:
                if not self.text.endswith("\n"):
                    return None
                ends = self.expects == self._comma
                return Odd(self.at - self.first, outer.own, tuple(self.problems), self.python, ends)
            if self.at >= len(self.lines):
                return None
        return None

    def _long(self) -> None:
        """Take in as many whole lines of elements as follow the list's first line."""
        outer, self.rows_at = self.stack[0], self.at - self.first
        self.rows = read_rows(
            self.lines, self.at, self.expects == self._comma, _odd, self.kept and (self.kept, self.first)
        )
        if not self.rows:
            return
        outer.rows, outer.rows_at = self.rows, self.rows_at
        below = self.rows_at
        for rows in self.rows:
            if rows.problems:
                self.problems += [problem.shifted(below) for problem in rows.problems]
                self.python = max(self.python, rows.python)
            below += rows.height
        self.at = self.first + below
        self.expects = self._comma if self.rows[-1].ends else self._item

    def _line(self) -> bool:
        """Take in one scanner's line; False where the statement was given up."""
        begin = self.at
        parts = [self.lines[begin]]
        while not parts[-1].endswith("\n") and begin + len(parts) < len(self.lines):
            parts.append(self.lines[begin + len(parts)])
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        self.at = begin + len(parts)
        if self.at == len(self.lines) - 1 and not self.lines[self.at] and not parts[-1].endswith("\n"):
            self.at += 1
        text = parts[0] if len(parts) == 1 else "".join(parts)
        self.starts = [0]
        for part in parts[:-1]:
            self.starts.append(self.starts[-1] + len(part))
        self.base = begin - self.first
        self.text = text
        broken = False
        for piece in pieces(text):
            if piece.kind == BAD:
                if self._ignored(piece):
                    continue
                if not broken:
                    self._report(complaints.bad_piece(piece, text, self._span(piece), self._where))
                broken = True
            elif not self.expects(piece):
                if not broken:
                    wanted = self.expects.__name__.strip("_")
                    opened = self.stack[0].span if self.stack else None
                    self._report(
                        complaints.unexpected(piece, wanted, text, self._span(piece), opened, self._where)
                    )
                self._give_up()
                return False
        if not text.endswith("\n") and not self.stack and self.expects not in {self._statement, self._end}:
            if not broken:
                end = Piece(NEWLINE, "", len(text), len(text))
                wanted = self.expects.__name__.strip("_")
                self._report(complaints.unexpected(end, wanted, text, self._span(end), None, self._where))
            self._give_up()
            return False
        if not self.stack:
            self._finish()
        return True

    # What may come next; each takes a piece and tells whether it fits.

    def _statement(self, piece: Piece) -> bool:
        if piece.kind == NAME:
            self.name, self.place = piece, self._position(piece.start)
            self.expects = self._operator
            return True
        return piece.kind in {NEWLINE, ";"}

    def _operator(self, piece: Piece) -> bool:
        if piece.kind not in {"=", ADD}:
            return False
        self.appends = piece.kind == ADD
        self.expects = self._value
        return True

    def _value(self, piece: Piece) -> bool:
        if piece.kind == "[":
            self._open(piece)
        elif piece.kind in {STRING, NUMBER}:
            self.value = self._atom(piece)
            self.expects = self._end
        else:
            return False
        return True

    def _end(self, piece: Piece) -> bool:
        if piece.kind not in {NEWLINE, ";"}:
            return False
        self._finish()
        return True

    def _item(self, piece: Piece) -> bool:
        if piece.kind == "[":
            self._open(piece)
        elif piece.kind in {STRING, NUMBER}:
            self._add(self._atom(piece))
            self.expects = self._comma
        elif piece.kind == "]":
            self._close(piece)
        else:
            return piece.kind == NEWLINE
        return True

    def _comma(self, piece: Piece) -> bool:
        if piece.kind == ",":
            self.expects = self._item
        elif piece.kind == "]":
            self._close(piece)
        else:
            return piece.kind == NEWLINE
        return True

    def _open(self, piece: Piece) -> None:
        line, column = self._position(piece.start)
        self.stack.append(Items(line, column, Position(line, column + 1)))
        self.expects = self._item
        if len(self.stack) == DEEPEST + 1:
            self._report([complaints.too_deep(self._span(piece), DEEPEST)])

    def _close(self, piece: Piece) -> None:
        done = self.stack.pop()
        done.end = self._position(piece.end)
        if self.stack:
            self._add(done)
            self.expects = self._comma
        else:
            self.value = done
            self.expects = self._end

    def _add(self, value: Value) -> None:
        inner = self.stack[-1]
        (inner.rest if inner.rows else inner.own).append(value)

    def _atom(self, piece: Piece) -> Atom:
        line, column = self._position(piece.start)
        if piece.kind == NUMBER:
            return Atom(piece.text, piece.text, line, column)
        value, escapes = unquote(piece.text)
        if escapes or "\0" in piece.text:
            self._report(complaints.in_string(piece.text, escapes, line, column))
        return Atom(value, piece.text, line, column)

    def _finish(self) -> None:
        if self.name is not None and self.value is not None:
            line, column = self.place
            self.settings.append(Setting(self.name.text, line, column, self.appends, self.value))
        self.name = self.value = None
        self.expects = self._statement

    def _give_up(self) -> None:
        self.stack.clear()
        self.name = self.value = None
        self.expects = self._statement

    def _unclosed(self) -> None:
        outer = self.stack[0]
        last = self.at - 1 - self.first
        end = span(last, len(self.lines[self.at - 1]), len(self.lines[self.at - 1]))
        self._report([complaints.unclosed(outer.span, end, self.lines[self.at - 1])])
        self._give_up()

    def _ignored(self, piece: Piece) -> bool:
        """A single unknown character at the very end of the file: the scanner drops it without a word."""
        if piece.end - piece.start > 1 or piece.end != len(self.text) or not piece.text.isascii():
            return False
        self._report([complaints.dropped_end(piece, self._span(piece))])
        return True

    def _report(self, problems: Sequence[Problem]) -> None:
        self.problems.extend(problems)
        self.python = max(self.python, complaints.python_score(self.text))

    def _position(self, column: int) -> Position:
        row = len(self.starts) - 1
        while self.starts[row] > column:
            row -= 1
        return Position(self.base + row, column - self.starts[row])

    def _span(self, piece: Piece) -> Span:
        return Span(self._position(piece.start), self._position(piece.end))

    def _where(self, start: int, end: int) -> Span:
        return Span(self._position(start), self._position(end))


def _odd(lines: Sequence[str], first: int, comma: bool) -> Odd | None:
    return Automaton(lines, first).odd(comma=comma)
