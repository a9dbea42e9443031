#!/bin/sh
# Install Debian's Chromium, for the tests that look at pages as a reader does, where it is missing and root may.
# Says in one line what is not there; the tests then fail where CI is set, and are skipped elsewhere.

command -v chromium >/dev/null && exit
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium
} </dev/null >/dev/null 2>&1
command -v chromium >/dev/null || echo "no Chromium: as root, run apt-get install chromium"
