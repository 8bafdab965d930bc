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

/* Z01e: a playlist that stands still is stale, sooner where its segments are
 * short; one that is not there at all, too. */
static void
test_w6_z01e_stale(void **state UNUSED)
{
	static const struct {
		int64_t target_ms, every_ms, until_ms;
		bool stale;
	} rows[] = {
		{ 2000, 2000, 60000, false },
		{ 2000, 12000, 60000, false },
		{ 2000, 100000, 14000, false },
		{ 2000, 100000, 20000, true },
		{ 10000, 10000, 60000, false },
		{ 10000, 100000, 25000, false },
		{ 10000, 100000, 35000, true },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct hlsdir_watch w = { .changed_ms = 0 };
		struct hlsdir_look look = { .target_ms = rows[i].target_ms,
			.free = -1 };

		assert_false(hlsdir_is_stale(&w, 100000));
		hlsdir_begin(&w, 1000);
		for (int64_t t = 0; t <= rows[i].until_ms; t += 1000) {
			look.mtime_ns = 1 + t / rows[i].every_ms;
			hlsdir_add(&w, &look, 1000 + t);
		}
		assert_int_equal(hlsdir_is_stale(&w, 1000 + rows[i].until_ms),
		    rows[i].stale);
	}
}

static void
test_w6_z01e_look(void **state UNUSED)
{
	struct hlsdir_watch w = { .changed_ms = 1000 };
	struct hlsdir_look look;
	char *text;

	w.last = hlsdir_look(at("live.m3u8"));
	assert_int_equal(w.last.mtime_ns, 0);
	assert_true(w.last.free > 0);
	put("live.m3u8",
	    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nlive-00001.ts\n", 9);
	w.last = hlsdir_look(at("live.m3u8"));
	assert_int_equal(w.last.mtime_ns, (NOW_S - 9) * 1000000000);
	assert_int_equal(w.last.target_ms, 4000);
	assert_int_equal(w.last.holes, 1);
	look = w.last;
	hlsdir_add(&w, &look, 1000);
	assert_true(hlsdir_is_stale(&w, 1001));
	text = hlsdir_text(&w, "/h/x.m3u8", 44000);
	assert_string_equal(
	    text, "1 of the newest segments of /h/x.m3u8 are missing or empty");
	free(text);
	put("live-00001.ts", "G", 9);
	w.last = hlsdir_look(at("live.m3u8"));
	assert_int_equal(w.last.holes, 0);
	assert_true(hlsdir_is_stale(&w, 1001)); /* no flip at each look */
	w.changed_ms = 40000;
	assert_false(hlsdir_is_stale(&w, 40001));
	w.changed_ms = 1000;
	w.last.free = 0;
	text = hlsdir_text(&w, "/h/x.m3u8", 44000);
	assert_string_equal(text,
	    "/h/x.m3u8 has not been written for 43.0 s; its disk is full");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_p13_orphans_go),
		TEST(test_no_playlist),
		TEST(test_w6_z01e_stale),
		TEST(test_w6_z01e_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
