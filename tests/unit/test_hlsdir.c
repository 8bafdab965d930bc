/* SPDX-License-Identifier: ISC */
/* Segments that no playlist names go; all else stays. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "stream/hlsdir.h"
#include "tree.h"

#define NOW_S INT64_C(1800000000)

static const char playlist[] = "#EXTM3U\n#EXT-X-VERSION:6\n"
			       "#EXTINF:20.000000,\nlive-00006.ts\n"
			       "#EXTINF:20.000000,\nhttp://h/d/live-00007.ts\n";
static char dir[64];

static int
setup(void **state UNUSED)
{
	strcpy(dir, "/tmp/hlsdir-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	return tree_remove(dir);
}

static const char *
at(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A file, written last that long ago. */
static void
put(const char *name, const char *text, int64_t age_s)
{
	struct timespec t[2] = { { .tv_sec = NOW_S - age_s },
		{ .tv_sec = NOW_S - age_s } };
	int fd = open(at(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(futimens(fd, t), 0);
	close(fd);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(at(name), &st) == 0;
}

static size_t
sweep(void)
{
	char list[512];

	snprintf(list, sizeof(list), "%s", at("live.m3u8"));
	return hlsdir_sweep(list, "live", NOW_S * 1000);
}

static void
test_p13_orphans_go(void **state UNUSED)
{
	static const char *const stay[] = { "live-00006.ts", "live-00007.ts",
		"live-0008.ts", "live-000008.ts", "live-00008.tsx",
		"live-00008.mp4", "live-00008-x.ts", "live-x.ts", "live.ts",
		"live2-00008.ts", "olive-00008.ts", "live-.ts" };
	static const char *const go[] = { "live-00001.ts", "live-00002.ts.tmp",
		"live-123456.ts" };

	put("live.m3u8", playlist, 1);
	for (size_t i = 0; i < NELEM(stay); i++)
		put(stay[i], "x", 1000);
	for (size_t i = 0; i < NELEM(go); i++)
		put(go[i], "x", 1000);
	put("live-00009.ts", "x", 99); /* 40 s of playlist, and a minute */
	put("live-00010.ts", "x", 101);
	put("live-00011.ts", "x", -1000);
	assert_int_equal(symlink("live.ts", at("live-00012.ts")), 0);
	assert_int_equal(mkdir(at("live-00013.ts"), 0700), 0);
	assert_int_equal(sweep(), 4);
	for (size_t i = 0; i < NELEM(stay); i++)
		assert_true(is_there(stay[i]));
	for (size_t i = 0; i < NELEM(go); i++)
		assert_false(is_there(go[i]));
	assert_true(is_there("live-00009.ts"));
	assert_false(is_there("live-00010.ts"));
	assert_true(is_there("live-00011.ts"));
	assert_true(is_there("live-00013.ts"));
	assert_int_equal(sweep(), 0);
}

/* Without a playlist nobody knows its segments. */
static void
test_no_playlist(void **state UNUSED)
{
	put("live-00001.ts", "x", 1000);
	assert_int_equal(sweep(), 0);
	put("live.m3u8", "", 1000);
	assert_int_equal(sweep(), 0);
	assert_int_equal(hlsdir_sweep("/none/live.m3u8", "live", NOW_S), 0);
	assert_true(is_there("live-00001.ts"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_p13_orphans_go),
		TEST(test_no_playlist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
