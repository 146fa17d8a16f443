"""CREATE, CANCEL, LIST, ENUMERATE, SHOW and INFO on hosts; each takes a ``Run`` and a target, and says what became of it."""
