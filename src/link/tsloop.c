/* SPDX-License-Identifier: ISC */
/*
 * Each round begins again with the first time stamp: the relay, which sees them
 * step back at a key frame, continues them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "link/relay.h"
#include "link/tsloop.h"
#include "media/ts.h"

/* --- looking through ---------------------------------------------------- */

struct tsloop_scan {
	struct ts ts;
	size_t at;
	int64_t first, last; /* DTS: of the first frame, the newest of all */
	struct tsloop_mark *marks;
	size_t n;
};

static void
tsloop_packet(void *ctx, uint8_t *pkt UNUSED, const struct ts_info *info)
{
	struct tsloop_scan *s = ctx;

	if (!info->start || info->dts == -1 || (s->n == 0 && !info->video))
		return;
	if (s->n == 0)
		s->first = s->last = info->dts;
	if (ts_diff(info->dts, s->last) > 0)
		s->last = info->dts;
	if (!info->video)
		return;
	s->marks = xrealloc(s->marks, s->n + 2, sizeof(*s->marks));
	s->marks[s->n] = (struct tsloop_mark){ .at = s->at,
		.ms = ts_diff(info->dts, s->first) / (TS_HZ / 1000) };
	s->n++;
}

/* When the next round can begin without stamps that run ahead of the clock:
 * sound may end after the video. */
static int64_t
tsloop_round_ms(const struct tsloop_scan *s)
{
	int64_t ms = s->marks[s->n - 1].ms;
	int64_t sound =
	    (ts_diff(s->last, s->first) + TS_STEP) / (TS_HZ / 1000) + 1;

	ms += ms / (int64_t)(s->n - 1);
	return ms > sound ? ms : sound;
}

/* The places of its frames; NULL: fewer than two. Caller frees. */
static struct tsloop_mark *
tsloop_scan(uint8_t *data, size_t len, size_t *n)
{
	struct tsloop_scan s = { .n = 0 };

	ts_init(&s.ts, tsloop_packet, &s);
	for (; s.at + TS_PACKET <= len; s.at += TS_PACKET)
		ts_feed(&s.ts, data + s.at, TS_PACKET);
	if (s.n < 2) {
		free(s.marks);
		return NULL;
	}
	s.marks[0].at = 0; /* with the tables */
	s.marks[s.n] =
	    (struct tsloop_mark){ .at = s.at, .ms = tsloop_round_ms(&s) };
	*n = s.n;
	return s.marks;
}

/* --- playing ------------------------------------------------------------ */

/* Wait for the next frame's time. */
static void
tsloop_wait(struct tsloop *r)
{
	int64_t due = r->begun_ms + r->marks[r->next].ms;
	int64_t left = due - mono_ms();

	ev_timer_stop(r->loop, &r->timer);
	ev_timer_set(&r->timer, left > 0 ? (double)left / 1000.0 : 0.0, 0.0);
	ev_timer_start(r->loop, &r->timer);
}

static void
tsloop_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct tsloop *r = t->data;
	const struct tsloop_mark *m = &r->marks[r->next];
	size_t len = m[1].at - m->at;

	/* the relay changes its input in place */
	memcpy(r->scratch, r->data + m->at, len);
	relay_feed(r->relay, r->inlet, r->scratch, len);
	if (++r->next == r->n_marks) {
		r->begun_ms += r->marks[r->next].ms;
		r->next = 0;
	}
	tsloop_wait(r);
}

void
tsloop_init(
    struct tsloop *r, struct ev_loop *loop, struct relay *relay, int inlet)
{
	*r = (struct tsloop){ .loop = loop, .relay = relay, .inlet = inlet };
	ev_init(&r->timer, tsloop_timer_cb);
	r->timer.data = r;
}

void
tsloop_clear(struct tsloop *r)
{
	tsloop_stop(r);
	free(r->data);
	free(r->scratch);
	free(r->marks);
	r->data = r->scratch = NULL;
	r->marks = NULL;
}

bool
tsloop_load(struct tsloop *r, const uint8_t *data, size_t len)
{
	uint8_t *copy = xcalloc(1, len + 1);
	struct tsloop_mark *marks;
	size_t n;

	memcpy(copy, data, len);
	marks = tsloop_scan(copy, len, &n);
	if (marks == NULL) {
		free(copy);
		return false;
	}
	free(r->data);
	free(r->marks);
	r->data = copy;
	r->scratch = xrealloc(r->scratch, len, 1);
	r->len = len;
	r->marks = marks;
	r->n_marks = n;
	if (r->playing) {
		r->next = 0;
		r->begun_ms = mono_ms();
		tsloop_wait(r);
	}
	return true;
}

bool
tsloop_is_loaded(const struct tsloop *r)
{
	return r->data != NULL;
}

void
tsloop_play(struct tsloop *r)
{
	if (r->playing)
		return;
	r->playing = true;
	r->next = 0;
	r->begun_ms = mono_ms();
	relay_open_inlet(r->relay, r->inlet, -1);
	tsloop_wait(r);
}

void
tsloop_stop(struct tsloop *r)
{
	if (!r->playing)
		return;
	r->playing = false;
	ev_timer_stop(r->loop, &r->timer);
	relay_close_inlet(r->relay, r->inlet);
}
