#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# dist/release.sh [--dry-run] [--skip-tests]
#
# Makes a release of the version in configure.ac: checks that the tree is clean,
# that NEWS begins with that version and today's date, and that the manual pages
# are dated, runs every test and `make distcheck`, and sets the tag. Each step is
# said before it is done. --dry-run checks and changes nothing; --skip-tests is
# for a tree whose tests have just passed. Nothing is published: the last lines
# say how.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
dry='' tests=1

say() {
	echo "release: $*"
}

refuse() {
	echo "release: $*; nothing was done" >&2
	exit 1
}

# step TEXT COMMAND...: does it, or says only what it would do.
step() {
	say "$1"
	shift
	if [ -n "$dry" ]; then
		echo "  dry run: $*"
	else
		"$@"
	fi
}

for arg; do
	case $arg in
	--dry-run) dry=1 ;;
	--skip-tests) tests='' ;;
	--help)
		sed -n '4,12s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	*)
		echo "release: $arg: unknown; try --help" >&2
		exit 64
		;;
	esac
done

version=$(sed -n 's/^AC_INIT(\[ffsup\], \[\([^]]*\)\]).*/\1/p' configure.ac)
today=$(date +%Y-%m-%d)
tag=v$version

say "version of configure.ac: ${version:-none}"
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] ||
	refuse "configure.ac: AC_INIT has no version like 1.2.3"

say "the tree is clean"
git rev-parse --git-dir >/dev/null 2>&1 || refuse "this is no git repository"
changed=$(git status --porcelain)
[ -z "$changed" ] ||
	refuse "these files are changed or unknown to git: $(echo "$changed" |
		awk '{ printf "%s%s", sep, $2; sep = ", " }')"

say "the tag $tag is free"
! git rev-parse -q --verify "refs/tags/$tag" >/dev/null ||
	refuse "the tag $tag is there already; raise the version in configure.ac"

say "NEWS begins with \"ffsup $version ($today)\""
first=$(head -n 1 NEWS)
[ "$first" = "ffsup $version ($today)" ] ||
	refuse "NEWS:1: \"$first\", expected \"ffsup $version ($today)\""

say "the manual pages have a date"
for page in man/*.[0-9]; do
	day=$(sed -n 's/^\.Dd //p' "$page")
	stamp=$(date -d "$day" +%Y-%m-%d 2>/dev/null) ||
		refuse "$page: .Dd \"$day\" is not a date"
	[[ ! $stamp > $today ]] || refuse "$page: .Dd \"$day\" is in the future"
done

[ -z "$tests" ] || step "every test" ./bootstrap test
step "build" ./bootstrap
step "a tarball that builds and passes its tests" make -C build distcheck
step "the tag $tag" git tag -a "$tag" -m "ffsup $version"
say "done${dry:+ (dry run: nothing was changed)}; what is left:"
echo "  git push origin HEAD $tag"
echo "  publish build/ffsup-$version.tar.xz"
echo "  raise the version in configure.ac, begin NEWS with \"(not yet released)\""
