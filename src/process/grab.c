/* SPDX-License-Identifier: ISC */
/*
 * One run of a program for its output.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/secrets.h"
#include "base/util.h"
#include "process/grab.h"

#define GRAB_DEADLINE_S 20.0

static void
grab_close(struct grab *g)
{
	ev_timer_stop(g->loop, &g->deadline);
	if (g->fd != -1) {
		ev_io_stop(g->loop, &g->io);
		close(g->fd);
	}
	g->fd = -1;
	lines_close(&g->err);
}

/* Read what is there. False: its end, or more than was wanted. */
static bool
grab_read(struct grab *g)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(g->fd, chunk, sizeof(chunk))) > 0)
		if (buf_put(&g->data, chunk, (size_t)n) == -1)
			return false;
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

static void
grab_read_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct grab *g = io->data;

	if (!grab_read(g))
		ev_io_stop(loop, io);
}

static void
grab_deadline_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct grab *g = t->data;

	child_signal(&g->child, SIGKILL);
}

static void
grab_line(void *ctx, char *line)
{
	struct grab *g = ctx;

	free(g->said);
	g->said = secrets_line(line, LINES_MAX);
}

/* Tell the owner how it went. */
static void
grab_finish(struct grab *g, const char *why)
{
	uint8_t *data = NULL;
	size_t len = g->data.len;

	if (why == NULL && len >= g->min && len <= g->max)
		data = (uint8_t *)buf_steal(&g->data);
	else if (why == NULL)
		why = g->said != NULL ? g->said : "no picture came out";
	buf_clear(&g->data);
	g->done(g->ctx, data, len, data == NULL ? why : NULL);
}

static void
grab_exited(struct child *c, int status UNUSED)
{
	struct grab *g = c->ctx;

	grab_read(g);
	lines_finish(&g->err);
	grab_close(g);
	grab_finish(g,
	    child_failure(c) == NULL ? NULL
				     : child_error_text(child_failure(c)));
}

void
grab_init(struct grab *g, struct ev_loop *loop,
    void (*done)(void *ctx, uint8_t *data, size_t len, const char *why),
    void *ctx)
{
	*g = (struct grab){ .loop = loop, .fd = -1, .done = done, .ctx = ctx };
	g->child.exited = grab_exited;
	g->child.ctx = g;
	ev_init(&g->io, grab_read_cb);
	g->io.data = g;
	ev_timer_init(&g->deadline, grab_deadline_cb, GRAB_DEADLINE_S, 0.0);
	g->deadline.data = g;
	lines_init(&g->err, loop, grab_line, g);
}

/* Spawn with stdout and stderr on pipes. -1 with *e. */
static int
grab_spawn(
    struct grab *g, const struct strv *argv, int in, struct child_error *e)
{
	struct child_ends ends = { .in = in };
	int out[2], rc;

	if (pipe2(out, O_CLOEXEC) == -1) {
		*e = (struct child_error){ .stage = CHILD_STAGE_PIPE,
			.err = errno };
		return -1;
	}
	ends.out = out[1];
	rc = child_spawn_once(&g->child, argv, &ends, e);
	close(out[1]);
	if (rc == -1) {
		close(out[0]);
		return -1;
	}
	g->fd = out[0];
	lines_open(&g->err, ends.err);
	return 0;
}

static void
grab_run(
    struct grab *g, const struct strv *argv, int in, size_t min, size_t max)
{
	struct child_error e;

	grab_stop(g);
	free(g->said);
	g->said = NULL;
	g->min = min;
	g->max = max;
	buf_init(&g->data, max);
	if (grab_spawn(g, argv, in, &e) == -1) {
		grab_finish(g, child_error_text(&e));
		return;
	}
	fd_nonblock(g->fd);
	ev_io_set(&g->io, g->fd, EV_READ);
	ev_io_start(g->loop, &g->io);
	ev_timer_set(&g->deadline, GRAB_DEADLINE_S, 0.0);
	ev_timer_start(g->loop, &g->deadline);
}

void
grab_start(struct grab *g, const struct strv *argv, size_t want)
{
	grab_run(g, argv, -1, want, want);
}

void
grab_start_from(struct grab *g, const struct strv *argv, int in, size_t max)
{
	grab_run(g, argv, in, 1, max);
}

void
grab_stop(struct grab *g)
{
	child_end(&g->child);
	grab_close(g);
	buf_clear(&g->data);
	free(g->said);
	g->said = NULL;
}
