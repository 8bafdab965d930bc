/* SPDX-License-Identifier: ISC */
/* Old recordings go, everything else stays; even when the disk is changed
 * between the look at it and the removals. */
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

#include "base/fs.h"
#include "base/util.h"
#include "profile/workname.h"
#include "stream/oldest.h"
#include "stream/prune.h"
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

	assert_int_equal(fs_mkdirs(at(name), true), 0);
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
	assert_true(is_there("2002.mkv"));
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 399 });
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.freed, 100);
	assert_int_equal(r.files, 3);
	assert_int_equal(r.bytes, 300);
	assert_false(r.full);
	assert_false(is_there("2002.mkv"));
	assert_true(is_there("2003.mkv"));
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 200 });
	assert_false(is_there("2003.mkv"));
	assert_true(is_there("2001.mkv"));
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

/* Freed bytes count at once, whatever the file system says. */
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

/* Files that may still be written stay, and so do those from the future. */
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

/* The directories before the first conversion may be symlinks; those after
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
	struct prune_limits all = {
		.max_size = 1, .max_age_ms = 1, .min_free = LOTS
	};
	struct prune_result r;

	put("one.mkv", 7, 300);
	r = run("one.mkv", all);
	assert_int_equal(r.files, 1);
	assert_int_equal(r.bytes, 7);
	assert_true(is_there("one.mkv"));
	r = run("none/%Y.mkv", all);
	assert_int_equal(r.files, 0);
	assert_false(r.full);
	prune_run("", &all, NOW_MS, &r);
	prune_run("/", &all, NOW_MS, &r);
	assert_int_equal(r.files, 0);
	r = run("%Y.mkv", (struct prune_limits){ 0 });
	assert_int_equal(r.files, 0);
}

/* A file that cannot be removed is passed over; the others go. */
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
	j.list.max = 4;
	prune_begin(&j, at("%Y.mkv"));
	assert_int_equal(j.list.n, 2);
	st.st_mtim.tv_sec = NOW_S - 450;
	oldest_add(&j.list, "2005.mkv", &st, false);
	r.files++; /* it is one that was counted */
	r.bytes += st.st_size;
	assert_int_equal(j.list.n, 2);
	prune_end(&j);
	assert_int_equal(r.removed, 2);
	assert_int_equal(r.files, 3);
	assert_int_equal(r.bytes, 30);
	assert_false(r.full); /* the next run goes on */
	assert_false(is_there("2002.mkv"));
	assert_true(is_there("2003.mkv"));
	assert_true(is_there("2004.mkv"));
}

#define HOUR_MS INT64_C(3600000)
#define DAY_MS	(24 * HOUR_MS)

/* A clock that is ten years ahead for half a minute, or for an hour, or again
 * and again, makes nothing older; nor does one that is set back. */
static void
test_s7_clock_jumps(void **state UNUSED)
{
	struct prune_result found = { .newest_ms = NOW_MS - 1000 };
	struct prune_clock c = { 0 };
	int64_t mono = 5000;

	assert_int_equal(prune_clock_read(&c, NOW_MS, mono), PRUNE_BY_NEWEST);
	prune_clock_set(&c, &found, NOW_MS, mono);
	for (int64_t s = 0; s < 3 * 86400; s += 30) {
		int64_t wall = NOW_MS + s * 1000;

		mono += 30000;
		if (s % 3600 == 600 || (s > 40000 && s < 43600))
			wall += 3650 * DAY_MS;
		else if (s % 3600 == 1200)
			wall -= 3650 * DAY_MS;
		assert_true(
		    prune_clock_read(&c, wall, mono) <= NOW_MS + s * 1000);
	}
}

/* One that stays ahead is right in the end; so is one that was ahead from the
 * start: the machine was off for a month. */
static void
test_s7_clock_is_believed(void **state UNUSED)
{
	struct prune_result found = { .newest_ms = NOW_MS - 30 * DAY_MS };
	struct prune_clock c = { 0 };
	int64_t mono = 5000, wall = NOW_MS, seen = 0;

	prune_clock_set(&c, &found, wall, mono);
	for (int64_t ms = 0; ms < PRUNE_DOUBT_MS; ms += 30000)
		assert_true(prune_clock_read(&c, wall + ms, mono + ms) <
		    NOW_MS - 29 * DAY_MS);
	wall += PRUNE_DOUBT_MS;
	mono += PRUNE_DOUBT_MS;
	assert_int_equal(prune_clock_read(&c, wall, mono), wall);
	/* and an archive without files, or of today, is not in doubt */
	c = (struct prune_clock){ 0 };
	found.newest_ms = seen;
	prune_clock_set(&c, &found, wall, mono);
	assert_int_equal(prune_clock_read(&c, wall, mono), wall);
	/* leap seconds and slow drift are nothing */
	for (int i = 0; i < 1000; i++) {
		wall += 32000;
		mono += 30000;
		assert_int_equal(prune_clock_read(&c, wall, mono), wall);
	}
}

/* 30 recordings of 60 days, and a clock that was wrong at the start already:
 * none goes. */
static void
test_s7_archive_outlives_jump(void **state UNUSED)
{
	struct prune_limits limits = { .max_age_ms = 60 * DAY_MS,
		.clock_ms = PRUNE_BY_NEWEST };
	struct prune_result r;
	char name[16];

	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "%d.mkv", 2001 + i);
		put(name, 1, 86400 * (i + 1));
	}
	prune_run(at("%Y.mkv"), &limits, NOW_MS + 3650 * DAY_MS, &r);
	assert_int_equal(r.removed, 0);
	assert_int_equal(r.files, 30);
	assert_int_equal(r.newest_ms, NOW_MS - DAY_MS);
	limits.clock_ms = 0;
	r = run("%Y.mkv", limits);
	assert_int_equal(r.removed, 0);
}

/* Other files beside the recordings are kept. */
static void
test_s7_width_removes_nothing(void **state UNUSED)
{
	struct prune_limits all = {
		.max_size = 1, .max_age_ms = 1, .min_free = LOTS
	};
	static const char *const patterns[] = { "%30s.mkv", "%+Y.mkv",
		"%010d.mkv", "%A.mkv", "%Y-%b.mkv", "%p.mkv" };

	put("2024-tax.mkv", 1, 90000);
	put("wedding.mkv", 1, 90000);
	put("2024-May-.mkv", 1, 90000);
	for (size_t i = 0; i < NELEM(patterns); i++)
		assert_int_equal(run(patterns[i], all).files, 0);
	assert_true(is_there("2024-tax.mkv"));
	assert_true(is_there("wedding.mkv"));
}

/* Names that look like a time but are not one stay too. */
static void
test_s7_foreign_stay(void **state UNUSED)
{
	struct prune_limits all = {
		.max_size = 1, .max_age_ms = 1, .min_free = LOTS
	};
	static const char *const foreign[] = { "2026-01-02-holiday.mkv",
		"2026-01-02Copy.mkv", "Backup-2026-01-02.mkv",
		"1-2026-01-02.mkv", "2026-02-31.mkv", "2026/02/31.mkv",
		"2024.ts", "1.ts", "00123.ts", "20260102030405.ts" };
	static const char *const patterns[] = { "%F%z.mkv", "%Z-%F.mkv",
		"%F.mkv", "%Y/%m/%d.mkv", "%s.ts" };

	for (size_t i = 0; i < NELEM(foreign); i++)
		put(foreign[i], 1, 90000);
	for (size_t i = 0; i < NELEM(patterns); i++)
		assert_int_equal(run(patterns[i], all).files, 0);
	for (size_t i = 0; i < NELEM(foreign); i++)
		assert_true(is_there(foreign[i]));
	put("1700000000.ts", 1, 90000);
	put("1700000001.ts", 1, 90000);
	assert_int_equal(run("%s.ts", all).removed, 1);
}

/* Names with a number belong to the recording. */
static void
test_numbered(void **state UNUSED)
{
	struct prune_result r;

	put("2001.mkv", 1, 500);
	put("2001_2.mkv", 1, 400);
	put("2001_13.mkv", 1, 300);
	put("2001_1.mkv", 1, 600);
	put("2001_02.mkv", 1, 600);
	put("2001_2_2.mkv", 1, 600);
	put("2001/cam.mkv", 1, 500);
	put("2001/cam_2.mkv", 1, 400);
	r = run("%Y.mkv", (struct prune_limits){ .max_size = 2 });
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.files, 2);
	assert_false(is_there("2001.mkv"));
	r = run("%Y/cam.mkv", (struct prune_limits){ .max_size = 1 });
	assert_int_equal(r.removed, 1);
	assert_true(is_there("2001/cam_2.mkv"));
}

#define OTHER "fedcba9876543210"
#define OURS  "0123456789abcdef"

/* Recordings beside a directory that could not be made, and files of other runs
 * under hidden names, count and go like all the rest; names that only look
 * alike, and files of the current run, stay. */
static void
test_beside_and_hidden(void **state UNUSED)
{
	static const char *const ours[] = { "2001/02/x/03.mkv",
		"2001/02/x+03.mkv", "2001/02+x+03_2.mkv", "2001+02+x+03.mkv",
		".ffsup+cam+file+" OTHER "+000003.mkv",
		"2001-02-03_04-05-06_cam+file+" OTHER "+000004.mkv",
		"2001-02-03_04-05-06_cam+file+" OTHER "+000004_2.mkv" };
	static const char *const foreign[] = { "2001/02/x_03.mkv",
		"2001+02/x/03.mkv", "2001+02+03.mkv", "2001+02+y+03.mkv",
		"2001+13+x+03.mkv", "2001/2001+02+x+03.mkv", "2001/02+x+31.mkv",
		"x+03.mkv", "2001_02_x_03.mkv",
		"2001/.ffsup+cam+file+" OTHER "+000003.mkv",
		".ffsup+cam2+file+" OTHER "+000003.mkv",
		".ffsup+cam+file+" OTHER "+notes.mkv",
		"2001-02-03_cam+file+" OTHER "+000004.mkv",
		"2001-02-30_04-05-06_cam+file+" OTHER "+000004.mkv" };
	const char *live = ".ffsup+cam+file+" OURS "+000000.mkv";
	struct workname work = { NULL, "cam", "file", OURS };
	struct prune_limits all = { .max_age_ms = 1, .work = &work };
	struct prune_result r;

	for (size_t i = 0; i < NELEM(ours); i++)
		put(ours[i], 10, 90000);
	for (size_t i = 0; i < NELEM(foreign); i++)
		put(foreign[i], 10, 90000);
	put(live, 10, 90001);
	put("2001/02/x/04.mkv", 10, 80000);
	r = run("%Y/%m/x/%d.mkv", all);
	assert_int_equal(r.removed, NELEM(ours));
	assert_int_equal(r.files, 2);
	for (size_t i = 0; i < NELEM(ours); i++)
		assert_false(is_there(ours[i]));
	for (size_t i = 0; i < NELEM(foreign); i++)
		assert_true(is_there(foreign[i]));
	assert_true(is_there(live));
	work.token = NULL; /* it has ended */
	assert_int_equal(run("%Y/%m/x/%d.mkv", all).removed, 1);
	assert_false(is_there(live));
}

/* A file that another daemon has open for writing stays, however old it is, and
 * that is not a trouble; reading it keeps nothing. */
static void
test_r17_written_by_another(void **state UNUSED)
{
	static const char *const names[] = { "2001.mkv",
		".ffsup+cam+file+" OTHER "+000003.mkv" };
	struct workname work = { NULL, "cam", "file", OURS };
	struct prune_limits all = { .max_age_ms = 1, .work = &work };
	struct prune_result r;
	int fd[NELEM(names)];

	for (size_t i = 0; i < NELEM(names); i++) {
		put(names[i], 10, 90000);
		fd[i] = open(at(names[i]), O_WRONLY | O_CLOEXEC);
	}
	put("2002.mkv", 10, 80000);
	r = run("%Y.mkv", all);
	assert_int_equal(r.removed, 0);
	assert_int_equal(r.files, 3);
	assert_false(r.full);
	all.max_size = 1; /* that is one */
	assert_true(run("%Y.mkv", all).full);
	all.max_size = 0;
	for (size_t i = 0; i < NELEM(names); i++) {
		close(fd[i]);
		fd[i] = open(at(names[i]), O_RDONLY | O_CLOEXEC);
	}
	r = run("%Y.mkv", all);
	assert_int_equal(r.removed, 2);
	for (size_t i = 0; i < NELEM(names); i++)
		close(fd[i]);
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s7_clock_jumps),
		cmocka_unit_test(test_s7_clock_is_believed),
		WITH_DIR(test_s7_archive_outlives_jump),
		WITH_DIR(test_s7_width_removes_nothing),
		WITH_DIR(test_s7_foreign_stay),
		WITH_DIR(test_numbered),
		WITH_DIR(test_beside_and_hidden),
		WITH_DIR(test_r17_written_by_another),
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
