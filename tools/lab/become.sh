#!/bin/sh
# Becomes a command in an engine's namespaces, but for that of processes.
#
#   become.sh PID STARTED COMMAND...
#
# PID and STARTED are as for enter.py. Arguments, environment, working directory, open files,
# signals and the exit status are the command's own, as no process of ours stays: for a client that
# has nothing running when it ends, which has no /proc/self then, or that is in there already.
read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ started _ 2>/dev/null <"/proc/$1/stat"
if [ "$started" != "$2" ]; then
  echo "lab: the engine of process $1 isn't up" >&2
  exit 125
fi
namespaces=/proc/$1/ns
shift 2
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
exec nsenter --mount="$namespaces/mnt" --net="$namespaces/net" --uts="$namespaces/uts" \
  sh -c '
    if ! cd -- "$0" 2>/dev/null; then
      echo "lab: the working directory $0 isn'\''t shared with the engine" >&2
      exit 125
    fi
    exec "$@"' "$PWD" "$@"
