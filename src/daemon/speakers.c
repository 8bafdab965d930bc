/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/secrets.h"
#include "base/util.h"
#include "daemon/fleet.h"
#include "daemon/saying.h"
#include "daemon/speakers.h"

/* Lines taken from a client in a turn, and the pause after them: 400 a second,
 * a frame's time for all clients together. */
#define SPEAKERS_TURN	 8
#define SPEAKERS_PAUSE_S 0.02

/* Patterns of `block` may take long for a text: this much ends a turn, and the
 * pause is so many times what the turn took. */
#define SPEAKERS_TURN_NS (4 * 1000000)
#define SPEAKERS_SHARE	 3

/* Bytes that a client may leave unread. */
#define SPEAKERS_UNREAD_MAX (64 * 1024)

#define SPEAKERS_CHUNK 4096 /* bytes of a read */

/* A comment without a verdict. */
struct speaker_line {
	struct comments_waiter waiter;
	struct speaker *by;
	uint64_t number;
	TAILQ_ENTRY(speaker_line) entry;
};

TAILQ_HEAD(speaker_lines, speaker_line);

struct speaker {
	struct speakers *all;
	char *stream, *id; /* owned */
	int fd;
	ev_io io;
	int watched;
	ev_timer pause;
	struct buf in, out;
	bool eof;	/* it sends no more, but waits for verdicts */
	uint64_t lines; /* numbers of lines begin at 1 */
	struct speaker_lines open;
	TAILQ_ENTRY(speaker) entry;
};

static void
speakers_forget(struct speaker_line *l)
{
	comments_leave(&l->waiter);
	TAILQ_REMOVE(&l->by->open, l, entry);
	free(l);
}

static void
speakers_drop(struct speaker *s)
{
	struct speakers *all = s->all;
	struct speaker_line *l;

	while ((l = TAILQ_FIRST(&s->open)) != NULL)
		speakers_forget(l);
	ev_io_stop(all->loop, &s->io);
	ev_timer_stop(all->loop, &s->pause);
	close(s->fd);
	TAILQ_REMOVE(&all->list, s, entry);
	all->n--;
	buf_clear(&s->in);
	buf_clear(&s->out);
	free(s->stream);
	free(s->id);
	free(s);
}

/* --- writing ------------------------------------------------------------- */

/* Whether the client has nothing more to send or receive. */
static bool
speakers_is_done(const struct speaker *s)
{
	return s->eof && s->out.len == 0 && s->in.len == 0 &&
	    TAILQ_EMPTY(&s->open);
}

/* Watch for the events that the pending work needs. */
static void
speakers_watch(struct speaker *s)
{
	bool pauses = ev_is_active(&s->pause);
	bool reads = !s->eof && !pauses && s->out.len < SPEAKERS_UNREAD_MAX;
	int want = (reads ? EV_READ : 0) | (s->out.len > 0 ? EV_WRITE : 0);

	if (want == s->watched)
		return;
	ev_io_stop(s->all->loop, &s->io);
	ev_io_set(&s->io, s->fd, want);
	if (want != 0)
		ev_io_start(s->all->loop, &s->io);
	s->watched = want;
}

/* {"n":1,"outcome":"shown"}, or with an error. */
static void
speakers_tell(
    struct speaker *s, uint64_t number, const char *outcome, const char *error)
{
	struct jsonw j;

	jsonw_init(&j, &s->out);
	j.mask = secrets_text;
	jsonw_object(&j, NULL);
	jsonw_int(&j, "n", (int64_t)number);
	if (outcome != NULL)
		jsonw_word(&j, "outcome", outcome);
	if (error != NULL)
		jsonw_str(&j, "error", error);
	jsonw_object_end(&j);
	buf_puts(&s->out, "\n");
}

/* Called by danmaku in the midst of its work: only note the verdict. */
static void
speakers_told(struct comments_waiter *w, enum danmaku_word word)
{
	struct speaker_line *l = w->ctx;
	struct speaker *s = l->by;

	if (word == DANMAKU_WAITS)
		return;
	speakers_tell(s, l->number, danmaku_words[word], NULL);
	speakers_forget(l);
	speakers_watch(s);
}

/* --- reading ------------------------------------------------------------- */

/* The client's overlay. -1 with *why: it takes no comments now. */
static int
speakers_find(const struct speaker *s, struct saying_place *at, char **why)
{
	struct stream *stream = fleet_find(s->all->fleet, s->stream);

	if (stream == NULL)
		*why =
		    xasprintf("there is no stream \"%s\" any more", s->stream);
	else if (saying_find(s->all->fleet, stream, s->id, at, why) == 0)
		*why = saying_obstacle(stream, at);
	return *why == NULL ? 0 : -1;
}

/* Say one comment. */
static void
speakers_say(struct speaker *s, const cJSON *root)
{
	struct speaker_line *l = xcalloc(1, sizeof(*l));
	struct saying saying;
	enum danmaku_word word;
	char *why = NULL;
	struct saying_place at;
	int found = speakers_find(s, &at, &why);

	*l = (struct speaker_line){ .by = s, .number = s->lines };
	l->waiter.told = speakers_told;
	l->waiter.ctx = l;
	TAILQ_INSERT_TAIL(&s->open, l, entry);
	saying_read(&saying, root);
	if (found == -1 ||
	    saying_say(&at, &saying, &l->waiter, &word, &why) == -1)
		speakers_tell(s, s->lines, NULL, why);
	else if (l->waiter.of != NULL)
		return; /* the verdict comes later */
	else
		speakers_tell(s, s->lines, danmaku_words[word], NULL);
	speakers_forget(l);
	free(why);
}

static void
speakers_take_line(struct speaker *s, const char *line, size_t len)
{
	cJSON *root = cJSON_ParseWithLength(line, len);

	s->lines++;
	if (cJSON_IsObject(root))
		speakers_say(s, root);
	else
		speakers_tell(s, s->lines, NULL,
		    "a line is a JSON object, such as {\"text\":\"hello\"}");
	cJSON_Delete(root);
}

/* Take no input for a while, after a turn of that many nanoseconds. */
static void
speakers_rest(struct speaker *s, int64_t took)
{
	double pause = SPEAKERS_SHARE * (double)took / 1e9;

	ev_now_update(s->all->loop); /* the pause begins now */
	ev_timer_set(&s->pause,
	    pause > SPEAKERS_PAUSE_S ? pause : SPEAKERS_PAUSE_S, 0.0);
	ev_timer_start(s->all->loop, &s->pause);
}

/* Take the input, a part of it if it is large. */
static void
speakers_go_on(struct speaker *s)
{
	int64_t begin = mono_ns(), took = 0;
	int n = 0;
	char *end;

	while (n < SPEAKERS_TURN && took < SPEAKERS_TURN_NS &&
	    s->out.len < SPEAKERS_UNREAD_MAX &&
	    (end = memchr(buf_text(&s->in), '\n', s->in.len)) != NULL) {
		size_t len = (size_t)(end - buf_text(&s->in));

		if (len > 0)
			speakers_take_line(s, buf_text(&s->in), len);
		buf_consume(&s->in, len + 1);
		n++;
		took = mono_ns() - begin;
	}
	if (n == SPEAKERS_TURN || took >= SPEAKERS_TURN_NS)
		speakers_rest(s, took);
	if (s->eof && !ev_is_active(&s->pause) &&
	    memchr(buf_text(&s->in), '\n', s->in.len) == NULL)
		buf_consume(&s->in, s->in.len); /* a line without an end */
	if (speakers_is_done(s))
		speakers_drop(s);
	else
		speakers_watch(s);
}

static void
speakers_pause_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	speakers_go_on(t->data);
}

/* Write the pending output. False: the client is gone. */
static bool
speakers_flush(struct speaker *s)
{
	ssize_t n = write(s->fd, buf_text(&s->out), s->out.len);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n == -1) {
		speakers_drop(s);
		return false;
	}
	buf_consume(&s->out, (size_t)n);
	return true;
}

static void
speakers_io_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents)
{
	struct speaker *s = io->data;
	char chunk[SPEAKERS_CHUNK];
	ssize_t n;

	if ((revents & EV_WRITE) && !speakers_flush(s))
		return;
	if (revents & EV_READ) {
		n = read(s->fd, chunk, sizeof(chunk));
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1 ||
		    (n > 0 && buf_put(&s->in, chunk, (size_t)n) == -1)) {
			speakers_drop(s); /* a line without an end */
			return;
		}
		s->eof = n == 0;
		if (s->eof && s->in.len > 0)
			buf_puts(&s->in, "\n");
	}
	if (!ev_is_active(&s->pause))
		speakers_go_on(s);
	else
		speakers_watch(s);
}

/* --- public -------------------------------------------------------------- */

void
speakers_init(struct speakers *all, struct ev_loop *loop, struct fleet *fleet)
{
	*all = (struct speakers){ .loop = loop, .fleet = fleet };
	TAILQ_INIT(&all->list);
}

void
speakers_clear(struct speakers *all)
{
	struct speaker *s;

	while ((s = TAILQ_FIRST(&all->list)) != NULL)
		speakers_drop(s);
}

void
speakers_add(struct speakers *all, const struct speakers_start *start)
{
	struct speaker *s = xcalloc(1, sizeof(*s));

	s->all = all;
	s->stream = xstrdup(start->stream);
	s->id = xstrdup(start->id);
	s->fd = start->fd;
	buf_init(&s->in, SPEAKERS_LINE_MAX + SPEAKERS_CHUNK);
	buf_init(&s->out, 0);
	buf_put(&s->in, start->in, start->in_len);
	buf_put(&s->out, start->out, start->out_len);
	TAILQ_INIT(&s->open);
	ev_io_init(&s->io, speakers_io_cb, s->fd, 0);
	s->io.data = s;
	ev_init(&s->pause, speakers_pause_cb);
	s->pause.data = s;
	TAILQ_INSERT_TAIL(&all->list, s, entry);
	all->n++;
	speakers_go_on(s);
}
