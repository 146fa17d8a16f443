"""Servers that do next to nothing: what the language, the loop and the framework cost by themselves."""
