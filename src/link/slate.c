/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "ffmpeg/ffjobs.h"
#include "link/slate.h"
#include "media/codecinfo.h"
#include "profile/profile.h"

#define SLATE_TURN_S	0.1
#define SLATE_AWAY_MS	250   /* without a frame, and */
#define SLATE_FRAMES	3     /* that many are missing: the source is away */
#define SLATE_DRAW_MS	5000  /* from one drawing to the next */
#define SLATE_AGAIN_MS	60000 /* to the next one when none could be made */
#define SLATE_FPS	25    /* when the source's rate is not known */
#define SLATE_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* --- drawing ------------------------------------------------------------ */

static void slate_draw(struct slate *s, const char *image);

/* Say once why the image cannot be used; draw a slate instead. */
static void
slate_refuse(struct slate *s, const char *why)
{
	char *text = s->imaged
	    ? xasprintf("the slate %s cannot be used: %s",
		  s->profile->fallback.slate, why)
	    : xasprintf("no slate is available while the source is away: "
			"%s",
		  why);

	if (!s->refused)
		s->host.notice(s->host.ctx, "slate", text);
	s->refused = true;
	free(text);
	if (s->imaged)
		slate_draw(s, NULL);
}

static void
slate_drawn(void *ctx, uint8_t *data, size_t len, const char *why)
{
	struct slate *s = ctx;

	if (data == NULL)
		slate_refuse(s, why);
	else if (!tsloop_load(&s->reel, data, len))
		slate_refuse(s, "ffmpeg produced no frames from it");
	else if (s->imaged || s->profile->fallback.slate == NULL)
		s->refused = false;
	free(data);
}

/* The source's frame rate, as it is most likely meant. */
static double
slate_fps(const struct slate *s)
{
	if (!(s->fps >= 1 && s->fps <= 120))
		return SLATE_FPS;
	return fabs(s->fps - round(s->fps)) < 0.4 ? round(s->fps) : s->fps;
}

/* Without a frame for so long, the source is away. */
static int64_t
slate_away_ms(const struct slate *s)
{
	int64_t ms = (int64_t)(SLATE_FRAMES * 1000 /
	    (s->fps > 0.1 ? s->fps : SLATE_FRAMES));

	return ms > SLATE_AWAY_MS ? ms : SLATE_AWAY_MS;
}

/* Have ffmpeg make it, of these traits, from a key frame. */
static void
slate_make(struct slate *s, const struct codecinfo *t, const uint8_t *key,
    size_t len, const char *image)
{
	struct strv argv = { 0 };
	int fd = fs_memfd("key", key, len);

	if (fd == -1) {
		slate_refuse(s, strerror(errno));
		return;
	}
	ffjobs_reel(&argv, s->ffmpeg->path, t, slate_fps(s), image);
	capture_start_from(&s->grab, &argv, fd, SLATE_BYTES_MAX);
	close(fd);
	strv_clear(&argv);
}

/* Make a slate like the stream on air, from the image if the profile has
 * one. */
static void
slate_draw(struct slate *s, const char *image)
{
	struct codecinfo traits;
	struct buf b;
	size_t len;

	buf_init(&b, SLATE_BYTES_MAX);
	relay_copy_key(s->relay, &b);
	len = b.len == 0
	    ? 0
	    : codecinfo_read(&traits, (uint8_t *)b.data + b.head, b.len);
	if (len > 0) {
		s->drawn = true;
		s->imaged = image != NULL && traits.has_sps;
		s->drawn_ms = mono_ms();
		if (traits.video != TS_CODEC_H264 &&
		    traits.video != TS_CODEC_H265)
			slate_refuse(
			    s, "it can only be made for H.264 and H.265");
		else
			slate_make(s, &traits, (const uint8_t *)buf_text(&b),
			    len, image);
	}
	buf_clear(&b);
}

/* --- deciding ----------------------------------------------------------- */

/* Bring it on air. */
static void
slate_begin(struct slate *s)
{
	s->on = true;
	tsloop_play(&s->reel);
	relay_select(s->relay, s->inlet);
	s->host.changed(s->host.ctx);
}

/* A source has it again. */
static void
slate_end(struct slate *s)
{
	s->on = s->drawn = false;
	tsloop_stop(&s->reel);
	if (s->stale)
		slate_forget(s);
	relay_select(s->relay, s->source);
	s->host.changed(s->host.ctx);
}

/* While the source is on air. */
static void
slate_watch(struct slate *s, int64_t away)
{
	bool gone = away >= slate_away_ms(s);
	bool loaded = tsloop_is_loaded(&s->reel);
	bool failed = !loaded && s->refused;
	bool due = mono_ms() - s->drawn_ms >=
	    (failed ? SLATE_AGAIN_MS : SLATE_DRAW_MS);

	if (failed || (!gone && loaded))
		s->drawn = false;
	if (!s->drawn && due && (gone || !loaded))
		slate_draw(s, s->profile->fallback.slate);
	if (gone && loaded && away >= s->profile->fallback.slate_after &&
	    away >= profile_frames_ms(s->profile, SLATE_FRAMES))
		slate_begin(s);
}

/* While the slate is: the source takes over at its next key frame. (If that is
 * all that comes, it is away again soon.) A slate that is selected and not yet
 * on air has only begun: a late loop may run this before the reel's timer. */
static void
slate_wait(struct slate *s)
{
	if (relay_on_air(s->relay) == s->inlet) {
		if (s->source != -1)
			relay_select(s->relay, s->source);
	} else if (relay_selected(s->relay) != s->inlet) {
		slate_end(s);
	}
}

static void
slate_timer_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct slate *s = t->data;
	struct relay_inlet_stats st = { .silent_ms = -1 };
	int64_t now = mono_ms();

	if (s->source != -1)
		relay_inlet_stats(s->relay, s->source, &st);
	if (st.silent_ms >= 0)
		s->heard_ms = now - st.silent_ms;
	if (st.stamp_fps > 0 || st.fps > 0)
		s->fps = st.stamp_fps > 0 ? st.stamp_fps : st.fps;
	if (s->heard_ms == 0)
		return; /* no source yet */
	if (s->on)
		slate_wait(s);
	else
		slate_watch(s, now - s->heard_ms);
}

/* --- public ------------------------------------------------------------- */

struct slate *
slate_new(struct ev_loop *loop, struct relay *relay, int inlet,
    const struct profile *p, const struct probe *ffmpeg,
    const struct slate_host *host)
{
	struct slate *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	s->relay = relay;
	s->inlet = inlet;
	s->profile = p;
	s->ffmpeg = ffmpeg;
	s->host = *host;
	s->source = -1;
	tsloop_init(&s->reel, loop, relay, inlet);
	capture_init(&s->grab, loop, slate_drawn, s);
	ev_timer_init(&s->timer, slate_timer_cb, SLATE_TURN_S, SLATE_TURN_S);
	s->timer.data = s;
	ev_timer_start(loop, &s->timer);
	return s;
}

void
slate_free(struct slate *s)
{
	if (s == NULL)
		return;
	ev_timer_stop(s->loop, &s->timer);
	capture_stop(&s->grab);
	tsloop_clear(&s->reel);
	free(s);
}

void
slate_set_profile(struct slate *s, const struct profile *p)
{
	if (!util_streq(p->fallback.slate, s->profile->fallback.slate))
		s->drawn = s->refused = false;
	s->profile = p;
}

void
slate_set_source(struct slate *s, int inlet)
{
	s->source = inlet;
	/* its key frame may be the very next packet; without one the slate
	 * stays */
	relay_select(s->relay, s->on && inlet == -1 ? s->inlet : inlet);
}

void
slate_forget(struct slate *s)
{
	s->stale = s->on;
	if (s->on)
		return; /* it is played on, but not again */
	capture_stop(&s->grab);
	tsloop_clear(&s->reel);
	s->drawn = false;
	s->drawn_ms = 0;
}

void
slate_stop(struct slate *s)
{
	capture_stop(&s->grab);
	tsloop_stop(&s->reel);
	s->on = s->drawn = false;
	s->heard_ms = 0;
	relay_select(s->relay, s->source);
}

bool
slate_is_on_air(const struct slate *s)
{
	return s->on;
}

int64_t
slate_absence_ms(const struct slate *s)
{
	return s->heard_ms == 0 ? -1 : mono_ms() - s->heard_ms;
}
