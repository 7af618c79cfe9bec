#!/bin/sh
# Prints the path of the Chromium that the browser tests drive: the one that
# CHROMIUM names, or one that is installed, or, for root on Debian, one that it
# installs now. The tests need a real browser, so none is a failure.
set -eu

find_chromium() {
	for name in chromium chromium-browser google-chrome-stable google-chrome; do
		command -v "$name" && return 0
	done
	return 1
}

if [ -n "${CHROMIUM:-}" ]; then
	[ -x "$CHROMIUM" ] || { echo "CHROMIUM names '$CHROMIUM', which cannot be run" >&2; exit 1; }
	echo "$CHROMIUM"
	exit 0
fi
find_chromium && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2
	find_chromium && exit 0
fi
echo "the browser tests need Chromium: install it, or name one in the environment variable CHROMIUM" >&2
exit 1
