"""The languages' readers of files, as the runtime is given them."""

from ctys_ls.facts import Readers
from ctys_ls.languages.cmdline.definitions import read_group_text, read_macro_text
from ctys_ls.languages.xenconf.facts import read_conf

READERS = Readers(read_conf, read_macro_text, read_group_text)
