#!/bin/bash
# Builds a real Xen host as files that QEMU boots: OUT/xen (hypervisor), OUT/vmlinux (dom0's kernel), OUT/dom0.cpio.
#
#   build_image.sh OUT CACHE
#
# Everything comes from this machine's own Debian release. The image holds no ssh key: host.py puts keys into a second cpio
# archive behind it. Kernel and hypervisor are unpacked, as unpacking is slow under emulation; packages are extracted
# and not configured, which spares their scripts and two thirds of the time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1 cache=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$cache"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")

release=$(apt-cache search --names-only '^xen-hypervisor-[0-9.]+-amd64$' | sed 's/ .*//; s/xen-hypervisor-//; s/-amd64//' | sort -V | tail -n 1)
[ -n "$release" ] || { echo "no Xen hypervisor among this release's packages" >&2; exit 1; }
packages=libc-bin,base-files,base-passwd,dash,bash,coreutils,grep,sed,mawk,findutils,openssh-server,iproute2,busybox-static
packages+=,xen-utils-$release,xen-utils-common,xenstore-utils,xen-hypervisor-$release-amd64,bridge-utils
packages+=,kmod,procps,util-linux,mount,ncurses-base,linux-image-amd64
# What the guests and the privileges of the use cases need: a graphical console and disks (qemu), a guest without
# Linux, ssh into guests, ksu with a Kerberos realm of its own, sudo.
packages+=,qemu-system-xen,grub-xen-host,dropbear-bin,e2fsprogs
packages+=,krb5-user,krb5-kdc,krb5-admin-server,sudo,libpam-modules

sources() {
    apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' |
        awk -v suite="$suite" 'index($3, suite) == 1 && $2 == "main" {print "deb", $1, $3, "main"}' | sort -u
}

root=$work/root
tar=$cache/root-$suite-$release-$(printf %s "$packages" | cksum | cut -d" " -f1).tar
if [ ! -s "$tar" ]; then
    mmdebstrap --quiet --variant=extract --mode=root --format=tar \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=*/modules/*/kernel/drivers/*' --dpkgopt='path-exclude=*/modules/*/kernel/sound/*' \
        --dpkgopt='path-include=*/modules/*/kernel/drivers/net/*' \
        --dpkgopt='path-exclude=*/modules/*/kernel/drivers/net/wireless/*' \
        --dpkgopt='path-include=*/modules/*/kernel/drivers/xen/*' \
        --dpkgopt='path-include=*/modules/*/kernel/drivers/virtio/*' \
        --dpkgopt='path-include=*/modules/*/kernel/drivers/block/*' \
        "$suite" "$tar.tmp" - < <(sources)
    mv "$tar.tmp" "$tar"
fi
mkdir "$root"
tar -C "$root" -xf "$tar"
kernel=$(basename "$(ls -d "$root"/usr/lib/modules/*-amd64 "$root"/lib/modules/*-amd64 2>/dev/null | tail -n 1)")

gunzip -c "$root/boot/xen-$release-amd64.gz" >"$out/xen"
cp "$root/boot/vmlinuz-$kernel" "$work/vmlinuz"
python3 - "$root/boot/vmlinuz-$kernel" "$out/vmlinux" <<'P'
import lzma, sys
packed = open(sys.argv[1], "rb").read()
plain = lzma.LZMADecompressor().decompress(packed[packed.find(b"\xfd7zXZ\x00"):])
if plain[:4] != b"\x7fELF":
    sys.exit("the kernel image holds no xz-packed ELF kernel")
open(sys.argv[2], "wb").write(plain)
P

# Only the modules that dom0 and the guests load.
depmod -b "$root" "$kernel"
for module in virtio_net virtio_pci virtio_blk xenfs xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xen-netback \
    xen-blkback xen-netfront xen-blkfront bridge tun loop ext4; do
    modprobe -d "$root" -S "$kernel" --show-depends "$module" | awk '/^insmod/ {print $2}'
done | sort -u >"$work/modules"
while read -r file; do install -D -m644 "$file" "$work/kept/${file#"$root"/}"; done <"$work/modules"
rm -rf "$root"/usr/lib/modules "$root"/boot "$root"/usr/share/{locale,doc,man,info,bug,lintian,zoneinfo,i18n,perl,perl5} \
    "$root"/usr/lib/udev "$root"/usr/lib/x86_64-linux-gnu/{gconv,perl,perl-base,perl5} "$root"/usr/lib/{i386-linux-gnu,grub,efi,locale} \
    "$root"/var/lib/{dpkg,apt} "$root"/var/cache/* "$root"/usr/bin/perl*
mkdir -p "$root/usr/lib/modules"
cp -a "$work"/kept/usr/lib/modules/. "$root/usr/lib/modules/" 2>/dev/null || cp -a "$work"/kept/lib/modules/. "$root/usr/lib/modules/"
: >"$root/usr/lib/modules/$kernel/modules.order"
: >"$root/usr/lib/modules/$kernel/modules.builtin"
depmod -b "$root" "$kernel"

# What the packages' scripts would have done.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
sed -i 's#^root:[^:]*:#root:x:#; s#^\(root:.*\):/bin/bash#\1:/bin/sh#' "$root/etc/passwd"
echo 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'root:*:19000:0:99999:7:::' >"$root/etc/shadow"
# acue reaches root by ksu and by sudo without a password, chkusr by sudo with one ("lab"), visitor not at all.
echo 'ldapusers:x:1000:' >>"$root/etc/group"
number=1000
for user in acue chkusr visitor; do
    echo "$user:x:$number:1000::/homen/$user:/bin/sh" >>"$root/etc/passwd"
    echo "$user:$(openssl passwd -6 -salt xenlab lab):19000:0:99999:7:::" >>"$root/etc/shadow"
    mkdir -p "$root/homen/$user"
    number=$((number + 1))
done
chmod 640 "$root/etc/shadow"
install -m440 "$here/files/sudoers" "$root/etc/sudoers"
for service in sudo other; do install -m644 "$here/files/pam-sudo" "$root/etc/pam.d/$service"; done
install -m644 "$here/files/krb5.conf" "$root/etc/krb5.conf"
mkdir -p "$root/var/lib/krb5kdc"
chroot "$root" /usr/sbin/kdb5_util create -s -r SOHO -P xenlab >/dev/null
for principal in acue host/lab00.soho host/lab01.soho; do
    chroot "$root" /usr/sbin/kadmin.local -q "addprinc -randkey $principal" >/dev/null
done
chroot "$root" /usr/sbin/kadmin.local -q 'ktadd -k /homen/acue/.keytab -norandkey acue' >/dev/null
chroot "$root" /usr/sbin/kadmin.local -q 'ktadd -k /etc/krb5.keytab -norandkey host/lab00.soho host/lab01.soho' >/dev/null
chmod 600 "$root/etc/krb5.keytab" "$root/homen/acue/.keytab"
echo acue@SOHO >"$root/root/.k5login"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
printf '/bin/sh\n/bin/bash\n' >"$root/etc/shells"
mkdir -p "$root"/{proc,sys,dev,run,tmp,mnt,root/.ssh,root/xen,etc/ssh} "$root"/var/{log/xen,lib/xen/dump,lib/xenstored}
chmod 1777 "$root/tmp"
chmod 700 "$root/root" "$root/root/.ssh"
touch "$root/var/log/lastlog"
for applet in $("$root/usr/bin/busybox" --list); do
    [ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
done
ln -sf mawk "$root/usr/bin/awk"
[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
ln -sfn /run "$root/var/run"
ln -sfn /run/lock "$root/var/lock"
install -m755 "$here/files/init" "$root/init"
install -m644 "$here/files/inittab" "$root/etc/inittab"
install -D -m755 "$here/files/shutdown" "$root/usr/sbin/shutdown"
install -m755 "$here/files/save-guests" "$root/usr/sbin/save-guests"
install -m644 "$here/files/sshd_config" "$root/etc/ssh/sshd_config"
mv "$root/etc/xen/scripts/vif-bridge" "$root/etc/xen/scripts/vif-bridge.xen"
install -m755 "$here/files/vif-bridge" "$root/etc/xen/scripts/vif-bridge"

# The guests: the same kernel and a busybox.
guest=$work/guest
mkdir -p "$guest"/{bin,etc,proc,sys,dev,lib/modules}
cp "$root/usr/bin/busybox" "$guest/bin/busybox"
cp "$root/usr/bin/dash" "$guest/bin/dash"
ln -s dash "$guest/bin/sh"
cp "$root/usr/sbin/dropbear" "$guest/bin/dropbear"
chroot "$root" ldd /usr/sbin/dropbear | grep -o '/[^ ]*' | while read -r library; do
    install -D -m755 "$root/$library" "$guest/$library"
done
find "$root/usr/lib/modules/$kernel" \( -name 'xen-netfront.ko' -o -name 'xen-blkfront.ko' \) -exec cp {} "$guest/lib/modules/" \;
install -m755 "$here/files/guest-init" "$guest/init"
install -m644 "$here/files/guest-inittab" "$guest/etc/inittab"
install -m755 "$here/files/guest-shell" "$guest/bin/guest-shell"
echo 'root::0:0:root:/:/bin/guest-shell' >"$guest/etc/passwd"
echo 'root:x:0:' >"$guest/etc/group"
echo /bin/guest-shell >"$guest/etc/shells"
for name in poweroff reboot; do install -D -m755 "$here/files/guest-$name" "$guest/sbin/$name"; done
install -m755 "$here/files/guest-runlevel" "$guest/sbin/init"
install -m755 "$here/files/guest-dropbear" "$guest/bin/dropbear-if-keyed"
(cd "$guest" && find . | cpio --quiet -o -H newc -R 0:0) >"$root/root/xen/guest.cpio"
cp "$out/vmlinux" "$root/root/xen/vmlinux"
for home in root homen/acue homen/chkusr; do cp -r "$here/guests/." "$root/$home/"; done
chown -R root:root "$root/root"
for user in acue chkusr visitor; do chroot "$root" /usr/bin/chown -R "$user:ldapusers" "/homen/$user"; done
printf '#!/bin/sh\nexit 0\n' | install -m755 /dev/stdin "$root/usr/bin/logger"

# tst102's disk: the guest boots from it by pygrub.
disk=$work/disk
mkdir -p "$disk/boot/grub"
cp "$work/vmlinuz" "$disk/boot/vmlinuz"
cp "$root/root/xen/guest.cpio" "$disk/boot/guest.cpio"
cp "$here/files/guest-menu.lst" "$disk/boot/grub/menu.lst"
mke2fs -q -t ext2 -d "$disk" "$root/root/xen/tst-ctys/tst102/xvda.img" 24M

# The owners of the homes are kept; everything else belongs to root as it was unpacked.
(cd "$root" && find . | cpio --quiet -o -H newc) >"$out/dom0.cpio"
