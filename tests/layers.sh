#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# Checks the order of the folders in src/LAYERS, that no modules include each
# other in a circle, the sole owners of doc/DESIGN.md, that every module is
# built, and, by the symbols that the objects import, that pure folders are; and
# that helpers stand on base and media alone.
#
#   tests/layers.sh [ROOT [BUILD]]   the tree above this script, or ROOT;
#                                    objects from BUILD, or from the working
#                                    folder if it is one, or from ROOT/build
#   tests/layers.sh --selftest       shows that each rule can fail
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

# is_owner OWNER FILE: a module, or with "/" behind it all of a folder.
is_owner() {
	case $1 in
	*/) [[ $2 == "src/$1"* ]] ;;
	*) [ "$2" = "src/$1.c" ] ;;
	esac
}

# owned OWNER WHAT REGEX: REGEX stands in no other file's code.
owned() {
	local owner=$1 what=$2 regex=$3 f hit
	for f in "${sources[@]}" "${helpers[@]}"; do
		is_owner "$owner" "$f" && continue
		hit=$(grep -nE -m1 -- "$regex" "$tmp/code/$f") &&
			fail "$f:${hit%%:*}: $what belongs to ${owner:-nobody}"
	done
}

# The same for text inside strings.
owned_text() {
	local owner=$1 what=$2 regex=$3 f hit
	for f in "${sources[@]}" "${helpers[@]}"; do
		is_owner "$owner" "$f" && continue
		hit=$(grep -nE -m1 -- "$regex" "$f") &&
			fail "$f:${hit%%:*}: $what belongs to $owner"
	done
}

# Every file is built, lies in a folder of src/LAYERS, and includes only files
# of its folder or of one above it there; src/main.c includes what it likes.
check_folders() {
	local f m dir line to
	for f in "${sources[@]}" "${headers[@]}"; do
		m=${f#src/} m=${m%.?} dir=${m%/*}
		grep -qwF "$f" Makefile.am || fail "$f: not in Makefile.am"
		if [ "$m" = main ]; then
			dir=main
		elif [ -z "${floor[$dir]:-}" ]; then
			fail "$f: lies in no folder of src/LAYERS"
			continue
		fi
		while IFS=: read -r line to; do
			to=${to#*\"} to=${to%%\"*}
			[ "$to" = config.h ] && continue
			if [ ! -e "src/$to" ]; then
				fail "$f:$line: includes $to; write it as FOLDER/NAME.h"
			elif [ -z "${floor[${to%/*}]:-}" ] ||
				[ "${floor[${to%/*}]}" -gt "${floor[$dir]}" ]; then
				fail "$f:$line: $dir includes $to, which lies above it"
			elif [ "${to%.h}" != "$m" ]; then
				echo "$m ${to%.h}" >>"$tmp/edges"
			fi
		done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$f")
	done
}

# A helper's file is built, and includes only files of its own folder, of base
# and of media.
check_helpers() {
	local f dir line to
	for f in "${helpers[@]}"; do
		dir=${f#helpers/} dir=${dir%/*}
		grep -qwF "$f" Makefile.am || fail "$f: not in Makefile.am"
		while IFS=: read -r line to; do
			to=${to#*\"} to=${to%%\"*}
			case $to in
			config.h) ;;
			base/* | media/*)
				[ -e "src/$to" ] || fail "$f:$line: no src/$to"
				;;
			"$dir"/*)
				[ -e "helpers/$to" ] ||
					fail "$f:$line: no helpers/$to"
				[ "helpers/${to%.h}" = "${f%.?}" ] ||
					echo "${f%.?} helpers/${to%.h}" \
						>>"$tmp/edges"
				;;
			*) fail "$f:$line: a helper includes $to" ;;
			esac
		done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$f")
	done
}

check_cycles() {
	local loop
	loop=$(sort -u "$tmp/edges" | tsort 2>&1 >/dev/null)
	[ -z "$loop" ] || fail "include cycle:$(echo "$loop" | sed '1d; s/^tsort: / /' | tr -d '\n')"
}

# What a pure folder may take from libc, cJSON and PCRE2: memory and text, no
# clock, no file, no process, no environment. (cJSON's tree is such, and all of
# PCRE2.) Which of these names an object imports depends on how it is compiled:
# _chk with _FORTIFY_SOURCE, __isoc23 since glibc 2.38.
pure='
_GLOBAL_OFFSET_TABLE_ __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc
__divti3 __errno_location __fprintf_chk __isoc23_sscanf __isoc23_strtol
__isoc23_strtoll __isoc23_strtoul __isoc23_strtoull __isoc99_sscanf __memcpy_chk
__memmove_chk __memset_chk __snprintf_chk __sprintf_chk __stack_chk_fail
__vasprintf_chk __vsnprintf_chk abort asprintf atoi atoll bsearch calloc ceil
floor fmod fprintf free gmtime_r isalnum isalpha isdigit isspace isxdigit
llround lroundf malloc memchr memcmp memcpy memmem memmove mempcpy memrchr
memset qsort realloc round snprintf sprintf sscanf stderr strcasecmp strcasestr
strchr strcmp strcspn strdup strerror strlen strncasecmp strncmp strndup strnlen
strpbrk strrchr strspn strstr strtod strtol strtoll strtoul strtoull tolower
toupper trunc vasprintf vsnprintf
'

# imports OBJECT...: "OBJECT SYMBOL" of what each takes from elsewhere.
imports() {
	nm -A -u "$@" | awk '{ sub(/:.*/, "", $1); print $1, $NF }'
}

# defines OBJECT...: "OBJECT SYMBOL" of what each gives to others.
defines() {
	nm -A -g --defined-only "$@" | awk '{ sub(/:.*/, "", $1); print $1, $NF }'
}

# A pure folder's objects import what is in $pure, what their own or another pure
# folder defines, what those modules of base define that import nothing else, and
# what the folder's line in src/LAYERS excepts.
check_pure() {
	local build=$1 dir f objects=() ours=()
	[ ${#pures[@]} -gt 0 ] || return 0
	for f in "${sources[@]}"; do
		[ "$f" != src/main.c ] || continue
		objects+=("$build/${f%.c}.o")
		if [ ! -e "$build/${f%.c}.o" ]; then
			fail "$f: not built in $build; what it imports is not known"
			return
		fi
		for dir in base "${pures[@]}"; do
			[[ $f != src/$dir/* ]] || ours+=("$build/${f%.c}.o")
		done
	done
	defines "${objects[@]}" >"$tmp/defined"
	imports "${ours[@]}" | awk -v build="$build/" -v pure="$pure" \
		-v base="$build/src/base/" -v excepted="${excepted[*]}" \
		-v pures="${pures[*]}" '
		BEGIN {
			n = split(pure, p); while (n) ok[p[n--]] = 1
			n = split(excepted, p); while (n) but[p[n--]] = 1
			n = split(pures, p); while (n) clean[p[n--]] = 1
		}
		FILENAME != "-" { home[$2] = $1; next }
		{ from[++k] = $1; what[k] = $2 }
		function folder(o) {
			sub("^" build "src/", "", o); sub("/.*", "", o)
			return o
		}
		function exception(s, from, m) {
			m = home[s]
			sub("^" build "src/", "", m); sub(/\.o$/, "", m)
			return folder(from) ":" m in but
		}
		function allowed(s, from) {
			if (s in ok || s ~ /^(cJSON_|pcre2_|__gcov|__sanitizer)/ ||
			    s ~ /^__(a|ub|lib)san/ || exception(s, from))
				return 1
			return s in home && !(home[s] in impure) &&
				(index(home[s], base) == 1 ||
				folder(home[s]) in clean)
		}
		END {
			do {
				changed = 0
				for (i = 1; i <= k; i++)
					if (!(from[i] in impure) && !allowed(what[i],
					    from[i])) {
						impure[from[i]] = what[i]
						changed = 1
					}
			} while (changed)
			for (o in impure)
				if (index(o, base) != 1) {
					f = substr(o, length(build) + 1)
					sub(/\.o$/, ".c", f)
					print f ": a pure folder imports " impure[o]
				}
		}' "$tmp/defined" - | sort >"$tmp/impure"
	[ ! -s "$tmp/impure" ] || fail "$(cat "$tmp/impure")"
}

check_owners() {
	owned process/child "fork, exec, kill, wait" \
		'(^|[^[:alnum:]_])(v?fork|clone3?|exec(l|le|lp|v|ve|vp|vpe|veat)|posix_spawnp?|kill|killpg|wait|waitid|waitpid|wait3|wait4|pidfd_open|pidfd_send_signal)[[:space:]]*\('
	owned base/sock "socket(), bind()" \
		'(^|[^[:alnum:]_>.])(socket|socketpair|bind)[[:space:]]*\('
	owned process/worker "a worker's state" \
		'(^|[^[:alnum:]_])(w|worker)->state[[:space:]]*=[^=]'
	owned "" "a shell" '(^|[^[:alnum:]_])(system|popen)[[:space:]]*\('
	owned_text ffmpeg/ "an ffmpeg option" \
		'"-(hide_banner|progress|nostdin|nostats|loglevel|stats_period|c:v|c:a|pix_fmt|vf|filter_complex|fps_mode|vsync|rtsp_transport|flush_packets)"'
}

run() {
	local n=0 dir kind but m f
	cd "$1" || return 1
	bad=0
	declare -gA floor=()
	declare -ga pures=() excepted=() sources headers helpers=()
	tmp=$(mktemp -d) || return 1
	: >"$tmp/edges"
	while read -r dir kind but; do
		case $dir:$kind:$but in
		:: | '#'*) continue ;;
		*:: | *:pure: | *:pure:but\ ?*) ;;
		*) fail "src/LAYERS: not \"FOLDER [pure [but MODULE...]]\":" \
			"$dir $kind $but" ;;
		esac
		[ -z "$kind" ] || pures+=("$dir")
		for m in ${but#but}; do
			[ -e "src/$m.c" ] || fail "src/LAYERS: $m is not a module"
			excepted+=("$dir:$m")
		done
		[ -d "src/$dir" ] || fail "src/LAYERS: $dir is not a folder"
		[ -z "${floor[$dir]:-}" ] || fail "src/LAYERS: $dir stands twice"
		floor[$dir]=$((++n))
	done <src/LAYERS
	[ $n -gt 0 ] || fail "src/LAYERS: empty"
	floor[main]=$((n + 1))
	mapfile -t sources < <(find src -name '*.c' | sort)
	mapfile -t headers < <(find src -name '*.h' | sort)
	[ ! -d helpers ] ||
		mapfile -t helpers < <(find helpers -name '*.[ch]' | sort)
	for f in "${sources[@]}" "${helpers[@]}"; do
		mkdir -p "$tmp/code/${f%/*}"
		strip <"$f" >"$tmp/code/$f"
	done
	check_folders
	check_helpers
	check_cycles
	check_owners
	check_pure "$2"
	rm -rf "$tmp"
	return $bad
}

# --- self test --------------------------------------------------------------

# compile TREE FILE: as the build does.
compile() {
	mkdir -p "$1/build/$(dirname "$2")"
	cc -w -c -o "$1/build/${2%.c}.o" -I"$1/src" -I"$1/helpers" -I"$1" \
		"$1/$2" || bad=1
}

# plant TREE: one in which all is well.
plant() {
	local m tree=$1
	mkdir -p "$tree"/src/{base,pure,ffmpeg,process,stream}
	printf 'base\npure pure\nffmpeg pure\nprocess\nstream\n' >"$tree/src/LAYERS"
	: >"$tree/config.h"
	for m in base/util base/sock pure/plan pure/frame ffmpeg/ffline \
		process/child \
		process/worker stream/stream; do
		printf '#pragma once\n' >"$tree/src/$m.h"
		printf '#include "config.h"\n#include "%s.h"\n' $m >"$tree/src/$m.c"
		echo "src/$m.c src/$m.h" >>"$tree/Makefile.am"
	done
	echo 'int util_len(const char *s) { return __builtin_strlen(s); }' \
		>>"$tree/src/base/util.c"
	echo 'long clock(void); long sock_now(void) { return clock(); }' \
		>>"$tree/src/base/sock.c"
	cat >>"$tree/src/pure/plan.c" <<-'END'
		#include "pure/frame.h"
		/* kill(1) */
		const char *s = "fork()";
		int child_kill(int), util_len(const char *);
		int frame_two(void);
		int plan_len(void) { return util_len(s) + frame_two(); }
	END
	echo 'const char *ffline_option = "-hide_banner";' \
		>>"$tree/src/ffmpeg/ffline.c"
	echo 'int frame_two(void) { return 2; }' >>"$tree/src/pure/frame.c"
	mkdir -p "$tree/helpers/draw"
	printf '#pragma once\n' >"$tree/helpers/draw/pen.h"
	printf '#include "%s"\n' config.h draw/pen.h base/util.h \
		>"$tree/helpers/draw/pen.c"
	echo 'helpers/draw/pen.c helpers/draw/pen.h' >>"$tree/Makefile.am"
	for m in "$tree"/src/*/*.c; do
		compile "$tree" "${m#"$tree"/}"
	done
}

# violate NAME SAYS (TEXT FILE)...: the good tree with each TEXT put at the end
# of its FILE is refused, in words that match SAYS.
violate() {
	local name=$1 says=$2
	shift 2
	rm -rf "$forest/bad" && cp -a "$forest/good" "$forest/bad"
	while [ $# -gt 0 ]; do
		mkdir -p "$forest/bad/src/$(dirname "$2")"
		printf '%s\n' "$1" >>"$forest/bad/src/$2"
		[[ $2 != *.c || $name == "not built" ]] ||
			compile "$forest/bad" "src/$2"
		shift 2
	done
	if "$self" "$forest/bad" >"$forest/said"; then
		echo "selftest: not noticed: $name"
		bad=1
	elif ! grep -qE -- "$says" "$forest/said"; then
		echo "selftest: $name: noticed by another rule:"
		cat "$forest/said"
		bad=1
	fi
}

# accept NAME EDIT TEXT: the good tree with its LAYERS edited by sed and TEXT in
# pure/frame.c is accepted, and refused without the edit.
accept() {
	rm -rf "$forest/bad" && cp -a "$forest/good" "$forest/bad"
	printf '%s\n' "$3" >>"$forest/bad/src/pure/frame.c"
	compile "$forest/bad" src/pure/frame.c
	! "$self" "$forest/bad" >/dev/null ||
		{ echo "selftest: $1: accepted without being listed"; bad=1; }
	sed -i "$2" "$forest/bad/src/LAYERS"
	"$self" "$forest/bad" || { echo "selftest: $1: not accepted"; bad=1; }
}

selftest() {
	forest=$(mktemp -d) || return 1
	bad=0
	plant "$forest/good"
	"$self" "$forest/good" || { echo "selftest: the good tree fails"; bad=1; }
	accept "an exception" 's/^pure pure$/& but base\/sock/' \
		'long sock_now(void); long f(void) { return sock_now(); }'
	violate upward 'plan.c:9: pure includes process/worker.h, which lies above' \
		'#include "process/worker.h"' pure/plan.c
	violate "upward in a header" 'child.h:2: process includes stream' \
		'#include "stream/stream.h"' process/child.h
	violate cycle 'include cycle:.*pure/plan' '#include "pure/plan.h"' pure/frame.h
	violate "without its folder" 'write it as FOLDER/NAME' \
		'#include "util.h"' base/sock.c
	violate "no folder" 'relay.c: lies in no folder' 'int x;' relay.c
	violate "unlisted folder" 'relay.c: lies in no folder' 'int x;' link/relay.c
	violate "wrong folder" 'base/stream.c:1: base includes stream' \
		'#include "stream/stream.h"' base/stream.c
	violate "a clock" 'pure/frame.c: a pure folder imports clock' \
		'long clock(void); long f(void) { return clock(); }' pure/frame.c
	violate "a clock of ours" 'pure/frame.c: a pure folder imports sock_now' \
		'long sock_now(void); long f(void) { return sock_now(); }' pure/frame.c
	violate "a clock of ours, excepted for another folder" \
		'pure/frame.c: a pure folder imports sock_now' \
		'long sock_now(void); long f(void) { return sock_now(); }' pure/frame.c \
		'far pure but base/sock' LAYERS '' far/far.c
	violate "an exception that is gone" 'base/clock is not a module' \
		'far pure but base/clock' LAYERS '' far/far.c
	violate "a file" 'pure/plan.c: a pure folder imports open' \
		'int open(); int f(void) { return open("x", 0); }' pure/plan.c
	violate kill 'kill, wait belongs to process/child' \
		'int f(void) { return kill(1, 9); }' process/worker.c
	violate socket 'socket.* belongs to base/sock' \
		'int f(void) { return socket(1, 1, 0); }' process/child.c
	violate state 'state belongs to process/worker' \
		'struct { int state; } *w; void f(void) { w->state = 1; }' base/sock.c
	violate option 'option belongs to ffmpeg/$' \
		'const char *o = "-hide_banner";' process/worker.c
	violate shell 'a shell belongs to nobody' \
		'int f(void) { return system("ls"); }' base/util.c
	violate "a helper that stands on more" 'a helper includes process/child.h' \
		'#include "process/child.h"' ../helpers/draw/pen.c
	violate "a helper of a helper" 'pen.c:4: a helper includes read/ink.h' \
		'int x;' ../helpers/read/ink.h \
		'#include "read/ink.h"' ../helpers/draw/pen.c
	violate "a helper's socket" 'pen.c:4: socket.* belongs to base/sock' \
		'int f(void) { return socket(1, 1, 0); }' ../helpers/draw/pen.c
	violate "a helper that is not listed" 'ink.c: not in Makefile.am' \
		'' ../helpers/draw/ink.c
	violate "folder twice" 'base stands twice' 'base' LAYERS
	violate "folder gone" 'link is not a folder' 'link' LAYERS
	violate "not listed" 'relay.c: not in Makefile.am' '' process/relay.c
	violate "not built" 'not built in' '' process/relay.c
	rm -rf "$forest"
	return $bad
}

case ${1:-} in
--selftest) selftest ;;
*)
	root=$(cd "${1:-$(dirname "$self")/..}" && pwd)
	build=$root/build
	[ ! -e libffsup.a ] || build=$PWD
	run "$root" "${2:-$build}"
	;;
esac
