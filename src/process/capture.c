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
#include "process/capture.h"

#define CAPTURE_DEADLINE_S 20.0

static void
capture_close(struct capture *g)
{
	ev_timer_stop(g->loop, &g->deadline);
	if (g->fd != -1) {
		ev_io_stop(g->loop, &g->io);
		close(g->fd);
	}
	g->fd = -1;
	lines_close(&g->err);
}

/* Read the available bytes. False: its end, or more than wanted. */
static bool
capture_read(struct capture *g)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(g->fd, chunk, sizeof(chunk))) > 0)
		if (buf_put(&g->data, chunk, (size_t)n) == -1)
			return false;
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

static void
capture_read_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct capture *g = io->data;

	if (!capture_read(g))
		ev_io_stop(loop, io);
}

static void
capture_deadline_cb(
    struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct capture *g = t->data;

	child_signal(&g->child, SIGKILL);
}

static void
capture_line(void *ctx, char *line)
{
	struct capture *g = ctx;

	free(g->said);
	g->said = secrets_line(line, LINES_MAX);
}

/* Report the result to the owner. */
static void
capture_finish(struct capture *g, const char *why)
{
	uint8_t *data = NULL;
	size_t len = g->data.len;

	if (why == NULL && len >= g->min && len <= g->max)
		data = (uint8_t *)buf_steal(&g->data);
	else if (why == NULL)
		why = g->said != NULL ? g->said : "no frame was produced";
	buf_clear(&g->data);
	g->done(g->ctx, data, len, data == NULL ? why : NULL);
}

static void
capture_exited(struct child *c, int status UNUSED)
{
	struct capture *g = c->ctx;

	capture_read(g);
	lines_finish(&g->err);
	capture_close(g);
	capture_finish(g,
	    child_failure(c) == NULL ? NULL
				     : child_error_text(child_failure(c)));
}

void
capture_init(struct capture *g, struct ev_loop *loop,
    void (*done)(void *ctx, uint8_t *data, size_t len, const char *why),
    void *ctx)
{
	*g = (struct capture){
		.loop = loop, .fd = -1, .done = done, .ctx = ctx
	};
	g->child.exited = capture_exited;
	g->child.ctx = g;
	ev_init(&g->io, capture_read_cb);
	g->io.data = g;
	ev_timer_init(
	    &g->deadline, capture_deadline_cb, CAPTURE_DEADLINE_S, 0.0);
	g->deadline.data = g;
	lines_init(&g->err, loop, capture_line, g);
}

/* Spawn with stdout and stderr on pipes. -1 with *e. */
static int
capture_spawn(
    struct capture *g, const struct strv *argv, int in, struct child_error *e)
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
capture_run(
    struct capture *g, const struct strv *argv, int in, size_t min, size_t max)
{
	struct child_error e;

	capture_stop(g);
	free(g->said);
	g->said = NULL;
	g->min = min;
	g->max = max;
	buf_init(&g->data, max);
	if (capture_spawn(g, argv, in, &e) == -1) {
		capture_finish(g, child_error_text(&e));
		return;
	}
	fs_nonblock(g->fd);
	ev_io_set(&g->io, g->fd, EV_READ);
	ev_io_start(g->loop, &g->io);
	ev_timer_set(&g->deadline, CAPTURE_DEADLINE_S, 0.0);
	ev_timer_start(g->loop, &g->deadline);
}

void
capture_start(struct capture *g, const struct strv *argv, size_t want)
{
	capture_run(g, argv, -1, want, want);
}

void
capture_start_from(
    struct capture *g, const struct strv *argv, int in, size_t max)
{
	capture_run(g, argv, in, 1, max);
}

void
capture_stop(struct capture *g)
{
	child_end(&g->child);
	capture_close(g);
	buf_clear(&g->data);
	free(g->said);
	g->said = NULL;
}
