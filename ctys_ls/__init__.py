"""ctys-ls: language server and session manager for ctys command lines and Xen domain files."""

__version__ = "0.1.0"
