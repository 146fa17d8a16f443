"""The real Xen tools as judges: libxlutil through ctypes, and an unmodified ``xl create --dryrun`` without a hypervisor."""
