/* SPDX-License-Identifier: ISC */
/*
 * Inlets into the stream on air: which packets go out, with which stamps. The
 * outlets are in outlet.c, the ring and tables between them in onair.c.
 */
#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/meter.h"
#include "base/util.h"
#include "link/onair.h"
#include "link/outlet.h"
#include "link/relay.h"
#include "media/stampcheck.h"
#include "media/tsinsert.h"
#include "process/pipes.h"

#define RELAY_CHUNK  65536	   /* of one read */
#define RELAY_BUDGET (1024 * 1024) /* of one wake-up */
#define RELAY_PIPE   (256 * 1024)  /* of an inlet */

/* A stamp that is so far from the last one, and from the clock, is astray. */
#define RELAY_ASTRAY ((int64_t)10 * TS_HZ)

struct relay_inlet {
	struct relay *relay;
	int index, fd; /* fd owned; -1: at its end, or closed */
	bool open;
	ev_io io;
	size_t pipe_size;
	struct ts ts;
	struct tsinsert insert; /* between `ts` and relay_packet() */
	uint64_t tables;	/* their contents, for comparing */
	uint16_t adts;		/* parameters of its sound */
	bool alien;	  /* its frames are not of the codec in its tables */
	bool heard, mute; /* sound came; none did, though it is announced */
	int64_t began_ms; /* on air, for the first time in this run */
	bool begun;	  /* this run is on air */
	int64_t raw, out; /* newest stamp of the run, as it came and as sent */
	struct meter fps, bytes;
	struct stampcheck stamps; /* of its frames */
	uint64_t frame;		  /* where the newest begins in the ring */
	uint64_t n_bytes, frames;
	int64_t key_ms, gop_ms;
};

struct relay {
	struct ev_loop *loop;
	struct relay_opts opts; /* its name is owned */
	struct onair air;
	int selected, on_air;
	uint64_t turn; /* where the frame begins that is reported now, or 0 */
	struct tsinsert_queue messages; /* for the inlet on air */
	struct relay_inlet inlets[RELAY_INLETS];
	struct outlet_host host;
	struct outlet *outlets[RELAY_OUTLETS]; /* owned */
};

static uint8_t relay_chunk[RELAY_CHUNK];

/* --- onto the air ------------------------------------------------------- */

/* Let go of outlets whose bytes the ring will overwrite; for one that is not
 * late it grows, while it can. */
static void
relay_make_room(struct relay *r)
{
	struct ring *ring = &r->air.ring;
	uint64_t tail = ring_next_tail(ring);

	if (tail == ring->tail)
		return;
	for (int i = 0; i < RELAY_OUTLETS; i++) {
		struct outlet *o = r->outlets[i];

		if (!outlet_is_before(o, tail))
			continue;
		if (!outlet_is_late(o, r->air.last_ms) && ring_grow(ring))
			return;
		outlet_skip(o);
	}
}

static void
relay_append(struct relay *r, struct onair_pid *p, uint8_t *pkt,
    const struct ring_mark *mark)
{
	relay_make_room(r);
	onair_append(&r->air, p, pkt, mark);
}

/* A stamp in seconds, for debug lines. */
static double
relay_seconds(int64_t stamp)
{
	return (double)stamp / TS_HZ;
}

/* The contents of the tables as one number, for comparing. */
static uint64_t
relay_tables(const struct ts *t)
{
	uint64_t sum = t->pmt_pid;

	for (size_t i = 0; i < t->n_streams; i++)
		sum = sum * 1000003 + t->streams[i].pid * N_TS_CODECS +
		    t->streams[i].codec;
	return sum;
}

/* The tables that outlets are to begin with from now on. */
static void
relay_keep_tables(struct relay *r, const struct relay_inlet *in)
{
	uint64_t sum = relay_tables(&in->ts) + in->mute;

	if (sum != r->air.tables)
		log_debug(
		    "%s: relay: tables of inlet %d are sent%s, new outlets are "
		    "given nothing from before",
		    r->opts.name, in->index, in->mute ? ", without audio" : "");
	onair_set_tables(&r->air, &in->ts, sum, in->mute);
}

/* A table of a run, as outlets are to see it. */
static void
relay_put_table(struct relay *r, const uint8_t *table)
{
	uint8_t pkt[TS_PACKET];

	memcpy(pkt, table, TS_PACKET);
	relay_append(r, onair_pid(&r->air, ts_pid(table)), pkt, NULL);
}

/* None of its sound is held any more: find out again whether any comes. */
static void
relay_doubt(struct relay_inlet *in)
{
	if (in->mute || in->relay->air.sound.n > 0)
		return;
	in->heard = false;
	in->began_ms = in->relay->air.last_ms;
}

/* A run comes on air with this key frame: its stamps go on where the stream
 * is, by the clock, never before a stamp that was sent. */
static void
relay_begin(struct relay_inlet *in, const struct ts_info *info)
{
	struct relay *r = in->relay;

	in->raw = info->dts;
	in->out = onair_clock(&r->air);
	if (in->out < r->air.newest + TS_STEP)
		in->out = r->air.newest + TS_STEP;
	in->begun = true;
	log_debug(
	    "%s: relay: inlet %d goes on air with a key frame (before: %d), "
	    "stamp %.3f is sent as %.3f",
	    r->opts.name, in->index, r->on_air, relay_seconds(info->dts),
	    relay_seconds(in->out));
	r->on_air = in->index;
	r->air.stamps = &in->stamps;
	for (size_t i = 0; i < in->ts.n_streams; i++) /* until a PES begins */
		onair_pid(&r->air, in->ts.streams[i].pid)->dropping = true;
	relay_keep_tables(r, in);
	if (in->began_ms == 0)
		in->began_ms = r->air.last_ms;
	else
		relay_doubt(in);
	relay_put_table(r, r->air.pat);
	relay_put_table(r, r->air.pmt);
	if (r->opts.aired != NULL)
		r->opts.aired(r->opts.ctx, in->index);
}

/* A stamp of the run as it is sent, linear. */
static int64_t
relay_out(const struct relay_inlet *in, int64_t stamp)
{
	return in->out + ts_diff(stamp, in->raw);
}

/* Whether a stamp is unusable: it goes back, or is far from the video's. */
static bool
relay_is_astray(
    const struct relay_inlet *in, const struct onair_pid *p, int64_t out)
{
	return out <= p->out || in->out - out > RELAY_ASTRAY ||
	    (out - in->out > RELAY_ASTRAY &&
		out - onair_clock(&in->relay->air) > RELAY_ASTRAY);
}

/* Whether it belongs to the video, or to the sound of a stream without. */
static bool
relay_leads(const struct relay_inlet *in, const struct ts_info *info)
{
	return info->video == (ts_video(&in->ts) != -1);
}

/* Say so, but of sound once only. */
static void
relay_tell_astray(const struct relay_inlet *in, const struct onair_pid *p,
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
				    : "restarted with the next key frame");
}

/*
 * The beginning of a PES packet: its place in time. False: it is not sent.
 * Sound that is astray is left out; when frames are, or the sound of a stream
 * without video, the run must begin again at the next key frame.
 */
static bool
relay_place(
    struct relay_inlet *in, struct onair_pid *p, const struct ts_info *info)
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
	if (out > r->air.newest)
		r->air.newest = out;
	if (leads) {
		in->raw = info->dts;
		in->out = out;
	}
	return true;
}

/* A packet of the inlet on air. */
static void
relay_pass(struct relay_inlet *in, uint8_t *pkt, const struct ts_info *info)
{
	struct relay *r = in->relay;
	struct onair_pid *p = onair_pid(&r->air, info->pid);
	struct ring_mark mark = { .at_ms = r->air.last_ms, .key = info->key };

	if ((info->pat || info->pmt) && ts_is_ready(&in->ts))
		relay_keep_tables(r, in);
	if (info->pmt && in->mute && ts_is_ready(&in->ts))
		memcpy(pkt, r->air.pmt, TS_PACKET);
	if (info->start)
		p->dropping = !relay_place(in, p, info);
	if (info->start && relay_leads(in, info))
		in->frame = r->air.ring.head;
	if (p->dropping || !in->begun)
		return;
	ts_shift(pkt, info, in->out - in->raw);
	if (info->pid == r->air.sound_pid)
		onair_note_sound(&r->air, pkt, info->start);
	relay_append(r, p, pkt, info->start ? &mark : NULL);
	if (info->start && in->stamps.stuck == 0 && relay_leads(in, info))
		r->air.fresh = r->air.ring.head;
}

/* --- inlets ------------------------------------------------------------- */

/* The frames of an inlet do not go on any more, or do again. */
static void
relay_tell_pace(const struct relay_inlet *in, int64_t now)
{
	if (!in->stamps.frozen)
		log_debug("%s: relay: inlet %d: its time stamps advance again",
		    in->relay->opts.name, in->index);
	else
		log_debug("%s: relay: inlet %d: time stamps have not "
			  "advanced for %lld ms and %u frames: dropped",
		    in->relay->opts.name, in->index,
		    (long long)(now - in->stamps.last_ms), in->stamps.stuck);
}

/* A frame (of sound, in a stream without video) came. */
static void
relay_note_frame(struct relay_inlet *in, const struct ts_info *info)
{
	int64_t now = in->relay->air.last_ms;
	bool frozen = in->stamps.frozen;

	in->frames++;
	stampcheck_note(&in->stamps, info->dts, (int64_t)in->frames, now);
	if (in->stamps.frozen != frozen)
		relay_tell_pace(in, now);
	if (in->stamps.frozen)
		in->begun = false;
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

	if (r->selected == -1 || in->stamps.frozen || in->alien)
		return false;
	if (mine && info->key && info->dts != -1 && ts_is_ready(&in->ts) &&
	    (!in->begun || r->on_air != in->index))
		relay_begin(in, info);
	if (r->on_air != in->index || !in->begun)
		return false;
	return info->pat || info->pmt || info->stream != -1 ||
	    (info->has_pcr && info->pid == in->ts.pcr_pid);
}

/* Whether it is known now if the announced sound comes. Sound that never came
 * is left out of the tables: an ffmpeg would wait for it in vain. */
static bool
relay_listen(struct relay_inlet *in, const struct ts_info *info)
{
	const struct relay *r = in->relay;
	bool heard = in->heard, mute = in->mute;

	in->heard = heard ||
	    (info->start && !info->video && info->stream == ts_audio(&in->ts));
	in->mute = !in->heard && r->opts.sound_ms > 0 && in->began_ms > 0 &&
	    ts_video(&in->ts) != -1 && ts_audio(&in->ts) != -1 &&
	    r->air.last_ms - in->began_ms >= r->opts.sound_ms;
	if (heard == in->heard && mute == in->mute)
		return false;
	log_debug("%s: relay: inlet %d: %s", r->opts.name, in->index,
	    in->heard ? "sound comes"
		      : "audio is announced but does not come, the "
			"tables are sent without it");
	return true;
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

/* The frames of a run differ from its tables. Its first packets may be in the
 * ring before that is known: no outlet begins with them. */
static void
relay_leave(struct relay_inlet *in)
{
	if (in->begun && in->relay->on_air == in->index)
		in->relay->air.cut = in->relay->air.ring.head;
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
		    in->alien ? "of the announced codec again"
			      : "not of the announced codec: dropped");
	in->alien = ts_is_alien(&in->ts);
	if (in->alien)
		relay_leave(in);
	else if (info->start && relay_leads(in, info))
		relay_note_frame(in, info);
	if (info->look && !info->start && in->begun && r->on_air == in->index)
		r->turn = in->frame;
	if ((info->pmt || info->start || info->look) && relay_is_news(in, info))
		r->opts.tables(r->opts.ctx, in->index);
	r->turn = 0;
	if (relay_admits(in, info))
		relay_pass(in, pkt, info);
}

/* Whether it is on air and stays there. */
static bool
relay_takes_messages(const struct relay_inlet *in)
{
	const struct relay *r = in->relay;

	return in->open && in->begun && r->on_air == in->index &&
	    r->selected == in->index;
}

/* A packet of a run, as it came. */
static void
relay_came(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct relay_inlet *in = ctx;
	bool takes = relay_takes_messages(in);

	tsinsert_feed(
	    &in->insert, takes ? &in->relay->messages : NULL, pkt, info);
}

/* The upstream is at its end: its numbers stay until it is closed. */
static void
relay_end_inlet(struct relay_inlet *in)
{
	pipes_close(in->relay->loop, &in->io, &in->fd, in->pipe_size);
	tsinsert_flush(&in->insert);
}

/* New packets are on air. */
static void
relay_serve(struct relay *r)
{
	int64_t now = mono_ms();

	for (int i = 0; i < RELAY_OUTLETS; i++)
		outlet_serve(r->outlets[i], now);
}

/* Bytes of a run have come. */
static void
relay_take(struct relay_inlet *in, uint8_t *data, size_t len)
{
	struct relay *r = in->relay;

	r->air.last_ms = mono_ms();
	in->n_bytes += len;
	meter_add_n(&in->bytes, r->air.last_ms, (unsigned)len);
	ts_feed(&in->ts, data, len);
	relay_serve(r);
}

/* One read: bytes, 0: nothing now, -1: the end. */
static ssize_t
relay_read(struct relay_inlet *in)
{
	ssize_t n = pipes_read(in->fd, relay_chunk, sizeof(relay_chunk));

	if (n > 0)
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

/* --- public ------------------------------------------------------------- */

struct relay *
relay_new(struct ev_loop *loop, const struct relay_opts *opts)
{
	struct relay *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	r->opts = *opts;
	r->opts.name = xstrdup(opts->name != NULL ? opts->name : "");
	r->selected = r->on_air = -1;
	onair_init(&r->air, opts->ring_max);
	tsinsert_queue_init(&r->messages);
	for (int i = 0; i < RELAY_INLETS; i++) {
		r->inlets[i] =
		    (struct relay_inlet){ .relay = r, .index = i, .fd = -1 };
		ev_init(&r->inlets[i].io, relay_read_cb);
		r->inlets[i].io.data = &r->inlets[i];
	}
	r->host = (struct outlet_host){
		.name = r->opts.name,
		.loop = loop,
		.air = &r->air,
		.lag_ms = opts->lag_ms,
		.sound_ms = opts->sound_ms,
		.fed = opts->fed,
		.ctx = opts->ctx,
	};
	for (int i = 0; i < RELAY_OUTLETS; i++)
		r->outlets[i] = outlet_new(&r->host, i);
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
		outlet_free(r->outlets[i]);
	onair_clear(&r->air);
	tsinsert_queue_clear(&r->messages);
	free((char *)r->opts.name);
	free(r);
}

void
relay_open_inlet(struct relay *r, int inlet, int fd)
{
	struct relay_inlet *in = &r->inlets[inlet];

	relay_close_inlet(r, inlet);
	in->open = true;
	ts_init(&in->ts, relay_came, in);
	tsinsert_init(&in->insert, &in->ts, relay_packet, in);
	if (fd == -1)
		return;
	fs_nonblock(fd);
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
	/* its last output; a descendant may write for ever */
	while (in->fd != -1 && total < RELAY_BUDGET && (n = relay_read(in)) > 0)
		total += (size_t)n;
	relay_end_inlet(in);
	tsinsert_clear(&in->insert);
	in->open = in->begun = in->heard = in->mute = false;
	in->alien = false;
	in->began_ms = 0;
	in->tables = in->adts = 0;
	stampcheck_reset(&in->stamps);
	in->n_bytes = in->frames = 0;
	in->ts.packets = in->ts.garbage = in->ts.breaks = 0;
	in->key_ms = in->gop_ms = 0;
	meter_reset(&in->fps);
	meter_reset(&in->bytes);
}

void
relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len)
{
	relay_take(&r->inlets[inlet], data, len);
}

struct tsinsert_queue *
relay_messages(struct relay *r)
{
	return &r->messages;
}

enum ts_codec
relay_codec(const struct relay *r)
{
	const struct relay_inlet *in =
	    r->on_air == -1 ? NULL : &r->inlets[r->on_air];
	int video =
	    in == NULL || !relay_takes_messages(in) ? -1 : ts_video(&in->ts);

	return video == -1 ? TS_CODEC_OTHER : in->ts.streams[video].codec;
}

void
relay_select(struct relay *r, int inlet)
{
	if (inlet != r->selected)
		log_debug("%s: relay: inlet %d should be on air", r->opts.name,
		    inlet);
	r->selected = inlet;
	if (inlet == -1 && r->on_air != -1) /* later packets are missing */
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
	log_debug("%s: relay: new outlets are given nothing from before",
	    r->opts.name);
	r->air.cut = r->turn > 0 ? r->turn : r->air.ring.head;
	joinsound_forget(&r->air.sound);
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
	onair_copy_key(&r->air, out);
}

int64_t
relay_silent_ms(const struct relay *r)
{
	int64_t last = ring_time(&r->air.ring, r->air.ring.head);

	return last == 0 ? -1 : mono_ms() - last;
}

void
relay_inlet_stats(struct relay *r, int inlet, struct relay_inlet_stats *st)
{
	struct relay_inlet *in = &r->inlets[inlet];
	int64_t now = mono_ms();
	double bytes = meter_rate(&in->bytes, now);
	double paced = stampcheck_fps(&in->stamps, (int64_t)in->frames);
	/* a burst at the connect says nothing about the rate */
	bool stamped = paced > 0 && !meter_is_full(&in->fps, now);

	*st = (struct relay_inlet_stats){
		.open = in->open,
		.on_air = in->begun && r->on_air == inlet,
		.bytes = in->n_bytes,
		.packets = in->ts.packets,
		.frames = in->frames,
		.garbage = in->ts.garbage,
		.breaks = in->ts.breaks,
		.silent_ms =
		    in->stamps.last_ms == 0 ? -1 : now - in->stamps.last_ms,
		.heard = in->heard || r->opts.sound_ms == 0,
		.mute = in->mute,
		.alien = in->alien,
		.frozen_since_ms = in->stamps.frozen ? in->stamps.last_ms : 0,
		.fps = stamped ? paced : meter_rate(&in->fps, now),
		.stamp_fps = paced,
		.kbps = bytes < 0 ? -1 : bytes * 8 / 1000,
		.gop_ms = in->gop_ms == 0 ? -1 : in->gop_ms,
		.ts = in->open ? &in->ts : NULL,
	};
}

void
relay_set_lag(struct relay *r, int outlet, int64_t ms)
{
	outlet_set_lag(r->outlets[outlet], ms);
}

void
relay_open_outlet(struct relay *r, int outlet, int fd, bool resume)
{
	outlet_open(r->outlets[outlet], fd, resume);
}

void
relay_close_outlet(struct relay *r, int outlet)
{
	outlet_close(r->outlets[outlet]);
}

void
relay_forget_outlet(struct relay *r, int outlet)
{
	outlet_forget(r->outlets[outlet]);
}

void
relay_finish_outlet(struct relay *r, int outlet)
{
	outlet_finish(r->outlets[outlet]);
}

void
relay_outlet_stats(struct relay *r, int outlet, struct outlet_stats *st)
{
	outlet_stats(r->outlets[outlet], st);
}
