/* SPDX-License-Identifier: ISC */
/*
 * A program of bytes makes packets, good and bad, and NAL units that are to be
 * put in among them: what comes out is what went in, with those NAL units in
 * the video, whole and in order; and nothing else is another.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/packet.h"
#include "base/buf.h"
#include "base/util.h"
#include "media/tsinsert.h"

#define STEPS_MAX 200
#define MARK	  8 /* bytes that no other NAL unit has */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Packets on one side. */
struct side {
	struct buf video;  /* payloads */
	struct buf others; /* whole packets */
};

struct fuzz {
	struct ts ts;
	struct tsinsert insert;
	struct tsinsert_queue queue;
	bool off_air;
	struct side in, out;
	uint64_t packets, inserted;
	uint8_t mark[MARK];
	uint8_t cc[2];
	const uint8_t *at, *end;
};

static uint8_t
fuzz_next(struct fuzz *f)
{
	return f->at < f->end ? *f->at++ : 0;
}

/* --- what comes and goes ------------------------------------------------ */

/* A payload; its PES packet's length is not compared. */
static void
side_note(struct side *s, const uint8_t *pkt)
{
	uint8_t b[TS_PACKET];
	size_t len;
	const uint8_t *at = ts_elementary(pkt, false, &len);

	if (ts_pid(pkt) != VIDEO_PID) {
		buf_put(&s->others, pkt, TS_PACKET);
		return;
	}
	memcpy(b, at, len);
	if ((pkt[1] & 0x40) != 0 && len >= 6)
		b[4] = b[5] = 0;
	buf_put(&s->video, b, len);
}

static void
side_clear(struct side *s)
{
	buf_clear(&s->video);
	buf_clear(&s->others);
}

static void
fuzz_out(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct fuzz *f = ctx;

	f->packets++;
	if (info->pid != ts_pid(pkt) || pkt[0] != 0x47)
		abort();
	side_note(&f->out, pkt);
	memset(pkt, 0x55, TS_PACKET); /* it may be changed */
}

static void
fuzz_in(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct fuzz *f = ctx;

	side_note(&f->in, pkt);
	tsinsert_feed(&f->insert, f->off_air ? NULL : &f->queue, pkt, info);
	if (f->insert.n >= TSINSERT_HELD)
		abort();
}

/* The video that came out, without what was put in. */
static void
fuzz_strip(struct fuzz *f)
{
	const uint8_t *b = (const uint8_t *)buf_text(&f->out.video);
	size_t len = f->out.video.len, n;
	struct buf rest;

	buf_init(&rest, 0);
	for (size_t i = 0; i < len; i += n) {
		n = 1;
		if (i + 6 + MARK + 4 <= len && b[i] == 0 &&
		    memcmp(b + i + 6, f->mark, MARK) == 0) {
			n = (size_t)b[i + 6 + MARK] |
			    (size_t)b[i + 7 + MARK] << 8;
			if (n > len - i ||
			    b[i + 8 + MARK] != (f->inserted & 0x7f))
				abort();
			f->inserted++;
		} else {
			buf_put(&rest, b + i, 1);
		}
	}
	if (rest.len != f->in.video.len ||
	    memcmp(buf_text(&rest), buf_text(&f->in.video), rest.len) != 0)
		abort();
	buf_clear(&rest);
}

/* --- the program -------------------------------------------------------- */

static void
fuzz_put(struct fuzz *f, uint8_t *pkt)
{
	uint8_t spoil = fuzz_next(f);

	if (spoil >= 0xf0)
		pkt[1 + spoil % 8] ^= fuzz_next(f);
	pkt[0] = 0x47;
	ts_feed(&f->ts, pkt, TS_PACKET);
}

static void
fuzz_tables(struct fuzz *f, uint8_t arg)
{
	static const uint8_t types[] = { 0x1b, 0x24, 0x02, 0 };
	uint8_t pkt[TS_PACKET];

	packet_pat(pkt);
	ts_feed(&f->ts, pkt, TS_PACKET);
	packet_pmt(pkt, types[arg & 3], 0x0f);
	ts_feed(&f->ts, pkt, TS_PACKET);
}

/* A packet with bytes of the program at the end of its payload, or the
 * beginning. */
static void
fuzz_packet(struct fuzz *f, bool start, uint8_t arg)
{
	uint8_t pkt[TS_PACKET], *es;
	bool sound = arg == 15;
	size_t room = fuzz_next(f) % 185, at;

	packet_head(
	    pkt, sound ? AUDIO_PID : VIDEO_PID, start, f->cc[sound]++ & 0x0f);
	if (room < 184) {
		pkt[3] |= 0x20;
		pkt[4] = (uint8_t)(184 - room - 1);
		if (room < 183)
			pkt[5] = arg == 14 ? 0x80 : 0;
	}
	es = pkt + TS_PACKET - room;
	memset(es, arg & 1 ? 0 : 0x11, room);
	at = start ? 9 : 0;
	if (start && room >= 9) {
		memcpy(es, (uint8_t[]){ 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0 }, 9);
		es[5] = arg & 2 ? fuzz_next(f) : 0;
		es[8] = arg & 4 ? fuzz_next(f) : 0;
	}
	for (size_t n = fuzz_next(f) % 32; n > 0 && at < room; n--)
		es[at++] = fuzz_next(f);
	fuzz_put(f, pkt);
}

static void
fuzz_add(struct fuzz *f, uint8_t arg)
{
	uint8_t nal[2048];
	size_t len = 6 + MARK + 4 + (size_t)fuzz_next(f) * (arg & 7);
	bool h265 = (arg & 8) != 0;
	uint64_t number = f->queue.inserted + f->queue.n + f->queue.strange;

	/* they are counted by the order in which they go in */
	if (f->queue.n > 0 &&
	    f->queue.units[0].codec != (h265 ? TS_CODEC_H265 : TS_CODEC_H264))
		return;
	number -= f->queue.strange;
	memset(nal, 0x91, len);
	memcpy(nal, (uint8_t[]){ 0, 0, 0, 1, h265 ? 0x4e : 0x06, 1 }, 6);
	memcpy(nal + 6, f->mark, MARK);
	nal[6 + MARK] = (uint8_t)len;
	nal[7 + MARK] = (uint8_t)(len >> 8);
	nal[8 + MARK] = number & 0x7f;
	tsinsert_add(&f->queue, h265 ? TS_CODEC_H265 : TS_CODEC_H264, nal, len);
}

static void
fuzz_step(struct fuzz *f)
{
	uint8_t op = fuzz_next(f), arg = op >> 4, pkt[TS_PACKET];

	switch (op & 7) {
	case 0:
		fuzz_tables(f, arg);
		break;
	case 1:
	case 2:
		fuzz_packet(f, true, arg);
		break;
	case 3:
	case 4:
		fuzz_packet(f, false, arg);
		break;
	case 5:
		fuzz_add(f, arg);
		break;
	case 6:
		memset(pkt, arg & 1 ? 0 : 0xff, sizeof(pkt));
		for (size_t i = 1; i < 24; i++)
			pkt[i] = fuzz_next(f);
		fuzz_put(f, pkt);
		break;
	default:
		if (arg == 0)
			tsinsert_flush(&f->insert);
		else
			f->off_air = arg == 1;
		break;
	}
}

/* A mark that the program cannot know. */
static void
fuzz_mark(struct fuzz *f, const uint8_t *data, size_t size)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 1099511628211u;
	for (size_t i = 0; i < MARK; i++)
		f->mark[i] = (uint8_t)(0x80 | sum >> (i * 8));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz f;

	memset(&f, 0, sizeof(f));
	f.at = data;
	f.end = data + size;
	fuzz_mark(&f, data, size);
	ts_init(&f.ts, fuzz_in, &f);
	tsinsert_init(&f.insert, &f.ts, fuzz_out, &f);
	tsinsert_queue_init(&f.queue);
	fuzz_tables(&f, (uint8_t)size);
	for (int i = 0; i < STEPS_MAX && f.at < f.end; i++)
		fuzz_step(&f);
	tsinsert_flush(&f.insert);
	fuzz_strip(&f);
	if (f.inserted != f.queue.inserted || f.packets < f.ts.packets ||
	    f.insert.n != 0 || f.in.others.len != f.out.others.len ||
	    memcmp(buf_text(&f.in.others), buf_text(&f.out.others),
		f.in.others.len) != 0)
		abort();
	side_clear(&f.in);
	side_clear(&f.out);
	tsinsert_clear(&f.insert);
	tsinsert_queue_clear(&f.queue);
	return 0;
}
