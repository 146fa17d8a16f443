"""The page's printed tables from hosts that hold the page's sessions: typed as a command line, asked over ssh."""

import pytest
from page_sessions import printed

from ctys_ls.lab import Lab
from ctys_ls.lab.threaded import running
from ctys_ls.languages.cmdline.build import build
from ctys_ls.languages.reading import READERS
from ctys_ls.runtime.api import Config
from ctys_ls.runtime.engine import make_engine

ACUE = ("acue", "ldapusers")
ROOT = ("root", "root")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """ws2, without Xen and in the place of the user's own machine, and lab00 with the guests of the tables."""
    with running(Lab(["ws2", "lab00"], ambiguous=True, pace=0.2)) as thread:
        lab = thread.lab
        ws2, lab00 = lab.host("ws2").machine.processes, lab.host("lab00").machine.processes
        tunnel = (
            "ssh -f -L 5950:localhost:5900 acue@lab00 sleep 120 # DYNREMAP:XEN:lab00:5950:tst100:5900:acue"
        )
        ws2[4711] = (*ACUE, "/usr/bin/vncviewer -name tst100:50 localhost:50")
        ws2[4712] = (*ACUE, tunnel)
        lab00[3001] = (*ACUE, "vncviewer -name tst101:2 :2")
        lab00[3002] = (*ROOT, "/usr/bin/vncviewer :1")
        lab00[3003] = (*ROOT, "/usr/bin/Xvnc :1 -desktop LAB00 -geometry 1024x768 -rfbport 5901")
        lab.host("ws2").faults.set("missing", "xl")
        yield lab


@pytest.fixture
async def ctys(page, tmp_path):
    """Run a command line as typed; its printed text."""
    config = tmp_path / "ssh_config"
    config.write_text(page.ssh_config.read_text().replace("Host ws2\n", "Host localhost\n"))
    engine = make_engine(Config(ssh_config=config, state_dir=tmp_path), READERS, home=tmp_path)

    async def ask(question):
        raise AssertionError(question)

    async def run(line):
        built = build(line, engine.facts(), {})
        texts = []
        for call in built.invocations:
            outcome = await engine.run(call, lambda step: None, ask)
            assert outcome.exit_status == 0, [str(target.trouble) for target in outcome.targets]
            texts.append(outcome.text)
        return "\n".join(texts)

    run.engine = engine
    yield run
    await engine.close()


@pytest.fixture
async def guests(page, ctys):
    """tst100 and tst101 run, with the VNC ports of the page: 5901 is taken when tst101 starts."""
    if not page.host("lab00").domains:
        for label in ("tst100", "tst104", "tst101"):
            await ctys(f"ctys -t xen -a create=f:tst-ctys/{label}/{label}.conf,console:none lab00")
        await ctys("ctys -t xen -a cancel=l:tst104,poweroff:0 lab00")


@pytest.mark.usefixtures("guests")
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("UC-46", "ctys -t xen -a list lab00"),
        ("UC-47", "ctys -a list localhost lab00"),
    ],
)
async def test_the_standard_table_to_the_letter(ctys, name, line):
    assert await ctys(line) == printed(name)


@pytest.mark.usefixtures("guests")
async def test_a_host_with_its_own_vnc_session(ctys, page):
    kept = page.host("lab00").machine.processes.pop(3001)
    try:
        assert await ctys("ctys -a list lab00") == printed("UC-45")
    finally:
        page.host("lab00").machine.processes[3001] = kept


# The page's UC-18 is one host's part of UC-47, in wider columns (see test_tables_page): the widths are given.
@pytest.mark.usefixtures("guests")
async def test_the_users_own_machine(ctys):
    line = "ctys -a list=tab_tcp:14%%10%%8%%8%%1%%5%%10 localhost"
    assert await ctys(line) == printed("UC-18")


@pytest.mark.usefixtures("guests")
async def test_ports_where_no_address_is_known(ctys, page):
    """The page knew no addresses of running guests; where the files name none, the table is the page's."""
    confs = [page.host("lab00").conf(label) for label in ("tst100", "tst101")]
    confs.append(page.host("lab00").home / "xen" / "tst100" / "tst100.conf")
    texts = {conf: conf.read_text() for conf in confs}
    domains = page.host("lab00").domains
    try:
        for conf, text in texts.items():
            conf.write_text("".join(line for line in text.splitlines(True) if "#@#IP0" not in line))
        for domain in domains.values():
            domain.system.booted.clear()
        assert await ctys("ctys -a list=macro:TAB_CPORT localhost lab00") == printed("UC-48")
    finally:
        for conf, text in texts.items():
            conf.write_text(text)
        for domain in domains.values():
            domain.system.booted.set()


@pytest.mark.usefixtures("guests")
async def test_ports_with_the_addresses_that_are_known_now(ctys):
    blank = " " * 15
    wanted = [
        line.replace(f"|{blank}", f"|{address:<15}")
        if (address := {"tst100": "192.168.1.220", "tst101": "192.168.1.221"}.get(line[:6]))
        and "|XEN " in line
        else line
        for line in printed("UC-48").splitlines()
    ]
    assert (await ctys("ctys -a list=macro:TAB_CPORT localhost lab00")).splitlines() == wanted


async def test_configured_guests(ctys, page):
    for name in ("ws2", "lab00"):
        copies = page.host(name).home / "xen" / "tst100"
        if copies.exists():
            copies.rename(page.host(name).home / "copies")
    try:
        line = "ctys -a enumerate=macro:TAB_CPORT,b:xen%/etc/ctys.d localhost lab00"
        assert await ctys(line) == printed("UC-50")
    finally:
        for name in ("ws2", "lab00"):
            (page.host(name).home / "copies").rename(page.host(name).home / "xen" / "tst100")


#: UC-30 as printed, with the line ends joined; the page's second record has a field too many at its end.
VHOST = """\
lab00.xyz;XEN;tst100;/root/xen/tst100/tst100.conf;6842caf91e3e43249ed596b8b9f2c5c2;00:50:56:13:11:40;192.168.1.220;;;;CentOS;Linux;5;;PM
lab00.xyz;XEN;tst100;/root/xen/tst100/tst100-inst.conf;;00:50:56:13:11:40;192.168.1.220;;;;;;;;
lab00.xyz;XEN;tst100;/homen/chkusr/xen/tst-ctys/tst100/tst100.conf;6842caf91e3e43249ed596b8b9f2c5c2;00:50:56:13:11:40;192.168.1.220;;;;CentOS;Linux;5;20080427002200;VM
"""


async def test_the_copies_in_the_inventory(ctys, page):
    await ctys("ctys -a enumerate lab00")
    (query,) = build("ctys-vhost -o machine -s -M all lab00 XEN tst100", ctys.engine.facts(), {}).invocations
    text, status = ctys.engine.lookup(query)
    home = page.host("lab00").home
    text = text.replace("lab00.soho", "lab00.xyz").replace(
        f"{home}/xen/tst-ctys", "/homen/chkusr/xen/tst-ctys"
    )
    assert status == 0
    assert sorted(text.replace(str(home), "/root").splitlines()) == sorted(VHOST.splitlines())
