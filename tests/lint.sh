#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tests/lint.sh format [--write] | shell | publics | cppcheck | tidy [--deep] | all
#
# Reads the text of the project without running it. Prints what it finds and
# exits 1. BUILD is the directory that holds config.h (default: build), and the
# objects for publics. tidy has clang's analyzer look less deep than it would,
# which takes many times as long; all of them, as `make lint` runs them, and
# --deep do not.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
jobs=${JOBS:-2}

# The program that does it; 77 (skipped) where it is missing.
need() {
	command -v "$1" >/dev/null || {
		echo "$1 is not installed"
		exit 77
	}
}

sources() {
	find src helpers tests -name '*.[ch]' -print0
}

lint_format() {
	need clang-format
	if [ "${1:-}" = --write ]; then
		sources | xargs -0 -r clang-format -i
	else
		sources | xargs -0 -r -n 8 -P "$jobs" clang-format --dry-run -Werror
	fi
}

lint_shell() {
	need shellcheck
	local f files=()
	while IFS= read -r -d '' f; do
		read -r line <"$f"
		[[ $line =~ ^'#!'.*[/\ ](ba)?sh ]] && files+=("$f")
	done < <(find bootstrap .ci tests dist -type f -print0)
	shellcheck "${files[@]}" && shellcheck -s bash dist/ffsup.bash
}

# What no other file of src may have to call, and why it is public.
publics_excepted='
blocklist_given_up: that a pattern was, is seen in its test
danmaku_repaint_all: a painter that forgets; ours asks again by itself
beat_at childenv_is_passed: rules that a table of their test checks
explain_find explain_json explain_text: words and texts, without a terminal
ffadvice_find: that each row of the table is found
framereader_offer job_busy_ms: what only time would tell a test
logwriter_pid: a test stops it
mosaic_palette mosaic_pixel pattern_black pattern_read: what was drawn
pipes_budget pipes_used: that all is given back
learn_option: one rule of learn_options()
painter_set_policy: a test has less patience
conf_read_settings: the parser of ffsup.json for its fuzzer
sei_comment_uuid sei_read sei_write: what a player does with a message
plan_worker: which worker a link begins at
prune_begin prune_end: between them a test does what others may do to the disk
worker_post: an event of the table, without what brings it
'

# A name that one file gives to others is used outside it, be it by a helper; what
# only tests use is listed above.
lint_publics() {
	need nm
	local f o objects=()
	while IFS= read -r -d '' f; do
		o=$build/${f%.c}.o
		# named otherwise, for their program has flags of its own
		[[ $f != helpers/*/* ]] ||
			o=$build/${f%/*}/ffsup_$(basename "${f%/*}")-$(basename "${f%.c}").o
		objects+=("$o")
		[ -e "$o" ] || {
			echo "$f: not built in $build"
			return 1
		}
	done < <(find src helpers -name '*.c' ! -path src/main.c -print0)
	objects+=("$build/src/main.o")
	{
		cut -d: -f1 <<<"$publics_excepted" | tr -s ' ' '\n' |
			sed 's/^./but &/'
		nm -A -u "${objects[@]}" | sed 's/.* /uses /'
		nm -A -g --defined-only "${objects[@]}"
	} | awk '
		$1 == "but" { but[$2] = 1; next }
		$1 == "uses" { used[$2] = 1; next }
		NF == 0 || $NF == "main" { next }
		{ split($1, o, ":"); home[$NF] = o[1] }
		END {
			for (s in home)
				if (!(s in used) && !(s in but)) {
					print home[s] ": " s " is used there alone"
					bad = 1
				}
			for (s in but)
				if (s in used || !(s in home)) {
					print s " is an exception without need"
					bad = 1
				}
			exit bad
		}'
}

# Off: what it gets wrong here. It does not see into TAILQ_FOREACH (uninitvar),
# nor that a reply has either data or an error (ctunullpointer), that glibc's
# NULL is a pointer (varFuncNullUB), and what a callback is given for
# (returnDanglingLifetime, uselessAssignmentPtrArg).
lint_cppcheck() {
	need cppcheck
	local id off=()
	for id in missingIncludeSystem normalCheckLevelMaxBranches \
		unknownMacro uninitvar ctunullpointer varFuncNullUB \
		returnDanglingLifetime uselessAssignmentPtrArg; do
		off+=("--suppress=$id")
	done
	cppcheck -q -j "$jobs" --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability -DHAVE_CONFIG_H \
		-D__GNUC__ -D_GNU_SOURCE -I src -I helpers -I "$build" \
		"${off[@]}" src helpers
}

lint_tidy() {
	need clang-tidy
	local less=(-Xclang -analyzer-config -Xclang max-nodes=4000)
	depth=
	[ "${1:-}" = --deep ] ||
		depth=$(printf -- '--extra-arg=%s ' "${less[@]}")
	export depth
	# shellcheck disable=SC2089 # the quotes are for C
	cflags="-std=c11 -I src -I helpers -I $build -DPAINTER_PATH=\"\"
		$(pkg-config --cflags libcjson) $(pkg-config --cflags pangocairo)"
	# shellcheck disable=SC2090
	export cflags
	# shellcheck disable=SC2016 # expanded by the inner shell
	find src helpers -name "*.c" -print0 | xargs -0 -r -n 1 -P "$jobs" sh -c \
		'clang-tidy --quiet "$1" $depth -- $cflags 2>/dev/null' tidy
}

case ${1:-all} in
format | shell | publics | cppcheck | tidy) "lint_$1" "${@:2}" ;;
all)
	rc=0
	for kind in format shell publics cppcheck "tidy --deep"; do
		# shellcheck disable=SC2086 # a word or two
		(lint_$kind) || [ $? -eq 77 ] || rc=1
	done
	exit $rc
	;;
*)
	sed -n '4,10s/^# \{0,1\}//p' "$0" >&2
	exit 64
	;;
esac || exit 1
