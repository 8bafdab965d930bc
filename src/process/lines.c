/* SPDX-License-Identifier: ISC */
/*
 * Pipe to lines. All pipes share one read buffer; each keeps only its
 * unfinished line, so a thousand quiet ones cost next to nothing.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/util.h"
#include "process/lines.h"
#include "process/pipes.h"

#define LINES_CHUNK  65536	   /* a pipe's usual capacity */
#define LINES_BUDGET (1024 * 1024) /* of one drain */

static char lines_chunk[LINES_CHUNK + 1];

/* Hand over one line, `len` bytes from `text` (which gets its NUL). */
static void
lines_emit(struct lines *l, char *text, size_t len)
{
	if (len > LINES_MAX)
		len = LINES_MAX;
	text[len] = '\0';
	if (len > 0)
		l->line(l->ctx, text);
}

/* A line that began in an earlier chunk ends here. */
static void
lines_emit_partial(struct lines *l, const char *text, size_t len)
{
	char *line;

	buf_put(&l->partial, text, len);
	len = l->partial.len;
	line = buf_steal(&l->partial);
	lines_emit(l, line, len);
	free(line);
}

/* Keep an unfinished line, up to the cap. */
static void
lines_keep(struct lines *l, const char *text, size_t len)
{
	size_t room = LINES_MAX - l->partial.len;

	buf_put(&l->partial, text, len < room ? len : room);
}

/* Cut `len` bytes of the chunk into lines. */
static void
lines_cut(struct lines *l, char *text, size_t len)
{
	while (len > 0) {
		size_t n = 0;

		while (n < len && text[n] != '\n' && text[n] != '\r' &&
		    text[n] != '\0')
			n++;
		if (n == len) {
			lines_keep(l, text, n);
			return;
		}
		if (l->partial.len > 0) {
			size_t room = LINES_MAX - l->partial.len;

			lines_emit_partial(l, text, n < room ? n : room);
		} else {
			lines_emit(l, text, n);
		}
		text += n + 1;
		len -= n + 1;
	}
}

/* One read: bytes got, 0: none now, -1: the end. */
static ssize_t
lines_read(struct lines *l)
{
	ssize_t n = pipes_read(l->fd, lines_chunk, LINES_CHUNK);

	if (n > 0)
		lines_cut(l, lines_chunk, (size_t)n);
	return n;
}

/* At the end the watcher must go: a closed pipe stays readable for ever. */
static void
lines_read_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	struct lines *l = io->data;

	if (lines_read(l) == -1)
		lines_close(l);
}

/* Arm the timer to the next whole multiple of the period. One that is nearly
 * reached counts as the current one: timers may be a little early on this
 * clock. */
static void
lines_arm(struct lines *l)
{
	double now = ev_now(l->loop);
	double past = now - l->period_s * (double)(int64_t)(now / l->period_s);
	double left = l->period_s - past;

	if (left < l->period_s / 8)
		left += l->period_s;
	ev_timer_stop(l->loop, &l->tick);
	ev_timer_set(&l->tick, left, 0.0);
	ev_timer_start(l->loop, &l->tick);
}

/* The callee may have had it watched again, and the end closes it. */
static void
lines_tick_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct lines *l = t->data;

	lines_poll(l);
	if (l->fd != -1 && l->period_s > 0)
		lines_arm(l);
}

void
lines_init(struct lines *l, struct ev_loop *loop,
    void (*line)(void *ctx, char *line), void *ctx)
{
	*l = (struct lines){ .loop = loop, .fd = -1, .line = line, .ctx = ctx };
	buf_init(&l->partial, LINES_MAX + 1);
	ev_init(&l->io, lines_read_cb);
	l->io.data = l;
	ev_init(&l->tick, lines_tick_cb);
	l->tick.data = l;
}

void
lines_open(struct lines *l, int fd)
{
	fs_nonblock(fd);
	l->fd = fd;
	l->period_s = 0;
	ev_io_set(&l->io, fd, EV_READ);
	ev_io_start(l->loop, &l->io);
}

void
lines_close(struct lines *l)
{
	if (l->fd == -1)
		return;
	ev_io_stop(l->loop, &l->io);
	ev_timer_stop(l->loop, &l->tick);
	close(l->fd);
	l->fd = -1;
	if (l->partial.len > 0)
		lines_emit_partial(l, "", 0);
	buf_clear(&l->partial);
}

void
lines_relax(struct lines *l, double period_s)
{
	if (l->fd == -1 || period_s == l->period_s)
		return;
	l->period_s = period_s;
	if (period_s > 0) {
		ev_io_stop(l->loop, &l->io);
		lines_arm(l);
	} else {
		ev_timer_stop(l->loop, &l->tick);
		ev_io_start(l->loop, &l->io);
	}
}

/* A read that does not fill the chunk has emptied the pipe. */
void
lines_poll(struct lines *l)
{
	size_t total = 0;
	ssize_t n;

	if (l->fd == -1)
		return;
	do {
		n = lines_read(l);
		total += LINES_CHUNK;
	} while (n == LINES_CHUNK && total < LINES_BUDGET);
	if (n == -1)
		lines_close(l);
}

void
lines_finish(struct lines *l)
{
	size_t total = 0;
	ssize_t n;

	while (l->fd != -1 && total < LINES_BUDGET && (n = lines_read(l)) > 0)
		total += (size_t)n;
	lines_close(l);
}
