/* SPDX-License-Identifier: ISC */
/* Recordings get their names, and never that of another file; one without a
 * frame goes; a file that has a writer, or another name, stays. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#include "base/calendar.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/strv.h"
#include "base/util.h"
#include "stream/spool.h"
#include "tree.h"

#define TOKEN "0123456789abcdef"
#define OTHER "fedcba9876543210"
#define TEXT  "\x47\x40\x11\x10\x42\xf0\x25\x01\xc1"

#define EBML	"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01"
#define CLUSTER "\x1f\x43\xb6\x75\x01"
#define FTYP         \
	"\0\0\0\x1c" \
	"ftypiso5"
#define MOOV         \
	"\0\0\0\x08" \
	"moov"
#define MOOF         \
	"\0\0\0\x08" \
	"moof"
#define MDAT         \
	"\0\0\0\x08" \
	"mdat"

static char dir[64], pattern[160];
static bool old_disk;	 /* the file system is a simple one */
static const char *deny; /* paths below this take no name... */
static int deny_errno;	 /* ...for this reason */

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int __real_statx(int, const char *, int, unsigned, struct statx *);
int __wrap_statx(int, const char *, int, unsigned, struct statx *);

int
__wrap_renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
	if (deny != NULL && util_has_prefix(b, deny)) {
		errno = deny_errno;
		return -1;
	}
	errno = EINVAL;
	return old_disk ? -1 : __real_renameat2(from, a, to, b, flags);
}

int
__wrap_statx(
    int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	int rc = __real_statx(fd, path, flags, mask, st);

	if (old_disk)
		st->stx_mask &= ~(unsigned)STATX_BTIME;
	return rc;
}

static struct spool spool;
static struct strv named, beside, bare, stranded, reasons;

static void
said(void *ctx UNUSED, enum spool_news news, const char *path, const char *why)
{
	strv_push(news == SPOOL_NAMED  ? &named
		: news == SPOOL_BESIDE ? &beside
		: news == SPOOL_BARE   ? &bare
				       : &stranded,
	    path);
	assert_int_equal(
	    why != NULL, news == SPOOL_BESIDE || news == SPOOL_STRANDED);
	if (why != NULL)
		strv_push(&reasons, why);
}

static const struct spool_host host = { .said = said };

static int
setup(void **state UNUSED)
{
	old_disk = false;
	deny = NULL;
	strcpy(dir, "/tmp/spool-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	setenv("TZ", "UTC", 1);
	tzset();
	snprintf(pattern, sizeof(pattern), "%s/%%Y/cam.mkv", dir);
	spool = (struct spool){ .name = { pattern, "cam", "file", TOKEN } };
	return 0;
}

static int
teardown(void **state UNUSED)
{
	strv_clear(&named);
	strv_clear(&bare);
	strv_clear(&stranded);
	strv_clear(&beside);
	strv_clear(&reasons);
	return tree_remove(dir);
}

/* A path in the directory; borrowed until the fourth call from here. */
static const char *
at(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % NELEM(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

/* Open a file as another process that writes to it. */
static int
begin(const char *name, const void *data, size_t len)
{
	int fd;

	assert_int_equal(fs_mkdirs(at(name), true), 0);
	fd = open(at(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	return fd;
}

static void
put(const char *name, const char *text)
{
	close(begin(name, text, strlen(text)));
}

static const char *
text_of(const char *name)
{
	static char text[64];
	size_t len;
	char *all = fs_read(at(name), sizeof(text) - 1, &len);

	snprintf(text, sizeof(text), "%s", all == NULL ? "?" : all);
	free(all);
	return text;
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(at(name), &st) == 0;
}

/* A working name of the run that is under way. */
static const char *
work(unsigned number)
{
	static char names[4][128];
	static unsigned turn;
	char *name = names[turn++ % NELEM(names)];

	snprintf(name, sizeof(names[0]), ".ffsup+cam+file+" TOKEN "+%06u.mkv",
	    number);
	return name;
}

/* The year's name, with a number. */
static const char *
final(unsigned number)
{
	static char names[4][64];
	static unsigned turn;
	char *name = names[turn++ % NELEM(names)], *year;

	year = calendar_text("%Y", wall_ms());
	if (number < 2)
		snprintf(name, sizeof(names[0]), "%s/cam.mkv", year);
	else
		snprintf(name, sizeof(names[0]), "%s/cam_%u.mkv", year, number);
	free(year);
	return name;
}

static unsigned
settle(void)
{
	spool.next = spool_settle(&spool, wall_ms(), &host);
	return spool.next;
}

/* --- names ------------------------------------------------------------------- */

static void
test_pattern(void **state UNUSED)
{
	char a[WORKNAME_TOKEN_LEN], b[WORKNAME_TOKEN_LEN], *p;
	struct workname s = { "/rec/100%% sure/%Y/x-%H.mp4", "cam", "file2",
		TOKEN };

	p = workname_pattern(&s);
	assert_string_equal(
	    p, "/rec/100%% sure/.ffsup+cam+file2+" TOKEN "+%06d.mp4");
	free(p);
	s.pattern = "%H.ts";
	p = workname_pattern(&s);
	assert_string_equal(p, "./.ffsup+cam+file2+" TOKEN "+%06d.ts");
	free(p);
	/* the longest one fits whenever a final name does */
	s.stream = s.output =
	    "0123456789012345678901234567890123456789012345678"
	    "901234567890123";
	p = workname_path(&s, 4000000000U);
	assert_true(strlen(p) - strlen("./") <= WORKNAME_MAX);
	assert_true(WORKNAME_MAX <= NAME_MAX);
	free(p);
	spool_token(a);
	spool_token(b);
	assert_int_equal(strlen(a), WORKNAME_TOKEN_LEN - 1);
	assert_string_not_equal(a, b);
}

/* A name that is taken is left as it is: the hour that comes twice, and two
 * recorders on one pattern. */
static void
test_s5_names_are_never_taken_away(void **state UNUSED)
{
	put(final(1), "the first hour");
	for (unsigned i = 0; i < 3; i++)
		put(work(i), i == 0 ? TEXT "a" : i == 1 ? TEXT "b" : TEXT "c");
	assert_int_equal(settle(), 3);
	assert_string_equal(text_of(final(1)), "the first hour");
	assert_string_equal(text_of(final(2)), TEXT "a");
	assert_string_equal(text_of(final(3)), TEXT "b");
	assert_string_equal(text_of(final(4)), TEXT "c");
	assert_int_equal(named.n, 3);
	assert_string_equal(named.v[0], at(final(2)));
	assert_int_equal(stranded.n, 0);
	assert_int_equal(settle(), 3);
}

/* The directory of each period is made when its time comes; that another
 * process makes it at the same time does not matter. */
static void
test_p3_date_directories(void **state UNUSED)
{
	snprintf(pattern, sizeof(pattern), "%s/%%Y/%%m/%%d/x/%%s.mkv", dir);
	for (unsigned i = 0; i < 30; i++)
		put(work(i), TEXT);
	assert_int_equal(settle(), 30);
	assert_int_equal(named.n, 30);
	for (size_t i = 0; i < named.n; i++)
		assert_int_equal(access(named.v[i], F_OK), 0);
}

/* It has its name while it is written, and the writer does not notice. */
static void
test_written(void **state UNUSED)
{
	int fd = begin(work(0), TEXT, strlen(TEXT));

	assert_int_equal(settle(), 1);
	assert_false(is_there(work(0)));
	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
	assert_string_equal(text_of(final(1)), TEXT "more");
}

/* Nor before it holds a frame, or while it must not be. */
static void
test_waits(void **state UNUSED)
{
	int fd = begin(work(0), EBML, strlen(EBML));

	assert_int_equal(settle(), 0);
	assert_true(is_there(work(0)));
	assert_int_equal(write(fd, CLUSTER, strlen(CLUSTER)), 5);
	spool.late = true;
	assert_int_equal(settle(), 0);
	close(fd);
	fd = begin(work(1), "", 0);
	assert_int_equal(settle(), 1);
	assert_true(is_there(final(1)));
	close(fd);
	put(work(2), "");
	/* complete, and without a frame */
	assert_int_equal(settle(), 2);
	assert_int_equal(bare.n, 1);
	assert_int_equal(named.n, 1);
}

/* A file that vanished, or that another process named, holds up nobody. */
static void
test_gap(void **state UNUSED)
{
	put(work(1), TEXT);
	assert_int_equal(settle(), 2);
	assert_true(is_there(final(1)));
}

/* Name three files of the run, none of which can have its name: they are given
 * others, one after the other, and the obstacle is reported. */
static void
goes_beside(const char *name, const char *reason)
{
	char *numbered, *why = xasprintf("%s/%s", dir, reason);

	strv_clear(&beside);
	strv_clear(&reasons);
	spool.next = 0;
	for (unsigned i = 0; i < 3; i++)
		put(work(i), i == 0 ? TEXT "a" : i == 1 ? TEXT "b" : TEXT "c");
	assert_int_equal(settle(), 3);
	assert_int_equal(named.n + stranded.n, 0);
	assert_int_equal(beside.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		numbered = i == 0 ? xstrdup(name)
				  : xasprintf("%.*s_%u.mkv",
					(int)strlen(name) - 4, name, i + 1);
		assert_string_equal(beside.v[i], at(numbered));
		assert_string_equal(text_of(numbered),
		    i == 0	 ? TEXT "a"
			: i == 1 ? TEXT "b"
				 : TEXT "c");
		free(numbered);
		assert_int_equal(unlink(beside.v[i]), 0);
		assert_string_equal(reasons.v[i], why);
	}
	free(why);
}

/* A file in place of a directory of the date: a name beside it, until it is
 * gone. */
static void
test_file_in_the_way(void **state UNUSED)
{
	char *year = calendar_text("%Y", wall_ms());
	char *name = xasprintf("%s+cam.mkv", year);
	char *reason = xasprintf("%s: Not a directory: move it away", year);

	put(year, "in the way");
	goes_beside(name, reason);
	assert_string_equal(text_of(year), "in the way");
	assert_int_equal(unlink(at(year)), 0);
	put(work(3), TEXT);
	assert_int_equal(settle(), 4);
	assert_true(is_there(final(1)));
	free(reason);
	free(name);
	free(year);
}

/* Deeper, the name is in the nearest directory that takes it. */
static void
test_link_in_the_way(void **state UNUSED)
{
	char *year = calendar_text("%Y", wall_ms());
	char *name = xasprintf("%s/here+%s+cam.mkv", year, year);
	char *link = xasprintf("%s/here", year);
	char *reason =
	    xasprintf("%s: No such file or directory: remove this link", link);

	snprintf(pattern, sizeof(pattern), "%s/%%Y/here/%%Y//cam.mkv", dir);
	assert_int_equal(mkdir(at(year), 0700), 0);
	assert_int_equal(symlink("nowhere", at(link)), 0);
	goes_beside(name, reason);
	free(reason);
	assert_int_equal(unlink(at(link)), 0);
	assert_int_equal(symlink("here", at(link)), 0);
	reason = xasprintf(
	    "%s: Too many levels of symbolic links: remove this link", link);
	goes_beside(name, reason);
	free(reason);
	free(link);
	free(name);
	free(year);
}

/* The directory is there, and takes no file. */
static void
test_directory_takes_none(void **state UNUSED)
{
	static const struct {
		int error;
		const char *what;
	} all[] = { { EACCES,
			"Permission denied: give ffsup write permission "
			"there" },
		{ EROFS, "Read-only file system: mount it writable" },
		{ EXDEV,
		    "Invalid cross-device link: the directories of the date "
		    "must be on the same file system as the directory above "
		    "them" },
		{ ENOSPC, "No space left on device: free some space there" },
		{ EIO, "Input/output error: check this disk" } };
	static char below[96];
	char *year = calendar_text("%Y", wall_ms()), *reason;
	char *name = xasprintf("%s+cam.mkv", year);

	snprintf(below, sizeof(below), "%s/%s/", dir, year);
	deny = below;
	for (size_t i = 0; i < NELEM(all); i++) {
		deny_errno = all[i].error;
		reason = xasprintf("%s: %s", year, all[i].what);
		goes_beside(name, reason);
		free(reason);
	}
	free(name);
	free(year);
}

/* A name that is too long for a directory and beside it: one that says whose
 * it is, and when it was begun. */
static void
test_name_too_long(void **state UNUSED)
{
	static char wide[900], xs[300];
	struct workname w;

	memset(xs, 'x', sizeof(xs) - 1);
	snprintf(wide, sizeof(wide), "%s/%%Y%s/%%H.mkv", dir, xs);
	spool.name.pattern = wide;
	put(work(0), TEXT);
	put(work(1), TEXT);
	assert_int_equal(settle(), 2);
	assert_int_equal(beside.n, 2);
	w = spool.name;
	w.token = NULL;
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    workname_is_last(&w, strrchr(beside.v[i], '/') + 1));
	w.output = "other";
	assert_false(workname_is_last(&w, strrchr(beside.v[0], '/') + 1));
	assert_non_null(strstr(reasons.v[0], "File name too long"));
}

/* No name at all: each is tried, none is lost, and all are named later. */
static void
test_stranded(void **state UNUSED)
{
	static char below[80];

	snprintf(below, sizeof(below), "%s/", dir);
	deny = below;
	deny_errno = EROFS;
	for (unsigned i = 0; i < 3; i++)
		put(work(i), TEXT);
	assert_int_equal(settle(), 0);
	assert_int_equal(stranded.n, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(stranded.v[i], at(work(i)));
	deny = NULL;
	assert_int_equal(settle(), 3);
	assert_true(
	    is_there(final(1)) && is_there(final(2)) && is_there(final(3)));
}

/* A file that another process keeps open, and that has no frame, does not hold
 * up later ones. */
static void
test_later_ones_are_tried(void **state UNUSED)
{
	int fd = begin(work(0), EBML, strlen(EBML));

	put(work(1), TEXT);
	put(work(2), TEXT);
	assert_int_equal(settle(), 0);
	assert_int_equal(named.n, 2);
	spool.done = 3;
	assert_int_equal(settle(), 0); /* the others are away */
	close(fd);
	assert_int_equal(settle(), 3);
	assert_int_equal(bare.n, 1);
}

/* Other periods' names: by the birth of the file, not by the look at it. */
static void
test_time(void **state UNUSED)
{
	int64_t wall;

	snprintf(pattern, sizeof(pattern), "%s/%%s.mkv", dir);
	wall = wall_ms();
	put(work(0), TEXT);
	spool.next = spool_settle(&spool, wall + 86400000, &host);
	if (strtoll(strrchr(named.v[0], '/') + 1, NULL, 10) * 1000 >=
	    wall + 86400000)
		skip(); /* a file system that knows no time of birth */
	assert_in_range(strtoll(strrchr(named.v[0], '/') + 1, NULL, 10),
	    wall / 1000, wall / 1000 + 10);
}

/* The same on a disk that cannot rename without replacing: nothing is lost, and
 * nothing is left over. */
static void
test_old_disk(void **state UNUSED)
{
	old_disk = true;
	put(final(1), "the first hour");
	put(work(0), TEXT "a");
	put(work(1), TEXT "b");
	assert_int_equal(settle(), 2);
	assert_string_equal(text_of(final(1)), "the first hour");
	assert_string_equal(text_of(final(2)), TEXT "a");
	assert_string_equal(text_of(final(3)), TEXT "b");
	assert_false(is_there(final(4)));
	assert_false(is_there(work(0)));
}

/* And that does not know when a file was made: from the first write on, or
 * better, nobody has read it. */
static void
test_no_birth(void **state UNUSED)
{
	struct timespec t[2] = { { .tv_sec = 1700000000 },
		{ .tv_sec = 1700000500 } };

	old_disk = true;
	snprintf(pattern, sizeof(pattern), "%s/%%s.mkv", dir);
	put(work(0), TEXT);
	assert_int_equal(utimensat(AT_FDCWD, at(work(0)), t, 0), 0);
	put(work(1), TEXT);
	t[0].tv_sec += 1000;
	assert_int_equal(utimensat(AT_FDCWD, at(work(1)), t, 0), 0);
	assert_int_equal(settle(), 2);
	assert_true(is_there("1700000000.mkv"));
	assert_true(is_there("1700000500.mkv"));
}

/* --- leftovers ----------------------------------------------------------------- */

static void
recover(void)
{
	spool_recover(&spool, wall_ms(), &host);
}

/* Whether a file of a dead run with this content is removed. */
static bool
goes(const void *data, size_t len)
{
	const char *name = ".ffsup+cam+file+" OTHER "+000007.mkv";

	close(begin(name, data, len));
	strv_clear(&bare);
	recover();
	assert_false(is_there(name));
	assert_false(is_there(work(0)));
	return bare.n == 1;
}

#define GOES(text) goes(text, sizeof(text) - 1)

static void
test_headers(void **state UNUSED)
{
	char big[4097] = EBML;

	assert_true(GOES(""));
	assert_true(GOES(EBML));
	assert_true(GOES(FTYP MOOV));
	assert_true(goes(big, sizeof(big) - 1));
	assert_int_equal(named.n, 0);
	assert_false(goes(big, sizeof(big)));
	assert_false(GOES(EBML CLUSTER));
	assert_false(GOES(FTYP MOOV MOOF MDAT));
	assert_false(GOES(FTYP MDAT));
	assert_false(GOES(TEXT));
	assert_false(GOES("a word to the wise, who keeps his notes here"));
	assert_int_equal(named.n, 6);
}

/* Only files of this output, of runs that are over; its own extension stays. */
static void
test_recover(void **state UNUSED)
{
	static const char *const others[] = {
		".ffsup+cam+file2+" OTHER "+000000.mkv",
		".ffsup+cam2+file+" OTHER "+000000.mkv",
		".ffsup+cam+file+" OTHER "+00000.mkv",
		".ffsup+cam+file+" OTHER "+000000mkv",
		".ffsup+cam+file+" OTHER "0+000000.mkv",
		".ffsup+cam+file+" TOKEN "+000000.mkv",
		".ffsup+cam+file+notes.mkv",
		"ffsup+cam+file+" OTHER "+000000.mkv",
		"notes.mkv",
	};

	for (size_t i = 0; i < NELEM(others); i++)
		put(others[i], TEXT);
	put(".ffsup+cam+file+" OTHER "+000000.mkv", TEXT);
	put(".ffsup+cam+file+" OTHER "+000001.ts", TEXT);
	put(".ffsup+cam+file+" OTHER "+1000000.mkv", TEXT);
	recover();
	assert_int_equal(named.n, 3);
	assert_true(is_there(final(1)));
	assert_true(is_there(final(2)));
	for (size_t i = 0; i < NELEM(others); i++)
		assert_true(is_there(others[i]));
	spool.name.token = NULL; /* the run is over */
	recover();
	assert_int_equal(named.n, 4);
}

/* Another daemon still writes, and is not disturbed. */
static void
test_writer(void **state UNUSED)
{
	const char *name = ".ffsup+cam+file+" OTHER "+000000.mkv";
	int fd = begin(name, TEXT, strlen(TEXT));

	recover();
	assert_true(is_there(name));
	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
	recover();
	assert_string_equal(text_of(final(1)), TEXT "more");
}

/* Links, directories and FIFOs are not recordings. */
static void
test_others(void **state UNUSED)
{
	const char *name = ".ffsup+cam+file+" OTHER "+000000.mkv";

	put("elsewhere", TEXT);
	assert_int_equal(symlink("elsewhere", at(name)), 0);
	recover();
	assert_true(is_there(name));
	assert_int_equal(unlink(at(name)), 0);
	assert_int_equal(mkfifo(at(name), 0600), 0);
	recover();
	assert_true(is_there(name));
	assert_int_equal(unlink(at(name)), 0);
	assert_int_equal(mkdir(at(name), 0700), 0);
	recover();
	assert_true(is_there(name));
	assert_int_equal(named.n + bare.n + stranded.n, 0);
	assert_string_equal(text_of("elsewhere"), TEXT);
}

/* --- a fixed name --------------------------------------------------------------- */

/* The name that is chosen for x.ts, without its directory; borrowed. */
static const char *
choose(void)
{
	static char name[64];
	char *path = spool_choose(at("x.ts"), wall_ms());

	assert_non_null(path);
	snprintf(name, sizeof(name), "%s", strrchr(path, '/') + 1);
	free(path);
	return name;
}

/* An old file stays: the next run gets another name. */
static void
test_w11_fixed_name(void **state UNUSED)
{
	assert_string_equal(choose(), "x.ts");
	assert_string_equal(text_of("x.ts"), "");
	/* nothing was written: another time */
	spool_drop(at("x.ts"));
	assert_string_equal(choose(), "x.ts");
	assert_int_equal(unlink(at("x.ts")), 0);
	put("x.ts", TEXT);
	spool_drop(at("x.ts"));
	assert_string_equal(text_of("x.ts"), TEXT);
	assert_string_equal(choose(), "x_2.ts");
	assert_string_equal(choose(), "x_3.ts"); /* another's, of this moment */
	assert_string_equal(text_of("x.ts"), TEXT);
}

/* An old empty file may be written to, unless another process does. */
static void
test_vacant(void **state UNUSED)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	int fd = begin("x.ts", "", 0);

	assert_int_equal(utimensat(AT_FDCWD, at("x.ts"), old, 0), 0);
	assert_string_equal(choose(), "x_2.ts");
	close(fd);
	assert_string_equal(choose(), "x.ts");
}

/* Pipes and devices are written to as they are; no directory is an error. */
static void
test_special(void **state UNUSED)
{
	char *path;

	assert_int_equal(mkfifo(at("x.ts"), 0600), 0);
	assert_string_equal(choose(), "x.ts");
	assert_int_equal(unlink(at("x.ts")), 0);
	assert_int_equal(symlink("/dev/null", at("x.ts")), 0);
	assert_string_equal(choose(), "x.ts");
	assert_int_equal(unlink(at("x.ts")), 0);
	put("target", TEXT);
	assert_int_equal(symlink("target", at("x.ts")), 0);
	assert_string_equal(choose(), "x_2.ts");
	path = spool_choose(at("none/x.ts"), wall_ms());
	assert_string_equal(path, at("none/x.ts"));
	free(path);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pattern),
		TEST(test_s5_names_are_never_taken_away),
		TEST(test_p3_date_directories),
		TEST(test_written),
		TEST(test_waits),
		TEST(test_gap),
		TEST(test_file_in_the_way),
		TEST(test_link_in_the_way),
		TEST(test_directory_takes_none),
		TEST(test_name_too_long),
		TEST(test_stranded),
		TEST(test_later_ones_are_tried),
		TEST(test_time),
		TEST(test_old_disk),
		TEST(test_no_birth),
		TEST(test_headers),
		TEST(test_recover),
		TEST(test_writer),
		TEST(test_others),
		TEST(test_w11_fixed_name),
		TEST(test_vacant),
		TEST(test_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
