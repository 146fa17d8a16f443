"""A workspace and the environment of its user, for tests in a real Emacs."""

import pytest
from editors.emacs.desk import SOURCES, batch, release_30, system_release

CONF = """# The guest of the use-case page, with three slips of the pen.
#@#MAGICID-XEN
name       = "tst100"
uuid       = "6842caf9-1e3e-4324-9ed5-96b8b9f2c5c2"
memry      = 128
vcpus      = 1
bootloader = "/usr/bin/pygrub"
vif        = [ "mac=00:50:56:13:11:40,bridge=xenbr0" ]
disk       = [ "phy:/dev/vg0/tst100,xvda,w" ]
vnc        = 1
vncunused  = 1
on_crash   = "restrat"
extra      = console=hvc0
"""
LINES = """# Command lines of the use-case page.
ctys -t xen -a create=l:tst100,CONSOLE:emcs lab00
ctys -t xen -a list lab00 lab01
"""


@pytest.fixture
def workspace(tmp_path):
    """A folder with a domain file and command lines."""
    folder = tmp_path / "guests"
    conf = folder / "xen" / "tst100" / "tst100.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(CONF)
    (folder / "lines.ctys").write_text(LINES)
    return folder


@pytest.fixture
def env_of(tmp_path):
    """Makes the environment of a user of a lab's hosts, with nothing of the developer's own."""
    home = tmp_path / "home"
    home.mkdir()

    def make(lab):
        return {
            "HOME": str(home),
            "CTYS_SSH_CONFIG": str(lab.ssh_config),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "LANG": "C.UTF-8",
            "TERM": "screen-256color",
        }

    return make


@pytest.fixture
def env(lab, env_of):
    """The same for the hosts of this module."""
    return env_of(lab)


@pytest.fixture(scope="session", params=[system_release, release_30], ids=["installed", "30"])
def release(request):
    """The Emacs to test with: the machine's own, and the one of Debian 13."""
    return request.param()


@pytest.fixture(scope="session")
def compiled(release, tmp_path_factory):
    """A folder with the package as it is installed: compiled, every warning being an error.

    The part for lsp-mode is compiled where there is lsp-mode; the tests of that part need it by name.
    """
    release.need("eglot")
    folder = tmp_path_factory.mktemp("emacs")
    possible = [source for source in SOURCES if source.name != "ctys-lsp.el" or release.has("lsp-mode")]
    for source in SOURCES:
        (folder / source.name).symlink_to(source)
    done = batch(
        "-L", ".", "--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile",
        *(source.name for source in possible), cwd=folder, release=release,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder
