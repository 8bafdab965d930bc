/* SPDX-License-Identifier: ISC */
/* Packets from inlets to outlets, over real pipes. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "link/relay.h"
#include "media/tsinsert.h"
#include "packet.h"
#include "spin.h"

#define FRAMES_MAX 16384

/* A NAL unit of SEI. */
static const uint8_t message[] = { 0, 0, 0, 1, 6, 5, 4, 'h', 'e', 'l', 'o',
	0x80 };

static struct ev_loop *loop;
static int64_t rig_sound_ms; /* for those that wait for sound */

/* An upstream that writes frames. */
struct maker {
	int fd;
	uint8_t cc, audio_cc;
	int64_t dts;
};

/* A reader of an outlet, and its output. */
struct taker {
	int fd;
	struct ts ts;
	size_t n, keys, sounds;
	int64_t dts[FRAMES_MAX];
	uint8_t mark[FRAMES_MAX]; /* byte 100 of the frame's 2nd packet */
	bool first_is_key;
	uint64_t bytes;
	int64_t sound_dts;
	uint8_t cc[2]; /* newest of PAT, PMT */
	unsigned tables[2], table_breaks;
	size_t messages, said_at; /* how many, and in which frame the last */
};

struct rig {
	struct relay *relay;
	struct maker in[2];
	struct taker out[3];
	unsigned tables, fed;
	bool cuts; /* at each report of tables */
	int aired; /* the one that came on air last, and one */
};

static void
rig_tables(void *ctx, int inlet UNUSED)
{
	struct rig *r = ctx;

	r->tables++;
	if (r->cuts)
		relay_cut(r->relay);
}

static void
rig_aired(void *ctx, int inlet)
{
	((struct rig *)ctx)->aired = inlet + 1;
}

static void
rig_fed(void *ctx, int outlet UNUSED)
{
	((struct rig *)ctx)->fed++;
}

static void
taker_table(struct taker *t, int which, uint8_t cc)
{
	if (t->tables[which]++ > 0 && cc != ((t->cc[which] + 1) & 0x0f))
		t->table_breaks++;
	t->cc[which] = cc;
}

static void
taker_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct taker *t = ctx;

	if (info->pat || info->pmt)
		taker_table(t, info->pmt, pkt[3] & 0x0f);
	if (info->start && !info->video) {
		assert_true(
		    t->sounds == 0 || ts_diff(info->dts, t->sound_dts) > 0);
		t->sound_dts = info->dts;
		t->sounds++;
	}
	if (memmem(pkt, TS_PACKET, message, sizeof(message)) != NULL) {
		t->messages++;
		t->said_at = t->n + info->start;
	}
	if (info->start && info->video) {
		assert_true(t->n < FRAMES_MAX);
		if (t->n == 0)
			t->first_is_key = info->key;
		t->dts[t->n++] = info->dts;
		t->keys += info->key;
	} else if (info->video && t->n > 0) {
		t->mark[t->n - 1] = pkt[100];
	}
}

static void
rig_init(struct rig *r, size_t ring_max)
{
	struct relay_opts opts = { .ring_max = ring_max,
		.lag_ms = 100000,
		.sound_ms = rig_sound_ms,
		.tables = rig_tables,
		.aired = rig_aired,
		.fed = rig_fed,
		.ctx = r };

	memset(r, 0, sizeof(*r));
	r->relay = relay_new(loop, &opts);
	for (size_t i = 0; i < NELEM(r->out); i++)
		r->out[i].fd = -1;
	for (size_t i = 0; i < NELEM(r->in); i++)
		r->in[i].fd = -1;
}

static void
rig_clear(struct rig *r)
{
	relay_free(r->relay);
	for (size_t i = 0; i < NELEM(r->out); i++)
		if (r->out[i].fd != -1)
			close(r->out[i].fd);
	for (size_t i = 0; i < NELEM(r->in); i++)
		if (r->in[i].fd != -1)
			close(r->in[i].fd);
}

static void
maker_put(const struct maker *m, const uint8_t *p, size_t len)
{
	assert_int_equal(write(m->fd, p, len), len);
}

/* Video of one stream_type, sound of another; 0: none. */
static void
maker_tables(const struct maker *m, uint8_t video, uint8_t audio)
{
	uint8_t b[2 * TS_PACKET];

	packet_pat(b);
	packet_pmt(b + TS_PACKET, video, audio);
	maker_put(m, b, sizeof(b));
}

/* A run of an upstream begins, with its own stamps. */
static void
rig_open_inlet(struct rig *r, int i, int64_t dts)
{
	int fds[2];

	if (r->in[i].fd != -1)
		close(r->in[i].fd);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	r->in[i] = (struct maker){ .fd = fds[1], .dts = dts };
	relay_open_inlet(r->relay, i, fds[0]);
	maker_tables(&r->in[i], 0x1b, 0x0f);
}

/* A frame of `packets` packets that carries a mark, 40 ms after the last. */
static void
maker_frame(struct maker *m, bool key, uint8_t mark, size_t packets)
{
	uint8_t p[TS_PACKET];

	packet_pes(p, VIDEO_PID, m->cc++ & 0x0f, m->dts, key);
	maker_put(m, p, sizeof(p));
	for (size_t i = 1; i < packets; i++) {
		packet_more(p, VIDEO_PID, m->cc++ & 0x0f);
		p[100] = mark;
		maker_put(m, p, sizeof(p));
	}
	m->dts += 3600;
}

static void
maker_sound(struct maker *m)
{
	uint8_t p[TS_PACKET];

	packet_pes(p, AUDIO_PID, m->audio_cc++ & 0x0f, m->dts, false);
	maker_put(m, p, sizeof(p));
}

static void
rig_open_outlet(struct rig *r, int i, bool resume)
{
	int fds[2];

	if (r->out[i].fd != -1)
		close(r->out[i].fd);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	memset(&r->out[i], 0, sizeof(r->out[i]));
	r->out[i].fd = fds[0];
	fs_nonblock(fds[0]);
	ts_init(&r->out[i].ts, taker_packet, &r->out[i]);
	relay_open_outlet(r->relay, i, fds[1], resume);
}

/* Read everything that has come; false at the end. */
static bool
taker_read(struct taker *t)
{
	static uint8_t b[65536];
	ssize_t n;

	while ((n = read(t->fd, b, sizeof(b))) > 0) {
		t->bytes += (uint64_t)n;
		ts_feed(&t->ts, b, (size_t)n);
	}
	return n != 0;
}

/* Let things flow until the outlet has written n frames in all. */
static void
rig_flow(struct rig *r, int i, size_t n)
{
	SPIN_UNTIL(loop, (taker_read(&r->out[i]), r->out[i].n >= n));
	assert_int_equal(r->out[i].n, n);
}

static void
check_order(const struct taker *t)
{
	for (size_t i = 1; i < t->n; i++)
		assert_true(ts_diff(t->dts[i], t->dts[i - 1]) > 0);
}

/* A reader that joins gets the tables and the newest key frame at once; one
 * that was there gets all; none gets frames from before the first key frame. */
static void
test_join(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_frame(&r.in[0], false, 9, 2);
	for (uint8_t i = 0; i < 20; i++)
		maker_frame(&r.in[0], i % 10 == 0, i, 3);
	rig_flow(&r, 0, 20);
	rig_open_outlet(&r, 1, false);
	rig_flow(&r, 1, 10);
	maker_sound(&r.in[0]);
	maker_frame(&r.in[0], false, 20, 3);
	rig_flow(&r, 0, 21);
	rig_flow(&r, 1, 11);
	for (int k = 0; k < 2; k++) {
		const struct taker *t = &r.out[k];

		assert_true(t->first_is_key && ts_is_ready(&t->ts));
		assert_int_equal(t->sounds, 1);
		assert_int_equal(t->ts.breaks, 0);
		for (size_t i = 0; i < t->n; i++)
			assert_int_equal(t->mark[i], i + (k == 0 ? 0 : 10));
		for (size_t i = 1; i < t->n; i++)
			assert_int_equal(
			    ts_diff(t->dts[i], t->dts[i - 1]), 3600);
	}
	assert_int_equal(r.tables, 1);
	assert_int_equal(r.fed, 2);
	rig_clear(&r);
}

/* Runs with separate stamps become one stream: it goes on, by the clock, and
 * never back; continuity is not broken. */
static void
test_runs(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	for (size_t run = 0; run < 5; run++) {
		rig_open_inlet(&r, 0, run % 2 == 0 ? 8000000000 : 100);
		maker_frame(&r.in[0], false, 99, 2);
		for (uint8_t i = 0; i < 10; i++) {
			maker_frame(&r.in[0], i == 0, i, 2);
			maker_sound(&r.in[0]);
		}
		rig_flow(&r, 0, (run + 1) * 10);
		relay_close_inlet(r.relay, 0);
		spin_for(loop, 30);
	}
	check_order(&r.out[0]);
	assert_int_equal(r.out[0].keys, 5);
	assert_int_equal(r.out[0].ts.breaks, 0);
	for (size_t i = 0; i < r.out[0].n; i++)
		assert_int_equal(r.out[0].mark[i], i % 10);
	/* no further than the clock went, and the frames in a run */
	assert_true(
	    ts_diff(r.out[0].dts[49], r.out[0].dts[0]) < 50 * 3600 + 90000);
	rig_clear(&r);
}

/* The rest of a PES packet of sound that began before the run's key frame is
 * left out. */
static void
test_rest_of_sound(void **state UNUSED)
{
	static struct rig r;
	uint8_t p[TS_PACKET];
	uint64_t before;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_sound(&r.in[0]);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 1);
	before = r.out[0].bytes;
	packet_more(p, AUDIO_PID, r.in[0].audio_cc++ & 0x0f);
	maker_put(&r.in[0], p, sizeof(p));
	maker_sound(&r.in[0]);
	maker_frame(&r.in[0], false, 1, 2);
	rig_flow(&r, 0, 2);
	assert_int_equal(r.out[0].bytes - before, 3 * TS_PACKET);
	rig_clear(&r);
}

/* The tables that a reader begins with are counted like those that come
 * later. */
static void
test_tables_count(void **state UNUSED)
{
	static struct rig r;
	size_t all = 0;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 25; i++) {
		if (i % 3 == 0)
			maker_tables(&r.in[0], 0x1b, 0x0f);
		maker_frame(&r.in[0], i % 10 == 0, i, 2);
		rig_flow(&r, 0, ++all);
		if (i == 14)
			rig_open_outlet(&r, 1, false);
		if (i == 21)
			rig_open_outlet(&r, 2, false);
	}
	rig_flow(&r, 1, 15);
	rig_flow(&r, 2, 5);
	for (int i = 0; i < 3; i++) {
		assert_true(r.out[i].tables[0] > 1 && r.out[i].tables[1] > 1);
		assert_int_equal(r.out[i].table_breaks, 0);
	}
	rig_clear(&r);
}

/* A reader that begins with the new tables gets nothing from before their
 * change. */
static void
test_tables_change(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 1);
	maker_tables(&r.in[0], 0x24, 0x0f);
	maker_frame(&r.in[0], false, 1, 2);
	rig_flow(&r, 0, 2);
	rig_open_outlet(&r, 1, false);
	taker_read(&r.out[1]);
	assert_int_equal(r.out[1].bytes, 0);
	maker_frame(&r.in[0], true, 2, 2);
	rig_flow(&r, 1, 1);
	assert_true(r.out[1].first_is_key);
	assert_int_equal(r.out[1].mark[0], 2);
	rig_clear(&r);
}

/* Sound whose stamp is far away is left out, and the next is not. */
static void
test_sound_astray(void **state UNUSED)
{
	static struct rig r;
	int64_t was;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	for (int i = 0; i < 9; i++) {
		was = r.in[0].dts;
		if (i % 3 == 2)
			r.in[0].dts += (int64_t)1 << 31;
		maker_sound(&r.in[0]);
		r.in[0].dts = was;
		maker_frame(&r.in[0], false, 1, 2);
	}
	rig_flow(&r, 0, 10);
	assert_int_equal(r.out[0].sounds, 6);
	check_order(&r.out[0]);
	rig_clear(&r);
}

/* Without video, sound that steps back, or leaps, is a new beginning. */
static void
test_sound_alone(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 8000000000);
	maker_tables(&r.in[0], 0, 0x0f);
	for (int i = 0; i < 30; i++) {
		if (i % 10 == 5)
			r.in[0].dts -= 5000000;
		if (i % 10 == 9)
			r.in[0].dts += (int64_t)1 << 31;
		maker_sound(&r.in[0]);
		r.in[0].dts += 1920;
	}
	SPIN_UNTIL(loop, (taker_read(&r.out[0]), r.out[0].sounds >= 30));
	assert_int_equal(r.out[0].sounds, 30);
	assert_int_equal(r.out[0].ts.breaks, 0);
	rig_clear(&r);
}

/* A reader that joins sound without video while none comes gets each packet
 * once. */
static void
test_sound_alone_in_silence(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_tables(&r.in[0], 0, 0x0f);
	for (int i = 0; i < 3; i++)
		maker_sound(&r.in[0]), r.in[0].dts += 1920;
	SPIN_UNTIL(loop, (taker_read(&r.out[0]), r.out[0].sounds >= 3));
	spin_for(loop, 2100);
	rig_open_outlet(&r, 1, false);
	spin_for(loop, 50);
	maker_sound(&r.in[0]);
	SPIN_UNTIL(loop, (taker_read(&r.out[0]), r.out[0].sounds >= 4));
	spin_for(loop, 50);
	taker_read(&r.out[1]);
	assert_int_equal(r.out[1].sounds, 2); /* newest then, and next */
	rig_clear(&r);
}

/* Another inlet takes over at its own next key frame, not before. */
static void
test_switch(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	rig_open_inlet(&r, 1, 5000000);
	maker_frame(&r.in[0], true, 1, 2);
	maker_frame(&r.in[1], true, 50, 2);
	rig_flow(&r, 0, 1);
	relay_select(r.relay, 1);
	maker_frame(&r.in[1], false, 51, 2);
	spin_for(loop, 20);
	maker_frame(&r.in[0], false, 2, 2);
	rig_flow(&r, 0, 2);
	assert_int_equal(r.aired, 0 + 1);
	maker_frame(&r.in[1], true, 52, 2);
	spin_for(loop, 20);
	maker_frame(&r.in[0], false, 3, 2);
	maker_frame(&r.in[1], false, 53, 2);
	rig_flow(&r, 0, 4);
	spin_for(loop, 20);
	rig_flow(&r, 0, 4);
	assert_int_equal(relay_on_air(r.relay), 1);
	assert_int_equal(r.aired, 1 + 1);
	assert_memory_equal(r.out[0].mark, ((uint8_t[]){ 1, 2, 52, 53 }), 4);
	check_order(&r.out[0]);
	assert_int_equal(r.out[0].ts.breaks, 0);
	relay_select(r.relay, -1);
	maker_frame(&r.in[1], true, 54, 2);
	spin_for(loop, 20);
	rig_flow(&r, 0, 4);
	rig_clear(&r);
}

/* An inlet that was taken off the air comes back with a key frame. */
static void
test_select_again(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 1);
	relay_select(r.relay, -1);
	maker_frame(&r.in[0], false, 1, 2);
	spin_for(loop, 20);
	relay_select(r.relay, 0);
	maker_frame(&r.in[0], false, 2, 2);
	maker_frame(&r.in[0], true, 3, 2);
	maker_frame(&r.in[0], false, 4, 2);
	rig_flow(&r, 0, 3);
	assert_memory_equal(r.out[0].mark, ((uint8_t[]){ 0, 3, 4 }), 3);
	assert_int_equal(r.out[0].ts.breaks, 0);
	check_order(&r.out[0]);
	rig_clear(&r);
}

/* A reader that hangs makes nobody wait; it goes on at a key frame, with whole
 * frames only, and its loss is counted to the packet. */
static void
test_stuck(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;
	size_t all = 0;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	rig_open_outlet(&r, 1, false);
	relay_set_lag(r.relay, 1, 50);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 200; i++) {
		maker_frame(&r.in[0], i % 10 == 0, i, 40);
		rig_flow(&r, 0, ++all);
		spin_for(loop, 2);
	}
	relay_outlet_stats(r.relay, 1, &st);
	assert_true(st.skips >= 1);
	assert_true(st.supplied); /* it is to blame */
	assert_true(st.given_ms >= 100);
	SPIN_UNTIL(loop,
	    (taker_read(&r.out[1]), relay_outlet_stats(r.relay, 1, &st),
		st.lag_ms == 0 && st.lost_bytes > 0));
	taker_read(&r.out[1]);
	maker_frame(&r.in[0], true, 200, 40);
	rig_flow(&r, 0, ++all);
	SPIN_UNTIL(loop,
	    (taker_read(&r.out[1]),
		r.out[1].n > 0 && r.out[1].mark[r.out[1].n - 1] == 200));
	relay_outlet_stats(r.relay, 1, &st);
	assert_int_equal(st.lost_bytes, st.lost_packets * TS_PACKET);
	/* each frame is 40 packets; sent and lost are all */
	assert_int_equal(st.lost_packets, (all - r.out[1].n) * 40);
	assert_true(st.lost_ms > 0);
	assert_int_equal(r.out[1].ts.breaks, 0);
	assert_int_equal(r.out[0].ts.breaks, 0);
	relay_outlet_stats(r.relay, 0, &st);
	assert_int_equal(st.skips, 0);
	rig_clear(&r);
}

/* A reader that pauses, and is not late, loses nothing: the ring grows for
 * it. */
static void
test_pause(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;

	rig_init(&r, 64 << 20);
	rig_open_outlet(&r, 0, false);
	rig_open_outlet(&r, 1, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (size_t i = 0; i < 300; i++) {
		maker_frame(&r.in[0], i % 5 == 0, (uint8_t)i, 40);
		rig_flow(&r, 0, i + 1);
	}
	relay_outlet_stats(r.relay, 1, &st);
	assert_int_equal(st.skips, 0);
	rig_flow(&r, 1, 300);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(r.out[1].mark[i], (uint8_t)i);
	rig_clear(&r);
}

/* After a pause of the upstream, longer than any lag may be, nobody lags,
 * and nothing counts as lost. */
static void
test_outage(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_set_lag(r.relay, 0, 50);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 5; i++)
		maker_frame(&r.in[0], i == 0, i, 2);
	rig_flow(&r, 0, 5);
	relay_close_inlet(r.relay, 0);
	spin_for(loop, 150);
	relay_outlet_stats(r.relay, 0, &st);
	assert_int_equal(st.lag_ms, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 5; i < 10; i++)
		maker_frame(&r.in[0], i == 5, i, 2);
	rig_flow(&r, 0, 10);
	relay_outlet_stats(r.relay, 0, &st);
	assert_int_equal(st.skips, 0);
	assert_int_equal(st.lost_bytes, 0);
	assert_int_equal(st.lost_ms, 0);
	check_order(&r.out[0]);
	rig_clear(&r);
}

/* A group longer than the ring may be: it waits for the next key frame. */
static void
test_long_group(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1024 * TS_PACKET);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (size_t i = 0; i < 60; i++) {
		maker_frame(&r.in[0], i == 0, (uint8_t)i, 40);
		rig_flow(&r, 0, i + 1);
	}
	rig_open_outlet(&r, 1, false);
	maker_frame(&r.in[0], false, 60, 40);
	rig_flow(&r, 0, 61);
	taker_read(&r.out[1]);
	assert_int_equal(r.out[1].bytes, 0);
	maker_frame(&r.in[0], true, 61, 40);
	rig_flow(&r, 1, 1);
	assert_int_equal(r.out[1].mark[0], 61);
	rig_clear(&r);
}

/* A frame that is too large to be finished is torn, a packet is not. */
static void
test_torn(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;
	uint8_t p[TS_PACKET];

	rig_init(&r, 16 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 1);
	for (size_t i = 0; i < 30000; i++) { /* 5.6 MB */
		packet_more(p, VIDEO_PID, r.in[0].cc++ & 0x0f);
		maker_put(&r.in[0], p, sizeof(p));
		if (i % 100 == 0)
			spin_once(loop);
	}
	relay_set_lag(r.relay, 0, 1);
	maker_frame(&r.in[0], true, 1, 2);
	spin_for(loop, 20);
	maker_frame(&r.in[0], false, 2, 2);
	spin_for(loop, 20);
	SPIN_UNTIL(loop, (taker_read(&r.out[0]), r.out[0].mark[2] == 2));
	assert_int_equal(r.out[0].mark[1], 1);
	relay_outlet_stats(r.relay, 0, &st);
	assert_int_equal(st.skips, 1);
	assert_true(st.lost_bytes > 0);
	assert_int_equal(st.lost_bytes, st.lost_packets * TS_PACKET);
	assert_int_equal(r.out[0].ts.garbage, 0);
	assert_int_equal(r.out[0].ts.breaks, 0);
	rig_clear(&r);
}

/* A recorder goes on at the key frame it was in; a reader that sends does
 * not. */
static void
test_resume(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, true);
	rig_open_outlet(&r, 1, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 15; i++)
		maker_frame(&r.in[0], i % 10 == 0, i, 2);
	rig_flow(&r, 0, 15);
	rig_flow(&r, 1, 15);
	relay_close_outlet(r.relay, 0);
	relay_close_outlet(r.relay, 1);
	for (uint8_t i = 15; i < 35; i++)
		maker_frame(&r.in[0], i % 10 == 0, i, 2);
	spin_for(loop, 20);
	rig_open_outlet(&r, 0, true);
	rig_open_outlet(&r, 1, false);
	rig_flow(&r, 0, 25);
	rig_flow(&r, 1, 5);
	assert_int_equal(r.out[0].mark[0], 10);
	assert_int_equal(r.out[1].mark[0], 30);
	rig_clear(&r);
}

/* To finish is to give all bytes that are held, then the end of the file. */
static void
test_finish(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 4 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 30; i++) { /* more than a pipe holds */
		maker_frame(&r.in[0], i == 0, i, 40);
		spin_once(loop);
	}
	relay_finish_outlet(r.relay, 0);
	maker_frame(&r.in[0], true, 99, 2);
	SPIN_UNTIL(loop, !taker_read(&r.out[0]));
	assert_int_equal(r.out[0].n, 30);
	assert_int_equal(r.out[0].mark[29], 29);
	rig_open_outlet(&r, 1, false);
	rig_flow(&r, 1, 1);
	relay_finish_outlet(r.relay, 1); /* nothing is left: at once */
	assert_false(taker_read(&r.out[1]));
	rig_clear(&r);
}

/* A reader that is gone does not disturb the relay. */
static void
test_gone(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	rig_open_outlet(&r, 1, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	close(r.out[0].fd);
	r.out[0].fd = -1;
	for (uint8_t i = 0; i < 10; i++)
		maker_frame(&r.in[0], i == 0, i, 40);
	rig_flow(&r, 1, 10);
	relay_outlet_stats(r.relay, 0, &st);
	assert_true(st.open);
	relay_close_outlet(r.relay, 0);
	rig_clear(&r);
}

/* An output that is not supplied is not to blame. */
static void
test_supply(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;
	struct relay_inlet_stats in;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	relay_outlet_stats(r.relay, 0, &st);
	assert_false(st.supplied);
	assert_int_equal(relay_silent_ms(r.relay), -1);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 1);
	relay_outlet_stats(r.relay, 0, &st);
	assert_true(st.supplied);
	spin_for(loop, 1200);
	relay_outlet_stats(r.relay, 0, &st);
	assert_false(st.supplied);
	assert_true(relay_silent_ms(r.relay) >= 1200);
	maker_frame(&r.in[0], true, 1, 2);
	rig_flow(&r, 0, 2);
	relay_outlet_stats(r.relay, 0, &st);
	assert_true(st.supplied);
	relay_inlet_stats(r.relay, 0, &in);
	assert_int_equal(in.frames, 2);
	assert_true(in.gop_ms >= 1200 && in.open);
	rig_clear(&r);
}

/* A key frame with the parameter sets of MPEG-2 in its first packet. */
static void
maker_mpeg2(struct maker *m)
{
	static const uint8_t head[] = { 0, 0, 1, 0xb3, 0x0a, 0, 0x78, 0x23,
		0xff, 0xff, 0xe0, 0x18 };
	uint8_t p[TS_PACKET];

	packet_pes(p, VIDEO_PID, m->cc++ & 0x0f, m->dts, true);
	memcpy(p + 31, head, sizeof(head));
	maker_put(m, p, sizeof(p));
	m->dts += 3600;
}

/* A key frame of H.264, whose PPS comes in its second packet. */
static void
maker_h264(struct maker *m)
{
	static const uint8_t sps[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0b, 0xda,
		0x0a, 0x11, 0xf9, 0x70, 0x11, 0, 0, 0x03, 0, 0x01, 0, 0, 0x03,
		0, 0x32, 0x8f, 0x14, 0x2a, 0xa0 };
	static const uint8_t pps[] = { 0, 0, 0, 1, 0x68, 0xce, 0x0f, 0xc8, 0, 0,
		1 };
	uint8_t p[TS_PACKET];

	packet_pes(p, VIDEO_PID, m->cc++ & 0x0f, m->dts, true);
	memcpy(p + TS_PACKET - sizeof(sps), sps, sizeof(sps));
	maker_put(m, p, sizeof(p));
	packet_more(p, VIDEO_PID, m->cc++ & 0x0f);
	memcpy(p + 4, pps, sizeof(pps));
	maker_put(m, p, sizeof(p));
	m->dts += 3600;
}

/* A key frame whose parameter sets, of MPEG-2, end in its second packet. */
static void
maker_split(struct maker *m, uint8_t width)
{
	uint8_t p[TS_PACKET];

	packet_pes(p, VIDEO_PID, m->cc++ & 0x0f, m->dts, true);
	memcpy(p + TS_PACKET - 5, (uint8_t[]){ 0, 0, 1, 0xb3, width }, 5);
	maker_put(m, p, sizeof(p));
	packet_more(p, VIDEO_PID, m->cc++ & 0x0f);
	memcpy(p + 4, (uint8_t[]){ 0, 0x78, 0x23 }, 3);
	maker_put(m, p, sizeof(p));
	m->dts += 3600;
}

/* A frame's codec may be known only after its first packet: a reader then
 * begins with this frame; with none if the codec has changed. */
static void
test_r20_known_late(void **state UNUSED)
{
	static struct rig r;

	for (int alien = 0; alien < 2; alien++) {
		rig_init(&r, 1 << 20);
		rig_open_outlet(&r, 0, false);
		relay_select(r.relay, 0);
		rig_open_inlet(&r, 0, 1000);
		maker_tables(&r.in[0], 0x02, 0x0f);
		maker_mpeg2(&r.in[0]);
		maker_frame(&r.in[0], false, 0, 2);
		rig_flow(&r, 0, 2);
		r.cuts = !alien;
		if (alien)
			maker_h264(&r.in[0]);
		else
			maker_split(&r.in[0], 0x14);
		rig_flow(&r, 0, 3);
		SPIN_UNTIL(loop, r.tables > 2);
		r.cuts = false;
		rig_open_outlet(&r, 1, false);
		if (alien) {
			spin_for(loop, 50);
			assert_false(taker_read(&r.out[1]) && r.out[1].n > 0);
		} else {
			rig_flow(&r, 1, 1);
			assert_true(r.out[1].first_is_key);
			maker_frame(&r.in[0], false, 0, 2);
			rig_flow(&r, 1, 2);
		}
		rig_clear(&r);
	}
}

/* Frames of another codec than the table's, from the first one on, are passed
 * on; frames that change to it are not. */
static void
test_r9_mislabelled_goes_on(void **state UNUSED)
{
	static struct rig r;
	struct relay_inlet_stats st;

	for (int fits = 0; fits < 2; fits++) {
		rig_init(&r, 1 << 20);
		rig_open_outlet(&r, 0, false);
		relay_select(r.relay, 0);
		rig_open_inlet(&r, 0, 1000);
		maker_tables(&r.in[0], fits ? 0x02 : 0x1b, 0x0f);
		maker_mpeg2(&r.in[0]);
		maker_mpeg2(&r.in[0]);
		rig_flow(&r, 0, 2);
		relay_inlet_stats(r.relay, 0, &st);
		assert_false(st.alien);
		assert_int_equal(ts_is_mislabelled(st.ts), !fits);
		rig_clear(&r);
	}
}

/* The time for which an outlet was given frames so far. */
static int64_t
rig_given(struct rig *r)
{
	struct outlet_stats st;

	relay_outlet_stats(r->relay, 0, &st);
	return st.given_ms;
}

/* Time counts as given while an outlet gets frames that go on; a pause does not
 * count, nor does sound beside a frozen video. */
static void
test_s2_given(void **state UNUSED)
{
	static struct rig r;
	size_t n = 0;
	int64_t begin, given;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	assert_int_equal(rig_given(&r), 0);
	rig_open_inlet(&r, 0, 1000);
	begin = mono_ms();
	do {
		maker_frame(&r.in[0], n == 0, 0, 2);
		rig_flow(&r, 0, ++n);
		spin_for(loop, 10);
	} while (rig_given(&r) < 200);
	given = rig_given(&r);
	assert_true(given <= mono_ms() - begin);
	for (int i = 0; i < 40; i++) { /* the video is frozen */
		maker_sound(&r.in[0]);
		r.in[0].dts += 1800;
		spin_for(loop, 10);
	}
	SPIN_UNTIL(loop, (taker_read(&r.out[0]), r.out[0].sounds == 40));
	spin_for(loop, 400); /* all does */
	assert_int_equal(rig_given(&r), given);
	maker_frame(&r.in[0], true, 1, 2);
	rig_flow(&r, 0, ++n);
	assert_in_range(rig_given(&r) - given, 1, 250);
	rig_clear(&r);
}

/* Frames that are far apart: the time between them counts in full; the time of
 * a pause between them does not. */
static void
test_r10_given_slowly(void **state UNUSED)
{
	static struct rig r;
	int64_t begin, given;
	size_t n = 0;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	begin = mono_ms();
	for (; n < 4; r.in[0].dts += 23400) { /* 300 ms with the frame's own */
		if (n > 0)
			spin_for(loop, 400);
		maker_frame(&r.in[0], n == 0, 0, 2);
		rig_flow(&r, 0, ++n);
	}
	given = rig_given(&r);
	assert_in_range(given, 1000, mono_ms() - begin);
	spin_for(loop, 1000);
	r.in[0].dts += 90000;
	maker_frame(&r.in[0], false, 0, 2);
	rig_flow(&r, 0, ++n);
	assert_in_range(rig_given(&r) - given, 600, 700);
	rig_clear(&r);
}

/* Frames whose stamp is a tick after the last one's, a key frame each, until
 * the inlet counts as frozen, or one goes on without a pause for 4 s. */
static bool
rig_creep(struct rig *r)
{
	int64_t begin = mono_ms();
	struct relay_inlet_stats in;

	do {
		maker_frame(&r->in[0], true, 1, 2);
		r->in[0].dts -= 3599;
		spin_for(loop, 20);
		taker_read(&r->out[0]);
		relay_inlet_stats(r->relay, 0, &in);
	} while (in.frozen_since_ms == 0 && mono_ms() - begin < 4000);
	return in.frozen_since_ms != 0;
}

/* Stamps that creep by a tick for each frame come from an ffmpeg that copies a
 * source that has begun again: it is as good as silent, nothing goes out and no
 * output is to blame; it is on air again from a key frame on when its stamps go
 * on. */
static void
test_s2_creeping_stamps(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats out;
	struct relay_inlet_stats in;
	size_t n;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	for (uint8_t i = 0; i < 10; i++)
		maker_frame(&r.in[0], i == 0, 0, 2);
	rig_flow(&r, 0, 10);
	assert_true(rig_creep(&r));
	relay_inlet_stats(r.relay, 0, &in);
	assert_true(in.silent_ms >= 1500);
	relay_outlet_stats(r.relay, 0, &out);
	assert_false(out.supplied);
	n = r.out[0].n;
	for (int i = 0; i < 10; i++) {
		maker_frame(&r.in[0], true, 2, 2);
		r.in[0].dts -= 3599;
	}
	for (int i = 0; i < 50; i++) /* they go on */
		maker_frame(&r.in[0], false, 3, 2);
	for (uint8_t i = 0; i < 10; i++)
		maker_frame(&r.in[0], i == 0, 4, 2);
	rig_flow(&r, 0, n + 10);
	assert_int_equal(r.out[0].mark[n], 4);
	relay_inlet_stats(r.relay, 0, &in);
	assert_int_equal(in.frozen_since_ms, 0);
	assert_true(in.silent_ms < 1500);
	check_order(&r.out[0]);
	assert_int_equal(r.out[0].ts.breaks, 0);
	rig_clear(&r);
}

/* A slow source is not frozen, nor one whose stamps step back, or go round. */
static void
test_s2_slow_stamps(void **state UNUSED)
{
	static const struct {
		int64_t begin, step;
	} rows[] = { { 5000, 720 }, { ((int64_t)1 << 33) - 20000, 3600 },
		{ 90000, -90000 } };
	static struct rig r;
	struct relay_inlet_stats in;

	rig_init(&r, 1 << 20);
	relay_select(r.relay, 0);
	for (size_t i = 0; i < NELEM(rows); i++)
		rig_open_inlet(&r, (int)(i % 2), rows[i].begin);
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct maker *m = &r.in[0];
		int64_t begin = mono_ms();

		rig_open_inlet(&r, 0, rows[i].begin);
		while (mono_ms() - begin < 1800) {
			maker_frame(m, true, 1, 2);
			m->dts += rows[i].step - 3600;
			if (rows[i].step < 0)
				m->dts += 2 * 3600 - rows[i].step;
			if (rows[i].step < 0 && m->dts > 200000)
				m->dts = rows[i].begin;
			m->dts &= ((int64_t)1 << 33) - 1;
			spin_for(loop, 40);
		}
		relay_inlet_stats(r.relay, 0, &in);
		assert_int_equal(in.frozen_since_ms, 0);
		assert_true(in.frames > 5 && in.silent_ms < 1500);
	}
	rig_clear(&r);
}

/* The same tables with another version number. */
static void
maker_version(const struct maker *m, uint8_t version)
{
	uint8_t p[TS_PACKET], s[TS_PACKET];
	size_t len;

	packet_pmt(p, 0x1b, 0x0f);
	len = (size_t)(p[6] & 0x0f) << 8 | p[7];
	memcpy(s, p + 5, len - 1);
	s[5] = (uint8_t)(0xc1 | version << 1);
	packet_section(p, PMT_PID, s, len - 1);
	maker_put(m, p, sizeof(p));
}

/* Another version of the tables with the same contents changes nothing: it is
 * not reported, and a reader that joins begins with the key frame before it. */
static void
test_p7_version_alone(void **state UNUSED)
{
	static struct rig r;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	for (uint8_t i = 0; i < 5; i++)
		maker_frame(&r.in[0], i == 0, i, 2);
	maker_version(&r.in[0], 7);
	for (uint8_t i = 5; i < 8; i++)
		maker_frame(&r.in[0], false, i, 2);
	rig_flow(&r, 0, 8);
	assert_int_equal(r.out[0].ts.pmt[10], 0xc1 | 7 << 1);
	rig_open_outlet(&r, 1, false);
	rig_flow(&r, 1, 8);
	assert_int_equal(r.tables, 1);
	rig_clear(&r);
}

/* A reader that joins waits for announced sound: without enough, an ffmpeg
 * ends, or holds everything back. */
static void
test_s3_sound_is_waited_for(void **state UNUSED)
{
	static struct rig r;

	rig_sound_ms = 100000;
	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	for (uint8_t i = 0; i < 10; i++)
		maker_frame(&r.in[0], i % 5 == 0, i, 2);
	spin_for(loop, 100);
	taker_read(&r.out[0]);
	assert_int_equal(r.out[0].n, 0);
	assert_int_equal(r.fed, 0);
	for (int i = 0; i < 8; i++)
		maker_sound(&r.in[0]), r.in[0].dts += 100;
	rig_flow(&r, 0, 10); /* it lost nothing */
	assert_true(r.out[0].first_is_key);
	assert_int_equal(r.out[0].sounds, 8);
	rig_clear(&r);
	rig_sound_ms = 0;
}

/* Sound from before the key frame is given to a reader that joins, at the key
 * frame's time if it is old; later sound goes on from there. */
static void
test_s3_newest_sound_is_given(void **state UNUSED)
{
	static struct rig r;

	rig_sound_ms = 100000;
	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_frame(&r.in[0], true, 0, 2);
	for (int i = 0; i < 8; i++)
		maker_sound(&r.in[0]), r.in[0].dts += 100;
	for (uint8_t i = 1; i < 40; i++)
		maker_frame(&r.in[0], i % 10 == 0, i, 2);
	rig_flow(&r, 0, 40);
	assert_int_equal(r.out[0].sounds, 8);
	spin_for(loop, 2100);
	maker_frame(&r.in[0], true, 40, 2);
	rig_flow(&r, 0, 41);
	rig_open_outlet(&r, 1, false);
	rig_flow(&r, 1, 1);
	assert_int_equal(r.out[1].sounds, 4); /* for an ffmpeg to be sure */
	assert_in_range(
	    ts_diff(r.out[1].dts[0], r.out[1].sound_dts), 1, TS_HZ / 2);
	maker_sound(&r.in[0]);
	maker_sound(&r.in[0]), r.in[0].dts += 100;
	maker_frame(&r.in[0], false, 41, 2);
	rig_flow(&r, 1, 2);
	assert_int_equal(r.out[1].ts.breaks, 0);
	assert_true(r.out[1].sounds >= 5);
	rig_clear(&r);
	rig_sound_ms = 0;
}

/* Sound that stops right after the key frame that a reader begins with, or that
 * is a single packet: too little for an ffmpeg to be sure of it. The newest is
 * given before it, in order. */
static void
test_s3_little_sound(void **state)
{
	static struct rig r;
	size_t n = *state == NULL ? 1 : 3;

	rig_sound_ms = 100000;
	rig_init(&r, 1 << 20);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_frame(&r.in[0], true, 0, 2);
	for (size_t i = 0; i < n; i++)
		maker_sound(&r.in[0]), r.in[0].dts += 100;
	maker_frame(&r.in[0], false, 1, 2);
	spin_for(loop, 100);
	rig_open_outlet(&r, 0, false);
	spin_for(loop, 100);
	taker_read(&r.out[0]);
	assert_int_equal(r.out[0].n, 0); /* more may come */
	spin_for(loop, 500);
	maker_frame(&r.in[0], false, 2, 2);
	rig_flow(&r, 0, 3);
	assert_int_equal(r.out[0].sounds, 4 + n);
	assert_int_equal(r.out[0].ts.breaks, 0);
	check_order(&r.out[0]);
	rig_clear(&r);
	rig_sound_ms = 0;
}

/* Sound that is no longer held, and does not come, counts as none, although
 * this run had some. */
static void
test_s3_mute_after_cut(void **state UNUSED)
{
	static struct rig r;
	struct relay_inlet_stats in;
	struct maker *m = &r.in[0];

	rig_sound_ms = 50;
	rig_init(&r, 1 << 20);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_frame(m, true, 0, 2);
	maker_sound(m);
	spin_for(loop, 20);
	relay_inlet_stats(r.relay, 0, &in);
	assert_true(in.heard);
	relay_cut(r.relay);
	rig_open_outlet(&r, 0, false);
	spin_for(loop, 100);
	maker_frame(m, true, 1, 2);
	spin_for(loop, 20);
	maker_tables(m, 0x1b, 0x0f);
	maker_frame(m, true, 2, 2);
	rig_flow(&r, 0, 1);
	assert_int_equal(ts_audio(&r.out[0].ts), -1);
	relay_inlet_stats(r.relay, 0, &in);
	assert_true(in.mute && !in.heard);
	rig_clear(&r);
	rig_sound_ms = 0;
}

/* Sound that is announced and never comes is not waited for without end, and is
 * left out of the tables; when it comes after all, it is a new track. */
static void
test_s3_mute(void **state UNUSED)
{
	static struct rig r;
	struct relay_inlet_stats in;
	struct maker *m = &r.in[0];

	rig_sound_ms = 50;
	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 5000);
	maker_frame(m, true, 0, 2);
	spin_for(loop, 100);
	maker_tables(m, 0x1b, 0x0f);
	maker_frame(m, true, 1, 2);
	rig_flow(&r, 0, 1);
	assert_int_equal(r.out[0].ts.n_streams, 1);
	assert_int_equal(ts_audio(&r.out[0].ts), -1);
	assert_int_equal(r.tables, 2);
	relay_inlet_stats(r.relay, 0, &in);
	assert_true(in.mute && !in.heard);
	maker_sound(m);
	maker_tables(m, 0x1b, 0x0f);
	maker_frame(m, true, 2, 2);
	rig_flow(&r, 0, 2);
	assert_int_equal(r.out[0].ts.n_streams, 2);
	assert_int_equal(r.tables, 3);
	relay_inlet_stats(r.relay, 0, &in);
	assert_true(in.heard && !in.mute);
	rig_clear(&r);
	rig_sound_ms = 0;
}

/* Every run sends with other pids than the last one: those of the current run
 * always fit. */
static void
test_other_pids(void **state UNUSED)
{
	static struct rig r;
	uint8_t p[TS_PACKET],
	    pmt[] = { 0x02, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe1, 0x00, 0xf0, 0,
		    0x1b, 0xe1, 0, 0xf0, 0 };

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	for (uint8_t run = 0; run < 40; run++) {
		rig_open_inlet(&r, 0, 1000);
		pmt[9] = pmt[14] = run;
		packet_section(p, PMT_PID, pmt, sizeof(pmt));
		maker_put(&r.in[0], p, sizeof(p));
		for (int i = 0; i < 2; i++) {
			packet_pes(p, VIDEO_PID + run, (uint8_t)i,
			    r.in[0].dts += 3600, i == 0);
			maker_put(&r.in[0], p, sizeof(p));
		}
		rig_flow(&r, 0, 2 * ((size_t)run + 1));
	}
	check_order(&r.out[0]);
	assert_int_equal(r.out[0].ts.breaks, 0);
	assert_int_equal(r.out[0].table_breaks, 0);
	rig_clear(&r);
}

/* A day and more: the stamps wrap while outlets are on air, and runs end and
 * begin before and after. */
static void
test_wrap(void **state UNUSED)
{
	static struct rig r;
	size_t n = 0;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	for (int run = 0; run < 6; run++) {
		rig_open_inlet(&r, 0, run % 2 == 0 ? 8000000000 : 100);
		for (size_t i = 0; i < 2000; i++) {
			maker_frame(&r.in[0], i % 10 == 0, 1, 2);
			maker_sound(&r.in[0]);
			r.in[0].dts += 9 * TS_HZ;
			if (i % 50 == 49)
				rig_flow(&r, 0, n += 50);
		}
		rig_open_outlet(&r, 1, false);
		rig_flow(&r, 1, 10);
		relay_close_inlet(r.relay, 0);
	}
	check_order(&r.out[0]);
	assert_int_equal(r.out[0].sounds, n);
	assert_int_equal(r.out[0].ts.breaks, 0);
	rig_clear(&r);
}

/* Loss is counted in time too, however long ago the ring forgot it; an outlet
 * that has not begun yet does not lag. */
static void
test_lost_time(void **state UNUSED)
{
	static struct rig r;
	struct outlet_stats st;
	size_t all = 0;

	rig_init(&r, 1024 * TS_PACKET);
	rig_open_outlet(&r, 0, false);
	rig_open_outlet(&r, 1, false);
	relay_set_lag(r.relay, 1, 50);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	for (uint8_t i = 0; i < 100; i++) { /* the ring holds 25 */
		maker_frame(&r.in[0], i % 5 == 0, i, 40);
		rig_flow(&r, 0, ++all);
		spin_for(loop, 10);
	}
	relay_outlet_stats(r.relay, 1, &st);
	assert_int_equal(st.skips, 1);
	assert_true(st.lag_ms > 700);
	SPIN_UNTIL(loop,
	    (taker_read(&r.out[1]), relay_outlet_stats(r.relay, 1, &st),
		st.lost_bytes > 0));
	assert_true(st.lost_ms > 700);
	relay_close_outlet(r.relay, 0);
	relay_cut(r.relay);
	rig_open_outlet(&r, 0, false);
	maker_frame(&r.in[0], false, 0, 40);
	spin_for(loop, 50);
	relay_outlet_stats(r.relay, 0, &st);
	assert_int_equal(st.bytes, 0);
	assert_int_equal(st.lag_ms, 0);
	rig_clear(&r);
}

/* No key frame from before a cut, or under other tables, is copied. */
static void
test_copy_key(void **state UNUSED)
{
	static struct rig r;
	struct buf b;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	maker_frame(&r.in[0], false, 1, 2);
	rig_flow(&r, 0, 2);
	buf_init(&b, 1 << 20);
	relay_copy_key(r.relay, &b);
	assert_int_equal(b.len, 6 * TS_PACKET);
	buf_clear(&b);
	relay_cut(r.relay);
	relay_copy_key(r.relay, &b);
	assert_int_equal(b.len, 0);
	maker_frame(&r.in[0], true, 2, 3);
	rig_flow(&r, 0, 3);
	relay_copy_key(r.relay, &b);
	assert_int_equal(b.len, 5 * TS_PACKET);
	buf_clear(&b);
	rig_clear(&r);
}

/* Messages go into the stream on air, each once and at once; while another inlet
 * is waited for they wait too, and go into that. */
static void
test_messages(void **state UNUSED)
{
	static struct rig r;
	struct tsinsert_queue *q;

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	q = relay_messages(r.relay);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	assert_int_equal(relay_codec(r.relay), TS_CODEC_OTHER);
	tsinsert_add(q, TS_CODEC_H264, message, sizeof(message));
	maker_frame(&r.in[0], true, 0, 2);
	maker_frame(&r.in[0], false, 1, 2);
	rig_flow(&r, 0, 2);
	assert_int_equal(relay_codec(r.relay), TS_CODEC_H264);
	assert_int_equal(r.out[0].messages, 1);
	assert_int_equal(r.out[0].said_at, 2);
	tsinsert_add(q, TS_CODEC_H264, message, sizeof(message));
	relay_select(r.relay, 1);
	assert_int_equal(relay_codec(r.relay), TS_CODEC_OTHER);
	rig_open_inlet(&r, 1, 90000);
	maker_frame(&r.in[0], false, 2, 2);
	rig_flow(&r, 0, 3);
	assert_int_equal(r.out[0].messages, 1);
	maker_frame(&r.in[1], true, 3, 2);
	rig_flow(&r, 0, 4);
	maker_frame(&r.in[1], false, 4, 2);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 5);
	assert_int_equal(r.out[0].messages, 2);
	assert_int_equal(r.out[0].said_at, 5);
	assert_int_equal(q->inserted, 2);
	check_order(&r.out[0]);
	rig_clear(&r);
}

/* What is held back for a message is passed on when the run ends. */
static void
test_message_at_end(void **state UNUSED)
{
	static struct rig r;
	uint8_t p[TS_PACKET];

	rig_init(&r, 1 << 20);
	rig_open_outlet(&r, 0, false);
	relay_select(r.relay, 0);
	rig_open_inlet(&r, 0, 1000);
	maker_frame(&r.in[0], true, 0, 2);
	rig_flow(&r, 0, 1);
	tsinsert_add(
	    relay_messages(r.relay), TS_CODEC_H264, message, sizeof(message));
	packet_pes(p, VIDEO_PID, r.in[0].cc++ & 0x0f, r.in[0].dts, false);
	memset(p + 31, 0xff, 6); /* no slice in it */
	maker_put(&r.in[0], p, sizeof(p));
	close(r.in[0].fd);
	r.in[0].fd = -1;
	rig_flow(&r, 0, 2);
	assert_int_equal(r.out[0].messages, 0);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_rest_of_sound),
		cmocka_unit_test(test_tables_count),
		cmocka_unit_test(test_tables_change),
		cmocka_unit_test(test_sound_astray),
		cmocka_unit_test(test_sound_alone),
		cmocka_unit_test(test_sound_alone_in_silence),
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_select_again),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_long_group),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_supply),
		cmocka_unit_test(test_r9_mislabelled_goes_on),
		cmocka_unit_test(test_r20_known_late),
		cmocka_unit_test(test_s2_given),
		cmocka_unit_test(test_r10_given_slowly),
		cmocka_unit_test(test_s2_creeping_stamps),
		cmocka_unit_test(test_s3_sound_is_waited_for),
		cmocka_unit_test(test_s3_newest_sound_is_given),
		cmocka_unit_test(test_s3_mute),
		cmocka_unit_test(test_s3_little_sound),
		cmocka_unit_test_prestate(test_s3_little_sound, &loop),
		cmocka_unit_test(test_s3_mute_after_cut),
		cmocka_unit_test(test_p7_version_alone),
		cmocka_unit_test(test_s2_slow_stamps),
		cmocka_unit_test(test_other_pids),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_lost_time),
		cmocka_unit_test(test_copy_key),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_message_at_end),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	loop = ev_loop_new(EVFLAG_NOENV);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ev_loop_destroy(loop);
	return failed;
}
