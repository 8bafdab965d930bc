#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tests/coverage.sh [BUILD]
#
# What share of the lines of each source file has run, the lowest first, from the
# counters that a build with --enable-coverage leaves (default: build).
set -u
export LC_ALL=C
cd "${1:-build}" || exit 1
gcov=${GCOV:-gcov}
command -v "$gcov" >/dev/null || {
	echo "coverage: gcov is not installed; it comes with gcc" >&2
	exit 1
}
notes=$(find src helpers tests -name '*.gcno' | sort) # a test may include a source
[ -n "$notes" ] || {
	echo "coverage: nothing is counted in $PWD;" \
		"configure it with --enable-coverage" >&2
	exit 1
}

# "PER-CENT LINES FILE" of each file; one that never ran has no counters.
table() {
	local note data
	while IFS= read -r note; do
		data=${note%.gcno}.gcda
		[ -e "$data" ] || data=$note
		"$gcov" -n -o "${note%/*}" "$data" 2>/dev/null
	done <<<"$notes" | awk -v list="sort -n" '
		/^File / {
			file = $2
			gsub("\047", "", file)
			sub(/^.*src\//, "src/", file)
			sub(/^.*helpers\//, "helpers/", file)
		}
		/^Lines executed:/ && file ~ /^(src|helpers)\/.*\.c$/ {
			split($2, part, /[:%]/)
			lines = $4
			ran = part[2] * lines / 100
			if (!(file in all) || ran > most[file]) {
				all[file] = lines
				most[file] = ran
			}
			file = ""
		}
		/^No executable lines/ { file = "" }
		END {
			for (f in all) {
				printf "%6.1f%% %6d  %s\n",
				    100 * most[f] / all[f], all[f], f | list
				sum += most[f]
				n += all[f]
			}
			close(list)
			if (n > 0)
				printf "%6.1f%% %6d  all\n", 100 * sum / n, n
		}'
}

printf '%7s %6s  %s\n' ran lines file
table
