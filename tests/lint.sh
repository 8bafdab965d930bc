#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tests/lint.sh format [--write] | shell | cppcheck | tidy [--deep] | all
#
# Reads the text of the project without running it. Prints what it finds and
# exits 1. BUILD is the directory that holds config.h (default: build). tidy
# has clang's analyzer look less deep than it would, which takes many times as
# long; all of them, as `make lint` runs them, and --deep do not.
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
	find src tests -name '*.[ch]' -print0
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
		-D__GNUC__ -D_GNU_SOURCE -I src -I "$build" "${off[@]}" src
}

lint_tidy() {
	need clang-tidy
	local less=(-Xclang -analyzer-config -Xclang max-nodes=4000)
	depth=
	[ "${1:-}" = --deep ] ||
		depth=$(printf -- '--extra-arg=%s ' "${less[@]}")
	export depth
	cflags="-std=c11 -I src -I $build $(pkg-config --cflags libcjson)"
	export cflags
	# shellcheck disable=SC2016 # expanded by the inner shell
	find src -name "*.c" -print0 | xargs -0 -r -n 1 -P "$jobs" sh -c \
		'clang-tidy --quiet "$1" $depth -- $cflags 2>/dev/null' tidy
}

case ${1:-all} in
format | shell | cppcheck | tidy) "lint_$1" "${@:2}" ;;
all)
	rc=0
	for kind in format shell cppcheck "tidy --deep"; do
		# shellcheck disable=SC2086 # a word or two
		(lint_$kind) || [ $? -eq 77 ] || rc=1
	done
	exit $rc
	;;
*)
	sed -n '4,9s/^# \{0,1\}//p' "$0" >&2
	exit 64
	;;
esac || exit 1
