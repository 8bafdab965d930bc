/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/util.h"
#include "link/rivals.h"

#define RIVALS_CHUNK ((size_t)256 * 1024) /* of one wake-up */

int
rivals_release(struct rival *r)
{
	int fd = r->fd;

	ev_io_stop(r->of->loop, &r->io);
	r->fd = -1;
	return fd;
}

void
rivals_drop(struct rival *r)
{
	if (r->fd != -1)
		close(rivals_release(r));
	if (r->of->host.forget != NULL)
		r->of->host.forget(r);
	free(r->data);
	r->data = NULL;
	r->len = 0;
	r->whole = false;
}

void
rivals_clear(struct rivals *rs)
{
	for (size_t i = 0; i < RIVALS_MAX; i++)
		rivals_drop(&rs->v[i]);
}

/* --- reading ------------------------------------------------------------- */

/* How many have sent bytes; *stillest is the one whose last byte is the longest
 * ago. */
static size_t
rivals_sending(struct rivals *rs, struct rival **stillest)
{
	size_t n = 0;

	*stillest = NULL;
	for (struct rival *r = rs->v; r < rs->v + RIVALS_MAX; r++) {
		if (r->fd == -1 || r->data == NULL)
			continue;
		n++;
		if (*stillest == NULL || r->moved_ms < (*stillest)->moved_ms)
			*stillest = r;
	}
	return n;
}

/* Memory for one's bytes; it is touched only as far as bytes come. False
 * without memory. */
static bool
rivals_make_room(struct rival *r)
{
	struct rival *stillest;

	if (r->data != NULL)
		return true;
	if (rivals_sending(r->of, &stillest) >= RIVALS_SENDING_MAX)
		rivals_drop(stillest);
	r->data = malloc(r->of->host.max);
	return r->data != NULL;
}

static void
rivals_read_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct rival *r = io->data;
	const struct rivals_host *host = &r->of->host;
	size_t room;
	ssize_t n;

	if (!rivals_make_room(r)) {
		rivals_drop(r);
		return;
	}
	room = host->max - r->len;
	n = read(
	    r->fd, r->data + r->len, room < RIVALS_CHUNK ? room : RIVALS_CHUNK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		rivals_drop(r);
		return;
	}
	r->len += (size_t)n;
	r->moved_ms = mono_ms();
	r->whole = host->look(host->ctx, r, (size_t)n);
	if (r->whole) {
		ev_io_stop(loop, io);
		host->ready(host->ctx);
	} else if (r->len == host->max) {
		rivals_drop(r); /* that is none */
	}
}

/* --- coming -------------------------------------------------------------- */

/* Whether `a` loses its place before `b`: one that has sent nothing, else the
 * one that has been silent for longer. */
static bool
rivals_is_worse(const struct rival *a, const struct rival *b)
{
	if ((a->data == NULL) != (b->data == NULL))
		return a->data == NULL;
	return a->moved_ms < b->moved_ms;
}

/* A free place, or the one that is given up for the newcomer. */
static struct rival *
rivals_place(struct rivals *rs)
{
	struct rival *worst = rs->v;

	for (struct rival *r = rs->v; r < rs->v + RIVALS_MAX; r++) {
		if (r->fd == -1)
			return r;
		if (rivals_is_worse(r, worst))
			worst = r;
	}
	rivals_drop(worst);
	return worst;
}

void
rivals_add(struct rivals *rs, int fd)
{
	struct rival *r = rivals_place(rs);

	fs_nonblock(fd);
	*r = (struct rival){ .fd = fd, .of = rs, .moved_ms = mono_ms() };
	ev_io_init(&r->io, rivals_read_cb, fd, EV_READ);
	r->io.data = r;
	ev_io_start(rs->loop, &r->io);
}

void
rivals_init(
    struct rivals *rs, struct ev_loop *loop, const struct rivals_host *host)
{
	*rs = (struct rivals){ .loop = loop, .host = *host };
	for (size_t i = 0; i < RIVALS_MAX; i++) {
		rs->v[i].fd = -1;
		rs->v[i].of = rs;
		ev_init(&rs->v[i].io, rivals_read_cb);
	}
}

/* --- choosing ------------------------------------------------------------ */

/* Whether `a` comes before `b` as the next program. */
static bool
rivals_is_better(const struct rival *a, const struct rival *b)
{
	if (a->whole != b->whole)
		return a->whole;
	if ((a->data != NULL) != (b->data != NULL))
		return a->data != NULL;
	return a->moved_ms >= b->moved_ms;
}

struct rival *
rivals_best(struct rivals *rs)
{
	struct rival *best = NULL;

	for (struct rival *r = rs->v; r < rs->v + RIVALS_MAX; r++) {
		if (r->fd != -1 && (best == NULL || rivals_is_better(r, best)))
			best = r;
	}
	return best;
}

struct rival *
rivals_whole(struct rivals *rs)
{
	struct rival *best = rivals_best(rs);

	return best != NULL && best->whole ? best : NULL;
}
