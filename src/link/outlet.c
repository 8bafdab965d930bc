/* SPDX-License-Identifier: ISC */
/*
 * The ring into a pipe. An outlet has separate bytes that go before those of
 * the ring: the rest of the PES packet that it must finish, or the tables and
 * the first packet of the key frame that it begins with.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its debug lines are those of the relay. */
#define LOG_MODULE "relay"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/util.h"
#include "link/onair.h"
#include "link/outlet.h"
#include "media/stampcheck.h"

/* The size of its pipe stays as it is: its content is a queue that nobody sees,
 * and half a second of a large stream is enough. */
#define OUTLET_REST (4 * 1024 * 1024) /* of a frame that must be finished */

/* A pause in the supply that a person has to know of. */
#define OUTLET_PAUSE_MS 1000

/* From one frame to the next, an outlet counts as supplied for so long at
 * most, or for twice the time that frames are apart. */
#define OUTLET_GIVEN_MS 250

struct outlet {
	const struct outlet_host *host; /* borrowed */
	int index, fd;			/* fd owned; -1: closed */
	bool open, broken, waiting, fed;
	bool seeking;	/* has no cursor: joins at a key frame */
	bool recorder;	/* goes on where it was, however large its lag */
	bool finishing; /* closes when it is at `end` */
	ev_io io;
	struct buf own; /* bytes that go first */
	uint64_t cursor, end, opened;
	int64_t door_ms;	  /* since when it could have begun */
	bool lost;		  /* from `cursor` on, until it joins again */
	int64_t lost_at_ms;	  /* when that came */
	bool resumes;		  /* `cursor` is where the last reader was */
	int64_t last_ms;	  /* it was supplied */
	int64_t waits_ms;	  /* since when it does not take its bytes */
	int64_t new_ms, given_ms; /* last progress; see outlet_stats */
	int64_t lag_ms;
	struct outlet_stats st; /* only its counters are kept here */
};

static void
outlet_shut(struct outlet *o)
{
	if (o->fd == -1)
		return;
	ev_io_stop(o->host->loop, &o->io);
	close(o->fd);
	o->fd = -1;
	o->waiting = false;
}

/* It was not given the bytes from its cursor up to here. */
static void
outlet_count_loss(struct outlet *o, const struct ring_mark *to)
{
	o->st.lost_bytes += to->pos - o->cursor;
	o->st.lost_packets += (to->pos - o->cursor) / TS_PACKET;
	if (o->lost_at_ms > 0 && to->at_ms > o->lost_at_ms)
		o->st.lost_ms += to->at_ms - o->lost_at_ms;
	o->lost = false;
}

/* The key frame to begin with, or NULL: none is held. */
static const struct ring_mark *
outlet_door(const struct outlet *o)
{
	const struct ring *ring = &o->host->air->ring;
	const struct ring_mark *key = NULL;

	if (o->resumes && o->cursor >= ring->tail)
		key = ring_key_before(ring, o->cursor);
	if (key == NULL && o->resumes)
		key = ring_key_from(ring, ring->tail);
	if (key == NULL && !o->lost) /* the newest then, or the first since */
		key = ring_key_before(ring, o->opened);
	if (key == NULL && !o->lost)
		key = ring_key_from(ring, o->opened);
	if (key == NULL)
		key = ring_key_before(ring, ring->head);
	if (key != NULL && key->pos < onair_barrier(o->host->air))
		key = ring_key_from(ring, onair_barrier(o->host->air));
	if (key != NULL && o->lost && key->pos < o->cursor)
		return NULL; /* it had that one */
	return key;
}

static void
outlet_give_table(struct outlet *o, const uint8_t *table, uint64_t pos)
{
	uint8_t pkt[TS_PACKET];

	memcpy(pkt, table, TS_PACKET);
	ts_set_cc(pkt, onair_cc_before(o->host->air, table, pos));
	buf_put(&o->own, pkt, TS_PACKET);
}

/* Whether a reader that begins with this key frame learns the parameters of the
 * sound. Sound that does not come is waited for only so long. */
static bool
outlet_knows_sound(struct outlet *o, const struct ring_mark *key)
{
	const struct onair *air = o->host->air;
	int64_t now = mono_ms();

	if (o->door_ms == 0)
		o->door_ms = now;
	return air->sound_pid == TS_NO_PID ||
	    now - o->door_ms >= o->host->sound_ms ||
	    joinsound_is_enough(&air->sound, key->pos, now);
}

/* Where no sound follows the key frame yet, or too little and no more is
 * coming, give the reader the newest to know it by; older sound that still
 * comes is late then. An outlet that begins with sound (without video, or when
 * tables give both one pid) knows it from there, and would get that twice. */
static void
outlet_give_sound(
    struct outlet *o, const struct ring_mark *key, const uint8_t *first)
{
	struct onair *air = o->host->air;
	struct onair_pid *p = onair_find_pid(air, air->sound_pid);
	int64_t now = mono_ms(), delta;
	const struct joinsound_pes *s;
	int copies;

	if (o->fed || p == NULL || ts_pid(first) == air->sound_pid)
		return;
	s = joinsound_for(&air->sound, key->pos, now, &copies);
	if (s == NULL || p->out < s->out)
		return;
	delta = joinsound_delta(&air->sound, s, key->pos, ts_dts(first), now);
	if (p->out < s->out + delta)
		p->out = s->out + delta;
	joinsound_write(
	    s, delta, copies, onair_cc_before(air, s->v[0], key->pos), &o->own);
}

/* Begin at a key frame, the tables first. The break is announced, so that
 * nobody takes the frame before for a damaged one. False: wait for one. */
static bool
outlet_join(struct outlet *o)
{
	struct onair *air = o->host->air;
	const struct ring_mark *key = outlet_door(o);
	uint8_t first[TS_PACKET];
	const uint8_t *data;

	if (key == NULL || air->stamps == NULL || !outlet_knows_sound(o, key))
		return false;
	if (o->lost)
		outlet_count_loss(o, key);
	ring_peek(&air->ring, key->pos, &data);
	memcpy(first, data, TS_PACKET);
	outlet_give_table(o, air->pat, key->pos);
	outlet_give_table(o, air->pmt, key->pos);
	outlet_give_sound(o, key, first);
	ts_set_discontinuity(first);
	buf_put(&o->own, first, TS_PACKET);
	log_debug("%s: relay: outlet %d begins at a key frame of %lld ms ago, "
		  "%s copies of audio before it",
	    o->host->name, o->index, (long long)(mono_ms() - key->at_ms),
	    o->own.len > 3 * (size_t)TS_PACKET ? "with" : "no");
	o->cursor = key->pos + TS_PACKET;
	o->seeking = o->resumes = false;
	return true;
}

void
outlet_skip(struct outlet *o)
{
	const struct ring *ring = &o->host->air->ring;
	uint64_t end = ring_boundary(ring, o->cursor);
	const uint8_t *data;
	size_t n;

	o->st.skips++;
	o->seeking = o->lost = true;
	log_debug("%s: relay: outlet %d skips to the newest key frame, it is "
		  "%lld ms behind",
	    o->host->name, o->index,
	    (long long)(mono_ms() - ring_time(ring, o->cursor)));
	if (end - o->cursor > OUTLET_REST) /* a torn frame, no torn packet */
		end = (o->cursor + TS_PACKET - 1) / TS_PACKET * TS_PACKET;
	while (o->cursor < end) {
		n = ring_peek(ring, o->cursor, &data);
		if (n > end - o->cursor)
			n = (size_t)(end - o->cursor);
		buf_put(&o->own, data, n);
		o->cursor += n;
	}
	o->lost_at_ms = ring_time(ring, o->cursor);
}

/* The next bytes to write; 0: nothing now. */
static size_t
outlet_next(struct outlet *o, const uint8_t **data)
{
	size_t n;

	if (o->own.len > 0) {
		*data = (const uint8_t *)buf_text(&o->own);
		return o->own.len;
	}
	buf_clear(&o->own);
	if (o->seeking)
		return !o->finishing && outlet_join(o) ? outlet_next(o, data)
						       : 0;
	n = ring_peek(&o->host->air->ring, o->cursor, data);
	if (o->finishing && n > o->end - o->cursor)
		n = (size_t)(o->end - o->cursor);
	return n;
}

/* Ms for which a frame on air counts, at most. */
static int64_t
outlet_given_max(const struct onair *air)
{
	int64_t step = air->stamps == NULL ? 0 : stampcheck_step(air->stamps);
	int64_t ms = 2 * step / (TS_HZ / 1000);

	return ms > OUTLET_GIVEN_MS ? ms : OUTLET_GIVEN_MS;
}

/* Ms that count since it was given something new last. */
static int64_t
outlet_given_since(const struct outlet *o, int64_t now)
{
	int64_t ms = now - o->new_ms, max;

	if (o->waiting && o->waits_ms <= o->new_ms)
		return ms;
	if (o->waiting)
		return now - o->waits_ms;
	if (o->new_ms == 0)
		return 0;
	max = outlet_given_max(o->host->air);
	return ms < max ? ms : max;
}

/* Bytes are going out: they count when they hold a frame that goes on in time,
 * or lead up to one. */
static void
outlet_count_given(struct outlet *o, int64_t now)
{
	if (!o->waiting && o->own.len == 0 && o->cursor >= o->host->air->fresh)
		return;
	o->given_ms += outlet_given_since(o, now);
	o->new_ms = now;
}

/* Bytes went out. */
static void
outlet_advance(struct outlet *o, size_t n)
{
	int64_t now = mono_ms();

	outlet_count_given(o, now);
	if (o->own.len > 0)
		buf_consume(&o->own, n);
	else
		o->cursor += n;
	o->st.bytes += n;
	meter_add_n(&o->st.sent, now, (unsigned)n);
	o->last_ms = now;
	if (o->fed)
		return;
	o->fed = true;
	o->host->fed(o->host->ctx, o->index);
}

/* Write as much of it as fits. */
static void
outlet_pump(struct outlet *o)
{
	const uint8_t *data;
	ssize_t n;
	size_t len;

	while (o->fd != -1 && !o->broken) {
		len = outlet_next(o, &data);
		if (len == 0)
			break;
		n = write(o->fd, data, len);
		if (n > 0) {
			outlet_advance(o, (size_t)n);
		} else if (n == -1 && errno == EAGAIN) {
			if (!o->waiting)
				o->waits_ms = mono_ms();
			o->waiting = true;
			ev_io_start(o->host->loop, &o->io);
			return;
		} else if (errno != EINTR) {
			o->broken = true; /* death comes by its own road */
		}
	}
	o->waiting = false;
	ev_io_stop(o->host->loop, &o->io);
	if (o->finishing || o->broken)
		outlet_shut(o);
}

static void
outlet_write_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	outlet_pump(io->data);
}

bool
outlet_is_late(const struct outlet *o, int64_t now_ms)
{
	return !o->recorder &&
	    now_ms - ring_time(&o->host->air->ring, o->cursor) > o->lag_ms;
}

/* Skip when it is late and can go on with something newer. */
static void
outlet_check_lag(struct outlet *o, int64_t now)
{
	const struct ring *ring = &o->host->air->ring;

	if (o->fd == -1 || o->seeking || o->finishing ||
	    o->cursor == ring->head || !outlet_is_late(o, now))
		return;
	if (ring_key_from(ring, o->cursor) != NULL)
		outlet_skip(o);
}

/* --- for the relay ------------------------------------------------------ */

void
outlet_serve(struct outlet *o, int64_t now_ms)
{
	outlet_check_lag(o, now_ms);
	if (o->fd != -1 && !o->waiting)
		outlet_pump(o);
}

bool
outlet_is_before(const struct outlet *o, uint64_t tail)
{
	return o->fd != -1 && !o->seeking && o->cursor < tail;
}

/* One that nobody has read from yet. */
static void
outlet_init(struct outlet *o, const struct outlet_host *host, int index)
{
	*o = (struct outlet){
		.host = host, .index = index, .fd = -1, .lag_ms = host->lag_ms
	};
	buf_init(&o->own, 0);
	ev_init(&o->io, outlet_write_cb);
	o->io.data = o;
}

struct outlet *
outlet_new(const struct outlet_host *host, int index)
{
	struct outlet *o = xcalloc(1, sizeof(*o));

	outlet_init(o, host, index);
	return o;
}

void
outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	outlet_close(o);
	free(o);
}

void
outlet_open(struct outlet *o, int fd, bool resume)
{
	bool been_here = o->st.bytes > 0 && o->cursor > 0 && !o->seeking;

	outlet_close(o);
	fs_nonblock(fd);
	o->fd = fd;
	o->open = o->seeking = true;
	o->recorder = resume;
	o->resumes = resume && been_here;
	o->opened = o->host->air->ring.head;
	o->broken = o->finishing = o->fed = o->waiting = o->lost = false;
	o->st.bytes = 0;
	meter_reset(&o->st.sent);
	o->last_ms = o->door_ms = 0;
	o->new_ms = o->given_ms = 0;
	ev_io_set(&o->io, fd, EV_WRITE);
	outlet_pump(o);
}

void
outlet_close(struct outlet *o)
{
	outlet_shut(o);
	buf_clear(&o->own);
	o->open = false;
}

void
outlet_forget(struct outlet *o)
{
	outlet_close(o);
	outlet_init(o, o->host, o->index);
}

void
outlet_finish(struct outlet *o)
{
	if (o->fd == -1)
		return;
	o->finishing = true;
	o->end = o->host->air->ring.head;
	if (!o->waiting)
		outlet_pump(o);
}

void
outlet_set_lag(struct outlet *o, int64_t ms)
{
	o->lag_ms = ms;
}

/* The lag of a cursor; 0 for one without a position. */
static int64_t
outlet_lag(const struct outlet *o, int64_t now)
{
	const struct ring *ring = &o->host->air->ring;

	if (o->fd == -1 || o->cursor >= ring->head || (o->seeking && !o->lost))
		return 0;
	return now - (o->lost ? o->lost_at_ms : ring_time(ring, o->cursor));
}

/* The stream on air is frozen, and its outlets halt with it. */
static bool
outlet_is_halted(const struct outlet *o)
{
	const struct stampcheck *stamps = o->host->air->stamps;

	return stamps != NULL && stamps->frozen;
}

void
outlet_stats(const struct outlet *o, struct outlet_stats *st)
{
	int64_t now = mono_ms();

	*st = o->st;
	st->open = o->open;
	st->lag_ms = outlet_lag(o, now);
	st->given_ms = o->given_ms;
	if (o->waiting)
		st->given_ms += outlet_given_since(o, now);
	st->supplied = o->waiting ||
	    (o->last_ms > 0 && now - o->last_ms <= OUTLET_PAUSE_MS &&
		!outlet_is_halted(o));
}
