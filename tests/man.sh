#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The manual pages are clean mdoc, and no older than the newest release that
# NEWS gives a date. 77 (skipped) where mandoc is missing.
cd "$(dirname "$0")/.." || exit 1

# A date of a page as a number, 20261129.
number() {
	date -u -d "$1" +%Y%m%d
}

newest=$(sed -n 's/^ffsup [0-9.]* (\([0-9-]*\))$/\1/p' NEWS | sort | tail -n 1)
for page in man/*.[1-9]; do
	day=$(sed -n 's/^\.Dd //p' "$page")
	if ! [ "$(number "$day")" -ge "$(number "$newest")" ]; then
		echo "$page: .Dd is $day, NEWS has a release of $newest" >&2
		exit 1
	fi
done
command -v mandoc >/dev/null || exit 77
mandoc -T lint -W warning man/*.[1-9]
