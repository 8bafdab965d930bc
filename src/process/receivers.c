/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "ffmpeg/ffends.h"
#include "process/procfs.h"
#include "process/receivers.h"
#include "process/sockdiag.h"

#define RECEIVERS_LOOK_S 1.0

/* A worker's descriptors are read again after so many looks; at once when one
 * of its connections is gone. */
#define RECEIVERS_RESCAN 5

/* --- one of them --------------------------------------------------------- */

/* The socket of an inode, with what is known of it. */
static struct uptake
receiver_known(const struct receiver *r, uint32_t inode)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->sockets[i].inode == inode)
			return r->sockets[i].uptake;
	return (struct uptake){ 0 };
}

/* Which sockets it has now. */
static void
receiver_scan(struct receiver *r)
{
	uint32_t inodes[RECEIVER_SOCKETS];
	struct uptake known[RECEIVER_SOCKETS];
	size_t n = procfs_sockets(r->pid, inodes, NELEM(inodes));

	for (size_t i = 0; i < n; i++)
		known[i] = receiver_known(r, inodes[i]);
	for (size_t i = 0; i < n; i++) {
		r->sockets[i].inode = inodes[i];
		r->sockets[i].uptake = known[i];
	}
	r->n = n;
	r->looks = 0;
}

/* Ms for which the peer of a connection has taken nothing. */
static int64_t
receiver_untaken(const struct receiver *r, const struct sockdiag_tcp *tcp,
    struct uptake *u, int64_t now)
{
	const struct ffends_peer peer = { .host = tcp->host,
		.port = tcp->port,
		.sent = tcp->acked,
		.received = tcp->received };

	if (tcp->connecting || ffends_side(r->ends, &peer) != SIDE_OUTPUT)
		return 0;
	return uptake_look(u, now, tcp->taken, tcp->waits);
}

/* The kernel's answers about its sockets. What is no connection any more, or
 * never was one, is not asked about again. */
static void
receiver_look(struct receiver *r, const struct sockdiag_tcp *tcp, int64_t now)
{
	size_t n = 0;
	int64_t ms;

	r->untaken_ms = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (!tcp[i].found)
			continue;
		r->sockets[n] = r->sockets[i];
		ms = receiver_untaken(r, &tcp[i], &r->sockets[n].uptake, now);
		if (ms > r->untaken_ms)
			r->untaken_ms = ms;
		n++;
	}
	r->looks++;
	if (n == 0 || (n < r->n && r->looks > 1))
		r->looks = RECEIVERS_RESCAN;
	r->n = n;
}

/* --- all ----------------------------------------------------------------- */

/* The sockets to ask about: those of each in the order of the list. */
static size_t
receivers_collect(struct receivers *all)
{
	struct receiver *r;
	size_t n = 0;

	TAILQ_FOREACH(r, &all->list, entry) {
		if (r->looks >= RECEIVERS_RESCAN)
			receiver_scan(r);
		all->asked = xrealloc(
		    all->asked, n + RECEIVER_SOCKETS, sizeof(*all->asked));
		for (size_t i = 0; i < r->n; i++)
			all->asked[n++] =
			    (struct sockdiag_tcp){ .inode =
						       r->sockets[i].inode };
	}
	return n;
}

/* One that hangs, or NULL. */
static struct receiver *
receivers_find_hung(const struct receivers *all)
{
	struct receiver *r;

	TAILQ_FOREACH(r, &all->list, entry)
		if (r->untaken_ms > 0 && r->untaken_ms >= r->stall_ms)
			return r;
	return NULL;
}

/* Report those that hang. A report may end the watch of any. */
static void
receivers_report(struct receivers *all)
{
	struct receiver *r;

	while ((r = receivers_find_hung(all)) != NULL) {
		receiver_drop(r);
		r->hung(r->ctx);
	}
}

static void
receivers_timer_cb(struct ev_loop *loop, ev_timer *t, int revents UNUSED)
{
	struct receivers *all = t->data;
	int64_t now = mono_ms();
	struct receiver *r;
	size_t n = receivers_collect(all), at = 0;

	if (n > 0 && sockdiag_read(all->asked, n) == -1) {
		log_info("receivers that hang are noticed late: the kernel "
			 "does not report connections (sock_diag): %s",
		    strerror(errno));
		all->mute = true;
		ev_timer_stop(loop, t);
		return;
	}
	TAILQ_FOREACH(r, &all->list, entry) {
		size_t own = r->n;

		receiver_look(r, all->asked + at, now);
		at += own;
	}
	receivers_report(all);
}

void
receivers_init(struct receivers *all, struct ev_loop *loop)
{
	*all = (struct receivers){ .loop = loop };
	TAILQ_INIT(&all->list);
	ev_timer_init(&all->timer, receivers_timer_cb, RECEIVERS_LOOK_S,
	    RECEIVERS_LOOK_S);
	all->timer.data = all;
}

void
receivers_clear(struct receivers *all)
{
	ev_timer_stop(all->loop, &all->timer);
	free(all->asked);
	all->asked = NULL;
}

void
receiver_watch(struct receiver *r, struct receivers *all, pid_t pid,
    const struct ffends *ends)
{
	receiver_drop(r);
	r->n = 0;
	r->untaken_ms = 0;
	if (all == NULL || all->mute || ends->output.kind != FFEND_TCP)
		return;
	r->all = all;
	r->pid = pid;
	r->ends = ends;
	r->looks = RECEIVERS_RESCAN;
	TAILQ_INSERT_TAIL(&all->list, r, entry);
	if (!ev_is_active(&all->timer)) {
		ev_timer_set(&all->timer, RECEIVERS_LOOK_S, RECEIVERS_LOOK_S);
		ev_timer_start(all->loop, &all->timer);
	}
}

void
receiver_drop(struct receiver *r)
{
	struct receivers *all = r->all;

	if (all == NULL)
		return;
	TAILQ_REMOVE(&all->list, r, entry);
	r->all = NULL;
	if (TAILQ_EMPTY(&all->list))
		ev_timer_stop(all->loop, &all->timer);
}
