/* SPDX-License-Identifier: ISC */
/* Old recordings go, everything else stays. Includes prune.c itself, to get
 * between its look at the disk and its removals. */

#include "../../src/prune.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "tree.h"

#define NOW_S  INT64_C(1800000000)
#define NOW_MS (NOW_S * 1000)
#define NOBODY 65534
#define LOTS   INT64_C(4000000000000000000)

static char dir[64];
static int lowest; /* the next descriptor, while none is lost */

static int
next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

static int
setup(void **state UNUSED)
{
	lowest = next_descriptor();
	strcpy(dir, "/tmp/prune-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	if (next_descriptor() != lowest)
		return -1;
	return tree_remove(dir);
}

/* A path in the directory; borrowed until the fourth call from here. */
static const char *
at(const char *name)
{
	static char paths[4][256];
	static unsigned turn;
	char *path = paths[turn++ % NELEM(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void
set_age(const char *name, int64_t age_s)
{
	struct timespec t[2] = { { .tv_sec = NOW_S - age_s },
		{ .tv_sec = NOW_S - age_s } };

	assert_int_equal(
	    utimensat(AT_FDCWD, at(name), t, AT_SYMLINK_NOFOLLOW), 0);
}

/* A file of that size, last written that long ago. */
static void
put(const char *name, int64_t size, int64_t age_s)
{
	int fd;

	assert_int_equal(util_mkdirs(at(name), true), 0);
	fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd != -1);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
	set_age(name, age_s);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(at(name), &st) == 0;
}

static struct prune_result
run(const char *pattern, struct prune_limits limits)
{
	struct prune_result r;

	prune_run(at(pattern), &limits, NOW_MS, &r);
	return r;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* What strftime makes of any pattern, at any time, is known again. */
static void
test_strftime(void **state UNUSED)
{
	static const char *const patterns[] = {
		"/rec/%Y/%m/%Y-%m-%d_%H-%M-%S.mkv",
		"%a %A %b %B %h %p %P %Z %z",
		"%C %g %G %e %k %l %u %w %U %V %W %j %y",
		"%D/%F/%T/%R/%r/%c/%x/%X%n%t",
		"%s%s%s.%I",
		"%-d%-m%-H.%_d%_H%_j.%0e%0k.%-e.%-j",
		"%10Y %+Y %3d %10a %8T %12F %5%.",
		"%Ey %Od %OH %EY %Ec %EX",
		"%^a %#Z %^B %-F %_T %-a",
		"100%%/%%Y/%Q %f %1f %-q %-% %%%Y%",
		"//rec//cam.%H",
	};
	char path[512];
	struct tm tm;
	time_t t;

	for (size_t i = 0; i < NELEM(patterns); i++)
		for (t = 1; t < 4000000000; t += 31234567) {
			assert_non_null(localtime_r(&t, &tm));
			assert_true(
			    strftime(path, sizeof(path), patterns[i], &tm) > 0);
			if (!prune_matches(patterns[i], path))
				fail_msg("%s: %s", patterns[i], path);
			strcat(path, "/");
			assert_false(prune_matches(patterns[i], path));
		}
}
#pragma GCC diagnostic pop

/* Nothing else is taken for it. */
static void
test_mismatch(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{ "/r/%Y.mkv", "/r/202.mkv" },
		{ "/r/%Y.mkv", "/r/20266.mkv" },
		{ "/r/%Y.mkv", "/r/2o26.mkv" },
		{ "/r/%Y.mkv", "/r/2026.mkv~" },
		{ "/r/%Y.mkv", "/r/a2026.mkv" },
		{ "/r/%Y.mkv", "/r/2026.mp4" },
		{ "/r/%Y.mkv", "/r/2026xmkv" },
		{ "/r/%Y.mkv", "/r/2026" },
		{ "/r/%Y.mkv", "/r/2026.mkv/" },
		{ "/r/%Y.mkv", "/r/2026.mkv/x" },
		{ "/r/%Y.mkv", "/q/2026.mkv" },
		{ "/r/%Y.mkv", "r/2026.mkv" },
		{ "/r/%Y.mkv", "/r" },
		{ "/r/%Y.mkv", "" },
		{ "r/%Y", "/r/2026" },
		{ "", "" },
		{ "/", "/" },
		{ "%m", "00" },
		{ "%m", "13" },
		{ "%m", " 1" },
		{ "%m", "1" },
		{ "%d", "32" },
		{ "%H", "24" },
		{ "%M", "60" },
		{ "%S", "61" },
		{ "%j", "367" },
		{ "%j", "01" },
		{ "%e", "01" },
		{ "%e", "1" },
		{ "%-d", "01" },
		{ "%-d", " 1" },
		{ "%_d", "01" },
		{ "%s", "" },
		{ "%s", "1a" },
		{ "%s.ts", ".ts" },
		{ "%a", "" },
		{ "%a", "M.n" },
		{ "%Z", "a/b" },
		{ "%F", "2026-1-01" },
		{ "%T", "10-11-12" },
		{ "%R", "10:11:12" },
		{ "%D", "01-02-26" },
		{ "%%Y", "2026" },
		{ "%Q.mkv", "x.mkv" },
		{ "%10Y", "a/b" },
		{ "%10a", ".." },
		{ "%10a", "." },
		{ "%", "x" },
	};

	for (size_t i = 0; i < NELEM(pairs); i++)
		if (prune_matches(pairs[i][0], pairs[i][1]))
			fail_msg("%s: %s", pairs[i][0], pairs[i][1]);
}

/* Names as long as they may be, and runs in a row, cost no time. */
static void
test_long(void **state UNUSED)
{
	char pattern[2 * 400 + 1], name[400];

	for (size_t i = 0; i < 400; i++)
		memcpy(pattern + 2 * i, "%s", 3);
	memset(name, '7', sizeof(name));
	name[399] = '\0';
	assert_false(prune_matches("%s", name));
	name[255] = '\0';
	assert_true(prune_matches("%s", name));
	assert_true(prune_matches(pattern + 2 * 145, name));
	assert_false(prune_matches(pattern + 2 * 144, name));
	name[254] = 'x';
	assert_false(prune_matches(pattern + 2 * 200, name));
}

/* The oldest go until the rest is small enough; of one age, by name. */
static void
test_size(void **state UNUSED)
{
	struct prune_result r;

	put("2001.mkv", 100, 300);
	put("2002.mkv", 100, 400);
	put("2003.mkv", 100, 400);
	put("2004.mkv", 100, 200);
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 400 });
	assert_int_equal(r.removed, 0);
	assert_int_equal(r.oldest_ms, NOW_MS - 400000);
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 399 });
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.freed, 100);
	assert_int_equal(r.files, 3);
	assert_int_equal(r.bytes, 300);
	assert_false(r.full);
	assert_int_equal(r.oldest_ms, NOW_MS - 400000);
	assert_false(is_there("2002.mkv"));
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 200 });
	assert_false(is_there("2003.mkv"));
	assert_true(is_there("2001.mkv"));
	assert_int_equal(r.oldest_ms, NOW_MS - 300000);
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 1 });
	assert_int_equal(r.files, 1); /* the newest stays */
	assert_int_equal(r.bytes, 100);
	assert_true(r.full);
	assert_true(is_there("2004.mkv"));
}

static void
test_age(void **state UNUSED)
{
	struct prune_result r;

	put("2001.mkv", 1, 3600);
	put("2002.mkv", 1, 3601);
	r = run("%Y.mkv", (struct prune_limits){ .max_age_ms = 3600000 });
	assert_int_equal(r.removed, 1);
	assert_true(is_there("2001.mkv"));
	assert_false(r.full);
	/* the newest stays, and nothing is wrong with that */
	r = run("%Y.mkv", (struct prune_limits){ .max_age_ms = 1 });
	assert_int_equal(r.removed, 0);
	assert_int_equal(r.files, 1);
	assert_false(r.full);
	r = run("%Y.mkv", (struct prune_limits){ .max_age_ms = INT64_MAX });
	assert_int_equal(r.removed, 0);
}

static void
test_space(void **state UNUSED)
{
	struct prune_result r;

	put("2001.mkv", 1, 300);
	put("2002.mkv", 1, 200);
	put("2003.mkv", 1, 100);
	r = run("%Y.mkv", (struct prune_limits){ .min_free = 1 });
	assert_int_equal(r.removed, 0);
	assert_false(r.full);
	r = run("%Y.mkv", (struct prune_limits){ .min_free = LOTS });
	assert_int_equal(r.removed, 2);
	assert_true(is_there("2003.mkv"));
	assert_true(r.full);
}

/* What is freed counts at once, whatever the file system says. */
static void
test_credit(void **state UNUSED)
{
	struct prune_limits limits = { .min_free = 512 };
	struct prune_result r;
	struct prune_job j = { .limits = &limits, .r = &r, .now = NOW_MS };

	for (int i = 0; i < 3; i++) {
		char name[] = "2001.mkv";
		char bytes[4096] = "data";
		int fd;

		name[3] += (char)i;
		put(name, 0, 0);
		fd = open(at(name), O_WRONLY | O_CLOEXEC);
		assert_int_equal(write(fd, bytes, 4096), 4096);
		assert_int_equal(fsync(fd), 0);
		close(fd);
		set_age(name, 300 - i);
	}
	prune_begin(&j, at("%Y.mkv"));
	j.free = 0;
	prune_end(&j);
	assert_int_equal(r.removed, 1);
	assert_false(r.full);
	assert_false(is_there("2001.mkv"));
}

/* What may still be written stays, and so does what is from the future. */
static void
test_quiet(void **state UNUSED)
{
	struct prune_result r;

	put("2001.mkv", 1, 11);
	put("2002.mkv", 1, 9);
	put("2003.mkv", 1, 0);
	put("2004.mkv", 1, -5);
	put("2005.mkv", 1, -100000);
	r = run("%Y.mkv",
	    (struct prune_limits){
		.max_size = 1, .max_age_ms = 1, .min_free = LOTS });
	assert_int_equal(r.removed, 1);
	assert_false(is_there("2001.mkv"));
	assert_int_equal(r.files, 4);
	assert_true(r.full);
}

/* Neighbours of nearly the same name are not ours. */
static void
test_neighbours(void **state UNUSED)
{
	static const char *const names[] = { "cam/2020/01/2020-01-02_10-11.mp4",
		"cam/2020/01/2020-01-02_10-11.mkv~",
		"cam/2020/01/x2020-01-02_10-11.mkv",
		"cam/2020/01/2020-01-02_10-1.mkv",
		"cam/2020/01/2020-01-02_10-111.mkv",
		"cam/2020/01/2020-01-02_1o-11.mkv",
		"cam/2020/01/2020-01-02_10-11.mkv.part",
		"cam/2020/01/2020-01-02_10-11", "cam/2020/01/notes.txt",
		"cam/2020/01/2020-13-02_10-11.mkv",
		"cam/2020/01/a/2020-01-02_10-11.mkv",
		"cam/2020/1/2020-01-02_10-11.mkv",
		"cam/2020/2020-01-02_10-11.mkv",
		"cam/old/01/2020-01-02_10-11.mkv",
		"cam2/2020/01/2020-01-02_10-11.mkv",
		"cam/2020/02/2020-01-02_10-11.mkv/inside" };
	struct prune_result r;

	for (size_t i = 0; i < NELEM(names); i++)
		put(names[i], 1, 100000);
	put("cam/2020/01/2020-01-02_10-11.mkv", 1, 100000);
	put("cam/2021/12/2021-12-31_23-59.mkv", 1, 90000);
	put("cam/2022/12/2022-12-31_23-59.mkv", 1, 80000);
	put("target", 1, 100000);
	put("elsewhere/01/2020-01-02_10-11.mkv", 1, 100000);
	assert_int_equal(
	    symlink("../../../target", at("cam/2020/01/2020-01-03_10-11.mkv")),
	    0);
	set_age("cam/2020/01/2020-01-03_10-11.mkv", 100000);
	assert_int_equal(symlink("../elsewhere", at("cam/2019")), 0);
	assert_int_equal(
	    mkfifo(at("cam/2020/01/2020-01-04_10-11.mkv"), 0600), 0);
	r = run("cam/%Y/%m/%Y-%m-%d_%H-%M.mkv",
	    (struct prune_limits){
		.max_size = 1, .max_age_ms = 1, .min_free = LOTS });
	assert_int_equal(r.removed, 2);
	assert_int_equal(r.files, 1);
	assert_false(is_there("cam/2020/01/2020-01-02_10-11.mkv"));
	assert_false(is_there("cam/2021/12/2021-12-31_23-59.mkv"));
	assert_true(is_there("cam/2021/12")); /* empty, but left alone */
	assert_true(is_there("cam/2022/12/2022-12-31_23-59.mkv"));
	for (size_t i = 0; i < NELEM(names); i++)
		assert_true(is_there(names[i]));
	assert_true(is_there("target"));
	assert_true(is_there("elsewhere/01/2020-01-02_10-11.mkv"));
	assert_true(is_there("cam/2020/01/2020-01-03_10-11.mkv"));
	assert_true(is_there("cam/2020/01/2020-01-04_10-11.mkv"));
}

/* The directories before the first conversion may be symlinks; those behind
 * it may be fixed. */
static void
test_directories(void **state UNUSED)
{
	struct prune_result r;

	put("disk/2020/cam/10.mkv", 1, 300);
	put("disk/2021/cam/10.mkv", 1, 200);
	put("disk/2021/cam2/10.mkv", 1, 400);
	assert_int_equal(symlink("disk", at("rec")), 0);
	r = run("rec/%Y/cam/%H.mkv", (struct prune_limits){ .max_size = 1 });
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.files, 1);
	assert_false(is_there("disk/2020/cam/10.mkv"));
	assert_true(is_there("disk/2021/cam2/10.mkv"));
}

/* No conversion at all, no directory, no pattern: nothing to do. */
static void
test_nothing(void **state UNUSED)
{
	struct prune_limits all = { 1, 1, LOTS };
	struct prune_result r;

	put("one.mkv", 7, 300);
	r = run("one.mkv", all);
	assert_int_equal(r.files, 1);
	assert_int_equal(r.bytes, 7);
	assert_true(is_there("one.mkv"));
	r = run("none/%Y.mkv", all);
	assert_int_equal(r.files, 0);
	assert_int_equal(r.oldest_ms, 0);
	assert_false(r.full);
	prune_run("", &all, NOW_MS, &r);
	prune_run("/", &all, NOW_MS, &r);
	assert_int_equal(r.files, 0);
	r = run("%Y.mkv", (struct prune_limits){ 0 });
	assert_int_equal(r.files, 0);
}

/* What cannot be removed is passed over; the others go. */
static void
test_refused(void **state UNUSED)
{
	struct prune_result r;
	uid_t me = geteuid();

	put("2001/a.mkv", 10, 400);
	put("2002/a.mkv", 10, 300);
	put("2003/a.mkv", 10, 200);
	if (me == 0) {
		assert_int_equal(chown(at("2002"), NOBODY, (gid_t)-1), 0);
		assert_int_equal(chmod(dir, 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	} else
		assert_int_equal(chmod(at("2001"), 0555), 0);
	r = run("%Y/a.mkv", (struct prune_limits){ .max_size = 20 });
	assert_int_equal(r.removed, 1);
	assert_false(r.full);
	assert_true(is_there("2001/a.mkv"));
	assert_false(is_there("2002/a.mkv"));
	assert_int_equal(r.oldest_ms, NOW_MS - 400000);
	r = run("%Y/a.mkv", (struct prune_limits){ .max_size = 19 });
	assert_true(r.full);
	assert_int_equal(r.files, 2);
	assert_int_equal(r.bytes, 20);
	r = run("%Y/a.mkv", (struct prune_limits){ .max_age_ms = 1 });
	assert_true(r.full);
	assert_int_equal(seteuid(me), 0);
	assert_int_equal(chmod(at("2001"), 0755), 0);
}

/* A directory swapped, or a file replaced, written or gone after the look:
 * the newcomer is not touched. */
static void
test_swapped(void **state UNUSED)
{
	struct prune_limits limits = { .max_size = 1 };
	struct prune_result r;
	struct prune_job j = { .limits = &limits, .r = &r, .now = NOW_MS };

	put("2001/a.mkv", 1, 500);
	put("2002/a.mkv", 1, 500);
	put("2003/a.mkv", 1, 500);
	put("2004/a.mkv", 1, 500);
	put("2005/a.mkv", 1, 400);
	put("2006/a.mkv", 1, 300);
	put("precious/a.mkv", 1, 500);
	prune_begin(&j, at("%Y/a.mkv"));
	assert_int_equal(r.files, 6);
	assert_int_equal(rename(at("2001"), at("moved")), 0);
	assert_int_equal(symlink("precious", at("2001")), 0);
	assert_int_equal(rename(at("2002/a.mkv"), at("2002/b.mkv")), 0);
	put("2002/a.mkv", 1, 500);
	set_age("2003/a.mkv", 100);
	assert_int_equal(unlink(at("2004/a.mkv")), 0);
	prune_end(&j);
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.files, 4);
	assert_int_equal(r.bytes, 4);
	assert_true(r.full);
	assert_true(is_there("precious/a.mkv"));
	assert_true(is_there("moved/a.mkv"));
	assert_true(is_there("2002/a.mkv"));
	assert_true(is_there("2003/a.mkv"));
	assert_false(is_there("2005/a.mkv"));
	assert_true(is_there("2006/a.mkv"));
}

/* With more files than are held, the oldest are, and all are counted. */
static void
test_thinned(void **state UNUSED)
{
	struct prune_limits limits = { .max_size = 1 };
	struct prune_result r;
	struct prune_job j = { .limits = &limits, .r = &r, .now = NOW_MS };
	struct stat st = { .st_size = 10 };

	put("2001.mkv", 10, 600);
	put("2002.mkv", 10, 500);
	put("2003.mkv", 10, 400);
	put("2004.mkv", 10, 300);
	prune_begin(&j, at("%Y.mkv"));
	prune_thin(&j);
	st.st_mtim.tv_sec = NOW_S - 450;
	prune_add(&j, "2005.mkv", &st);
	assert_int_equal(j.n, 2);
	prune_end(&j);
	assert_int_equal(r.removed, 2);
	assert_int_equal(r.files, 3);
	assert_int_equal(r.bytes, 30);
	assert_false(r.full); /* the next run goes on */
	assert_int_equal(r.oldest_ms, NOW_MS - 450000);
	assert_false(is_there("2002.mkv"));
	assert_true(is_there("2003.mkv"));
	assert_true(is_there("2004.mkv"));
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strftime),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_long),
		WITH_DIR(test_size),
		WITH_DIR(test_age),
		WITH_DIR(test_space),
		WITH_DIR(test_credit),
		WITH_DIR(test_quiet),
		WITH_DIR(test_neighbours),
		WITH_DIR(test_directories),
		WITH_DIR(test_nothing),
		WITH_DIR(test_refused),
		WITH_DIR(test_swapped),
		WITH_DIR(test_thinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
