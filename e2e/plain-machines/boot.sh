#!/bin/sh
# Boots systemd in namespaces of its own: boot.sh BASE FOLDER CGROUP NAME. What it writes goes to FOLDER; all of it ends with whoever started it.
set -e
echo $$ >"$3/cgroup.procs"
exec setpriv --pdeathsig KILL unshare --cgroup --mount --pid --uts --ipc --net --fork --kill-child=KILL sh -c '
set -e
mount --make-rprivate /
mkdir -p "$2/upper" "$2/work" "$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" machine "$2/root"
cd "$2/root"
mount -t proc proc proc
# The kernel settings are those of the host.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for pair in fd: stdin:/0 stdout:/1 stderr:/2; do ln -s "/proc/self/fd${pair#*:}" "dev/${pair%%:*}"; done
mount -t tmpfs -o mode=755 run run
echo "$4" >etc/hostname
echo "127.0.1.1 $4" >>etc/hosts
ip link set lo up
pivot_root . mnt
umount -l /mnt
exec env -i container=syncreplica PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal-or-kmsg
' sh "$1" "$2" "$3" "$4"
