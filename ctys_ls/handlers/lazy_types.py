"""The 554 classes of ``lsprotocol.types`` are finished when they are first used, not when they are imported.

Importing them plainly compiles six methods for each and costs two thirds of the server's start; a session uses a few
dozen. :func:`import_types` swaps ``attrs.define`` during that one import for a version that leaves a note on the class
instead; looking at the class (``__attrs_attrs__``) or making an instance carries it out.

This leans on how one release is written. Any other release is imported plainly, and ``tests/handlers/test_lazy_types``
compares every class with the plainly imported one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import PurePath
from typing import Any

#: Releases of lsprotocol whose classes have been compared with the plainly imported ones.
KNOWN = ("2025.0.0",)


def import_types() -> bool:
    """Import ``lsprotocol.types``, lazily where that is known to work; False where it was imported plainly."""
    if "lsprotocol" in sys.modules or not _known_release():
        return False
    import attrs

    define, field, resolve = attrs.define, attrs.field, attrs.resolve_types
    attrs.define, attrs.field = _postponing(define), partial(partial, field)  # type: ignore[assignment]
    try:
        from lsprotocol import types
    finally:
        attrs.define, attrs.field = define, field
    _Postponed.define, _Postponed.resolve, _Postponed.names = define, resolve, types.ALL_TYPES_MAP
    # Its own forward references are resolved class by class when one is finished, not all at once.
    from lsprotocol import _hooks

    _hooks._resolved_forward_references = True  # noqa: SLF001 - the release is known, see KNOWN
    return True


def pending() -> int:
    """How many classes have not been needed yet."""
    from lsprotocol import types

    return sum(isinstance(vars(kind).get("__attrs_attrs__"), _Postponed) for kind in _classes(types))


def _classes(module: Any) -> set[type]:
    return {kind for kind in module.ALL_TYPES_MAP.values() if isinstance(kind, type)}


def _known_release() -> bool:
    """Asked of the folder's name: reading the metadata properly costs more than it would save."""
    spec = find_spec("lsprotocol")
    if spec is None or spec.origin is None:
        return False
    site = PurePath(spec.origin).parent.parent
    import os

    return any(os.path.isdir(site / f"lsprotocol-{release}.dist-info") for release in KNOWN)  # noqa: PTH112 - hot


class _Postponed:
    """Stands for ``__attrs_attrs__`` on a class that has not been finished."""

    define: Callable[..., Any]
    resolve: Callable[..., Any]
    names: dict[str, Any]

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def __get__(self, instance: object, owner: type) -> Any:
        _finish(owner)
        return vars(owner)["__attrs_attrs__"]


def _postponing(define: Callable[..., Any]) -> Callable[..., Any]:
    def postponed(maybe_class: type | None = None, **options: Any) -> Any:
        def note(kind: type) -> type:
            if not kind.__module__.startswith("lsprotocol."):
                finished: type = define(**options)(kind)
                return finished
            kind.__init__ = _first_instance  # type: ignore[misc]
            kind.__attrs_attrs__ = _Postponed(options)  # type: ignore[attr-defined]
            return kind

        return note if maybe_class is None else note(maybe_class)

    return postponed


def _first_instance(self: Any, *values: Any, **named: Any) -> None:
    _finish(type(self))
    type(self).__init__(self, *values, **named)


def _finish(kind: type) -> None:
    note = vars(kind).get("__attrs_attrs__")
    if not isinstance(note, _Postponed):
        return
    for base in kind.__mro__[1:]:
        _finish(base)
    del kind.__attrs_attrs__  # type: ignore[attr-defined]
    if vars(kind).get("__init__") is _first_instance:
        del kind.__init__  # type: ignore[misc]
    for name, field in list(vars(kind).items()):
        if isinstance(field, partial):
            setattr(kind, name, field())
    # Slots would make a new class, and everybody holds this one already.
    _Postponed.define(**{**note.options, "slots": False})(kind)
    _Postponed.resolve(kind, _Postponed.names, {})
