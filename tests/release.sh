#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# What dist/release.sh refuses, and says, in a small repository of its own.
set -u
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
command -v git >/dev/null || { echo "git is not installed"; exit 77; }
script=$(cd "$(dirname "$0")/.." && pwd)/dist/release.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export GIT_CEILING_DIRECTORIES=${tmp%/*}
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
mkdir "$tmp/dist" "$tmp/man" && cp "$script" "$tmp/dist" && cd "$tmp" || exit 1
rc=0

commit() {
	git add -A
	git -c user.name=x -c user.email=x@x commit -q --allow-empty -m "$1"
}

# expect CODE TEXT: the script exits with CODE and says TEXT.
expect() {
	local out got
	out=$(dist/release.sh --dry-run 2>&1)
	got=$?
	if [ $got -eq "$1" ] && grep -qF -- "$2" <<<"$out"; then
		echo "ok $2"
	else
		echo "not ok: exit code $got, expected $1 and: $2"
		echo "$out"
		rc=1
	fi
}

echo 'AC_INIT([ffsup], [1.2])' >configure.ac
echo 'ffsup 1.2.3 (not yet released)' >NEWS
echo '.Dd Someday' >man/ffsup.8
expect 1 'AC_INIT has no version like 1.2.3'
echo 'AC_INIT([ffsup], [1.2.3])' >configure.ac
expect 1 'this is no git repository'
git init -q .
expect 1 'changed or unknown to git: NEWS, configure.ac'
commit begin
expect 1 'NEWS:1: "ffsup 1.2.3 (not yet released)", expected "ffsup 1.2.3 (2'
echo "ffsup 1.2.3 ($(date +%Y-%m-%d))" >NEWS
commit news
expect 1 'man/ffsup.8: .Dd "Someday" is not a date'
echo '.Dd January 1, 2999' >man/ffsup.8
commit man
expect 1 'is in the future'
echo '.Dd January 1, 2026' >man/ffsup.8
commit man
expect 0 'dry run: git tag -a v1.2.3'
[ -z "$(git tag)" ] || { echo "not ok: a dry run set a tag"; rc=1; }
git -c user.name=x -c user.email=x@x tag v1.2.3
expect 1 'the tag v1.2.3 is there already'
exit $rc
