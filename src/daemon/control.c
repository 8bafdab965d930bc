/* SPDX-License-Identifier: ISC */
/*
 * The control socket: which clients may come in, and how many at a time.
 */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/control.h"

#define CONTROL_PAUSE_S 1.0
#define CONTROL_CHECK_S 5.0
#define CONTROL_ACCEPTS 64 /* in one turn of the loop */

/* Accept only root and our own user. */
static void
control_admit(struct control *c, int fd)
{
	static const char refusal[] =
	    "{\"v\":1,\"ok\":false,\"exit\":1,\"error\":\"not your daemon: "
	    "only its own user and root may talk to it\"}\n";
	uid_t uid;

	if (sock_peer_allowed(fd, &uid)) {
		if (c->clients.n_conns >= CONTROL_CLIENTS_MAX)
			clients_make_place(&c->clients);
		clients_add(&c->clients, fd);
		return;
	}
	log_warn("control: uid %d refused", (int)uid);
	if (write(fd, refusal, sizeof(refusal) - 1) == -1)
		log_debug("control: the refusal was not delivered");
	close(fd);
}

/* No descriptor is left: a silent client gives one back. False: no silent
 * client, or another error. */
static bool
control_gains_descriptor(struct control *c, int err)
{
	return (err == EMFILE || err == ENFILE) &&
	    clients_drop_silent(&c->clients);
}

/* Only some in a turn, so that clients that ask are read before they are taken
 * for silent. */
static void
control_accept_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct control *c = io->data;

	for (int i = 0; i < CONTROL_ACCEPTS; i++) {
		int fd = sock_accept(c->fd);

		if (fd != -1) {
			control_admit(c, fd);
			continue;
		}
		if (errno == EAGAIN || control_gains_descriptor(c, errno))
			return;
		log_warn("control: cannot accept: %s", strerror(errno));
		ev_io_stop(loop, io); /* later */
		ev_timer_set(&c->pause, CONTROL_PAUSE_S, 0.0);
		ev_timer_start(loop, &c->pause);
		return;
	}
}

static void
control_accept_start(struct control *c)
{
	if (c->fd != -1)
		ev_io_start(c->loop, &c->accept);
}

static void
control_pause_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	control_accept_start(t->data);
}

/* --- the socket --------------------------------------------------------- */

/* This is our socket from now on. */
static void
control_take(void *ctx, int fd)
{
	struct control *c = ctx;

	if (c->fd != -1) {
		ev_io_stop(c->loop, &c->accept);
		close(c->fd);
	}
	c->fd = fd;
	ev_io_set(&c->accept, fd, EV_READ);
	ev_io_start(c->loop, &c->accept);
}

static void
control_check_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct control *c = t->data;

	clients_check(&c->clients);
	controlpath_check(&c->path);
}

int
control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause)
{
	const struct controlpath_host host = { .opened = control_take,
		.ctx = c };

	*c = (struct control){ .loop = loop, .fd = -1 };
#ifdef M_MMAP_THRESHOLD /* the memory of a large reply is given back */
	mallopt(M_MMAP_THRESHOLD, CLIENTS_TURN);
#endif
	clients_init(&c->clients, loop, fleet);
	ev_init(&c->accept, control_accept_cb);
	c->accept.data = c;
	ev_init(&c->pause, control_pause_cb);
	c->pause.data = c;
	ev_timer_init(
	    &c->check, control_check_cb, CONTROL_CHECK_S, CONTROL_CHECK_S);
	c->check.data = c;
	if (controlpath_open(&c->path, loop, path, &host, cause) == -1)
		return -1;
	ev_timer_start(loop, &c->check);
	return 0;
}

void
control_close(struct control *c)
{
	if (c->fd == -1)
		return;
	ev_timer_stop(c->loop, &c->check);
	ev_timer_stop(c->loop, &c->pause);
	ev_io_stop(c->loop, &c->accept);
	close(c->fd);
	c->fd = -1;
	clients_clear(&c->clients);
	controlpath_close(&c->path);
}
