/* SPDX-License-Identifier: ISC */
/* The stream that goes out, and its numbering. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "link/onair.h"

void
onair_init(struct onair *a, size_t ring_max)
{
	memset(a, 0, sizeof(*a));
	a->start_ms = mono_ms();
	a->sound_pid = TS_NO_PID;
	ring_init(&a->ring, ring_max);
}

void
onair_clear(struct onair *a)
{
	ring_clear(&a->ring);
}

int64_t
onair_clock(const struct onair *a)
{
	return (mono_ms() - a->start_ms) * (TS_HZ / 1000) + TS_HZ;
}

uint64_t
onair_barrier(const struct onair *a)
{
	return a->cut > a->tables_at ? a->cut : a->tables_at;
}

struct onair_pid *
onair_find_pid(struct onair *a, uint16_t pid)
{
	for (size_t i = 0; i < a->n_pids; i++)
		if (a->pids[i].pid == pid)
			return &a->pids[i];
	return NULL;
}

/* When the table is full, the one that was not seen for longest is forgotten:
 * runs may have others each time. */
struct onair_pid *
onair_pid(struct onair *a, uint16_t pid)
{
	struct onair_pid *p, *end = a->pids + a->n_pids, *oldest = a->pids;

	for (p = a->pids; p < end && p->pid != pid; p++)
		if (p->used < oldest->used)
			oldest = p;
	if (p == end) {
		if (a->n_pids == ONAIR_PIDS)
			p = oldest;
		else
			a->n_pids++;
		*p = (struct onair_pid){ .pid = pid, .out = -1 };
	}
	p->used = a->ring.head;
	return p;
}

uint8_t
onair_cc_before(struct onair *a, const uint8_t *pkt, uint64_t pos)
{
	uint16_t pid = ts_pid(pkt);
	const uint8_t *at;

	for (; pos < a->ring.head; pos += TS_PACKET) {
		ring_peek(&a->ring, pos, &at);
		if (ts_pid(at) == pid)
			return (uint8_t)(at[3] - ts_has_payload(at));
	}
	return onair_pid(a, pid)->cc;
}

void
onair_append(struct onair *a, struct onair_pid *p, uint8_t *pkt,
    const struct ring_mark *mark)
{
	if (ts_has_payload(pkt))
		p->cc++;
	ts_set_cc(pkt, p->cc);
	ring_put(&a->ring, pkt, mark);
}

void
onair_note_sound(struct onair *a, const uint8_t *pkt, bool start)
{
	if (start)
		joinsound_begin(&a->sound, pkt, a->ring.head,
		    onair_pid(a, ts_pid(pkt))->out, a->last_ms);
	else
		joinsound_put(&a->sound, pkt);
}

void
onair_set_tables(struct onair *a, const struct ts *t, uint64_t sum, bool mute)
{
	int audio = mute ? -1 : ts_audio(t);

	if (sum != a->tables) {
		a->tables_at = a->ring.head;
		joinsound_forget(&a->sound);
	}
	a->tables = sum;
	a->sound_pid = audio == -1 ? TS_NO_PID : t->streams[audio].pid;
	memcpy(a->pat, t->pat, TS_PACKET);
	if (mute)
		ts_mute(t->pmt, a->pmt);
	else
		memcpy(a->pmt, t->pmt, TS_PACKET);
}

void
onair_copy_key(const struct onair *a, struct buf *out)
{
	const struct ring_mark *key = ring_key_before(&a->ring, a->ring.head);
	const uint8_t *data;
	uint64_t pos;
	size_t n;

	if (key == NULL || key->pos < onair_barrier(a) ||
	    out->max < 2 * TS_PACKET ||
	    a->ring.head - key->pos > out->max - 2 * TS_PACKET)
		return;
	buf_put(out, a->pat, TS_PACKET);
	buf_put(out, a->pmt, TS_PACKET);
	for (pos = key->pos; (n = ring_peek(&a->ring, pos, &data)) > 0;
	     pos += n)
		buf_put(out, data, n);
}
