/* SPDX-License-Identifier: ISC */
/* The label over the slate: its text, its place, and when it needs a painter,
 * which is a fake. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/util.h"
#include "fakepainter.h"
#include "link/slatelabel.h"
#include "profile/profile.h"
#include "readprofile.h"

#define W 320
#define H 240

#define AT_14_02 1234533720000 /* 14:02 in UTC */

struct scene {
	struct painter *painter;
	struct geometry geometry;
	struct slatelabel *label;
	struct profile *profile;
	uint8_t *slate;
};

/* The profile, with this for "fallback". */
static void
scene_set(struct scene *s, const char *fallback)
{
	char *text =
	    xasprintf("{" PATTERN ",\"fallback\":{%s}," OUT "}", fallback);
	struct profile *old = s->profile;

	s->profile = read_good(text, NULL);
	slatelabel_set(s->label, s->profile);
	profile_free(old);
	free(text);
}

static void
scene_init(struct scene *s, const char *fallback, const char *painter)
{
	struct ground ground = { .loop = loop, .fps = { 25, 1 } };

	setenv("TZ", "UTC", 1);
	tzset();
	*s = (struct scene){ .painter = fakepainter_new(painter) };
	frame_geometry_init(&s->geometry, PIX_GRAY, W, H);
	ground.painter = s->painter;
	ground.geometry = s->geometry;
	s->slate = xcalloc(s->geometry.bytes, 1);
	s->label = slatelabel_new(&ground);
	scene_set(s, fallback);
}

static void
scene_clear(struct scene *s)
{
	slatelabel_free(s->label);
	painter_free(s->painter);
	profile_free(s->profile);
	free(s->slate);
}

/* How many letters the label of a slate has: boxes in a row of it. */
static unsigned
scene_letters(struct scene *s, int64_t since)
{
	unsigned n, most = 0;

	slatelabel_go(s->label, since);
	memset(s->slate, 0, s->geometry.bytes);
	slatelabel_draw(s->label, s->slate);
	for (int y = 0; y < H; y++) {
		const uint8_t *row = s->slate + (size_t)y * W;

		n = 0;
		for (int x = 1; x < W; x++)
			n += row[x] > 200 && row[x - 1] <= 200;
		most = n > most ? n : most;
	}
	return most;
}

static unsigned
scene_runs(const struct scene *s)
{
	return painter_worker(s->painter)->runs;
}

#define LETTERS(text) ((unsigned)strlen(text))

/* The painter is started by the first slate, and not before; nor by one that is
 * gone soon. */
static void
test_joined_late(void **state UNUSED)
{
	struct scene s;
	uint64_t stamp;

	scene_init(&s, "", FAKEPAINTER);
	spin_for(loop, 30);
	assert_int_equal(scene_runs(&s), 0);
	assert_int_equal(scene_letters(&s, AT_14_02), 0);
	spin_for(loop, 100);
	assert_int_equal(scene_letters(&s, AT_14_02), 0);
	assert_int_equal(scene_runs(&s), 0);
	stamp = slatelabel_go(s.label, AT_14_02);
	SPIN_UNTIL(
	    loop, scene_letters(&s, AT_14_02) == LETTERS("noframessince14:02"));
	assert_int_not_equal(slatelabel_go(s.label, AT_14_02), stamp);
	assert_int_equal(scene_runs(&s), 1);
	/* as it is, while nothing changes */
	stamp = slatelabel_go(s.label, AT_14_02);
	assert_int_equal(slatelabel_go(s.label, AT_14_02 + 59000), stamp);
	spin_for(loop, 20);
	assert_int_equal(slatelabel_go(s.label, AT_14_02), stamp);
	/* near the bottom edge, above the bars */
	for (size_t i = 0; i < s.geometry.bytes; i++)
		if (s.slate[i] != 0)
			assert_in_range(i / W, H / 2, H - H / 16 - 2);
	scene_clear(&s);
}

/* A text of the profile's own, which changes while it is shown. */
static void
test_text(void **state UNUSED)
{
	const struct labeltext_facts facts = { "cam", "degraded", 25, 61000 };
	struct scene s;

	scene_init(&s, "\"label\":\"{name} {state} %S\"", FAKEPAINTER);
	slatelabel_tell(s.label, &facts);
	SPIN_UNTIL(
	    loop, scene_letters(&s, AT_14_02) == LETTERS("camdegraded00"));
	scene_set(&s, "\"label\":\"be right back\"");
	SPIN_UNTIL(loop, scene_letters(&s, AT_14_02) == LETTERS("berightback"));
	scene_set(&s, "\"label\":false");
	assert_int_equal(scene_letters(&s, AT_14_02), 0);
	scene_set(&s, "\"label\":true");
	SPIN_UNTIL(
	    loop, scene_letters(&s, AT_14_02) == LETTERS("noframessince14:02"));
	assert_int_equal(scene_runs(&s), 1);
	scene_clear(&s);
}

static void
test_off(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, "\"label\":false", FAKEPAINTER);
	assert_null(profile_slate_label(s.profile));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(scene_letters(&s, AT_14_02), 0);
		spin_for(loop, 10);
	}
	assert_int_equal(scene_runs(&s), 0);
	scene_clear(&s);
}

/* Without a painter the slate is plain, and nothing else happens. */
static void
test_no_painter(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, "", NULL);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(scene_letters(&s, AT_14_02), 0);
		spin_for(loop, 10);
	}
	scene_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined_late),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_no_painter),
	};

	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
