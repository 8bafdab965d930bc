#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Checks the floors of src/LAYERS, the sole owners of doc/DESIGN.md, and that
# every module is built.
#
#   tests/layers.sh [ROOT]       the tree above this script, or ROOT
#   tests/layers.sh --selftest   shows that each rule can fail
set -u
export LC_ALL=C

self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

# C text on stdin without comments, strings emptied; lines stay where they are.
strip() {
	awk '{
		out = ""; n = length($0); i = 1
		while (i <= n) {
			c = substr($0, i, 1); d = substr($0, i, 2)
			if (comment) {
				if (d == "*/") { comment = 0; i++ }
			} else if (quote != "") {
				if (c == "\\") i++
				else if (c == quote) { quote = ""; out = out c }
			} else if (d == "/*") { comment = 1; i++ }
			else if (d == "//") break
			else {
				if (c == "\"" || c == "\047") quote = c
				out = out c
			}
			i++
		}
		quote = ""
		print out
	}'
}

fail() {
	echo "$*"
	bad=1
}

# owned OWNER(S) WHAT REGEX: REGEX stands in no other file's code.
owned() {
	local owners=" $1 " what=$2 regex=$3 f m hit
	for f in src/*.c; do
		m=${f#src/}
		[[ $owners == *" ${m%.c} "* ]] && continue
		hit=$(grep -nE -m1 -- "$regex" "$tmp/$m") &&
			fail "$f:${hit%%:*}: $what belongs to ${1:-nobody}"
	done
}

# The same for text inside strings.
owned_text() {
	local owner=$1 what=$2 regex=$3 f hit
	for f in src/*.c; do
		[ "$f" = "src/$owner.c" ] && continue
		hit=$(grep -nE -m1 -- "$regex" "$f") &&
			fail "$f:${hit%%:*}: $what belongs to $owner"
	done
}

check_floors() {
	local f m line to
	for f in src/*.[ch]; do
		m=${f#src/} m=${m%.?}
		grep -qwF "$f" Makefile.am || fail "$f: not in Makefile.am"
		if [ -z "${floor[$m]:-}" ]; then
			fail "$f: module $m is not in src/LAYERS"
			continue
		fi
		while IFS=: read -r line to; do
			to=${to#*\"} to=${to%%\"*}
			[ "$to" = config.h ] && continue
			to=${to%.h}
			if [ -z "${floor[$to]:-}" ]; then
				fail "$f:$line: includes $to.h, which is not in src/LAYERS"
			elif [ "${floor[$to]}" -gt "${floor[$m]}" ]; then
				fail "$f:$line: floor ${floor[$m]} includes $to.h of floor ${floor[$to]}"
			elif [ "$to" != "$m" ]; then
				echo "$m $to" >>"$tmp/edges"
			fi
		done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$f")
		[ "${floor[$m]}" = 1 ] || continue
		line=$(grep -nE -m1 '#[[:space:]]*include[[:space:]]*<(ev|unistd|time|sys/time|sys/socket)\.h>' "$f") &&
			fail "$f:${line%%:*}: floor 1 is pure:${line#*:}"
	done
}

check_cycles() {
	local loop
	loop=$(sort -u "$tmp/edges" | tsort 2>&1 >/dev/null)
	[ -z "$loop" ] || fail "include cycle:$(echo "$loop" | sed '1d; s/^tsort: / /' | tr -d '\n')"
}

check_owners() {
	owned child "fork, exec, kill, wait" \
		'(^|[^[:alnum:]_])(v?fork|clone3?|exec(l|le|lp|v|ve|vp|vpe|veat)|posix_spawnp?|kill|killpg|wait|waitid|waitpid|wait3|wait4|pidfd_open|pidfd_send_signal)[[:space:]]*\('
	owned sock "socket(), bind()" \
		'(^|[^[:alnum:]_>.])(socket|socketpair|bind)[[:space:]]*\('
	owned worker "a worker's state" \
		'(^|[^[:alnum:]_])(w|worker)->state[[:space:]]*=[^=]'
	owned "" "a shell" '(^|[^[:alnum:]_])(system|popen)[[:space:]]*\('
	owned_text ffargs "an ffmpeg option" \
		'"-(hide_banner|progress|nostdin|nostats|loglevel|stats_period|c:v|c:a|pix_fmt|vf|filter_complex|fps_mode|vsync|rtsp_transport|flush_packets)"'
}

run() {
	local n modules m f
	cd "$1" || return 1
	bad=0
	declare -gA floor=()
	tmp=$(mktemp -d) || return 1
	: >"$tmp/edges"
	while read -r n modules; do
		case $n in
		'' | '#'*) continue ;;
		*[!0-9]*) fail "src/LAYERS: not a floor: $n" && continue ;;
		esac
		for m in $modules; do
			[ -z "${floor[$m]:-}" ] || fail "src/LAYERS: $m stands twice"
			floor[$m]=$n
		done
	done <src/LAYERS
	[ ${#floor[@]} -gt 0 ] || fail "src/LAYERS: empty"
	for f in src/*.c; do
		strip <"$f" >"$tmp/${f#src/}"
	done
	check_floors
	check_cycles
	check_owners
	rm -rf "$tmp"
	return $bad
}

# --- self test --------------------------------------------------------------

# violate NAME (TEXT FILE)...: a good tree with each TEXT put at the end of its
# FILE must fail.
violate() {
	local name=$1 m
	shift
	rm -rf "$tree" && mkdir -p "$tree/src"
	printf '0 util\n1 plan frame\n2 child sock\n3 worker\n' >"$tree/src/LAYERS"
	for m in util plan frame child sock worker; do
		printf '#pragma once\n' >"$tree/src/$m.h"
		printf '#include "config.h"\n#include "%s.h"\n' $m >"$tree/src/$m.c"
		echo "src/$m.c src/$m.h" >>"$tree/Makefile.am"
	done
	printf '#include "frame.h"\n/* kill(1) */\nconst char *s = "fork()";\nint child_kill(int);\n' \
		>>"$tree/src/plan.c"
	while [ $# -gt 0 ]; do
		printf '%s\n' "$1" >>"$tree/src/$2"
		shift 2
	done
	if [ "$name" = good ]; then
		"$self" "$tree" || { echo "selftest: the good tree fails"; bad=1; }
	elif "$self" "$tree" >/dev/null; then
		echo "selftest: not noticed: $name"
		bad=1
	fi
}

selftest() {
	tree=$(mktemp -d) || return 1
	bad=0
	violate good '' plan.c
	violate upward '#include "worker.h"' plan.c
	violate cycle '#include "plan.h"' frame.h
	violate unlisted '#include "relay.h"' worker.c
	violate "new module" 'int x;' relay.c
	violate impure '#include <unistd.h>' plan.h
	violate kill 'int f(void) { return kill(1, 9); }' worker.c
	violate socket 'int f(void) { return socket(1, 1, 0); }' child.c
	violate state 'void f(void) { w->state = 1; }' sock.c
	violate option 'const char *o = "-hide_banner";' worker.c
	violate shell 'int f(void) { return system("ls"); }' util.c
	violate "module twice" '3 util' LAYERS
	violate "not built" '3 relay' LAYERS '' relay.c
	rm -rf "$tree"
	return $bad
}

case ${1:-} in
--selftest) selftest ;;
*) run "${1:-$(dirname "$self")/..}" ;;
esac
