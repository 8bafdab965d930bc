/* SPDX-License-Identifier: ISC */
/* The work on a disk for an output is done in the end, in a separate process;
 * a disk that does not answer is reported, and holds up nobody. */
#include "config.h"

#include <errno.h>
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

#include "base/calendar.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/log.h"
#include "base/util.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "spin.h"
#include "stream/recorders.h"
#include "tree.h"

#define TEXT "\x47\x40\x11\x10\x42\xf0\x25\x01\xc1"

static struct ev_loop *loop;
static char dir[64], notices[1024];
static unsigned changes;
static struct recorders recorders;
static struct profile *profile;
/* recorders never look into a worker */
static const struct worker *const worker = (const void *)&recorders;

static void
rig_notice(void *ctx UNUSED, const char *kind, const char *text)
{
	size_t len = strlen(notices);

	snprintf(notices + len, sizeof(notices) - len, "%s: %s\n", kind, text);
}

static void
rig_changed(void *ctx UNUSED)
{
	changes++;
}

static bool nameless; /* no file gets another name */

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);

int
__wrap_renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
	if (!nameless)
		return __real_renameat2(from, a, to, b, flags);
	errno = EROFS;
	return -1;
}

static struct profile *
read_profile(const char *output)
{
	static const struct expand_env env;
	char *text = xasprintf("{\"source\":{\"url\":\"rtsp://cam/1\"},"
			       "\"outputs\":[{%s}]}",
	    output);
	struct errors errs = { 0 };
	struct jsonc doc = { 0 };
	struct profile *p;

	assert_int_equal(
	    jsonc_parse(&doc, "cam.json", text, strlen(text), &errs), 0);
	p = parse_profile(&doc, "cam", NULL, &env, &errs);
	if (p == NULL)
		fail_msg("%s", errs.v[0].text);
	jsonc_clear(&doc);
	errors_clear(&errs);
	free(text);
	return p;
}

/* One output in the directory: "record" or "url" of this name. */
static void
rig_set(const char *key, const char *name, const char *more)
{
	char *output = xasprintf("\"%s\":\"%s/%s\"%s", key, dir, name, more);

	profile_free(profile);
	profile = read_profile(output);
	recorders_set(&recorders, worker, profile, 0, true);
	free(output);
}

static int
setup(void **state UNUSED)
{
	strcpy(dir, "/tmp/recorder-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	loop = ev_loop_new(EVFLAG_NOENV);
	log_init(LOG_LEVEL_ERROR);
	child_init(loop);
	notices[0] = '\0';
	changes = 0;
	recorders_init(&recorders, loop,
	    &(struct recorder_host){
		.notice = rig_notice, .changed = rig_changed });
	return 0;
}

static int
teardown(void **state UNUSED)
{
	recorders_clear(&recorders);
	child_shutdown();
	ev_loop_destroy(loop);
	profile_free(profile);
	profile = NULL;
	return tree_remove(dir);
}

static const char *
at(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % NELEM(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(at(name), &st) == 0;
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* File number n of the run, as ffmpeg names it from the pattern that it got. */
static void
ffmpeg_begins(const char *to, int n)
{
	char *mark = strstr(to, "%06d"), *path;

	assert_non_null(mark);
	path = xasprintf("%.*s%06d%s", (int)(mark - to), to, n, mark + 4);
	put(path, TEXT);
	free(path);
}

/* Its line on the progress descriptor. */
static void
ffmpeg_ends(const char *to, int n)
{
	const char *name = strrchr(to, '/') + 1, *mark = strstr(name, "%06d");
	char *line =
	    xasprintf("%.*s%06d%s", (int)(mark - name), name, n, mark + 4);

	recorders_wrote(&recorders, worker, line);
	free(line);
}

static struct recorder *
the_recorder(void)
{
	return TAILQ_FIRST(&recorders.list);
}

#define SPIN_IDLE() SPIN_UNTIL(loop, !job_is_busy(&the_recorder()->job))

/* A file has its name soon after it was begun, and the last one when its
 * recorder is dead; the same name twice takes nothing away. */
static void
test_p5_names(void **state UNUSED)
{
	const char *to;

	rig_set("record", "%j/%Y-%m-%d_%H-%M-%S.ts", "");
	assert_int_equal(recorders_hold(&recorders, worker), 0);
	to = recorders_begin(&recorders, worker);
	assert_string_equal(recorders_directory(&recorders, worker), dir);
	for (int i = 0; i < 3; i++) {
		ffmpeg_begins(to, i);
		if (i == 0)
			recorders_up(&recorders, worker);
		else
			ffmpeg_ends(to, i - 1);
		SPIN_UNTIL(loop, the_recorder()->run.next == (unsigned)i + 1);
	}
	ffmpeg_begins(to, 3);
	recorders_ended(&recorders, worker, false);
	assert_false(recorders_are_idle(&recorders, worker));
	SPIN_UNTIL(loop, recorders_are_idle(&recorders, worker));
	to = xasprintf("ls %s/*/*.ts | wc -l | grep -qx 4 && "
		       "! ls %s/.ffsup* 2>/dev/null",
	    dir, dir);
	assert_int_equal(system(to), 0); /* NOLINT */
	free((char *)(uintptr_t)to);
	assert_string_equal(notices, "");
	assert_true(changes > 0);
}

/* The result of one run is not taken for the next one's. */
static void
test_next_run(void **state UNUSED)
{
	const char *to;

	rig_set("record", "%F_%H-%M-%S.ts", "");
	to = recorders_begin(&recorders, worker);
	SPIN_IDLE();
	ffmpeg_begins(to, 0);
	ffmpeg_begins(to, 1);
	recorders_up(&recorders, worker);
	assert_true(job_is_busy(&the_recorder()->job));
	recorders_ended(&recorders, worker, false);
	to = recorders_begin(&recorders, worker);
	ffmpeg_begins(to, 0);
	SPIN_IDLE();
	assert_int_equal(the_recorder()->run.next, 0);
	recorders_up(&recorders, worker);
	SPIN_UNTIL(loop, the_recorder()->run.next == 1);
}

/* A name that cannot be given is reported once, and is a trouble until the next
 * one can. */
static void
test_stranded(void **state UNUSED)
{
	char *year = calendar_text("%Y", wall_ms()), *trouble;
	const char *to;

	rig_set("record", "%Y/%m-%d_%H-%M-%S.ts", "");
	put(at(year), "in the way");
	to = recorders_begin(&recorders, worker);
	assert_null(recorders_stranded(&recorders, worker));
	for (int i = 0; i < 3; i++)
		ffmpeg_begins(to, i);
	ffmpeg_ends(to, 1);
	SPIN_UNTIL(loop, the_recorder()->run.next == 3);
	assert_non_null(strstr(notices, "cannot be renamed"));
	assert_ptr_equal(strchr(notices, '\n'), notices + strlen(notices) - 1);
	assert_ptr_equal(
	    recorders_stranded(&recorders, worker), the_recorder());
	trouble = recorder_trouble(the_recorder());
	assert_non_null(strstr(trouble, "Not a directory: move it away"));
	free(trouble);
	assert_int_equal(unlink(at(year)), 0);
	ffmpeg_begins(to, 3);
	ffmpeg_ends(to, 2);
	SPIN_UNTIL(loop, the_recorder()->run.next == 4);
	assert_null(recorders_stranded(&recorders, worker));
	assert_non_null(strstr(notices, "are renamed again"));
	free(year);
}

/* Where no directory takes a name, the notice says that the file is hidden, and
 * where. */
static void
test_r14_stays(void **state UNUSED)
{
	struct recorder *r;
	const char *to;
	char *said;

	rig_set("record", "%F_%H-%M-%S.ts", "");
	to = recorders_begin(&recorders, worker);
	r = the_recorder();
	nameless = true;
	for (int i = 0; i < 3; i++)
		ffmpeg_begins(to, i);
	ffmpeg_ends(to, 1);
	SPIN_UNTIL(loop, r->stranded != NULL);
	SPIN_IDLE();
	nameless = false;
	assert_non_null(strstr(notices, "Read-only file system"));
	said = strstr(notices,
	    "until then the file stays hidden, under its "
	    "working name ");
	assert_non_null(said);
	assert_non_null(strstr(said, "000000.ts"));
	assert_null(strstr(notices, "nearest writable"));
	assert_ptr_equal(strchr(notices, '\n'), notices + strlen(notices) - 1);
}

/* One that could have no name at all is tried again after its run, too. */
static void
test_stranded_at_the_end(void **state UNUSED)
{
	struct recorder *r;
	const char *to;

	rig_set("record", "%F_%H-%M-%S.ts", "");
	to = recorders_begin(&recorders, worker);
	SPIN_IDLE();
	recorders_ended(&recorders, worker, false);
	r = the_recorder();
	r->stranded = xstrdup("the disk was full");
	SPIN_IDLE();
	ffmpeg_begins(to, 0);
	assert_true(r->due_ms > mono_ms());
	r->due_ms = mono_ms();
	recorders_tick(&recorders);
	SPIN_UNTIL(loop, r->stranded == NULL);
	assert_non_null(strstr(notices, "are renamed again"));
}

/* A file with a fixed name stays; an empty file goes. */
static void
test_w11_fixed_name(void **state UNUSED)
{
	rig_set("url", "new/x.ts", "");
	assert_true(recorders_hold(&recorders, worker) > 0);
	SPIN_UNTIL(loop, recorders_hold(&recorders, worker) == 0);
	assert_string_equal(
	    recorders_begin(&recorders, worker), at("new/x.ts"));
	assert_true(is_there("new/x.ts"));
	recorders_ended(&recorders, worker, false);
	SPIN_UNTIL(loop, !is_there("new/x.ts"));
	put(at("new/x.ts"), "an hour of work");
	SPIN_UNTIL(loop, recorders_hold(&recorders, worker) == 0);
	assert_string_equal(notices, "");
	assert_string_equal(
	    recorders_begin(&recorders, worker), at("new/x_2.ts"));
	assert_non_null(strstr(notices, "this run writes to"));
}

/* A server, a device: nothing to do. */
static void
test_elsewhere(void **state UNUSED)
{
	profile_free(profile);
	profile = read_profile("\"url\":\"rtmp://h/live/key\"");
	recorders_set(&recorders, worker, profile, 0, true);
	assert_true(TAILQ_EMPTY(&recorders.list));
	assert_int_equal(recorders_hold(&recorders, worker), 0);
	assert_null(recorders_begin(&recorders, worker));
	assert_null(recorders_directory(&recorders, worker));
	recorders_ended(&recorders, worker, true);
	recorders_tick(&recorders);
	assert_true(recorders_are_idle(&recorders, NULL));
}

/* Forgotten segments go at the first look. */
static void
test_p13_segments(void **state UNUSED)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	put(at("live.m3u8"), "#EXTM3U\n#EXTINF:2.0,\nlive-00002.ts\n");
	put(at("live-00001.ts"), "x");
	put(at("live-00002.ts"), "x");
	assert_int_equal(utimensat(AT_FDCWD, at("live-00001.ts"), old, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, at("live-00002.ts"), old, 0), 0);
	rig_set("url", "live.m3u8", "");
	recorders_tick(&recorders);
	SPIN_UNTIL(loop, !is_there("live-00001.ts"));
	assert_true(is_there("live-00002.ts"));
}

/* Limits are kept; a full disk hurries. */
static void
test_limits(void **state UNUSED)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	for (int i = 0; i < 3; i++) {
		char name[] = "1700002001.ts";

		name[9] += (char)i;
		put(at(name), TEXT);
		old[1].tv_sec++;
		assert_int_equal(utimensat(AT_FDCWD, at(name), old, 0), 0);
	}
	rig_set("record", "%s.ts", "");
	recorders_tick(&recorders);
	assert_false(job_is_busy(&the_recorder()->job));
	the_recorder()->limits.max_size = 10;
	the_recorder()->looks = true;
	recorders_tick(&recorders);
	SPIN_UNTIL(loop, !is_there("1700002002.ts"));
	assert_true(is_there("1700002003.ts"));
	SPIN_IDLE();
	put(at("1700002004.ts"), TEXT);
	recorders_tick(&recorders);
	assert_false(job_is_busy(&the_recorder()->job)); /* not yet */
	recorders_begin(&recorders, worker);
	SPIN_IDLE();
	recorders_ended(&recorders, worker, true);
	SPIN_UNTIL(loop, !is_there("1700002003.ts"));
	SPIN_IDLE();
}

/* A disk that hangs: reported once, and once when it answers again; nothing
 * waits for it, and the requests of that time are done then. */
static void
test_s4_silent_disk(void **state UNUSED)
{
	const struct recorder *r;
	const char *to;
	char *text;

	rig_set("record", "%s.ts", "");
	to = recorders_begin(&recorders, worker);
	r = the_recorder();
	assert_true(job_is_busy(&r->job));
	kill(r->job.child.pid, SIGSTOP);
	ffmpeg_begins(to, 0);
	recorders_up(&recorders, worker);
	recorders_tick(&recorders);
	assert_null(recorders_silent(&recorders, NULL));
	the_recorder()->job.heard_ms -= 40000;
	recorders_tick(&recorders);
	recorders_tick(&recorders);
	assert_ptr_equal(recorders_silent(&recorders, worker), r);
	assert_null(recorders_silent(&recorders, (const void *)dir));
	text = xasprintf("disk: the disk of %s has not answered for 40", dir);
	assert_ptr_equal(strstr(notices, text), notices);
	assert_ptr_equal(strchr(notices, '\n'), notices + strlen(notices) - 1);
	free(text);
	assert_int_equal(changes, 1);
	kill(r->job.child.pid, SIGCONT);
	SPIN_UNTIL(loop, r->run.next == 1);
	assert_null(recorders_silent(&recorders, NULL));
	assert_non_null(strstr(notices, "answers again, after 40"));
}

/* The end of a worker waits for its disk for a while, not for ever. */
static void
test_end_is_bounded(void **state UNUSED)
{
	const struct recorder *r;

	rig_set("record", "%s.ts", "");
	recorders_begin(&recorders, worker);
	r = the_recorder();
	kill(r->job.child.pid, SIGSTOP);
	recorders_ended(&recorders, worker, false);
	assert_false(recorders_are_idle(&recorders, NULL));
	the_recorder()->run.ended_ms -= 60000;
	assert_true(recorders_are_idle(&recorders, NULL));
	recorders_forget(&recorders, worker);
	assert_true(TAILQ_EMPTY(&recorders.list));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_p5_names),
		TEST(test_next_run),
		TEST(test_stranded),
		TEST(test_r14_stays),
		TEST(test_stranded_at_the_end),
		TEST(test_w11_fixed_name),
		TEST(test_elsewhere),
		TEST(test_p13_segments),
		TEST(test_limits),
		TEST(test_s4_silent_disk),
		TEST(test_end_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
