/* SPDX-License-Identifier: ISC */
/* Comments that are written into the video of a relay, by a clock that the test
 * sets. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "link/messages.h"
#include "link/relay.h"
#include "media/sei.h"
#include "media/tsinsert.h"
#include "packet.h"
#include "readprofile.h"
#include "spin.h"

#define SEI(keys)                                                         \
	"{" URL ",\"video\":\"copy\"," OUT ",\"overlay\":[{\"id\":\"a\"," \
	"\"kind\":\"sei\"" keys "}]}"

#define SPEAKERS 1000

static int64_t rig_ahead; /* ms that have been skipped */

int64_t __real_mono_ms(void);
int64_t __wrap_mono_ms(void);

int64_t
__wrap_mono_ms(void)
{
	return __real_mono_ms() + rig_ahead;
}

/* The sender of a comment. */
struct speaker {
	struct comments_waiter w;
	enum danmaku_word word; /* the last one; TAKEN: none yet */
	bool waits;
	size_t turn; /* of the last verdict, among all */
};

struct rig {
	struct relay *relay;
	struct messages *m;
	struct profile *p;
	struct messages_item *a;
	struct speaker speakers[SPEAKERS];
	size_t n, told;
	uint8_t cc;
	int64_t dts;
};

static void
rig_tables(void *ctx UNUSED, int inlet UNUSED)
{
}

static void
rig_fed(void *ctx UNUSED, int outlet UNUSED)
{
}

static void
rig_told(struct comments_waiter *w, enum danmaku_word word)
{
	struct rig *r = w->ctx;
	struct speaker *s = (struct speaker *)w;

	if (word == DANMAKU_WAITS) {
		assert_false(s->waits);
		s->waits = true;
		return;
	}
	assert_int_equal(s->word, DANMAKU_TAKEN);
	s->word = word;
	s->turn = ++r->told;
}

/* Video of a stream_type begins, or goes on with it. */
static void
rig_video(struct rig *r, uint8_t type)
{
	uint8_t b[2 * TS_PACKET];

	packet_pat(b);
	packet_pmt(b + TS_PACKET, type, 0);
	relay_feed(r->relay, 0, b, sizeof(b));
}

static void
rig_frame(struct rig *r, bool key)
{
	uint8_t b[TS_PACKET];

	packet_pes(b, VIDEO_PID, r->cc++ & 0x0f, r->dts, key);
	r->dts += 3600;
	relay_feed(r->relay, 0, b, sizeof(b));
}

static void
rig_set(struct rig *r, const char *text)
{
	struct profile *was = r->p;

	r->p = read_good(text, NULL);
	messages_set(r->m, r->p);
	profile_free(was);
	r->a = messages_find(r->m, "a");
}

/* With or without video on air. */
static void
rig_init(struct rig *r, const char *text, bool video)
{
	struct relay_opts opts = { .ring_max = 1 << 20,
		.lag_ms = 1000,
		.tables = rig_tables,
		.fed = rig_fed };

	memset(r, 0, sizeof(*r));
	r->relay = relay_new(loop, &opts);
	r->m = messages_new(loop, r->relay);
	rig_set(r, text);
	relay_select(r->relay, 0);
	relay_open_inlet(r->relay, 0, -1);
	if (video) {
		rig_video(r, 0x1b);
		rig_frame(r, true);
	}
}

static void
rig_clear(struct rig *r)
{
	messages_free(r->m);
	relay_free(r->relay);
	profile_free(r->p);
}

/* A verdict at once becomes the sender's word, too. */
static enum danmaku_word
rig_say(struct rig *r, const char *text)
{
	struct sei_comment c = { .text = text };
	struct speaker *s = &r->speakers[r->n++];
	enum danmaku_word word;

	s->w.told = rig_told;
	s->w.ctx = r;
	word = messages_say(r->a, &c, &s->w);
	assert_int_equal(word == DANMAKU_TAKEN, s->w.of != NULL);
	if (word != DANMAKU_TAKEN)
		s->word = word;
	return word;
}

/* No sender is forgotten. */
static void
check_sum(const struct rig *r)
{
	struct danmaku_counts c = messages_count(r->a);

	assert_int_equal(
	    c.said, c.shown + c.waiting + c.dropped + c.merged + c.blocked);
}

static void
test_written(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), true);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	assert_int_equal(rig_say(&r, "two"), DANMAKU_TAKEN);
	assert_int_equal(messages_count(r.a).waiting, 2);
	rig_frame(&r, false);
	assert_int_equal(r.speakers[0].word, DANMAKU_SHOWN);
	assert_int_equal(r.speakers[1].word, DANMAKU_SHOWN);
	assert_int_equal(r.speakers[0].turn, 1);
	assert_int_equal(messages_count(r.a).shown, 2);
	assert_int_equal(messages_count(r.a).waited, 0);
	check_sum(&r);
	rig_clear(&r);
}

/* Before video, and when it starts. */
static void
test_early(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), false);
	rig_say(&r, "one");
	assert_int_equal(relay_messages(r.relay)->n, 0);
	rig_video(&r, 0x24);
	rig_frame(&r, true);
	SPIN_UNTIL(loop, relay_messages(r.relay)->n == 1);
	assert_int_equal(
	    relay_messages(r.relay)->units[0].codec, TS_CODEC_H265);
	rig_clear(&r);
	assert_int_equal(r.speakers[0].word, DANMAKU_DROPPED);
}

/* No video comes: a comment is reported as waiting, and then as dropped; the
 * later ones have their own time. */
static void
test_too_late(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), true);
	rig_say(&r, "one");
	rig_ahead += MESSAGES_SOON_MS;
	SPIN_UNTIL(loop, r.speakers[0].waits);
	rig_say(&r, "two");
	rig_ahead += MESSAGES_WAIT_MS - MESSAGES_SOON_MS;
	SPIN_UNTIL(loop, r.speakers[0].word == DANMAKU_DROPPED);
	SPIN_UNTIL(loop, r.speakers[1].waits);
	assert_int_equal(relay_messages(r.relay)->n, 1);
	rig_frame(&r, false);
	assert_int_equal(r.speakers[1].word, DANMAKU_SHOWN);
	assert_int_equal(messages_count(r.a).waited, 2);
	assert_int_equal(messages_count(r.a).dropped, 1);
	check_sum(&r);
	rig_clear(&r);
}

static void
test_merge(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(",\"merge\":\"10s\""), true);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_MERGED);
	rig_frame(&r, false);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_MERGED);
	rig_ahead += 10001;
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	rig_frame(&r, false);
	rig_set(&r, SEI(",\"merge\":0"));
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	check_sum(&r);
	rig_clear(&r);
}

#ifdef HAVE_PCRE2
static void
test_block(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(",\"block\":[\"^bad\"]"), true);
	assert_int_equal(rig_say(&r, "bad"), DANMAKU_BLOCKED);
	rig_set(&r, SEI());
	assert_int_equal(rig_say(&r, "bad"), DANMAKU_TAKEN);
	rig_set(&r, SEI(",\"block\":[\"^(worse|bad)\"]"));
	assert_int_equal(rig_say(&r, "worse"), DANMAKU_BLOCKED);
	check_sum(&r);
	rig_clear(&r);
}
#endif

/* One that was dropped may be said again. */
static void
test_dropped_is_not_known(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(",\"merge\":\"1h\""), false);
	rig_say(&r, "one");
	assert_int_equal(rig_say(&r, "one"), DANMAKU_MERGED);
	rig_ahead += MESSAGES_WAIT_MS;
	SPIN_UNTIL(loop, r.speakers[0].word == DANMAKU_DROPPED);
	assert_int_equal(rig_say(&r, "one"), DANMAKU_TAKEN);
	rig_clear(&r);
}

/* Off: waiting comments and new ones are dropped, until it is on again, by a
 * command or by the profile. */
static void
test_switch(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), false);
	rig_say(&r, "one");
	messages_show(r.a, false);
	assert_int_equal(r.speakers[0].word, DANMAKU_DROPPED);
	assert_int_equal(rig_say(&r, "two"), DANMAKU_DROPPED);
	rig_set(&r, SEI(",\"merge\":0")); /* does not mention it */
	assert_false(messages_is_on(r.a));
	rig_set(&r, SEI(",\"enabled\":false"));
	rig_set(&r, SEI());
	assert_true(messages_is_on(r.a));
	assert_int_equal(rig_say(&r, "three"), DANMAKU_TAKEN);
	rig_set(&r, SEI(",\"enabled\":false"));
	assert_int_equal(r.speakers[2].word, DANMAKU_DROPPED);
	check_sum(&r);
	rig_clear(&r);
}

/* The overlay is removed from the profile while comments wait: those in the
 * relay's queue are written. */
static void
test_taken_out(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), true);
	rig_say(&r, "one");
	rig_set(&r, "{" URL "," OUT "}");
	assert_null(r.a);
	assert_int_equal(r.speakers[0].word, DANMAKU_TAKEN);
	rig_frame(&r, false);
	assert_int_equal(r.speakers[0].word, DANMAKU_SHOWN);
	rig_set(&r, SEI());
	assert_int_equal(messages_count(r.a).said, 0);
	relay_select(r.relay, -1);
	rig_say(&r, "two");
	rig_set(&r, "{" URL "," OUT "}");
	assert_int_equal(r.speakers[1].word, DANMAKU_DROPPED);
	rig_clear(&r);
}

/* More than fit: the newest are dropped at once, the others are written in
 * their order, as the relay has room. */
static void
test_flood(void **state UNUSED)
{
	static struct rig r;
	char text[16];

	rig_init(&r, SEI(",\"merge\":0"), true);
	for (int i = 0; i < SPEAKERS; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(rig_say(&r, text),
		    i < MESSAGES_MAX ? DANMAKU_TAKEN : DANMAKU_DROPPED);
	}
	while (r.told < MESSAGES_MAX) {
		rig_frame(&r, false);
		spin_once(loop);
	}
	for (size_t i = 0; i < MESSAGES_MAX; i++) {
		assert_int_equal(r.speakers[i].word, DANMAKU_SHOWN);
		assert_int_equal(r.speakers[i].turn, i + 1);
	}
	check_sum(&r);
	rig_clear(&r);
}

/* The video becomes one of another codec while a comment waits for the next
 * frame: it was written for the old one, and is dropped. */
static void
test_other_codec(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), true);
	rig_say(&r, "one");
	relay_open_inlet(r.relay, 0, -1);
	rig_video(&r, 0x24);
	rig_frame(&r, true);
	rig_frame(&r, false);
	assert_int_equal(r.speakers[0].word, DANMAKU_DROPPED);
	check_sum(&r);
	rig_clear(&r);
}

/* A sender that does not wait for the verdict. */
static void
test_leave(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, SEI(), true);
	rig_say(&r, "one");
	comments_leave(&r.speakers[0].w);
	rig_frame(&r, false);
	assert_int_equal(r.told, 0);
	assert_int_equal(messages_count(r.a).shown, 1);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_merge),
#ifdef HAVE_PCRE2
		cmocka_unit_test(test_block),
#endif
		cmocka_unit_test(test_dropped_is_not_known),
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_taken_out),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_other_codec),
		cmocka_unit_test(test_leave),
	};

	return cmocka_run_group_tests(tests, spin_setup, spin_teardown);
}
