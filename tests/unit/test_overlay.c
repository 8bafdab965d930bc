/* SPDX-License-Identifier: ISC */
/* Live overlays over frames: with a fake painter, and a clock of the test's for
 * labels. */
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
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/util.h"
#include "fakepainter.h"
#include "link/overlay.h"
#include "process/probe.h"
#include "readprofile.h"

#define W   320
#define H   240
#define FPS 10

#define DANMAKU                                              \
	"{\"id\":\"chat\",\"kind\":\"danmaku\",\"size\":16," \
	"\"duration\":\"2s\",\"area\":[0,1],\"merge\":0,\"opacity\":1}"
#define LABEL(id, more)                                                        \
	"{\"id\":\"" id "\",\"kind\":\"label\",\"size\":16,\"opacity\":1" more \
	"}"

/* Writes its input file to stdout. */
#define FFMPEG "#!/bin/sh\nwhile [ \"$1\" != -i ]; do shift; done\ncat \"$2\"\n"

int64_t __wrap_wall_ms(void);

static int64_t wall = 1234567890000;

int64_t
__wrap_wall_ms(void)
{
	return wall;
}

struct scene {
	struct painter *painter;
	struct ground ground;
	struct probe ffmpeg;
	struct overlay *overlay;
	struct profile *profile;
	uint64_t beat;
	uint8_t *frame;
	unsigned notices;
	char notice[300];
};

static void
scene_notice(void *ctx, const char *kind, const char *text)
{
	struct scene *s = ctx;

	s->notices++;
	snprintf(s->notice, sizeof(s->notice), "%s: %s", kind, text);
}

/* Set a list of overlays. */
static void
scene_set(struct scene *s, const char *list)
{
	char *text = xasprintf("{" PATTERN ",\"overlay\":[%s]," OUT "}", list);
	struct profile *old = s->profile;

	s->profile = read_good(text, NULL);
	overlay_set(s->overlay, s->profile);
	profile_free(old);
	free(text);
}

static void
scene_init_with(struct scene *s, const char *list, enum pixfmt format, int w,
    int h, const char *painter)
{
	struct overlay_host host = { scene_notice, s };

	*s = (struct scene){ .painter = fakepainter_new(painter) };
	s->ground.loop = loop;
	s->ground.painter = s->painter;
	s->ground.ffmpeg = &s->ffmpeg;
	s->ground.fps = (struct rate){ FPS, 1 };
	assert_int_equal(
	    frame_geometry_init(&s->ground.geometry, format, w, h), 0);
	s->frame = xcalloc(s->ground.geometry.bytes, 1);
	s->overlay = overlay_new(&s->ground, &host);
	scene_set(s, list);
}

static void
scene_init(struct scene *s, const char *list)
{
	scene_init_with(s, list, PIX_GRAY, W, H, FAKEPAINTER);
}

static void
scene_clear(struct scene *s)
{
	overlay_free(s->overlay);
	painter_free(s->painter);
	profile_free(s->profile);
	free(s->frame);
}

/* The next beat; its stamp. */
static uint64_t
scene_go(struct scene *s)
{
	return overlay_go(s->overlay, s->beat++);
}

/* A hash of the drawing over a black frame; 0: nothing is drawn. */
static uint64_t
scene_draw(struct scene *s)
{
	uint64_t h = 0;

	memset(s->frame, 0, s->ground.geometry.bytes);
	overlay_draw(s->overlay, s->frame);
	for (size_t i = 0; i < s->ground.geometry.bytes; i++)
		if (s->frame[i] != 0)
			h = (h ^ (i * 256 + s->frame[i])) * 0x100000001b3 + 1;
	return h;
}

/* Whether a quarter of the gray frame has changed. */
static bool
scene_has(const struct scene *s, bool right, bool bottom)
{
	for (int y = bottom ? H / 2 : 0; y < (bottom ? H : H / 2); y++)
		for (int x = right ? W / 2 : 0; x < (right ? W : W / 2); x++)
			if (s->frame[y * W + x] != 0)
				return true;
	return false;
}

/* Beats with turns of the loop in between, until a condition holds. */
#define SCENE_UNTIL(s, cond) SPIN_UNTIL(loop, (scene_go(s), (cond)))

/* A waiter and its verdicts. */
struct wait {
	struct comments_waiter waiter;
	unsigned waits, verdicts;
	enum danmaku_word word;
};

static void
wait_told(struct comments_waiter *w, enum danmaku_word word)
{
	struct wait *wait = w->ctx;

	if (word == DANMAKU_WAITS)
		wait->waits++;
	else
		wait->verdicts++;
	wait->word = word;
}

static enum danmaku_word
scene_say(
    struct scene *s, const char *text, enum lane_kind kind, struct wait *w)
{
	struct overlay_item *i = overlay_find(s->overlay, NULL);
	const struct danmaku_comment said = {
		.text = text, .kind = kind, .color = 0xffffff
	};

	assert_non_null(i);
	if (w != NULL) {
		*w = (struct wait){ .waiter.told = wait_told };
		w->waiter.ctx = w;
	}
	return comments_say(overlay_comments(i), &said, overlay_beat_of(i),
	    w == NULL ? NULL : &w->waiter);
}

static uint64_t
scene_visible(struct scene *s)
{
	struct overlay_item *i = overlay_find(s->overlay, "chat");

	return danmaku_count(comments_danmaku(overlay_comments(i))).visible;
}

/* --- the list ----------------------------------------------------------- */

static void
test_nothing(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, DANMAKU);
	for (int i = 0; i < 5; i++)
		assert_int_equal(scene_go(&s), 0);
	assert_int_equal(scene_draw(&s), 0);
	assert_null(overlay_find(s.overlay, "none"));
	scene_set(&s, "{\"id\":\"boxes\",\"kind\":\"sei\"}");
	assert_null(overlay_find(s.overlay, NULL));
	assert_null(overlay_find(s.overlay, "boxes"));
	assert_int_equal(scene_go(&s), 0);
	overlay_free(NULL);
	scene_clear(&s);
}

static void
test_list_changes_keep_items(void **state UNUSED)
{
	struct overlay_item *chat, *label;
	struct scene s;
	uint64_t seen;

	scene_init(&s, DANMAKU "," LABEL("a", ",\"text\":\"A\""));
	chat = overlay_find(s.overlay, "chat");
	label = overlay_find(s.overlay, "a");
	assert_ptr_equal(overlay_find(s.overlay, NULL), chat);
	assert_int_equal(overlay_kind(label), OVERLAY_LABEL);
	assert_string_equal(overlay_id(label), "a");
	assert_null(overlay_comments(label));
	scene_say(&s, "hello", LANE_TOP, NULL);
	SCENE_UNTIL(&s, scene_visible(&s) == 1);
	/* another order, another one between */
	scene_set(&s,
	    LABEL("a", ",\"text\":\"A\"") "," LABEL(
		"b", ",\"text\":\"B\",\"at\":\"bottom\"") "," DANMAKU);
	assert_ptr_equal(overlay_find(s.overlay, "chat"), chat);
	assert_ptr_equal(overlay_find(s.overlay, "a"), label);
	seen = scene_visible(&s);
	assert_int_equal(seen, 1);
	/* the same id, another kind: another item */
	scene_set(&s, LABEL("chat", ",\"text\":\"C\""));
	assert_int_equal(
	    overlay_kind(overlay_find(s.overlay, "chat")), OVERLAY_LABEL);
	assert_null(overlay_find(s.overlay, "a"));
	scene_clear(&s);
}

/* --- labels ------------------------------------------------------------- */

static void
test_label(void **state UNUSED)
{
	struct scene s;
	uint64_t first, second, stamp;

	scene_init(&s, LABEL("a", ",\"text\":\"A\",\"at\":\"bottom-right\""));
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	first = scene_draw(&s);
	assert_true(scene_has(&s, true, true));
	assert_false(scene_has(&s, false, true));
	assert_false(scene_has(&s, true, false));
	stamp = scene_go(&s);
	assert_int_not_equal(stamp, 0);
	assert_int_equal(scene_go(&s), stamp); /* nothing moves */
	assert_int_equal(scene_draw(&s), first);
	/* a change: the old one stays until the new one is ready */
	overlay_text(s.overlay, overlay_find(s.overlay, "a"), "ABC");
	assert_int_equal(scene_draw(&s), first);
	SCENE_UNTIL(&s, scene_draw(&s) != first);
	second = scene_draw(&s);
	assert_int_not_equal(second, 0);
	assert_int_not_equal(scene_go(&s), stamp);
	overlay_text(s.overlay, overlay_find(s.overlay, "a"), NULL);
	SCENE_UNTIL(&s, scene_draw(&s) == first);
	overlay_text(s.overlay, overlay_find(s.overlay, "a"), "");
	assert_int_equal(scene_go(&s), 0);
	assert_int_equal(scene_draw(&s), 0);
	scene_clear(&s);
}

/* Changes while one is being painted: the last one is shown in the end. */
static void
test_label_changes_often(void **state UNUSED)
{
	struct scene s;
	uint64_t want;
	char text[12];

	scene_init(&s, LABEL("a", ",\"text\":\"xxxxxxx\""));
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	want = scene_draw(&s);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%.*s", i % 5 + 1, "xxxxxxxx");
		overlay_text(s.overlay, overlay_find(s.overlay, "a"), text);
		if (i % 7 == 0)
			spin_once(loop);
	}
	overlay_text(s.overlay, overlay_find(s.overlay, "a"), "xxxxxxx");
	spin_for(loop, 50);
	SCENE_UNTIL(&s, scene_draw(&s) == want);
	scene_clear(&s);
}

static void
test_label_tells_facts(void **state UNUSED)
{
	const struct labeltext_facts facts = { "cam", "sending", 25, 0 };
	struct scene s;
	uint64_t first;

	scene_init(&s, LABEL("a", ",\"text\":\"{state}{fps}%%\""));
	SCENE_UNTIL(&s, scene_draw(&s) != 0); /* "-%" */
	first = scene_draw(&s);
	overlay_tell(s.overlay, &facts);
	SCENE_UNTIL(&s, scene_draw(&s) != first);
	scene_clear(&s);
}

/* The clock is looked at by the beat. */
static void
test_label_follows_the_clock(void **state UNUSED)
{
	struct scene s;
	uint64_t first;

	wall = 1234567890000;
	scene_init(&s, LABEL("a", ",\"text\":\"%s\""));
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	first = scene_draw(&s);
	wall = 99000; /* two digits: narrower */
	SCENE_UNTIL(&s, scene_draw(&s) != first);
	assert_int_not_equal(scene_draw(&s), 0);
	wall = 1234567890000;
	SCENE_UNTIL(&s, scene_draw(&s) == first);
	scene_clear(&s);
}

/* A text that cannot be painted is not shown; the next one is. */
static void
test_label_that_kills(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, LABEL("a", ",\"text\":\"fake:signal=9\""));
	SCENE_UNTIL(&s, painter_worker(s.painter)->runs >= 3);
	assert_int_equal(scene_draw(&s), 0);
	overlay_text(s.overlay, overlay_find(s.overlay, "a"), "good");
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	scene_clear(&s);
}

#define LARGE                                                           \
	"{\"id\":\"d\",\"kind\":\"label\",\"text\":\"w\",\"size\":400," \
	"\"at\":\"bottom\",\"opacity\":1}"

/* Frames that are smaller than any tile, margins that are larger. */
static void
test_odd_frames(void **state UNUSED)
{
	struct scene s;

	for (int f = 0; f < N_PIXFMTS; f++) {
		scene_init_with(&s,
		    LABEL("a",
			",\"text\":\"wide text\",\"margin\":4000") "," LABEL("b",
			",\"text\":\"wide text\",\"margin\":0") "," LABEL("c",
			",\"text\":\"w\",\"at\":\"center\"") "," LARGE
							     "," DANMAKU,
		    (enum pixfmt)f, f % 2 == 0 ? 3 : 2, f % 3 == 0 ? 1 : 2,
		    FAKEPAINTER);
		scene_say(&s, "comment", LANE_SCROLL, NULL);
		SCENE_UNTIL(&s, scene_draw(&s) != 0);
		for (int i = 0; i < 20; i++) {
			spin_once(loop);
			scene_go(&s);
			scene_draw(&s);
		}
		scene_clear(&s);
	}
}

/* --- comments ----------------------------------------------------------- */

static void
test_comment_crosses(void **state UNUSED)
{
	struct scene s;
	struct wait w;
	uint64_t stamp, last, drawn;

	scene_init(&s, DANMAKU);
	assert_int_equal(
	    scene_say(&s, "hello", LANE_SCROLL, &w), DANMAKU_TAKEN);
	SCENE_UNTIL(&s, w.verdicts == 1);
	assert_int_equal(w.word, DANMAKU_SHOWN);
	assert_null(w.waiter.of);
	last = scene_go(&s);
	drawn = scene_draw(&s);
	assert_int_not_equal(last, 0);
	while ((stamp = scene_go(&s)) != 0) {
		assert_int_not_equal(stamp, last);
		assert_int_not_equal(scene_draw(&s), drawn);
		last = stamp;
		drawn = scene_draw(&s);
		assert_true(s.beat < 10000);
	}
	assert_int_equal(scene_draw(&s), 0);
	scene_clear(&s);
}

/* Equal stamps mean equal drawings: also when the last comment leaves, and a
 * label stays. */
static void
test_stamps(void **state UNUSED)
{
	struct scene s;
	uint64_t stamp, last = 0, drawn = 0, now;
	bool seen = false;

	scene_init(
	    &s, DANMAKU "," LABEL("a", ",\"text\":\"A\",\"at\":\"bottom\""));
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	scene_say(&s, "standing", LANE_TOP, NULL);
	SCENE_UNTIL(&s, scene_visible(&s) == 1);
	for (int i = 0; i < 3 * 2 * FPS; i++) {
		stamp = scene_go(&s);
		now = scene_draw(&s);
		if (stamp == last)
			assert_int_equal(now, drawn);
		seen |= stamp == last;
		last = stamp;
		drawn = now;
	}
	assert_int_equal(scene_visible(&s), 0);
	assert_true(seen);
	scene_clear(&s);
}

static void
test_off_and_on(void **state UNUSED)
{
	struct overlay_item *a;
	struct scene s;
	uint64_t both, stamp;

	scene_init(&s,
	    LABEL("a", ",\"text\":\"A\"") "," LABEL(
		"b", ",\"text\":\"B\",\"at\":\"bottom-left\""));
	a = overlay_find(s.overlay, "a");
	SCENE_UNTIL(&s,
	    scene_draw(&s) != 0 && scene_has(&s, true, false) &&
		scene_has(&s, false, true));
	both = scene_draw(&s);
	stamp = scene_go(&s);
	overlay_show(s.overlay, a, false);
	assert_false(overlay_is_shown(a));
	assert_int_not_equal(scene_go(&s), stamp);
	scene_draw(&s);
	assert_false(scene_has(&s, true, false));
	assert_true(scene_has(&s, false, true));
	overlay_show(s.overlay, overlay_find(s.overlay, "b"), false);
	assert_int_equal(scene_go(&s), 0);
	/* a profile that says the same as before does not switch it */
	scene_set(&s,
	    LABEL("a", ",\"text\":\"A\"") "," LABEL(
		"b", ",\"text\":\"B\",\"at\":\"bottom-left\""));
	assert_false(overlay_is_shown(a));
	overlay_show(s.overlay, a, true);
	overlay_show(s.overlay, overlay_find(s.overlay, "b"), true);
	SCENE_UNTIL(&s, scene_draw(&s) == both);
	scene_set(&s, LABEL("a", ",\"text\":\"A\",\"enabled\":false"));
	assert_false(overlay_is_shown(a));
	assert_int_equal(scene_go(&s), 0);
	scene_clear(&s);
}

/* The first is the lowest. */
static void
test_order(void **state UNUSED)
{
#define BLACK LABEL("black", ",\"text\":\"X\",\"color\":\"#000000\"")
#define WHITE LABEL("white", ",\"text\":\"X\"")
	struct scene s;

	scene_init(&s, BLACK "," WHITE);
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	spin_for(loop, 50);
	scene_go(&s);
	assert_int_not_equal(scene_draw(&s), 0);
	scene_set(&s, WHITE "," BLACK);
	SCENE_UNTIL(&s, scene_draw(&s) == 0);
	scene_clear(&s);
}

/* --- waiters ------------------------------------------------------------ */

static void
test_waiters(void **state UNUSED)
{
	struct wait a, b, c;
	struct scene s;

	scene_init(&s, DANMAKU);
	scene_say(&s, "fake:hang", LANE_SCROLL, &a);
	scene_say(&s, "b", LANE_SCROLL, &b);
	scene_say(&s, "c", LANE_SCROLL, &c);
	comments_leave(&b.waiter);
	comments_leave(&b.waiter);
	comments_leave(NULL);
	for (int i = 0; i < 10; i++)
		scene_go(&s);
	assert_int_equal(a.waits, 1);
	assert_int_equal(b.waits + b.verdicts, 0);
	/* the overlay goes, while they wait and are being painted */
	scene_set(&s, LABEL("a", ""));
	assert_int_equal(a.verdicts, 1);
	assert_int_equal(c.verdicts, 1);
	assert_int_equal(c.word, DANMAKU_DROPPED);
	assert_null(a.waiter.of);
	spin_for(loop, 20);
	scene_clear(&s);
}

/* The painter dies while it has comments; they are shown after all. */
static void
test_painter_dies(void **state UNUSED)
{
	struct scene s;
	struct wait w;

	scene_init(&s, DANMAKU);
	scene_say(&s, "fake:exit=1", LANE_SCROLL, NULL);
	scene_say(&s, "good", LANE_SCROLL, &w);
	SPIN_UNTIL(loop, painter_worker(s.painter)->runs >= 3);
	SCENE_UNTIL(&s, w.verdicts == 1 || s.beat > 40);
	assert_int_equal(w.word, DANMAKU_SHOWN);
	scene_clear(&s);
}

static void
test_no_painter(void **state UNUSED)
{
	struct scene s;
	struct wait w;

	scene_init_with(&s, DANMAKU "," LABEL("a", ",\"text\":\"A\""),
	    PIX_YUV420P, W, H, NULL);
	scene_say(&s, "hello", LANE_SCROLL, &w);
	while (w.verdicts == 0 && s.beat < 1000)
		assert_int_equal(scene_go(&s), 0);
	assert_int_equal(w.word, DANMAKU_DROPPED);
	scene_clear(&s);
}

/* Keys change while tiles are on their way; the old profile is gone. */
static void
test_keys_change_on_the_way(void **state UNUSED)
{
	struct scene s;
	struct wait w;

	scene_init(&s, DANMAKU "," LABEL("a", ",\"text\":\"A\""));
	for (int i = 0; i < 50; i++) {
		scene_say(&s, i % 5 == 0 ? "fake:exit=1" : "hello",
		    (enum lane_kind)(i % N_LANE_KINDS), NULL);
		scene_go(&s);
		if (i % 3 == 0)
			scene_set(&s,
			    DANMAKU
			    "," LABEL("a", ",\"text\":\"B\",\"font\":\"x\""));
		if (i % 7 == 0)
			scene_set(
			    &s, LABEL("a", ",\"text\":\"A\"") "," DANMAKU);
		spin_once(loop);
	}
	scene_say(&s, "last", LANE_SCROLL, &w);
	SCENE_UNTIL(&s, w.verdicts == 1);
	scene_clear(&s);
}

/* --- images ------------------------------------------------------------- */

struct file {
	char dir[64];
	char *path, *ffmpeg, *list;
};

static void
file_write(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

/* An image of one pixel. */
static void
file_draw(const struct file *f, char value)
{
	char pam[] = "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\n"
		     "TUPLTYPE RGB_ALPHA\nENDHDR\n\1\1\1\377";
	char *pixel = pam + sizeof(pam) - 5;

	memset(pixel, value, 3);
	file_write(f->path, pam, sizeof(pam) - 1, 0600);
}

static void
file_init(struct file *f, struct scene *s)
{
	*f = (struct file){ .dir = "/tmp/test_overlay.XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	f->path = xasprintf("%s/logo.pam", f->dir);
	f->ffmpeg = xasprintf("%s/ffmpeg", f->dir);
	f->list = xasprintf("{\"id\":\"logo\",\"kind\":\"image\",\"opacity\":"
			    "1,\"at\":\"top-left\",\"file\":\"%s\"}",
	    f->path);
	file_write(f->ffmpeg, FFMPEG, strlen(FFMPEG), 0700);
	s->ffmpeg.path = f->ffmpeg;
}

static void
file_clear(struct file *f)
{
	unlink(f->path);
	rmdir(f->path);
	unlink(f->ffmpeg);
	assert_int_equal(rmdir(f->dir), 0);
	free(f->path);
	free(f->ffmpeg);
	free(f->list);
}

static void
test_image(void **state UNUSED)
{
	struct scene s;
	struct file f;
	uint64_t first, second;

	scene_init(&s, LABEL("a", ""));
	file_init(&f, &s);
	scene_set(&s, f.list);
	SCENE_UNTIL(&s, s.notices == 1); /* the file is missing */
	assert_non_null(strstr(s.notice, "No such file"));
	file_draw(&f, 99);
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	first = scene_draw(&s);
	file_draw(&f, 33);
	SCENE_UNTIL(&s, scene_draw(&s) != first);
	second = scene_draw(&s);
	/* after a file that is not an image the last one stays */
	file_write(f.path, "no image", 8, 0600);
	SCENE_UNTIL(&s, s.notices == 2);
	assert_int_equal(scene_draw(&s), second);
	unlink(f.path);
	assert_int_equal(mkdir(f.path, 0700), 0);
	SCENE_UNTIL(&s, s.notices >= 3);
	assert_int_equal(scene_draw(&s), second);
	scene_clear(&s);
	file_clear(&f);
}

/* It goes, or gets other keys, while it is being read and painted. */
static void
test_image_on_its_way(void **state UNUSED)
{
	struct scene s;
	struct file f;

	scene_init(&s, LABEL("a", ""));
	file_init(&f, &s);
	file_draw(&f, 99);
	for (int i = 0; i < 20; i++) {
		scene_set(&s, i % 4 == 3 ? LABEL("a", "") : f.list);
		for (int k = 0; k < i % 6; k++)
			spin_once(loop);
	}
	scene_set(&s, f.list);
	SCENE_UNTIL(&s, scene_draw(&s) != 0);
	scene_clear(&s);
	file_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_list_changes_keep_items),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_label_changes_often),
		cmocka_unit_test(test_label_tells_facts),
		cmocka_unit_test(test_label_follows_the_clock),
		cmocka_unit_test(test_label_that_kills),
		cmocka_unit_test(test_odd_frames),
		cmocka_unit_test(test_comment_crosses),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_off_and_on),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_painter_dies),
		cmocka_unit_test(test_no_painter),
		cmocka_unit_test(test_keys_change_on_the_way),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_image_on_its_way),
	};

	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
