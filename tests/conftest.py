"""Fixtures that several folders share: simulated hosts and real ones."""

import signal

pytest_plugins = ["simulated", "xenlab.fixtures"]

# A run that was started by nohup or in the background ignores these, and every program under test would do the same.
for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
