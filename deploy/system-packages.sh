#!/usr/bin/env bash
# Installs what tests and the demo need from the system, where it is missing and may be installed; names it otherwise.
set -euo pipefail
packages=()
command -v curl >/dev/null || packages+=(curl)
command -v redis-server >/dev/null || packages+=(redis-server)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages+=(chromium)
[ ${#packages[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing: ${packages[*]}; install them (for example: sudo apt-get install ${packages[*]})" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# A policy of 101 keeps the packages from starting servers of their own; a policy that is already there stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
