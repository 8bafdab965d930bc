#!/bin/sh
# SPDX-License-Identifier: ISC
#
#   tests/stderr/fetch.sh FOLDER [SUITE...]
#
# Unpack the ffmpeg of other Debian releases, with its libraries, into
# FOLDER/SUITE, and put a program ffmpeg there that runs it by its own loader.
# Nothing of the system is changed, and nothing but apt is asked. Then
#
#   FFSUP_FFMPEGS=FOLDER pytest-3 tests/scenario/test_versions.py
set -eu

[ $# -ge 1 ] || {
	echo "usage: fetch.sh FOLDER [SUITE...]" >&2
	exit 64
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- bullseye trixie sid
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keys=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_of SUITE ARGUMENT...: an apt that knows that suite only, and nothing that
# is installed.
apt_of() {
	dir=$folder/$1/apt
	shift
	apt-get -q -o "Dir=$dir" -o "Dir::State::status=$dir/status" \
		-o "Dir::Etc::trusted=$keys" -o APT::Sandbox::User=root "$@"
}

# The directories below $1 that have libraries, for the loader.
libraries() {
	find "$1" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :
}

for suite; do
	root=$folder/$suite
	mkdir -p "$root/apt/etc/apt/preferences.d" \
		"$root/apt/var/lib/apt/lists/partial" \
		"$root/apt/var/cache/apt/archives/partial" "$root/root"
	: >"$root/apt/status"
	echo "deb [signed-by=$keys] $mirror $suite main" \
		>"$root/apt/etc/apt/sources.list"
	apt_of "$suite" update
	apt_of "$suite" -y --no-install-recommends --download-only install ffmpeg
	for deb in "$root"/apt/var/cache/apt/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$root/root" --keep-directory-symlink \
				./usr ./lib ./lib64 2>/dev/null || true
	done
	loader=$(find "$root/root" -name 'ld-linux*.so.*' | head -n 1)
	cat >"$root/ffmpeg" <<-END
		#!/bin/sh
		exec $loader --library-path $(libraries "$root/root") \\
			$root/root/usr/bin/ffmpeg "\$@"
	END
	chmod 755 "$root/ffmpeg"
	rm -rf "$root/apt/var/cache/apt/archives"
	"$root/ffmpeg" -version | head -n 1
done
