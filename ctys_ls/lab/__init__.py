"""Simulated Xen hosts on loopback: to try the product, to rehearse, to test. They say that they are simulated.

``Lab`` is the Python interface, ``ctys-ls lab`` the command. asyncssh is imported when hosts are started.
"""

from ctys_ls.lab.faults import KINDS, FaultError
from ctys_ls.lab.host import Host
from ctys_ls.lab.lab import Lab
from ctys_ls.lab.tools.call import Hardware

__all__ = ["KINDS", "FaultError", "Hardware", "Host", "Lab"]
