"""The rules of xl beyond its grammar, one module per subject. Each takes a :class:`Reader` and adds what it finds."""
