"""``python -m ctys_ls`` is ``ctys-ls``."""

from ctys_ls.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
