"""Screens that ``ctys`` is asked for where none can be shown: the guest runs, one sentence says why, exit status 1."""


def test_from_the_command_line_without_a_display(ctys):
    """The guest is started, the screen cannot be shown: one sentence and exit status 1."""
    done = ctys("-t", "xen", "-a", "create=l:tst100,CONSOLE:vnc", "lab00")
    assert done.returncode == 1
    assert "tst100 started on lab00" in done.stdout
    assert "DISPLAY is not set" in done.stderr


def test_sdl_without_df(ctys):
    """The guest runs, why there is no window is said, and its VNC screen is tried in its place."""
    done = ctys("-t", "xen", "-a", "create=l:tst100,CONSOLE:sdl", "lab00")
    assert done.returncode == 1
    assert "note: no SDL window: the window of a guest on lab00 comes here with -L DF only" in done.stdout
    assert "the VNC screen of tst100 is shown instead" in done.stderr
