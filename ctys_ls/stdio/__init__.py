"""The server's wire: framing of messages, the two ends of the pipe, and its place in each turn of the loop."""

from ctys_ls.stdio.framing import MAX_BODY, MAX_HEADER, Framer, Rubbish
from ctys_ls.stdio.pipe import Pipe
from ctys_ls.stdio.turns import ClientFirst

__all__ = ["MAX_BODY", "MAX_HEADER", "ClientFirst", "Framer", "Pipe", "Rubbish"]
