#!/bin/sh
# Runs a command in a root file system with handlers of its own for foreign programs.
#
#   private.sh ROOT RULE FOLDER QEMU_CPU COMMAND...
#
# In namespaces for users and mounts: since Linux 6.7 each user namespace may have handlers of its
# own. RULE is registered as the only one; FOLDER is /mnt in ROOT; an empty QEMU_CPU is none.
set -eu
root=$1 rule=$2 folder=$3 cpu=$4
shift 4
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf '%s' "$rule" >/proc/sys/fs/binfmt_misc/register
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$folder" "$root/mnt"
chroot=$(command -v chroot)
cd /
exec env -i ${cpu:+"QEMU_CPU=$cpu"} PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
  PYTHONPATH=/mnt/packages:/mnt/source/src PYTHONDONTWRITEBYTECODE=1 PIP_CACHE_DIR=/tmp/cache \
  PIP_DISABLE_PIP_VERSION_CHECK=1 "$chroot" "$root" "$@"
