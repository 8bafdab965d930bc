/* SPDX-License-Identifier: ISC */
/* Paths that lead to one place are one text, and a disk that does not answer
 * has none, within bounds of time. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/util.h"
#include "daemon/resolve.h"
#include "tree.h"

static char dir[64];
static const char *hung; /* paths below this do not answer */

char *__real_realpath(const char *, char *);
char *__wrap_realpath(const char *, char *);

char *
__wrap_realpath(const char *path, char *out)
{
	if (hung != NULL && util_has_prefix(path, hung))
		for (;;)
			pause();
	return __real_realpath(path, out);
}

static int
setup(void **state UNUSED)
{
	hung = NULL;
	strcpy(dir, "/tmp/resolve-XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) == -1 ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	return chdir("/") == -1 ? -1 : tree_remove(dir);
}

/* Whether two paths lead to one place, to which a third one does not. */
static bool
are_one(const char *a, const char *b, const char *other)
{
	struct strv paths = { 0 }, found = { 0 };
	bool one;

	strv_push(&paths, a);
	strv_push(&paths, other);
	strv_push(&paths, b);
	resolve_paths(&paths, &found);
	assert_int_equal(found.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(found.v[i][0], '/');
	assert_string_not_equal(found.v[0], found.v[1]);
	one = strcmp(found.v[0], found.v[2]) == 0;
	strv_clear(&paths);
	strv_clear(&found);
	return one;
}

static void
test_resolve(void **state UNUSED)
{
	char *whole = xasprintf("%s/a/b/x.ts", dir);

	assert_int_equal(fs_mkdirs("a/b", false), 0);
	assert_int_equal(fs_mkdirs("c", false), 0);
	assert_int_equal(symlink("a/b", "link"), 0);
	assert_int_equal(symlink("nowhere", "loose"), 0);
	close(creat("c/y.ts", 0600));
	assert_int_equal(symlink("c/y.ts", "z.ts"), 0);
	assert_true(are_one("link/x.ts", whole, "b/x.ts"));
	assert_true(are_one("link/../b/x.ts", "./a//b/./x.ts", "a/x.ts"));
	/* as the kernel sees it, not as it is written */
	assert_true(are_one("link/../x.ts", "a/x.ts", "x.ts"));
	assert_true(are_one("z.ts", "c/y.ts", "c/z.ts"));
	assert_true(are_one("link/new/x.ts", "a/b/new/x.ts", "new/x.ts"));
	assert_true(are_one("c/y.ts/x", "z.ts/x", "c/x"));
	assert_false(are_one("loose/x.ts", "a/x.ts", "b/x.ts"));
	assert_false(are_one("a/x.ts", "c/x.ts", "b/x.ts"));
	free(whole);
}

/* A directory that is mounted in two places. */
static void
test_mounted_twice(void **state UNUSED)
{
	assert_int_equal(fs_mkdirs("disk/in", false), 0);
	assert_int_equal(fs_mkdirs("there", false), 0);
	if (mount("disk", "there", NULL, MS_BIND, NULL) == -1)
		skip();
	assert_true(are_one("disk/in/x", "there/in/x", "there/x"));
	assert_true(are_one("there/new/x", "disk/new/x", "disk/x"));
	assert_int_equal(umount("there"), 0);
}

/* A path that hangs has no answer, and neither have those near it; all
 * others have one. */
static void
test_hangs(void **state UNUSED)
{
	static const char *const texts[] = { "/usr/x", "/dead/disk/a/x",
		"/dead/other/x", "/dead/disk/b/x", "/usr/y" };
	struct strv paths = { 0 }, found = { 0 };

	hung = "/dead/disk";
	for (size_t i = 0; i < NELEM(texts); i++)
		strv_push(&paths, texts[i]);
	resolve_paths(&paths, &found);
	assert_int_equal(found.n, NELEM(texts));
	for (size_t i = 0; i < NELEM(texts); i++)
		assert_string_equal(
		    found.v[i], i == 1 || i == 3 ? "" : texts[i]);
	strv_clear(&found);
	strv_clear(&paths);
	hung = "rec/a"; /* a path that begins where we are */
	strv_push(&paths, "rec/a/x");
	strv_push(&paths, "/usr/z");
	resolve_paths(&paths, &found);
	assert_string_equal(found.v[0], "");
	assert_string_equal(found.v[1], "/usr/z");
	strv_clear(&found);
	strv_push(&paths, "/usr/y");
	hung = ""; /* every path: a bounded number is waited for */
	resolve_paths(&paths, &found);
	assert_int_equal(found.n, paths.n);
	for (size_t i = 0; i < paths.n; i++)
		assert_string_equal(found.v[i], "");
	strv_clear(&found);
	strv_clear(&paths);
}

/* More than a pipe holds. */
static void
test_many(void **state UNUSED)
{
	struct strv paths = { 0 }, found = { 0 };

	for (int i = 0; i < 5000; i++)
		strv_pushf(&paths, "%s/%d/a-name-of-some-length.mkv", dir, i);
	resolve_paths(&paths, &found);
	assert_true(strv_equal(&paths, &found));
	strv_clear(&found);
	strv_clear(&paths);
	resolve_paths(&paths, &found);
	assert_int_equal(found.n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resolve),
		TEST(test_mounted_twice),
		TEST(test_hangs),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
