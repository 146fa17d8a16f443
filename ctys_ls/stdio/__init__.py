"""The server's wire: framing of messages and the two ends of the pipe."""

from ctys_ls.stdio.framing import MAX_BODY, MAX_HEADER, Framer, Rubbish
from ctys_ls.stdio.pipe import Pipe

__all__ = ["MAX_BODY", "MAX_HEADER", "Framer", "Pipe", "Rubbish"]
