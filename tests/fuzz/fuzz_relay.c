/* SPDX-License-Identifier: ISC */
/*
 * A program of bytes drives a relay over real pipes: runs of upstreams that
 * begin and end, packets good and bad, readers that come, read a part, get
 * stuck and go. What a reader gets is a stream: whole packets, the tables
 * first, counters without a break that was not announced, stamps that never
 * step back. Nothing is left over.
 *
 * The clock and the first size of the ring are the fuzzer's (-Wl,--wrap): time
 * passes when the program says so, and a ring of a few packets comes round.
 */

#include "config.h"

#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/packet.h"
#include "base/pages.h"
#include "base/util.h"
#include "link/relay.h"
#include "link/ring.h"
#include "media/tsinsert.h"
#include "process/pipes.h"

#define INLETS	  3
#define OUTLETS	  3
#define STEPS_MAX 128
#define RING_MIN  8   /* packets */
#define RING_MAX  128 /* likewise */
#define PIPE_MIN  4096
#define PIDS	  17 /* more than the tables of a program name */

#define check(holds)                                    \
	do {                                            \
		if (!(holds))                           \
			check_failed(#holds, __LINE__); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int64_t __wrap_mono_ms(void);
void __wrap_ring_init(struct ring *r, size_t max);

/* What came of one pid. */
struct seen {
	uint16_t pid;
	uint8_t cc;
	uint64_t at; /* number of its newest packet */
	int64_t dts; /* newest; -1: none */
};

/* A reader. */
struct taker {
	int index, fd; /* -1: there is none */
	bool fed, begun;
	uint8_t packet[TS_PACKET];
	size_t n_packet;
	uint64_t bytes, packets; /* the first packet is number 1 */
	struct ts ts;
	struct seen seen[PIDS];
	size_t n_seen;
	/* PAT, PMT and a start in a row may be where it skipped to: number of
	 * the newest such PAT, of the one before, how many of the three came */
	uint64_t join, last_join;
	int phase;
	uint64_t blamed, breaks; /* the PAT that a break was due to */
	uint64_t skips;		 /* of the outlet, before this reader */
};

/* An upstream. */
struct maker {
	int fd; /* -1: there is none */
	uint8_t cc[4];
	int64_t dts;
};

struct fuzz {
	struct relay *relay;
	struct maker in[INLETS];
	struct taker out[OUTLETS];
	const uint8_t *at, *end;
};

static struct ev_loop *fuzz_loop;
static int64_t fuzz_now;

int64_t
__wrap_mono_ms(void)
{
	return fuzz_now;
}

void
__wrap_ring_init(struct ring *r, size_t max)
{
	*r = (struct ring){ .size = (size_t)RING_MIN * TS_PACKET,
		.max = max,
		.n_marks = RING_MIN };
	r->data = pages_map(r->size);
	r->marks = xcalloc(r->n_marks, sizeof(*r->marks));
}

static void
check_failed(const char *what, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, line, what);
	abort();
}

/* The next byte of the program. */
static uint8_t
fuzz_next(struct fuzz *f)
{
	return f->at < f->end ? *f->at++ : 0;
}

/* --- what a reader gets ------------------------------------------------- */

static struct seen *
taker_seen(struct taker *t, uint16_t pid)
{
	for (size_t i = 0; i < t->n_seen; i++)
		if (t->seen[i].pid == pid)
			return &t->seen[i];
	check(t->n_seen < PIDS);
	t->seen[t->n_seen] = (struct seen){ .pid = pid, .dts = -1 };
	return &t->seen[t->n_seen++];
}

/* Whether the reader could have skipped to here. */
static void
taker_follow_join(struct taker *t, const struct ts_info *info)
{
	bool goes_on = t->phase == 1 ? info->pmt : info->start;

	if (t->phase > 0 && !goes_on) { /* it was none */
		check(t->join > 1 && t->blamed != t->join);
		t->join = t->last_join;
		t->phase = 0;
	} else if (t->phase > 0) {
		t->phase = (t->phase + 1) % 3;
	}
	if (info->pat) {
		t->last_join = t->join;
		t->join = t->packets;
		t->phase = 1;
	}
}

/* A break is due to a skip that is between it and the pid's last packet. */
static void
taker_blame(struct taker *t, const struct seen *s)
{
	if (t->blamed > s->at)
		return;
	check(t->join > s->at);
	t->blamed = t->join;
	t->breaks++;
}

static void
taker_check_cc(struct taker *t, const uint8_t *pkt, uint16_t pid)
{
	bool announced = (pkt[3] & 0x20) != 0 && pkt[4] > 0 &&
	    pkt[4] < TS_PACKET - 4 && (pkt[5] & 0x80) != 0;
	struct seen *s = taker_seen(t, pid);
	uint8_t cc = pkt[3] & 0x0f, want = s->cc;

	if (ts_has_payload(pkt))
		want = (want + 1) & 0x0f;
	if (s->at > 0 && cc != want && !announced)
		taker_blame(t, s);
	s->cc = cc;
	s->at = t->packets;
}

static void
taker_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct taker *t = ctx;
	struct seen *s;

	t->packets++;
	check(t->packets != 1 || info->pat);
	/* before the key frame there may be sound to know it by */
	check(t->packets < 3 || t->begun || info->key || !info->video);
	t->begun = t->begun || info->key;
	taker_follow_join(t, info);
	taker_check_cc(t, pkt, info->pid);
	s = taker_seen(t, info->pid);
	if (info->dts == -1)
		return;
	check(s->dts == -1 || ts_diff(info->dts, s->dts) > 0);
	s->dts = info->dts;
}

static void
taker_take(struct taker *t, const uint8_t *data, size_t len)
{
	size_t n;

	t->bytes += len;
	for (; len > 0; data += n, len -= n) {
		n = TS_PACKET - t->n_packet;
		if (n > len)
			n = len;
		memcpy(t->packet + t->n_packet, data, n);
		t->n_packet += n;
		if (t->n_packet < TS_PACKET)
			return;
		check(t->packet[0] == 0x47);
		ts_feed(&t->ts, t->packet, TS_PACKET);
		t->n_packet = 0;
	}
}

/* Read up to so many bytes; false at the end. */
static bool
taker_read(struct taker *t, size_t max)
{
	static uint8_t b[4096];
	ssize_t n = 1;

	while (max > 0) {
		n = read(t->fd, b, max < sizeof(b) ? max : sizeof(b));
		if (n <= 0)
			break;
		taker_take(t, b, (size_t)n);
		max -= (size_t)n;
	}
	return n != 0;
}

/* --- readers ------------------------------------------------------------ */

static void
fuzz_fed(void *ctx, int outlet)
{
	struct fuzz *f = ctx;

	check(outlet >= 0 && outlet < OUTLETS && !f->out[outlet].fed);
	f->out[outlet].fed = true;
}

/* The reader is gone. `all`: it read what there was. */
static void
taker_end(struct fuzz *f, struct taker *t, bool all)
{
	struct outlet_stats st;

	relay_outlet_stats(f->relay, t->index, &st);
	check(!all || st.bytes == t->bytes);
	check(t->fed == (st.bytes > 0));
	check(t->breaks <= st.skips - t->skips);
	check(st.lost_bytes == st.lost_packets * TS_PACKET);
	check(st.lag_ms >= 0 && st.lost_ms >= 0);
	close(t->fd);
	t->fd = -1;
}

static void
fuzz_close_outlet(struct fuzz *f, struct taker *t)
{
	if (t->fd == -1)
		return;
	relay_close_outlet(f->relay, t->index);
	check(!taker_read(t, SIZE_MAX));
	taker_end(f, t, true);
}

static void
fuzz_open_outlet(struct fuzz *f, int i, bool resume, bool small)
{
	struct taker *t = &f->out[i];
	struct outlet_stats st;
	int fds[2];

	fuzz_close_outlet(f, t);
	check(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
	if (small)
		fcntl(fds[1], F_SETPIPE_SZ, PIPE_MIN);
	relay_outlet_stats(f->relay, i, &st);
	*t = (struct taker){ .index = i, .fd = fds[0], .skips = st.skips };
	ts_init(&t->ts, taker_packet, t);
	relay_open_outlet(f->relay, i, fds[1], resume);
}

/* To the end of what it is to get. */
static void
fuzz_finish_outlet(struct fuzz *f, struct taker *t)
{
	int turns = 0;

	if (t->fd == -1)
		return;
	relay_finish_outlet(f->relay, t->index);
	while (taker_read(t, SIZE_MAX)) {
		check(++turns < 1000);
		ev_run(fuzz_loop, EVRUN_NOWAIT);
	}
	check(t->n_packet == 0);
	taker_end(f, t, true);
	relay_close_outlet(f->relay, t->index);
}

/* --- upstreams ---------------------------------------------------------- */

static void
maker_end(struct maker *m)
{
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
}

static void
fuzz_open_inlet(struct fuzz *f, int i)
{
	int fds[2];

	maker_end(&f->in[i]);
	check(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
	f->in[i] =
	    (struct maker){ .fd = fds[1], .dts = (int64_t)fuzz_next(f) << 25 };
	relay_open_inlet(f->relay, i, fds[0]);
}

/* What does not fit is lost, which cuts a packet. */
static void
maker_put(const struct maker *m, const uint8_t *data, size_t len)
{
	if (m->fd != -1 && len > 0)
		check(write(m->fd, data, len) != 0);
}

/* A section whose sum is right, whatever it says. */
static void
fuzz_section(
    struct fuzz *f, uint8_t *p, uint16_t pid, uint8_t *s, size_t len, bool bad)
{
	size_t at = bad ? fuzz_next(f) % len : 0;

	if (bad)
		s[at] = fuzz_next(f);
	packet_section(p, pid, s, len);
}

static void
fuzz_tables(struct fuzz *f, struct maker *m, bool bad_pat, bool bad_pmt)
{
	static const uint8_t video[] = { 0x1b, 0x24, 0x02, 0x06 };
	static const uint8_t audio[] = { 0x0f, 0x03, 0x81, 0x06 };
	uint8_t pat[] = { 0x00, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1,
		0xe0 | PMT_PID >> 8, PMT_PID & 0xff };
	uint8_t pmt[] = { 0x02, 0xb0, 23, 0, 1, 0xc1, 0, 0, 0xe1, 0x00, 0xf0, 0,
		0, 0xe1, 0x00, 0xf0, 0, 0, 0xe1, 0x01, 0xf0, 0 };
	uint8_t b[2 * TS_PACKET], what = fuzz_next(f);

	pmt[12] = video[what & 3];
	pmt[17] = audio[what >> 2 & 3];
	pmt[14] = what >> 4 & 3; /* pids that change places */
	pmt[19] = 1;
	fuzz_section(f, b, 0, pat, sizeof(pat), bad_pat);
	fuzz_section(f, b + TS_PACKET, PMT_PID, pmt, sizeof(pmt), bad_pmt);
	ts_set_cc(b, m->cc[2]++);
	ts_set_cc(b + TS_PACKET, m->cc[3]++);
	maker_put(m, b, sizeof(b));
}

/* How far the next stamp is: mostly as it should be. */
static int64_t
fuzz_step(struct fuzz *f)
{
	int8_t step = (int8_t)fuzz_next(f);

	if (step >= 0)
		return (int64_t)step * 360;
	return step > -64 ? (int64_t)step * 360 : (int64_t)step * (1 << 26);
}

/* Some bytes of a packet become others. */
static void
fuzz_spoil(struct fuzz *f, uint8_t *p)
{
	for (int n = fuzz_next(f) & 3; n >= 0; n--) {
		uint8_t at = fuzz_next(f) % 40;

		p[at] = fuzz_next(f);
	}
}

/* A picture, or sound: a start and some packets more. */
static void
fuzz_pes(struct fuzz *f, struct maker *m, bool sound, bool spoil)
{
	uint16_t pid = sound ? AUDIO_PID : VIDEO_PID;
	uint8_t b[TS_PACKET * 8], what = fuzz_next(f);
	size_t n = 1 + (what >> 1 & 7);

	if (n > 7)
		n = 1;
	m->dts = (m->dts + fuzz_step(f)) & (((int64_t)1 << 33) - 1);
	packet_pes(b, pid, m->cc[sound]++ & 0x0f, m->dts, what & 1);
	for (size_t i = 1; i < n; i++)
		packet_more(b + i * TS_PACKET, pid, m->cc[sound]++ & 0x0f);
	if (spoil)
		fuzz_spoil(f, b);
	maker_put(m, b, n * TS_PACKET);
}

/* Bytes of the program itself. */
static void
fuzz_raw(struct fuzz *f, const struct maker *m)
{
	size_t n = fuzz_next(f);

	if (n > (size_t)(f->end - f->at))
		n = (size_t)(f->end - f->at);
	maker_put(m, f->at, n);
	f->at += n;
}

static void
fuzz_tell_tables(void *ctx, int inlet)
{
	struct relay_inlet_stats st;

	check(inlet >= 0 && inlet < INLETS);
	relay_inlet_stats(((struct fuzz *)ctx)->relay, inlet, &st);
	check(st.open && ts_is_ready(st.ts));
}

/* --- the program -------------------------------------------------------- */

static void
fuzz_step_inlet(struct fuzz *f, unsigned what, int i, uint8_t arg)
{
	switch (what) {
	case 0:
		fuzz_open_inlet(f, i);
		break;
	case 1:
		relay_close_inlet(f->relay, i);
		break;
	case 2:
		maker_end(&f->in[i]);
		break;
	case 3:
		relay_select(f->relay, (arg >> 2) - 1);
		break;
	case 4:
		fuzz_tables(f, &f->in[i], arg == 4, arg == 8);
		break;
	case 5:
		fuzz_pes(f, &f->in[i], false, arg == 8);
		break;
	case 6:
		fuzz_pes(f, &f->in[i], true, arg == 8);
		break;
	default:
		fuzz_raw(f, &f->in[i]);
		break;
	}
}

/* A NAL unit with a message waits, of either codec and any length; its bytes
 * tell nothing. */
static void
fuzz_message(struct fuzz *f)
{
	uint8_t nal[6 * 256] = { 0, 0, 0, 1, 6, 5 }, what = fuzz_next(f);
	struct tsinsert_queue *q = relay_messages(f->relay);
	bool h265 = what & 1;

	memset(nal + 6, 0x55, sizeof(nal) - 6);
	if (h265)
		nal[4] = 0x4e;
	if (q->n == TSINSERT_UNITS)
		tsinsert_queue_drop(q);
	tsinsert_add(
	    q, h265 ? TS_CODEC_H265 : TS_CODEC_H264, nal, 6 + 5 * (size_t)what);
}

static void
fuzz_step_outlet(struct fuzz *f, unsigned what, int i, uint8_t arg)
{
	static const int64_t lags[] = { -1, 0, 1000, 1000000 };
	struct taker *t = &f->out[i];

	switch (what) {
	case 0:
		fuzz_open_outlet(f, i, arg & 4, arg & 8);
		break;
	case 1:
		fuzz_close_outlet(f, t);
		break;
	case 2:
		relay_finish_outlet(f->relay, i);
		break;
	case 3:
		if (t->fd != -1)
			taker_read(t, (size_t)fuzz_next(f) * 64);
		break;
	case 4:
		relay_set_lag(f->relay, i, lags[arg >> 2]);
		break;
	case 5: /* it dies */
		if (t->fd != -1)
			taker_end(f, t, false);
		break;
	case 6:
		fuzz_now += (int64_t)arg * arg * arg * 5;
		break;
	default:
		break;
	}
}

/* The op is in the low bits, who it is for and how in the high ones. */
static void
fuzz_run(struct fuzz *f)
{
	for (int n = 0; n < STEPS_MAX && f->at < f->end; n++) {
		uint8_t op = fuzz_next(f), arg = op >> 4;
		int who = (arg & 3) % 3;

		if ((op & 8) == 0)
			fuzz_step_inlet(f, op & 7, who, arg & 12);
		else if ((op & 7) == 7 && arg == 15)
			fuzz_message(f);
		else if ((op & 7) == 7)
			ev_run(fuzz_loop, EVRUN_NOWAIT);
		else
			fuzz_step_outlet(f, op & 7, who, arg);
		fuzz_now++;
	}
	ev_run(fuzz_loop, EVRUN_NOWAIT);
}

/* The lowest descriptor that is free. */
static int
fuzz_free_fd(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}

static void
fuzz_end(struct fuzz *f)
{
	struct relay_inlet_stats st;

	for (int i = 0; i < INLETS; i++) {
		relay_inlet_stats(f->relay, i, &st);
		check(!st.open ||
		    (st.garbage <= st.bytes && st.frames <= st.packets &&
			st.packets * TS_PACKET <= st.bytes && st.gop_ms >= -1));
		maker_end(&f->in[i]);
	}
	for (int i = 0; i < OUTLETS; i++)
		fuzz_finish_outlet(f, &f->out[i]);
	relay_free(f->relay);
	check(pipes_used() == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;
	struct relay_opts opts = { .ring_max = (size_t)RING_MAX * TS_PACKET,
		.lag_ms = 1000,
		.sound_ms = size % 2 == 0 ? 0 : 2000,
		.tables = fuzz_tell_tables,
		.fed = fuzz_fed,
		.ctx = &f };
	int fd;

	if (fuzz_loop == NULL) {
		signal(SIGPIPE, SIG_IGN);
		fuzz_loop = ev_loop_new(EVFLAG_AUTO);
	}
	fd = fuzz_free_fd();
	fuzz_now = 1000;
	f.relay = relay_new(fuzz_loop, &opts);
	f.at = data;
	f.end = data + size;
	for (int i = 0; i < INLETS; i++)
		f.in[i].fd = -1;
	for (int i = 0; i < OUTLETS; i++)
		f.out[i].fd = -1;
	fuzz_run(&f);
	fuzz_end(&f);
	check(fuzz_free_fd() == fd);
	return 0;
}
