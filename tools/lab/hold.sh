#!/bin/sh
# The first process of an engine's namespaces: makes the root file system, then only waits.
#
#   hold.sh ROOT FOLDER USER PYTHON SHARED...
#
# ROOT is the suite's root file system, which stays as it is: changes go to memory. FOLDER/root must
# be a folder; when all is ready FOLDER/init holds this process's id as the host knows it. Each
# SHARED path is the host's own, at the same place, and what is root's there is USER's here.
# Everything here ends with this process.
set -eu
umask 022
root=$1 folder=$2 user=$3 python=$4
shift 4

# /proc is still the host's.
read -r pid rest </proc/self/stat

ip link set lo up
echo "${folder##*/}" >/proc/sys/kernel/hostname
mount -t tmpfs -o mode=755 lab "$folder/root"
cd "$folder/root"
mkdir upper work root
mount -t overlay -o "lowerdir=$root,upperdir=$PWD/upper,workdir=$PWD/work" lab root
cd root

mount -t proc proc proc
mount -t binfmt_misc binfmt_misc proc/sys/fs/binfmt_misc 2>/dev/null || :
mount --rbind /dev dev
# podman keeps its locks in /dev/shm: engines mustn't share them.
mount -t tmpfs -o mode=1777 lab dev/shm
# Rootless networking opens it, and the host's may be root's alone.
mount -t tmpfs -o mode=755 lab dev/net
mknod -m 666 dev/net/tun c 10 200
mount -t sysfs sysfs sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  # Version 1 alone, where a host has both: crun refuses the mixture.
  mount -t tmpfs -o mode=755 lab sys/fs/cgroup
  grep ' /sys/fs/cgroup/[^ ]* cgroup ' /proc/mounts >"$folder/cgroups"
  while read -r _ path _ options _; do
    mkdir ".$path"
    mount -t cgroup -o "$(echo "$options" | sed 's/\(r[ow]\|relatime\|no[a-z]*\),//g')" cgroup ".$path"
  done <"$folder/cgroups"
fi
mount -t tmpfs -o mode=755 lab run
# A shared path may lie in it, and rootless podman isn't root.
chmod a+x root
for path; do
  mkdir -p ".$path"
  if [ "$user" = 0 ]; then
    mount --rbind "$path" ".$path"
    # Not what is being made here, seen through itself.
    while mountpoint -q ".$folder/root"; do umount -lR ".$folder/root"; done
  else
    "$python" -I -S "${0%/*}/idmap.py" "$path" ".$path" "$user"
  fi
done
mkdir -p ".$folder"
mount --bind "$folder" ".$folder"
mkdir -p "$folder/data/tmp" var/tmp
mount --bind "$folder/data/tmp" var/tmp
chmod 1777 var/tmp

mkdir .host
pivot_root . .host
umount -l /.host
rmdir /.host
# As systemd does on a host; rootless podman warns otherwise.
mount --make-rshared /
echo "$pid" >"$folder/init.new"
mv "$folder/init.new" "$folder/init"
exec catatonit -P
