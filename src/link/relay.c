/* SPDX-License-Identifier: ISC */
/*
 * Inlets into the ring, the ring into outlets. An outlet has bytes of its own
 * that go before those of the ring: the rest of the PES packet that it has to
 * finish, or the tables and the key frame's first packet that it begins with.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/meter.h"
#include "base/util.h"
#include "link/relay.h"
#include "link/ring.h"
#include "media/mediatime.h"
#include "process/pipes.h"

#define RELAY_CHUNK  65536	   /* of one read */
#define RELAY_BUDGET (1024 * 1024) /* of one wake-up */
/* An outlet's pipe stays as it is: what is in it is a queue that nobody sees,
 * and half a second of a large stream is enough. */
#define RELAY_PIPE (256 * 1024)	     /* of an inlet, of an outlet */
#define RELAY_REST (4 * 1024 * 1024) /* of a picture to be finished */

/* A stamp that is so far from the last one, and from the clock, is astray. */
#define RELAY_ASTRAY ((int64_t)10 * TS_HZ)

/* Pictures whose stamps do not go on for so long, and so many of them: what comes
 * is frozen. */
#define RELAY_FROZEN_MS 1500
#define RELAY_FROZEN	5

/* Packets of a PES packet of sound, at most, that is kept for those who join. */
#define RELAY_SOUND 32

/* When none came for so long, the next one is not expected at once. */
#define RELAY_SILENCE_MS 2000

/* An ffmpeg holds everything back until it is sure that AAC is AAC: that takes
 * several frames in a row. So many PES packets are enough, be their sizes what
 * they are; of one and the same, so many copies. */
#define RELAY_SOUNDS 8
#define RELAY_COPIES 4

/* Sound that has not come for so long may not come before an ffmpeg has given
 * up: it is not waited for to become enough. */
#define RELAY_HUSH_MS 500

/* One PES packet of sound lasts so long at most. */
#define RELAY_SPAN_MAX ((int64_t)TS_HZ / 4)

/* A pause in the supply that a person has to know of. */
#define RELAY_PAUSE_MS 1000

/* From one picture to the next, an outlet counts as given to for so long at
 * most, or for twice the time that frames are apart. */
#define RELAY_GIVEN_MS 250

/* Elementary streams and tables whose continuity is numbered: more than one
 * run has. */
#define RELAY_PIDS (2 * TS_STREAMS)

struct relay_inlet {
	struct relay *relay;
	int index, fd; /* fd owned; -1: at its end, or closed */
	bool open;
	ev_io io;
	size_t pipe_size;
	struct ts ts;
	uint64_t tables;  /* what they said, for comparing */
	uint16_t adts;	  /* what its sound is like */
	bool alien;	  /* its frames are not what the tables say */
	bool heard, mute; /* sound came; none did, though it is announced */
	int64_t began_ms; /* on air, for the first time in this run */
	bool begun;	  /* this run is on air */
	int64_t raw, out; /* newest stamp of the run, as it came and as sent */
	struct meter fps, bytes;
	struct mediatime pace; /* of the pictures' stamps */
	int64_t dts, media;    /* the newest of them; how far they have gone */
	int64_t steps[2]; /* from frame to frame, the last ones; 0: unknown */
	uint64_t frame;	  /* where the newest begins in the ring */
	unsigned stuck;	  /* pictures since they went on */
	bool frozen;	  /* not passed on until they do */
	uint64_t n_bytes, pictures;
	int64_t last_ms, key_ms, gop_ms; /* last: that went on in time */
};

struct relay_pid {
	uint16_t pid;
	uint8_t cc;
	int64_t out;   /* newest DTS that was sent; -1: none */
	bool dropping; /* the rest of a PES packet that comes too late */
	uint64_t used; /* head of the ring when it was asked for last */
};

/* A PES packet of sound. */
struct relay_sound {
	uint8_t v[RELAY_SOUND][TS_PACKET];
	size_t n;	  /* more than there is room for: it is not used */
	int64_t dts, out; /* as sent; likewise, linear */
	int64_t span; /* from its DTS to that of the next one, as it seems */
};

/* Where a PES packet of sound begins in the ring. */
struct relay_beat {
	uint64_t pos;
	int64_t dts; /* as sent; -1: it has none */
};

struct relay_outlet {
	struct relay *relay;
	int index, fd; /* fd owned; -1: closed */
	bool open, broken, waiting, fed;
	bool seeking;	/* has no cursor: joins at a key frame */
	bool recorder;	/* goes on where it was, however far behind */
	bool finishing; /* closes when it is at `end` */
	ev_io io;
	struct buf own; /* bytes that go first */
	uint64_t cursor, end, opened;
	int64_t door_ms;    /* since when it could have begun */
	bool lost;	    /* from `cursor` on, until it joins again */
	int64_t lost_at_ms; /* when that came */
	bool resumes;	    /* `cursor` is where the last reader was */
	int64_t last_ms;    /* it was supplied */
	int64_t waits_ms;   /* since when it does not take what is there */
	int64_t new_ms, given_ms; /* of what is new in it */
	int64_t lag_ms;
	struct relay_outlet_stats st; /* the counters in it */
};

struct relay {
	struct ev_loop *loop;
	struct relay_opts opts; /* its name is owned */
	struct ring ring;
	int64_t start_ms, last_ms;
	int selected, on_air;
	int64_t newest; /* DTS sent, of anything; linear, 90 kHz */
	uint64_t fresh; /* where the newest picture that went on in time ends
			   its first packet */
	uint64_t cut;	/* who opens begins behind this */
	uint64_t turn;	/* where the frame begins that is told of now, or 0 */
	struct relay_pid pids[RELAY_PIDS];
	size_t n_pids;
	uint8_t pat[TS_PACKET], pmt[TS_PACKET]; /* of what is on air */
	uint16_t sound_pid;			/* TS_NO_PID: it has none */
	struct relay_beat beats[RELAY_SOUNDS];	/* of sound, the newest: */
	size_t n_beats;	  /* beats[(n_beats - 1) % RELAY_SOUNDS] */
	int64_t sound_ms; /* when that came */
	struct relay_sound sound, coming; /* the newest that is whole; next */
	uint64_t tables;		  /* what they said, for comparing */
	uint64_t tables_at; /* from there on they are as they are now */
	struct relay_inlet inlets[RELAY_INLETS];
	struct relay_outlet outlets[RELAY_OUTLETS];
};

static uint8_t relay_chunk[RELAY_CHUNK];

/* --- pids --------------------------------------------------------------- */

static uint16_t
relay_pid_of(const uint8_t *pkt)
{
	return (uint16_t)((pkt[1] & 0x1f) << 8 | pkt[2]);
}

/* What is known of a pid on the way out, or NULL. */
static struct relay_pid *
relay_find_pid(struct relay *r, uint16_t pid)
{
	for (size_t i = 0; i < r->n_pids; i++)
		if (r->pids[i].pid == pid)
			return &r->pids[i];
	return NULL;
}

/* The same, for one that is in use. When there are too many, the one that
 * was not seen for longest is forgotten: runs may have others each time. */
static struct relay_pid *
relay_pid(struct relay *r, uint16_t pid)
{
	struct relay_pid *p, *end = r->pids + r->n_pids, *oldest = r->pids;

	for (p = r->pids; p < end && p->pid != pid; p++)
		if (p->used < oldest->used)
			oldest = p;
	if (p == end) {
		if (r->n_pids == RELAY_PIDS)
			p = oldest;
		else
			r->n_pids++;
		*p = (struct relay_pid){ .pid = pid, .out = -1 };
	}
	p->used = r->ring.head;
	return p;
}

/* --- outlets: what goes next -------------------------------------------- */

static void
relay_shut(struct relay_outlet *o)
{
	if (o->fd == -1)
		return;
	ev_io_stop(o->relay->loop, &o->io);
	close(o->fd);
	o->fd = -1;
	o->waiting = false;
}

/* It was not given what is from its cursor up to here. */
static void
relay_count_loss(struct relay_outlet *o, const struct ring_mark *to)
{
	o->st.lost_bytes += to->pos - o->cursor;
	o->st.lost_packets += (to->pos - o->cursor) / TS_PACKET;
	if (o->lost_at_ms > 0 && to->at_ms > o->lost_at_ms)
		o->st.lost_ms += to->at_ms - o->lost_at_ms;
	o->lost = false;
}

/* What stands before this is no beginning: it has other tables, or other
 * parameters, than what is on air now. */
static uint64_t
relay_barrier(const struct relay *r)
{
	return r->cut > r->tables_at ? r->cut : r->tables_at;
}

/* The key frame to begin with, or NULL: none is held. */
static const struct ring_mark *
relay_door(const struct relay_outlet *o)
{
	const struct ring *ring = &o->relay->ring;
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
	if (key != NULL && key->pos < relay_barrier(o->relay))
		key = ring_key_from(ring, relay_barrier(o->relay));
	if (key != NULL && o->lost && key->pos < o->cursor)
		return NULL; /* it had that one */
	return key;
}

/* The counter of a table that is sent before `pos`: the next one of its kind
 * goes on from it. */
static uint8_t
relay_cc_before(struct relay *r, const uint8_t *table, uint64_t pos)
{
	uint16_t pid = relay_pid_of(table);
	const uint8_t *pkt;

	for (; pos < r->ring.head; pos += TS_PACKET) {
		ring_peek(&r->ring, pos, &pkt);
		if (relay_pid_of(pkt) == pid)
			return (uint8_t)(pkt[3] - ts_has_payload(pkt));
	}
	return relay_pid(r, pid)->cc;
}

static void
relay_give_table(struct relay_outlet *o, const uint8_t *table, uint64_t pos)
{
	uint8_t pkt[TS_PACKET];

	memcpy(pkt, table, TS_PACKET);
	ts_set_cc(pkt, relay_cc_before(o->relay, table, pos));
	buf_put(&o->own, pkt, TS_PACKET);
}

/* How many PES packets of sound, of the newest RELAY_SOUNDS, follow a place in the
 * ring; `first`: the first of them. */
static size_t
relay_beats_from(
    const struct relay *r, uint64_t pos, const struct relay_beat **first)
{
	size_t n = 0;

	*first = NULL;
	while (n < r->n_beats && n < RELAY_SOUNDS) {
		const struct relay_beat *b =
		    &r->beats[(r->n_beats - 1 - n) % RELAY_SOUNDS];

		if (b->pos <= pos)
			break;
		*first = b;
		n++;
	}
	return n;
}

/* Whether no sound comes at present. */
static bool
relay_is_hushed(const struct relay *r)
{
	return mono_ms() - r->sound_ms >= RELAY_HUSH_MS;
}

/* The newest sound that is whole, or NULL. */
static const struct relay_sound *
relay_newest_sound(const struct relay *r)
{
	if (r->sound.n > 0)
		return &r->sound;
	return r->coming.n > 0 && r->coming.n <= RELAY_SOUND &&
		relay_is_hushed(r)
	    ? &r->coming
	    : NULL;
}

/* Whether who begins with this key frame finds out what the sound is like, from
 * what follows or from what it is given: without that an ffmpeg cannot write a
 * header, and ends, or it holds everything back. Sound that does not come is
 * waited for only so long. */
static bool
relay_knows_sound(struct relay_outlet *o, const struct ring_mark *key)
{
	const struct relay *r = o->relay;
	const struct relay_beat *first;
	int64_t now = mono_ms();

	if (o->door_ms == 0)
		o->door_ms = now;
	return r->sound_pid == TS_NO_PID ||
	    now - o->door_ms >= r->opts.sound_ms ||
	    relay_beats_from(r, key->pos, &first) >= RELAY_SOUNDS ||
	    (relay_is_hushed(r) && relay_newest_sound(r) != NULL);
}

/* How far the sound has to be put off to stand right before the key frame, and
 * before the sound that follows it. */
static int64_t
relay_sound_delta(const struct relay *r, const struct relay_sound *s,
    const struct ring_mark *key, const struct relay_beat *first)
{
	const uint8_t *data;
	int64_t delta, most;

	ring_peek(&r->ring, key->pos, &data);
	delta = ts_diff(ts_dts(data), s->dts) - RELAY_STEP;
	if (delta < 0 || mono_ms() - r->sound_ms < RELAY_SILENCE_MS)
		delta = 0;
	if (first == NULL || first->dts < 0)
		return delta;
	most = ts_diff(first->dts, s->dts) - s->span;
	return delta < most ? delta : most;
}

static void
relay_give_copy(struct relay_outlet *o, const struct relay_sound *s,
    int64_t delta, uint8_t *cc)
{
	for (size_t i = 0; i < s->n; i++) {
		struct ts_info info = { .start = i == 0 };
		uint8_t pkt[TS_PACKET];

		memcpy(pkt, s->v[i], TS_PACKET);
		ts_shift(pkt, &info, delta);
		*cc = (uint8_t)(*cc + ts_has_payload(pkt));
		ts_set_cc(pkt, *cc);
		buf_put(&o->own, pkt, TS_PACKET);
	}
}

/* Where no sound follows the key frame yet, or too little of it and no more is
 * coming, the newest for a reader to know it by. When none has come for a while it
 * is given the time of the key frame; what still comes and is older than that is
 * late. One that begins with sound (there is no video, or tables give both one pid)
 * knows it from there, and would get that twice. */
static void
relay_give_sound(struct relay_outlet *o, const struct ring_mark *key)
{
	struct relay *r = o->relay;
	const struct relay_sound *s = relay_newest_sound(r);
	struct relay_pid *p = relay_find_pid(r, r->sound_pid);
	const struct relay_beat *first;
	size_t n = relay_beats_from(r, key->pos, &first);
	int copies = relay_is_hushed(r) ? RELAY_COPIES : 1;
	const uint8_t *data;
	int64_t delta;
	uint8_t cc;

	ring_peek(&r->ring, key->pos, &data);
	if (relay_pid_of(data) == r->sound_pid)
		return;
	if (o->fed || s == NULL || s->dts < 0 || p == NULL || p->out < s->out ||
	    n == RELAY_SOUNDS || (n > 0 && copies == 1))
		return;
	delta = relay_sound_delta(r, s, key, first);
	if (p->out < s->out + delta)
		p->out = s->out + delta;
	cc = relay_cc_before(r, s->v[0], key->pos);
	for (size_t i = 0; i < s->n; i++) /* the last one has that */
		cc = (uint8_t)(cc - copies * ts_has_payload(s->v[i]));
	while (copies-- > 0)
		relay_give_copy(o, s, delta - copies * s->span, &cc);
}

/* Begin at a key frame, the tables first. The break is announced, so that
 * nobody takes the picture before for a damaged one. False: wait for one. */
static bool
relay_join(struct relay_outlet *o)
{
	struct relay *r = o->relay;
	const struct ring_mark *key = relay_door(o);
	uint8_t first[TS_PACKET];
	const uint8_t *data;

	if (key == NULL || r->on_air == -1 || !relay_knows_sound(o, key))
		return false;
	if (o->lost)
		relay_count_loss(o, key);
	ring_peek(&r->ring, key->pos, &data);
	memcpy(first, data, TS_PACKET);
	ts_set_discontinuity(first);
	relay_give_table(o, r->pat, key->pos);
	relay_give_table(o, r->pmt, key->pos);
	relay_give_sound(o, key);
	buf_put(&o->own, first, TS_PACKET);
	log_debug("%s: relay: outlet %d begins at a key frame of %lld ms ago, "
		  "%s copies of sound before it",
	    r->opts.name, o->index, (long long)(mono_ms() - key->at_ms),
	    o->own.len > 3 * (size_t)TS_PACKET ? "with" : "no");
	o->cursor = key->pos + TS_PACKET;
	o->seeking = o->resumes = false;
	return true;
}

/* Leave the queue: finish the PES packet, then go on at a key frame. */
static void
relay_skip(struct relay_outlet *o)
{
	const struct ring *ring = &o->relay->ring;
	uint64_t end = ring_boundary(ring, o->cursor);
	const uint8_t *data;
	size_t n;

	o->st.skips++;
	o->seeking = o->lost = true;
	log_debug("%s: relay: outlet %d skips to the newest key frame, it is "
		  "%lld ms behind",
	    o->relay->opts.name, o->index,
	    (long long)(mono_ms() - ring_time(ring, o->cursor)));
	if (end - o->cursor > RELAY_REST) /* a torn picture, no torn packet */
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

/* What is to be written next: bytes, 0: nothing now. */
static size_t
relay_next(struct relay_outlet *o, const uint8_t **data)
{
	size_t n;

	if (o->own.len > 0) {
		*data = (const uint8_t *)buf_text(&o->own);
		return o->own.len;
	}
	buf_clear(&o->own);
	if (o->seeking)
		return !o->finishing && relay_join(o) ? relay_next(o, data) : 0;
	n = ring_peek(&o->relay->ring, o->cursor, data);
	if (o->finishing && n > o->end - o->cursor)
		n = (size_t)(o->end - o->cursor);
	return n;
}

/* Ms for which a frame of what is on air counts, at most. A step that was no pause
 * has another of its size beside it. */
static int64_t
relay_given_max(const struct relay *r)
{
	const struct relay_inlet *in;
	int64_t step, ms;

	if (r->on_air == -1)
		return RELAY_GIVEN_MS;
	in = &r->inlets[r->on_air];
	step = in->steps[0] < in->steps[1] ? in->steps[0] : in->steps[1];
	ms = 2 * step / (TS_HZ / 1000);
	return ms > RELAY_GIVEN_MS ? ms : RELAY_GIVEN_MS;
}

/* Ms that count since it was given something new last. */
static int64_t
relay_given_since(const struct relay_outlet *o, int64_t now)
{
	int64_t ms = now - o->new_ms, max;

	if (o->waiting && o->waits_ms <= o->new_ms)
		return ms;
	if (o->waiting)
		return now - o->waits_ms;
	if (o->new_ms == 0)
		return 0;
	max = relay_given_max(o->relay);
	return ms < max ? ms : max;
}

/* Bytes are going out: whether a picture is in them that goes on in time, or in
 * what stands before one. */
static void
relay_count_given(struct relay_outlet *o, int64_t now)
{
	if (!o->waiting && o->own.len == 0 && o->cursor >= o->relay->fresh)
		return;
	o->given_ms += relay_given_since(o, now);
	o->new_ms = now;
}

/* Bytes went out. */
static void
relay_advance(struct relay_outlet *o, size_t n)
{
	int64_t now = mono_ms();

	relay_count_given(o, now);
	if (o->own.len > 0)
		buf_consume(&o->own, n);
	else
		o->cursor += n;
	o->st.bytes += n;
	o->last_ms = now;
	if (o->fed)
		return;
	o->fed = true;
	o->relay->opts.fed(o->relay->opts.ctx, o->index);
}

/* Write what there is and fits. */
static void
relay_pump(struct relay_outlet *o)
{
	const uint8_t *data;
	ssize_t n;
	size_t len;

	while (o->fd != -1 && !o->broken) {
		len = relay_next(o, &data);
		if (len == 0)
			break;
		n = write(o->fd, data, len);
		if (n > 0) {
			relay_advance(o, (size_t)n);
		} else if (n == -1 && errno == EAGAIN) {
			if (!o->waiting)
				o->waits_ms = mono_ms();
			o->waiting = true;
			ev_io_start(o->relay->loop, &o->io);
			return;
		} else if (errno != EINTR) {
			o->broken = true; /* death comes by its own road */
		}
	}
	o->waiting = false;
	ev_io_stop(o->relay->loop, &o->io);
	if (o->finishing || o->broken)
		relay_shut(o);
}

static void
relay_write_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	relay_pump(io->data);
}

/* --- outlets: who is too far behind ------------------------------------- */

/* Whether the oldest packet that it was not given came longer ago than it may
 * be behind; a recorder never is late. */
static bool
relay_is_late(const struct relay_outlet *o, int64_t now)
{
	return !o->recorder &&
	    now - ring_time(&o->relay->ring, o->cursor) > o->lag_ms;
}

/* Let go of those who stand where the ring is about to be written; for one who
 * is not late it grows, while it can. */
static void
relay_make_room(struct relay *r)
{
	uint64_t tail = ring_next_tail(&r->ring);

	if (tail == r->ring.tail)
		return;
	for (int i = 0; i < RELAY_OUTLETS; i++) {
		struct relay_outlet *o = &r->outlets[i];

		if (o->fd == -1 || o->seeking || o->cursor >= tail)
			continue;
		if (!relay_is_late(o, r->last_ms) && ring_grow(&r->ring))
			return;
		relay_skip(o);
	}
}

/* Skip when it is late and there is something newer to go on with. */
static void
relay_check_lag(struct relay_outlet *o, int64_t now)
{
	const struct ring *ring = &o->relay->ring;

	if (o->fd == -1 || o->seeking || o->finishing ||
	    o->cursor == ring->head || !relay_is_late(o, now))
		return;
	if (ring_key_from(ring, o->cursor) != NULL)
		relay_skip(o);
}

/* New packets are in the ring. */
static void
relay_serve(struct relay *r)
{
	int64_t now = mono_ms();

	for (int i = 0; i < RELAY_OUTLETS; i++) {
		struct relay_outlet *o = &r->outlets[i];

		relay_check_lag(o, now);
		if (o->fd != -1 && !o->waiting)
			relay_pump(o);
	}
}

/* --- into the ring ------------------------------------------------------ */

/* Number a packet and append it. */
static void
relay_append(struct relay *r, struct relay_pid *p, uint8_t *pkt,
    const struct ring_mark *mark)
{
	if (ts_has_payload(pkt))
		p->cc++;
	ts_set_cc(pkt, p->cc);
	relay_make_room(r);
	ring_put(&r->ring, pkt, mark);
}

/* The clock of the stream: 90 kHz since it began, and a second. */
static int64_t
relay_clock(const struct relay *r)
{
	return (mono_ms() - r->start_ms) * (TS_HZ / 1000) + TS_HZ;
}

/* A stamp in seconds, for debug lines. */
static double
relay_seconds(int64_t stamp)
{
	return (double)stamp / TS_HZ;
}

/* What the tables say, as one number for comparing. */
static uint64_t
relay_tables(const struct ts *t)
{
	uint64_t sum = t->pmt_pid;

	for (size_t i = 0; i < t->n_streams; i++)
		sum = sum * 1000003 + t->streams[i].pid * N_TS_CODECS +
		    t->streams[i].codec;
	return sum;
}

/* What follows has other sound. */
static void
relay_forget_sound(struct relay *r)
{
	r->sound.n = r->coming.n = 0;
	r->n_beats = 0;
}

/* The tables that outlets are to begin with from now on; what is in the ring
 * before another track or codec is not for them. (Another version number, or a
 * descriptor, is nothing new.) */
static void
relay_keep_tables(struct relay *r, const struct relay_inlet *in)
{
	const struct ts *t = &in->ts;
	uint64_t sum = relay_tables(t) + in->mute;
	int audio = in->mute ? -1 : ts_audio(t);

	if (sum != r->tables) {
		log_debug(
		    "%s: relay: tables of inlet %d go out%s, outlets that "
		    "begin are given nothing from before",
		    r->opts.name, in->index, in->mute ? ", without sound" : "");
		r->tables_at = r->ring.head;
		relay_forget_sound(r);
	}
	r->tables = sum;
	r->sound_pid = audio == -1 ? TS_NO_PID : t->streams[audio].pid;
	memcpy(r->pat, t->pat, TS_PACKET);
	if (in->mute)
		ts_mute(t->pmt, r->pmt);
	else
		memcpy(r->pmt, t->pmt, TS_PACKET);
}

/* A table of a run, as outlets are to see it. */
static void
relay_put_table(struct relay *r, const uint8_t *table)
{
	uint8_t pkt[TS_PACKET];

	memcpy(pkt, table, TS_PACKET);
	relay_append(r, relay_pid(r, relay_pid_of(table)), pkt, NULL);
}

/* Nothing is held of its sound any more: whether it comes is to be found out
 * again. */
static void
relay_doubt(struct relay_inlet *in)
{
	if (in->mute || in->relay->n_beats > 0)
		return;
	in->heard = false;
	in->began_ms = in->relay->last_ms;
}

/* A run comes on air with this key frame: its stamps go on where the stream
 * is, by the clock, never behind what was sent. */
static void
relay_begin(struct relay_inlet *in, const struct ts_info *info)
{
	struct relay *r = in->relay;

	in->raw = info->dts;
	in->out = relay_clock(r);
	if (in->out < r->newest + RELAY_STEP)
		in->out = r->newest + RELAY_STEP;
	in->begun = true;
	log_debug(
	    "%s: relay: inlet %d goes on air with a key frame (before: %d), "
	    "stamp %.3f is sent as %.3f",
	    r->opts.name, in->index, r->on_air, relay_seconds(info->dts),
	    relay_seconds(in->out));
	r->on_air = in->index;
	for (size_t i = 0; i < in->ts.n_streams; i++) /* until a PES begins */
		relay_pid(r, in->ts.streams[i].pid)->dropping = true;
	relay_keep_tables(r, in);
	if (in->began_ms == 0)
		in->began_ms = r->last_ms;
	else
		relay_doubt(in);
	relay_put_table(r, r->pat);
	relay_put_table(r, r->pmt);
	if (r->opts.aired != NULL)
		r->opts.aired(r->opts.ctx, in->index);
}

/* A stamp of the run as it is sent, linear. */
static int64_t
relay_out(const struct relay_inlet *in, int64_t stamp)
{
	return in->out + ts_diff(stamp, in->raw);
}

/* Whether a stamp leads nowhere: back, far away, or far behind the pictures. */
static bool
relay_is_astray(
    const struct relay_inlet *in, const struct relay_pid *p, int64_t out)
{
	return out <= p->out || in->out - out > RELAY_ASTRAY ||
	    (out - in->out > RELAY_ASTRAY &&
		out - relay_clock(in->relay) > RELAY_ASTRAY);
}

/* Whether it belongs to the video, or to the sound where there is none. */
static bool
relay_leads(const struct relay_inlet *in, const struct ts_info *info)
{
	return info->video == (ts_video(&in->ts) != -1);
}

/* Say so, but of sound once only. */
static void
relay_tell_astray(const struct relay_inlet *in, const struct relay_pid *p,
    const struct ts_info *info, int64_t out)
{
	bool leads = relay_leads(in, info);

	if (leads || !p->dropping)
		log_debug("%s: relay: inlet %d: stamp %.3f of pid %u would be "
			  "sent as %.3f after %.3f: %s",
		    in->relay->opts.name, in->index, relay_seconds(info->dts),
		    info->pid, relay_seconds(out), relay_seconds(p->out),
		    !leads	    ? "left out"
			: info->key ? "begins again"
				    : "begins again with the next key frame");
}

/*
 * The beginning of a PES packet: its place in time. False: it is not sent.
 * Sound that is astray is left out; with pictures that are, or sound where
 * there are none, the run has to begin anew at the next key frame.
 */
static bool
relay_place(
    struct relay_inlet *in, struct relay_pid *p, const struct ts_info *info)
{
	struct relay *r = in->relay;
	bool leads = relay_leads(in, info);
	int64_t out;

	if (info->dts == -1)
		return true;
	out = relay_out(in, info->dts);
	if (relay_is_astray(in, p, out)) {
		relay_tell_astray(in, p, info, out);
		in->begun = !leads;
		if (!leads || !info->key)
			return false;
		relay_begin(in, info);
		out = in->out;
	}
	p->out = out;
	if (out > r->newest)
		r->newest = out;
	if (leads) {
		in->raw = info->dts;
		in->out = out;
	}
	return true;
}

/* A PES packet of sound begins: the one before it is whole. */
static void
relay_begin_sound(struct relay *r, const uint8_t *pkt)
{
	struct relay_sound *s = &r->coming;
	int64_t dts = ts_dts(pkt), span = ts_diff(dts, s->dts);

	if (dts >= 0 && s->dts >= 0 && span > 0 && span <= RELAY_SPAN_MAX)
		s->span = span;
	if (s->n > 0 && s->n <= RELAY_SOUND)
		r->sound = *s;
	s->n = 0;
	s->dts = dts;
	s->out = relay_pid(r, relay_pid_of(pkt))->out;
	s->span = RELAY_STEP;
	r->beats[r->n_beats++ % RELAY_SOUNDS] =
	    (struct relay_beat){ .pos = r->ring.head, .dts = dts };
	r->sound_ms = r->last_ms;
}

/* Keep the newest sound for those who join. */
static void
relay_keep_sound(
    struct relay *r, const uint8_t *pkt, const struct ts_info *info)
{
	struct relay_sound *s = &r->coming;

	if (info->start)
		relay_begin_sound(r, pkt);
	else if (s->n == 0)
		return; /* the rest of one that began before */
	if (s->n < RELAY_SOUND)
		memcpy(s->v[s->n], pkt, TS_PACKET);
	s->n++;
}

/* A packet of what is on air. */
static void
relay_pass(struct relay_inlet *in, uint8_t *pkt, const struct ts_info *info)
{
	struct relay *r = in->relay;
	struct relay_pid *p = relay_pid(r, info->pid);
	struct ring_mark mark = { .at_ms = r->last_ms, .key = info->key };

	if ((info->pat || info->pmt) && ts_is_ready(&in->ts))
		relay_keep_tables(r, in);
	if (info->pmt && in->mute && ts_is_ready(&in->ts))
		memcpy(pkt, r->pmt, TS_PACKET);
	if (info->start)
		p->dropping = !relay_place(in, p, info);
	if (info->start && relay_leads(in, info))
		in->frame = r->ring.head;
	if (p->dropping || !in->begun)
		return;
	ts_shift(pkt, info, in->out - in->raw);
	if (info->pid == r->sound_pid)
		relay_keep_sound(r, pkt, info);
	relay_append(r, p, pkt, info->start ? &mark : NULL);
	if (info->start && in->stuck == 0 && relay_leads(in, info))
		r->fresh = r->ring.head;
}

/* --- inlets ------------------------------------------------------------- */

/* Whether the stamps go on with this picture. One that steps back has begun anew:
 * it is measured from there. */
static bool
relay_goes_on(struct relay_inlet *in, const struct ts_info *info)
{
	int64_t step;

	if (info->dts == -1)
		return true;
	step = in->pace.begun ? ts_diff(info->dts, in->dts) : 0;
	in->dts = info->dts;
	if (step > 0) {
		in->media += step;
		in->steps[1] = in->steps[0];
		in->steps[0] = step;
	}
	return mediatime_goes_on(&in->pace, in->relay->last_ms,
	    (int64_t)in->pictures, in->media * 1000 / (TS_HZ / 1000));
}

/* Pictures without end whose stamps creep by a tick are none: an ffmpeg that
 * copies writes them so while its source has begun anew. The source counts as
 * silent, and is on air again from a key frame on when they go on. */
static void
relay_watch_pace(struct relay_inlet *in, const struct ts_info *info)
{
	int64_t now = in->relay->last_ms;

	if (relay_goes_on(in, info)) {
		if (in->frozen)
			log_debug("%s: relay: inlet %d: its stamps go on again",
			    in->relay->opts.name, in->index);
		in->last_ms = now;
		in->stuck = 0;
		in->frozen = false;
	} else if (++in->stuck >= RELAY_FROZEN &&
	    now - in->last_ms >= RELAY_FROZEN_MS) {
		if (!in->frozen)
			log_debug(
			    "%s: relay: inlet %d: stamps have not gone on "
			    "for %lld ms and %u frames: left out",
			    in->relay->opts.name, in->index,
			    (long long)(now - in->last_ms), in->stuck);
		in->frozen = true;
		in->begun = false;
	}
}

/* A picture (of sound, where there is no video) came. */
static void
relay_note_picture(struct relay_inlet *in, const struct ts_info *info)
{
	int64_t now = in->relay->last_ms;

	in->pictures++;
	relay_watch_pace(in, info);
	meter_add(&in->fps, now);
	if (!info->key)
		return;
	if (in->key_ms > 0)
		in->gop_ms = now - in->key_ms;
	in->key_ms = now;
}

/* Whether the packet goes out: it does when its run is on air. */
static bool
relay_admits(struct relay_inlet *in, const struct ts_info *info)
{
	struct relay *r = in->relay;
	bool mine = r->selected == in->index;

	if (r->selected == -1 || in->frozen || in->alien)
		return false;
	if (mine && info->key && info->dts != -1 && ts_is_ready(&in->ts) &&
	    (!in->begun || r->on_air != in->index))
		relay_begin(in, info);
	if (r->on_air != in->index || !in->begun)
		return false;
	return info->pat || info->pmt || info->stream != -1 ||
	    (info->has_pcr && info->pid == in->ts.pcr_pid);
}

/* Whether it is known now if the sound that is announced comes. What never came is
 * left out of the tables: an ffmpeg would wait for it in vain. */
static bool
relay_listen(struct relay_inlet *in, const struct ts_info *info)
{
	const struct relay *r = in->relay;
	bool heard = in->heard, mute = in->mute;

	in->heard = heard ||
	    (info->start && !info->video && info->stream == ts_audio(&in->ts));
	in->mute = !in->heard && r->opts.sound_ms > 0 && in->began_ms > 0 &&
	    ts_video(&in->ts) != -1 && ts_audio(&in->ts) != -1 &&
	    r->last_ms - in->began_ms >= r->opts.sound_ms;
	if (heard != in->heard || mute != in->mute)
		log_debug("%s: relay: inlet %d: %s", r->opts.name, in->index,
		    in->heard ? "sound comes"
			      : "sound is announced and does not come, the "
				"tables go out without it");
	return heard != in->heard || mute != in->mute;
}

/* Whether other tables came, or sound or frames of another kind. */
static bool
relay_is_news(struct relay_inlet *in, const struct ts_info *info)
{
	const struct relay *r = in->relay;
	uint64_t tables = relay_tables(&in->ts);
	int audio = ts_audio(&in->ts);
	uint16_t adts = audio == -1 ? 0 : in->ts.streams[audio].adts;
	bool news = tables != in->tables || adts != in->adts || info->look;

	if (!ts_is_ready(&in->ts))
		return false;
	if (r->opts.sound_ms > 0)
		news = relay_listen(in, info) || news;
	in->tables = tables;
	in->adts = adts;
	return news;
}

/* A run's frames are another thing than its tables say. The first packets of one may
 * be in the ring before that is known: nobody begins with them. */
static void
relay_leave(struct relay_inlet *in)
{
	if (in->begun && in->relay->on_air == in->index)
		in->relay->cut = in->relay->ring.head;
	in->begun = false;
}

static void
relay_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct relay_inlet *in = ctx;
	struct relay *r = in->relay;

	if (ts_is_alien(&in->ts) != in->alien)
		log_debug("%s: relay: inlet %d: its frames are %s",
		    r->opts.name, in->index,
		    in->alien
			? "again what its tables say"
			: "of another codec than its tables say: left out");
	in->alien = ts_is_alien(&in->ts);
	if (in->alien)
		relay_leave(in);
	else if (info->start && relay_leads(in, info))
		relay_note_picture(in, info);
	if (info->look && !info->start && in->begun && r->on_air == in->index)
		r->turn = in->frame;
	if ((info->pmt || info->start || info->look) && relay_is_news(in, info))
		r->opts.tables(r->opts.ctx, in->index);
	r->turn = 0;
	if (relay_admits(in, info))
		relay_pass(in, pkt, info);
}

/* The upstream is at its end: its numbers stay until it is closed. */
static void
relay_end_inlet(struct relay_inlet *in)
{
	if (in->fd == -1)
		return;
	ev_io_stop(in->relay->loop, &in->io);
	close(in->fd);
	in->fd = -1;
	pipes_release(in->pipe_size);
}

/* Bytes of a run have come. */
static void
relay_take(struct relay_inlet *in, uint8_t *data, size_t len)
{
	struct relay *r = in->relay;

	r->last_ms = mono_ms();
	in->n_bytes += len;
	meter_add_n(&in->bytes, r->last_ms, (unsigned)len);
	ts_feed(&in->ts, data, len);
	relay_serve(r);
}

/* One read: bytes, 0: nothing now, -1: the end. */
static ssize_t
relay_read(struct relay_inlet *in)
{
	ssize_t n;

	do
		n = read(in->fd, relay_chunk, sizeof(relay_chunk));
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	relay_take(in, relay_chunk, (size_t)n);
	return n;
}

static void
relay_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct relay_inlet *in = io->data;
	size_t total = 0;
	ssize_t n = 0;

	while (
	    total < RELAY_BUDGET && in->fd != -1 && (n = relay_read(in)) > 0) {
		total += (size_t)n;
		if (n < RELAY_CHUNK / 2)
			return; /* the pipe is empty, most likely */
	}
	if (n == -1)
		relay_end_inlet(in);
}

/* An outlet that nobody has read from yet. */
static void
relay_init_outlet(struct relay *r, int outlet)
{
	struct relay_outlet *o = &r->outlets[outlet];

	*o = (struct relay_outlet){
		.relay = r, .index = outlet, .fd = -1, .lag_ms = r->opts.lag_ms
	};
	buf_init(&o->own, 0);
	ev_init(&o->io, relay_write_cb);
	o->io.data = o;
}

/* --- for others --------------------------------------------------------- */

struct relay *
relay_new(struct ev_loop *loop, const struct relay_opts *opts)
{
	struct relay *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	r->opts = *opts;
	r->opts.name = xstrdup(opts->name != NULL ? opts->name : "");
	r->start_ms = mono_ms();
	r->selected = r->on_air = -1;
	r->sound_pid = TS_NO_PID;
	ring_init(&r->ring, opts->ring_max);
	for (int i = 0; i < RELAY_INLETS; i++) {
		r->inlets[i] =
		    (struct relay_inlet){ .relay = r, .index = i, .fd = -1 };
		ev_init(&r->inlets[i].io, relay_read_cb);
		r->inlets[i].io.data = &r->inlets[i];
	}
	for (int i = 0; i < RELAY_OUTLETS; i++)
		relay_init_outlet(r, i);
	return r;
}

void
relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < RELAY_INLETS; i++)
		relay_close_inlet(r, i);
	for (int i = 0; i < RELAY_OUTLETS; i++)
		relay_close_outlet(r, i);
	ring_clear(&r->ring);
	free((char *)r->opts.name);
	free(r);
}

void
relay_open_inlet(struct relay *r, int inlet, int fd)
{
	struct relay_inlet *in = &r->inlets[inlet];

	relay_close_inlet(r, inlet);
	in->open = true;
	ts_init(&in->ts, relay_packet, in);
	if (fd == -1)
		return;
	fd_nonblock(fd);
	in->fd = fd;
	in->pipe_size = pipes_grow(fd, RELAY_PIPE);
	ev_io_set(&in->io, fd, EV_READ);
	ev_io_start(r->loop, &in->io);
}

void
relay_close_inlet(struct relay *r, int inlet)
{
	struct relay_inlet *in = &r->inlets[inlet];
	size_t total = 0;
	ssize_t n;

	if (!in->open)
		return;
	/* what it said last; one who is left may go on for ever */
	while (in->fd != -1 && total < RELAY_BUDGET && (n = relay_read(in)) > 0)
		total += (size_t)n;
	relay_end_inlet(in);
	in->open = in->begun = in->frozen = in->heard = in->mute = false;
	in->alien = false;
	in->began_ms = 0;
	in->tables = in->adts = 0;
	in->stuck = 0;
	in->media = in->steps[0] = in->steps[1] = 0;
	mediatime_reset(&in->pace);
	in->n_bytes = in->pictures = 0;
	in->ts.packets = in->ts.garbage = in->ts.breaks = 0;
	in->last_ms = in->key_ms = in->gop_ms = 0;
	meter_reset(&in->fps);
	meter_reset(&in->bytes);
}

void
relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len)
{
	relay_take(&r->inlets[inlet], data, len);
}

void
relay_select(struct relay *r, int inlet)
{
	if (inlet != r->selected)
		log_debug(
		    "%s: relay: inlet %d is to be on air", r->opts.name, inlet);
	r->selected = inlet;
	if (inlet == -1 && r->on_air != -1) /* what it left out is missing */
		r->inlets[r->on_air].begun = false;
}

int
relay_selected(const struct relay *r)
{
	return r->selected;
}

void
relay_cut(struct relay *r)
{
	log_debug("%s: relay: outlets that begin are given nothing from before",
	    r->opts.name);
	r->cut = r->turn > 0 ? r->turn : r->ring.head;
	relay_forget_sound(r);
	if (r->on_air != -1 && r->inlets[r->on_air].began_ms > 0)
		relay_doubt(&r->inlets[r->on_air]);
}

int
relay_on_air(const struct relay *r)
{
	return r->on_air;
}

void
relay_copy_key(const struct relay *r, struct buf *out)
{
	const struct ring_mark *key = ring_key_before(&r->ring, r->ring.head);
	const uint8_t *data;
	uint64_t pos;
	size_t n;

	if (key == NULL || key->pos < relay_barrier(r) ||
	    out->max < 2 * TS_PACKET ||
	    r->ring.head - key->pos > out->max - 2 * TS_PACKET)
		return;
	buf_put(out, r->pat, TS_PACKET);
	buf_put(out, r->pmt, TS_PACKET);
	for (pos = key->pos; (n = ring_peek(&r->ring, pos, &data)) > 0;
	     pos += n)
		buf_put(out, data, n);
}

int64_t
relay_silent_ms(const struct relay *r)
{
	int64_t last = ring_time(&r->ring, r->ring.head);

	return last == 0 ? -1 : mono_ms() - last;
}

void
relay_inlet_stats(struct relay *r, int inlet, struct relay_inlet_stats *st)
{
	struct relay_inlet *in = &r->inlets[inlet];
	int64_t now = mono_ms();
	double bytes = meter_rate(&in->bytes, now);

	*st = (struct relay_inlet_stats){
		.open = in->open,
		.on_air = in->begun && r->on_air == inlet,
		.bytes = in->n_bytes,
		.packets = in->ts.packets,
		.pictures = in->pictures,
		.garbage = in->ts.garbage,
		.breaks = in->ts.breaks,
		.silent_ms = in->last_ms == 0 ? -1 : now - in->last_ms,
		.heard = in->heard || r->opts.sound_ms == 0,
		.mute = in->mute,
		.alien = in->alien,
		.frozen_since_ms = in->frozen ? in->last_ms : 0,
		.fps = meter_rate(&in->fps, now),
		.kbps = bytes < 0 ? -1 : bytes * 8 / 1000,
		.gop_ms = in->gop_ms == 0 ? -1 : in->gop_ms,
		.ts = in->open ? &in->ts : NULL,
	};
}

void
relay_set_lag(struct relay *r, int outlet, int64_t ms)
{
	r->outlets[outlet].lag_ms = ms;
}

void
relay_open_outlet(struct relay *r, int outlet, int fd, bool resume)
{
	struct relay_outlet *o = &r->outlets[outlet];
	bool been_here = o->st.bytes > 0 && o->cursor > 0 && !o->seeking;

	relay_close_outlet(r, outlet);
	fd_nonblock(fd);
	o->fd = fd;
	o->open = o->seeking = true;
	o->recorder = resume;
	o->resumes = resume && been_here;
	o->opened = r->ring.head;
	o->broken = o->finishing = o->fed = o->waiting = o->lost = false;
	o->st.bytes = 0;
	o->last_ms = o->door_ms = 0;
	o->new_ms = o->given_ms = 0;
	ev_io_set(&o->io, fd, EV_WRITE);
	relay_pump(o);
}

void
relay_close_outlet(struct relay *r, int outlet)
{
	struct relay_outlet *o = &r->outlets[outlet];

	relay_shut(o);
	buf_clear(&o->own);
	o->open = false;
}

void
relay_forget_outlet(struct relay *r, int outlet)
{
	relay_close_outlet(r, outlet);
	relay_init_outlet(r, outlet);
}

void
relay_finish_outlet(struct relay *r, int outlet)
{
	struct relay_outlet *o = &r->outlets[outlet];

	if (o->fd == -1)
		return;
	o->finishing = true;
	o->end = r->ring.head;
	if (!o->waiting)
		relay_pump(o);
}

/* How far behind a cursor is; one that has none yet is not. */
static int64_t
relay_lag(const struct relay_outlet *o, int64_t now)
{
	const struct ring *ring = &o->relay->ring;

	if (o->fd == -1 || o->cursor >= ring->head || (o->seeking && !o->lost))
		return 0;
	return now - (o->lost ? o->lost_at_ms : ring_time(ring, o->cursor));
}

/* What is on air is frozen, and its outlets stand still for that. */
static bool
relay_is_frozen(const struct relay *r)
{
	return r->on_air != -1 && r->inlets[r->on_air].frozen;
}

void
relay_outlet_stats(struct relay *r, int outlet, struct relay_outlet_stats *st)
{
	const struct relay_outlet *o = &r->outlets[outlet];
	int64_t now = mono_ms();

	*st = o->st;
	st->open = o->open;
	st->lag_ms = relay_lag(o, now);
	st->given_ms = o->given_ms;
	if (o->waiting)
		st->given_ms += relay_given_since(o, now);
	st->supplied = o->waiting ||
	    (o->last_ms > 0 && now - o->last_ms <= RELAY_PAUSE_MS &&
		!relay_is_frozen(o->relay));
}
