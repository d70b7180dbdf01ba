# Sourced by bin/demo and bin/test: makes a Debian or Ubuntu machine ready, and prints what it does.
# What is there already is used and left as it is; what is started here is ended with the script.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=$root/build/venv
arguments=("$@") # of the script that sources this
scratch=$(mktemp -d)
started=()

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
as_root() { "${sudo[@]}" "$@"; }

# End what we started, the newest first, by process id; then remove what we wrote.
finish() {
  local status=$? i pid
  trap '' INT TERM
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    pid=${started[i]}
    as_root kill "$pid" 2>/dev/null || continue
    for _ in $(seq 100); do as_root kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# need PROGRAM=PACKAGE...: install the packages whose program is missing.
need() {
  local pair missing=()
  for pair in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} = 0 ] && return
  install_packages "${missing[@]}"
}

install_packages() {
  command -v apt-get >/dev/null || die "not a Debian or Ubuntu machine: install $* and try again"
  say "Installing $*"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" \
    >"$scratch/apt.log" 2>&1 || { cat "$scratch/apt.log" >&2; die "apt-get install $* failed"; }
}

set_up_python() {
  local candidate python=
  for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
  [ -n "$python" ] || { need python3=python3; python=python3; }
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
  need git=git
  say "Installing the fork and its tools into build/venv"
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
  "$venv/bin/python" -m pip install --quiet --editable . --group dev
  export PATH=$venv/bin:$PATH
}

set_up_engine() {
  if docker info >/dev/null 2>&1; then
    say "Using the Docker engine $(docker version --format '{{.Server.Version}}')"
    return
  fi
  [ -z "${DOCKER_HOST:-}" ] || die "the Docker engine at DOCKER_HOST=$DOCKER_HOST does not answer"
  need dockerd=docker.io iptables=iptables
  need docker=docker-cli # a package of its own from Debian 13 on
  as_root docker info >/dev/null 2>&1 || start_engine
  docker info >/dev/null 2>&1 || use_docker_group
  if ! docker info >/dev/null 2>&1; then
    [ ! -f "$scratch/dockerd.log" ] || tail -n 20 "$scratch/dockerd.log" >&2
    die "Docker does not answer"
  fi
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    say "Starting Docker"
    as_root systemctl start docker
  else
    say "Starting a Docker engine for this run"
    # not by as_root: the process id would be that of a shell around it
    "${sudo[@]}" env PATH="$PATH:/usr/sbin:/sbin" dockerd --group "$(id -gn)" \
      --pidfile "$scratch/docker.pid" >"$scratch/dockerd.log" 2>&1 </dev/null &
    started+=("$!")
  fi
  for _ in $(seq 300); do
    as_root docker info >/dev/null 2>&1 && break
    sleep 0.1
  done
}

# Start the script anew in the group that may use Docker, without making the user a member of it.
use_docker_group() {
  [ "$(id -un)" != root ] && [ "$(id -gn)" != docker ] && getent group docker >/dev/null || return 0
  say "Using Docker by its group"
  rm -rf "$scratch"
  exec sudo --preserve-env --user "$(id -un)" --group docker env PATH="$PATH" "$0" "${arguments[@]}"
}

# Docker Compose: a plugin, or the separate program that it was.
set_up_compose() {
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null && return
  if apt-cache show docker-compose-v2 >/dev/null 2>&1; then
    install_packages docker-compose-v2
  else
    install_packages docker-compose
  fi
}

# What test images are made with, and the registry that serves them.
set_up_images() {
  need docker-registry=docker-registry mmdebstrap=mmdebstrap
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || install_packages debian-archive-keyring
}

# set_up_emulation NAME...: QEMU's handlers, by QEMU's names of the processors.
set_up_emulation() {
  [ -z "${DOCKER_HOST:-}" ] || return 0 # the kernel that counts is elsewhere
  local handlers=/proc/sys/fs/binfmt_misc name missing=()
  [ -e $handlers/register ] || as_root mount -t binfmt_misc binfmt_misc $handlers
  for name in "$@"; do [ -e "$handlers/qemu-$name" ] || missing+=("$name"); done
  [ ${#missing[@]} = 0 ] && return
  # the package registers its handlers by systemd or by binfmt-support, where they run
  install_packages qemu-user-static binfmt-support
  say "Registering QEMU for ${missing[*]}"
  for name in "${missing[@]}"; do
    [ ! -e "$handlers/qemu-$name" ] || continue
    if [ -f "/usr/lib/binfmt.d/qemu-$name.conf" ]; then
      as_root tee $handlers/register <"/usr/lib/binfmt.d/qemu-$name.conf" >/dev/null
    else
      as_root update-binfmts --enable "qemu-$name"
    fi
  done
}
