/* SPDX-License-Identifier: ISC */
/*
 * The frames side of a stream: a spare that takes over, the slate's image, and
 * the notices about the frames. Encoders are scripts of the shell; so is the
 * ffmpeg that decodes the image, which is a raw frame here.
 */
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

#include <cmocka.h>

#include "base/clock.h"
#include "owner.h"

#include "base/errors.h"
#include "link/framelink.h"
#include "link/framereader.h"
#include "process/job.h"
#include "process/pathkeeper.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/profile.h"

#include "fakepainter.h"

#define TAIL "\"outputs\":[{\"url\":\"rtmp://srv/live/key\"}]}"

/* Says that it encodes once it got a byte, and takes all others. */
#define ENCODER                 \
	"head -c 1 >/dev/null;" \
	"printf 'frame=1\\nprogress=continue\\n' >&3; exec cat >/dev/null"

/* Writes its input file to stdout. */
#define FFMPEG "#!/bin/sh\nwhile [ \"$1\" != -i ]; do shift; done\ncat \"$2\"\n"

/* The frames of a stream, two encoders, a directory. */
struct scene {
	struct framelink *frames;
	struct painter *painter;
	struct profile *profile;
	struct plan plan;
	struct probe probe;
	struct rig rigs[2];
	char dir[64];
	char *image, *control;
	unsigned seen, notices;
	char notice[400]; /* the newest */
	int out;	  /* a producer's end, -1 */
};

static const char *
scene_env(void *ctx UNUSED, const char *name UNUSED)
{
	return NULL;
}

static void
scene_frame(void *ctx)
{
	struct scene *s = ctx;

	s->seen++;
}

static void
scene_notice(void *ctx, const char *kind, const char *text)
{
	struct scene *s = ctx;

	s->notices++;
	snprintf(s->notice, sizeof(s->notice), "%s: %s", kind, text);
}

/* Read a valid profile; "@" in it means the directory. */
static struct profile *
scene_profile(const struct scene *s, const char *text)
{
	static const struct expand_env env = { .get = scene_env };
	const char *at = strchr(text, '@');
	char *full = at == NULL
	    ? xstrdup(text)
	    : xasprintf("%.*s%s%s", (int)(at - text), text, s->dir, at + 1);
	struct errors errs = { 0 };
	struct profile *p = NULL;
	struct jsonc doc;

	if (jsonc_parse(&doc, "p", full, strlen(full), &errs) == 0)
		p = parse_profile(&doc, "cam", NULL, &env, &errs);
	if (p == NULL)
		fail_msg("%s: %s", full, errs.v[0].text);
	jsonc_clear(&doc);
	errors_clear(&errs);
	free(full);
	return p;
}

static void
scene_write(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

/* An image of one value; false ones are too short. */
static void
scene_draw(struct scene *s, char value, bool good)
{
	char data[16 * 8];

	memset(data, value, sizeof(data));
	scene_write(s->image, data, good ? sizeof(data) : 7, 0600);
}

static void
scene_init(struct scene *s, const char *text)
{
	struct framelink_host host = {
		.frame = scene_frame, .notice = scene_notice, .ctx = s
	};

	*s = (struct scene){ .dir = "/tmp/test_frames.XXXXXX", .out = -1 };
	s->painter = host.painter = fakepainter_new(NULL);
	assert_non_null(mkdtemp(s->dir));
	s->image = xasprintf("%s/slate.png", s->dir);
	s->control = xasprintf("%s/ffsup.sock", s->dir);
	s->probe.path = xasprintf("%s/ffmpeg", s->dir);
	scene_write(s->probe.path, FFMPEG, strlen(FFMPEG), 0700);
	s->profile = scene_profile(s, text);
	plan_make(&s->plan, s->profile);
	s->frames = framelink_new(loop, s->profile,
	    plan_link(&s->plan, LINK_FRAMES), &host, &s->probe);
	assert_non_null(s->frames);
}

static void
scene_clear(struct scene *s)
{
	framelink_free(s->frames);
	painter_free(s->painter);
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
	profile_free(s->profile);
	if (s->out != -1)
		close(s->out);
	unlink(s->image);
	unlink(s->probe.path);
	assert_int_equal(rmdir(s->dir), 0);
	free(s->image);
	free(s->control);
	free(s->probe.path);
}

/* --- the spare ---------------------------------------------------------- */

static struct scene *stage; /* of the workers' owners */

/* The link takes the ends of an encoder's pipes. */
static void
stage_link(struct rig *r, const struct worker_report *report)
{
	if (report->what == WORKER_STARTED)
		framelink_started(
		    stage->frames, &r->w, report->in, report->out);
	if (report->what == WORKER_FINISH)
		framelink_finish(stage->frames, &r->w);
	if (report->what == WORKER_ENDED)
		framelink_ended(stage->frames, &r->w);
}

/* Both encoders, started in order: the first is fed, the second waits. */
static void
stage_init(struct scene *s)
{
	struct worker_policy policy = rig_policy();

	policy.backoff.min_ms = policy.backoff.max_ms = 0;
	stage = s;
	scene_init(s,
	    "{\"source\":{\"frames\":{\"size\":\"16x8\",\"fps\":100,"
	    "\"pattern\":\"counter\"}},\"standby\":true," TAIL);
	assert_int_equal(s->plan.n_workers, 2);
	for (size_t i = 0; i < 2; i++) {
		struct rig *r = &s->rigs[i];

		rig_init(r, STDIN_FED, ENCODER);
		worker_set_policy(&r->w, &policy);
		r->w.plan = s->plan.workers[i];
		r->link = stage_link;
		worker_start(&r->w);
		SPIN_UNTIL(loop, r->started == 1); /* the first is fed */
	}
	SPIN_UNTIL(loop, s->rigs[0].w.state == ST_UP);
}

/* Both are asked to end, as a stop of the stream does, and do so because
 * their stdin is closed: nobody needs a signal. */
static void
stage_clear(struct scene *s)
{
	for (size_t i = 0; i < 2; i++)
		worker_stop(&s->rigs[i].w);
	for (size_t i = 0; i < 2; i++) {
		SPIN_UNTIL(loop, s->rigs[i].w.state == ST_OFF);
		assert_int_equal(worker_last(&s->rigs[i].w)->code, 0);
	}
	assert_null(s->frames->fed);
	assert_null(s->frames->spare);
	assert_int_equal(s->frames->spare_fd, -1);
	for (size_t i = 0; i < 2; i++)
		rig_clear(&s->rigs[i]);
	scene_clear(s);
}

/* The spare waits without a frame; when the other one dies it gets the next
 * beat and is expected to live, and the dead one comes back as the spare. So
 * it goes on. */
static void
test_spare(void **state UNUSED)
{
	struct scene s;

	stage_init(&s);
	spin_for(loop, 100);
	for (size_t i = 0; i < 5; i++) {
		struct worker *w = &s.rigs[i % 2].w;
		struct worker *other = &s.rigs[(i + 1) % 2].w;

		assert_ptr_equal(s.frames->fed, w);
		SPIN_UNTIL(loop, s.frames->spare == other);
		spin_for(loop, 50); /* it reads nothing yet */
		assert_int_equal(other->state, ST_STARTING);
		assert_true(other->idle);
		assert_int_equal(kill(w->child.pid, SIGKILL), 0);
		SPIN_UNTIL(loop, s.frames->fed == other);
		assert_false(other->idle);
		SPIN_UNTIL(loop, other->state == ST_UP);
		assert_int_equal(other->endings.n, (i + 1) / 2);
	}
	stage_clear(&s);
}

/* A spare that dies is started again; the one on air does not notice. */
static void
test_spare_dies(void **state UNUSED)
{
	struct scene s;
	struct worker *spare;

	stage_init(&s);
	spare = &s.rigs[1].w;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(kill(spare->child.pid, SIGKILL), 0);
		SPIN_UNTIL(
		    loop, spare->endings.n == i && s.frames->spare == spare);
		assert_true(spare->idle);
	}
	assert_ptr_equal(s.frames->fed, &s.rigs[0].w);
	assert_int_equal(s.rigs[0].w.endings.n, 0);
	stage_clear(&s);
}

/* Both at once: the first that is back is fed. */
static void
test_both_die(void **state UNUSED)
{
	struct scene s;

	stage_init(&s);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(kill(s.rigs[i].w.child.pid, SIGKILL), 0);
	SPIN_UNTIL(loop,
	    s.rigs[0].w.endings.n == 1 && s.rigs[1].w.endings.n == 1 &&
		s.frames->fed != NULL && s.frames->spare != NULL);
	assert_ptr_not_equal(s.frames->fed, s.frames->spare);
	SPIN_UNTIL(loop, s.frames->fed->state == ST_UP);
	stage_clear(&s);
}

/* --- the slate's image -------------------------------------------------- */

#define SLATE(more)                                               \
	"{\"source\":{\"frames\":{\"size\":\"16x8\",\"fps\":100," \
	"\"format\":\"gray\",\"socket\":true}},\"fallback\":{" more "}," TAIL

/* The value of a frame on air that is all one value; -1: it is not. */
static int
on_air(struct scene *s)
{
	const uint8_t *data = framepump_on_air(s->frames->link);

	if (data == NULL)
		return -1;
	for (size_t i = 1; i < 16 * 8; i++)
		if (data[i] != data[0])
			return -1;
	return data[0];
}

/* An encoder that takes everything. */
static int
feed_null(struct scene *s)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framepump_set_encoder(s->frames->link, p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	return p[0];
}

/* Turn the loop, with a reader, until `cond`. */
#define SPIN_READING(fd, cond)                                         \
	do {                                                           \
		int64_t reading_end = mono_ms() + SPIN_PATIENCE_MS;    \
		char reading[4096];                                    \
                                                                       \
		while (!(cond)) {                                      \
			assert_true(mono_ms() < reading_end);          \
			while (read(fd, reading, sizeof(reading)) > 0) \
				continue;                              \
			spin_once(loop);                               \
		}                                                      \
	} while (0)

/* The image is read when the stream starts, read again when it changes, and
 * a drawing takes its place when it is gone or broken, which is said. */
static void
test_slate_image(void **state UNUSED)
{
	struct scene s;
	int fd;

	scene_init(&s, SLATE("\"slate\":\"@/slate.png\""));
	scene_draw(&s, 'A', true);
	framelink_open(s.frames, s.control);
	fd = feed_null(&s);
	SPIN_READING(fd, on_air(&s) == 'A');
	for (int i = 0; i < 3; i++)
		framelink_tick(
		    s.frames, "live", 0); /* as it was: not read again */
	assert_int_equal(s.frames->grab.child.pid, 0);
	scene_draw(&s, 'B', true);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == 'B');
	assert_int_equal(s.notices, 0);

	scene_draw(&s, 'C', false);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, s.notices == 1);
	assert_non_null(strstr(s.notice, "slate: the slate "));
	assert_non_null(strstr(s.notice, "no frame was produced"));
	SPIN_READING(fd, on_air(&s) == -1);
	framelink_tick(s.frames, "live", 0); /* said once */
	assert_int_equal(s.frames->grab.child.pid, 0);

	scene_draw(&s, 'D', true);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == 'D');
	unlink(s.image);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == -1);
	assert_int_equal(s.notices, 2);
	assert_non_null(strstr(s.notice, "No such file"));
	framelink_tick(s.frames, "live", 0);
	assert_int_equal(s.notices, 2);
	close(fd);
	scene_clear(&s);
}

/* A slate that was never there is not passed over in silence; one that comes
 * later is taken; another profile's is, too, whatever its age. */
static void
test_slate_missing(void **state UNUSED)
{
	struct scene s;
	struct profile *other, *none;
	int fd;

	scene_init(&s, SLATE("\"slate\":\"@/slate.png\""));
	other = scene_profile(&s, SLATE("\"slate\":\"@/ffmpeg\""));
	none = scene_profile(&s, SLATE(""));
	framelink_open(s.frames, s.control);
	SPIN_UNTIL(loop, s.notices == 1);
	fd = feed_null(&s);
	scene_draw(&s, 'E', true);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == 'E');
	framelink_set_profile(s.frames, other);
	framelink_tick(
	    s.frames, "live", 0); /* that is a script, not an image */
	SPIN_READING(fd, s.notices == 2);
	framelink_set_profile(s.frames, s.profile);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == 'E');
	framelink_set_profile(s.frames, none);
	framelink_tick(s.frames, "live", 0);
	SPIN_READING(fd, on_air(&s) == -1);
	assert_int_equal(s.notices, 2);
	framelink_set_profile(s.frames, s.profile);
	profile_free(other);
	profile_free(none);
	close(fd);
	scene_clear(&s);
}

/* --- notices ------------------------------------------------------------ */

/* Become the stream's producer, without a worker. */
static void
produce(struct scene *s)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	framereader_open(framepump_source(s->frames->link), p[0]);
	if (s->out != -1)
		close(s->out);
	s->out = p[1];
}

static void
put(struct scene *s, uint8_t value, size_t len)
{
	uint8_t data[1000];

	memset(data, value, sizeof(data));
	assert_int_equal(write(s->out, data, len), len);
}

static bool
is_well(const struct scene *s)
{
	struct framelink_health h = framelink_health(s->frames);

	return h.fallback == FALLBACK_NONE && !h.frozen && !h.slow;
}

/* slate, well, hold, slate; and frozen only where it is watched. */
static void
test_health(void **state UNUSED)
{
	struct profile *p;
	struct scene s;

	scene_init(&s, SLATE("\"slate_after\":\"1.3s\""));
	assert_int_equal(framelink_health(s.frames).fallback, FALLBACK_SLATE);
	produce(&s);
	put(&s, 1, 128);
	SPIN_UNTIL(loop, s.seen == 1);
	assert_true(is_well(&s));
	SPIN_UNTIL(loop, !is_well(&s));
	assert_int_equal(framelink_health(s.frames).fallback, FALLBACK_HOLD);
	SPIN_UNTIL(loop, framelink_health(s.frames).fallback == FALLBACK_SLATE);

	p = scene_profile(&s,
	    "{\"source\":{\"frames\":{\"size\":\"16x8\",\"fps\":100,"
	    "\"format\":\"gray\",\"socket\":true}},"
	    "\"watchdog\":{\"frozen\":\"200ms\"}," TAIL);
	put(&s, 2, 128);
	SPIN_UNTIL(loop, s.seen == 2);
	framelink_set_profile(s.frames, p);
	assert_true(is_well(&s));
	for (int i = 0; i < 5; i++) { /* frames come, all the same */
		put(&s, 2, 128);
		spin_for(loop, 60);
	}
	assert_true(framelink_health(s.frames).frozen);
	assert_int_equal(framelink_health(s.frames).fallback, FALLBACK_NONE);
	put(&s, 3, 128);
	SPIN_UNTIL(loop, s.seen == 8);
	assert_true(is_well(&s));
	framelink_set_profile(s.frames, s.profile);
	profile_free(p);
	scene_clear(&s);
}

/* Given up only where that is asked for, counted from the last frame, or
 * from where hope began. */
static void
test_hopeless(void **state UNUSED)
{
	struct scene s;
	int64_t from;

	scene_init(&s, SLATE("\"slate_after\":\"50ms\""));
	framelink_hope(s.frames);
	spin_for(loop, 100);
	assert_false(framelink_is_hopeless(s.frames));
	scene_clear(&s);

	scene_init(
	    &s, SLATE("\"slate_after\":\"50ms\",\"give_up_after\":\"300ms\""));
	produce(&s);
	from = spin_from();
	framelink_hope(s.frames);
	assert_false(framelink_is_hopeless(s.frames));
	SPIN_UNTIL(loop, framelink_is_hopeless(s.frames));
	assert_true(spin_took(from, 299, 500));
	put(&s, 1, 128);
	SPIN_UNTIL(loop, s.seen == 1);
	assert_false(framelink_is_hopeless(s.frames));
	SPIN_UNTIL(loop, framelink_is_hopeless(s.frames));
	assert_true(spin_took(from, 599, 1000));
	framelink_hope(s.frames);
	assert_false(framelink_is_hopeless(s.frames));
	scene_clear(&s);
}

/* A producer of other frames is reported, once, with a guess at them. */
static void
test_guess(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, SLATE(""));
	produce(&s);
	for (int i = 0; i < 16; i++) {
		put(&s, 1, 16 * 8 * 3);
		spin_for(loop, 30);
		framelink_tick(s.frames, "live", 0);
	}
	assert_int_equal(s.notices, 0); /* three at a time, but right ones */
	for (int i = 0; i < 16; i++) {
		put(&s, 1, 16 * 8 + 64);
		spin_for(loop, 8);
		framelink_tick(s.frames, "live", 0);
	}
	assert_int_equal(s.notices, 1);
	assert_string_equal(s.notice,
	    "pictures: receives frames of 192 bytes, but the profile says 16x8 "
	    "gray, 128 bytes each; they could be 16x8 yuv420p");
	assert_string_equal(s.frames->guess, "16x8 yuv420p");
	assert_int_equal(s.frames->found.fault, FINDING_SIZE);
	produce(&s); /* another program, another chance */
	framelink_tick(s.frames, "live", 0);
	assert_null(s.frames->guess);
	assert_int_equal(s.notices, 1);
	scene_clear(&s);
}

/* A writer may come in there, as soon as it is made. */
static void
expect_way_in(const struct framelink *f, const char *path)
{
	SPIN_UNTIL(loop, !job_is_busy(&f->intake.place->job));
	assert_null(intake_problem(&f->intake));
	assert_int_equal(access(path, F_OK), 0);
}

/* The intake is where the profile says, and is opened once. */
static void
test_way_in(void **state UNUSED)
{
	struct scene s;
	char *path;

	scene_init(&s, SLATE(""));
	framelink_open(s.frames, s.control);
	path = xasprintf("%s/cam.frames", s.dir);
	assert_string_equal(s.frames->intake.path, path);
	expect_way_in(s.frames, path);
	framelink_open(s.frames, s.control); /* as after a stop and a start */
	expect_way_in(s.frames, path);
	free(path);
	scene_clear(&s);

	scene_init(&s,
	    "{\"source\":{\"frames\":{\"size\":\"16x8\",\"fps\":100,"
	    "\"fifo\":\"@/cam.raw\"}}," TAIL);
	framelink_open(s.frames, s.control);
	path = xasprintf("%s/cam.raw", s.dir);
	expect_way_in(s.frames, path);
	free(path);
	scene_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spare),
		cmocka_unit_test(test_spare_dies),
		cmocka_unit_test(test_both_die),
		cmocka_unit_test(test_slate_image),
		cmocka_unit_test(test_slate_missing),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_way_in),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
