#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tests/goldens.sh [--write] FFSUP
#
# tests/conf/bad/X.json: `ffsup check` prints exactly X.err and exits 78.
# tests/conf/good/X.json: `ffsup check` is content; `ffsup plan` prints X.plan.
# Prints "ok NAME", or "not ok NAME" and the difference. --write rewrites the
# expected files from what the program prints now.
set -u
export LC_ALL=C NO_COLOR=1 TZ=UTC
unset FFSUP_SOCKET
write=
[ "${1:-}" = --write ] && { write=1; shift; }
ffsup=$(realpath "${1:?usage: tests/goldens.sh [--write] FFSUP}")
cd "$(dirname "$0")/conf" || exit 1
conf=$PWD
rc=0

# An ffmpeg that only tells its version: plans do not depend on the machine.
stub=$(mktemp -d) || exit 1
trap 'rm -rf "$stub"' EXIT
printf '#!/bin/sh\necho "ffmpeg version 5.1.9 Copyright"\n' >"$stub/ffmpeg"
chmod +x "$stub/ffmpeg"
PATH=$stub:$PATH

# Copies that only we can read: a warning about the mode would depend on the
# umask of the checkout.
cp -R bad good "$stub" && chmod -R go= "$stub" && cd "$stub" || exit 1

no() {
	echo "not ok $1: $2"
	rc=1
}

# compare FILE EXPECTED TEXT
compare() {
	local diff
	if [ -n "$write" ]; then
		printf '%s\n' "$3" >"$conf/$2" && echo "wrote $2"
	elif [ ! -f "$2" ]; then
		no "$1" "$2 is missing (make goldens)"
	elif diff=$(diff -u --label "$2" --label now "$2" - <<<"$3"); then
		echo "ok $1"
	else
		no "$1" "differs from $2"
		printf '%s\n' "$diff"
	fi
}

for f in bad/*.json; do
	[ -e "$f" ] || continue
	out=$("$ffsup" check "$f" 2>&1 </dev/null)
	code=$?
	out=${out//"$stub"\//}
	if [ $code -ne 78 ]; then
		no "$f" "exit $code, expected 78"
		printf '%s\n' "$out"
		continue
	fi
	compare "$f" "${f%.json}.err" "$out"
done

for f in good/*.json; do
	[ -e "$f" ] || continue
	if ! out=$("$ffsup" check "$f" 2>&1 </dev/null); then
		no "$f" "check fails"
		printf '%s\n' "$out"
		continue
	fi
	if ! out=$(set -o pipefail; "$ffsup" plan "./$f" 2>&1 </dev/null |
		sed "s|$stub/||g"); then
		no "$f" "plan fails"
		printf '%s\n' "$out"
		continue
	fi
	compare "$f" "${f%.json}.plan" "$out"
done
exit $rc
