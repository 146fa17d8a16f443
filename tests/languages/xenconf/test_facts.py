"""ctys's own reading of domain files; the golden vectors are those of the original's text functions."""

import pytest

from ctys_ls.languages.xenconf.facts import read_conf

GUEST = """\
#@#MAGICID-XEN
#@#LABEL = "other"
#@#SESSIONTYPE = "XEN"
#@#IP0 = "192.168.1.220%255.255.255.0%xenbr0%eth0%22%192.168.1.1,10.0.0.4"
#@#IP1 = 10.0.0.5
name = 'tst100'
name = "later"
uuid = "6842CAF9-1e3e-4324-9ed5-96b8b9f2c5c2"
memory = 0100
vcpus = 2
# vif = [ 'mac=00:16:3e:99:99:99' ]
vif = [ 'mac=00:50:56:13:11:40,bridge=xenbr0', "mac=0:50:56:13:11:4A" ]
disk = [
  'tap:aio:/srv/xvda.img,xvda,w',  # 'file:/no,xvdz,w'
  'format=raw, vdev=xvdb, access=rw, target=/srv/a,b.img',
]
vfb = [ 'type=vnc,vncdisplay=7' ]
"""


def test_everything_that_the_inventory_needs():
    facts = read_conf(GUEST, "/guests/tst100/tst100.conf")
    assert (facts.label, facts.path) == ("tst100", "/guests/tst100/tst100.conf")
    assert facts.uuid == "6842caf91e3e43249ed596b8b9f2c5c2"
    assert facts.macs == ("00:50:56:13:11:40", "00:50:56:13:11:4a")
    assert facts.addresses == ("192.168.1.220", "10.0.0.4", "10.0.0.5")
    assert facts.disks[0] == "/srv/xvda.img"
    assert "/srv/a,b.img" in facts.disks
    assert (facts.memory, facts.vcpus, facts.vnc, facts.vncdisplay) == (64, 2, True, 7)
    assert facts.tags["SESSIONTYPE"] == "XEN"
    assert facts.is_xen


SEVEN = 'name="a"\nvif=[]\ndisk=[]\nmemory=1\nbootloader="b"\nuuid="u"\nvcpus=1\n'


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("#@#MAGICID-XEN\n", True),
        (SEVEN, True),
        ('name="a"\nvif=[]\ndisk=[]\nmemory=1\n', False),
        ('name="a"\nvif=[]\ndisk=[]\nmemory=1\nvcpus=1\n', True),
        ("#@#MAGICID-XEN\n#@#MAGICID-IGNORE\n", False),
        ("#@#MAGICID-NOENUM\n" + SEVEN, False),
        ("", False),
    ],
)
def test_enumeration_takes_a_file_for_a_guest(text, accepted):
    assert read_conf(text).is_xen is accepted


def test_tags_stand_in_for_what_the_file_does_not_say():
    facts = read_conf(
        '#@#LABEL="t1"\n#@#UUID = 6842caf91e3e43249ed596b8b9f2c5c2\n#@#MAC1 = "00:16:3E:00:00:02"\n#@#MAC0 = "00:16:3e:00:00:01"\n#@#VRAM = 128\n'
    )
    assert (facts.label, facts.uuid) == ("t1", "6842caf91e3e43249ed596b8b9f2c5c2")
    assert facts.macs == ("00:16:3e:00:00:01", "00:16:3e:00:00:02")
    assert facts.memory == 128


def test_the_last_word_of_a_tag_survives():
    assert read_conf('#@#DIST = "Debian GNU\tLinux 12"').tags["DIST"] == "12"


@pytest.mark.parametrize(
    "text", ["\0" * 100, "\udcff\udc80", "name = 'x", "uuid = 'zz'", "mac=" * 1000, "#@#" * 1000]
)
def test_rubbish_is_read_without_complaint(text):
    facts = read_conf(text)
    assert facts.uuid is None
    assert facts.macs == ()
