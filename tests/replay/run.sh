#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tests/replay/run.sh [--write]
#
# Replays the recordings of this folder and compares what is printed with
# NAME.out; --write rewrites those files. In the build directory, or with
# REPLAY=tests/replay/replay. What each recording is:
#   loop.ts      a source that begins again: stamps step back; with sound
#   size.ts      frames become larger on the way
#   frozen.ts    frames come, and their stamps stand still for four seconds
#   jitter.h264  a camera whose frames are held up, and that begins a second run
set -u
export LC_ALL=C
replay=$(realpath "${REPLAY:-tests/replay/replay}") || exit 1
write=
[ "${1:-}" = --write ] && write=1
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
rc=0

no() {
	echo "not ok $*"
	rc=1
}

# case NAME ARGUMENT...: what it prints is in NAME.out.
case_of() {
	local name=$1
	shift
	if ! "$replay" "$@" >"$tmp/out" 2>&1; then
		no "$name: exit code"
		cat "$tmp/out"
	elif [ -n "$write" ]; then
		cp "$tmp/out" "$name.out" && echo "wrote $name.out"
	elif diff -u "$name.out" "$tmp/out"; then
		echo "ok $name"
	else
		no "$name"
	fi
}

# refuses CODE TEXT ARGUMENT...: it exits with CODE and says TEXT.
refuses() {
	local code=$1 text=$2 got
	shift 2
	"$replay" "$@" >"$tmp/out" 2>&1 </dev/null
	got=$?
	if [ $got -ne "$code" ] || ! grep -qF -- "$text" "$tmp/out"; then
		no "$*: exit code $got, expected $code and: $text"
		cat "$tmp/out"
	else
		echo "ok refuses: $text"
	fi
}

case_of loop loop.ts
case_of loop-join --no-keys --join 1 loop.ts
case_of size size.ts
case_of size-slow --no-keys --reader 8 --lag 500 size.ts
case_of frozen frozen.ts
case_of jitter jitter.h264
case_of jitter-silence --silence --no-keys jitter.h264
case_of fps --fps 25 jitter.h264

cp jitter.h264 "$tmp/x.h264"
printf '0 0\n10 5\n9 6\n' >"$tmp/x.times"
: >"$tmp/empty.ts"
head -c 2000 /dev/zero >"$tmp/zero.ts"
printf '0 0\n99999999 1\n' >"$tmp/far.times"
refuses 1 "x.times:3: a number is less than in the line before" "$tmp/x.h264"
printf '0 0\nx 5\n' >"$tmp/x.times"
refuses 1 'x.times:2: is not "OFFSET MS"' "$tmp/x.h264"
refuses 1 "far.times:2: the offset is behind the end" \
	--times "$tmp/far.times" loop.ts
refuses 1 "empty.ts: the file is empty" "$tmp/empty.ts"
refuses 1 "zero.ts: there is no PCR" "$tmp/zero.ts"
refuses 1 "gone.ts: No such file" gone.ts
refuses 64 "ends in .ts or .h264" run.sh
refuses 64 '--fps: "fast" is not a number' --fps fast jitter.h264
refuses 64 "one FILE is needed"
rm "$tmp/x.times"
refuses 64 "give --fps N" "$tmp/x.h264"

# what --record writes can be replayed
if ! "$replay" --record "$tmp/r.ts" <loop.ts || ! cmp -s "$tmp/r.ts" loop.ts ||
	! "$replay" "$tmp/r.ts" >"$tmp/out" 2>&1 ||
	! grep -q "r.times" "$tmp/out"; then
	no "--record"
	cat "$tmp/out"
fi
exit $rc
