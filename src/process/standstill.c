/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/secrets.h"
#include "base/util.h"
#include "process/sockdiag.h"
#include "process/standstill.h"

#define STANDSTILL_SOCKETS 16 /* of one worker */

/* The time between the two looks. With a shorter patience there is only the
 * second. */
#define STANDSTILL_GAP_MS 1000

void
standstill_begin(struct standstill *s, const struct ffends *ends)
{
	standstill_clear(s);
	*s = (struct standstill){ .ends = *ends };
}

void
standstill_clear(struct standstill *s)
{
	free(s->text);
	s->text = NULL;
}

int64_t
standstill_wait(int64_t left_ms)
{
	return left_ms > STANDSTILL_GAP_MS ? left_ms - STANDSTILL_GAP_MS
					   : left_ms;
}

bool
standstill_is_due(const struct standstill *s, int64_t left_ms, int64_t now_ms)
{
	return left_ms <= STANDSTILL_GAP_MS &&
	    now_ms - s->looked_ms >= STANDSTILL_GAP_MS;
}

/* The connection of one end, in the words of ffstill. Of several the one that
 * was silent for the shortest time, or that has something waiting. */
static bool
standstill_merge(struct ffstill_tcp *t, const struct sockdiag_tcp *tcp)
{
	if (t->found && tcp->waits <= t->waits && tcp->heard_ms >= t->heard_ms)
		return false;
	t->found = true;
	t->connecting = tcp->connecting;
	t->received = tcp->received;
	t->unread = tcp->unread;
	t->heard_ms = tcp->heard_ms;
	t->waits = tcp->waits;
	return true;
}

/* Look at its connections. */
static void
standstill_tcp(const struct ffends *ends, pid_t pid, struct ffstill *f,
    struct standstill_sent *sent)
{
	uint32_t inodes[STANDSTILL_SOCKETS];
	struct sockdiag_tcp v[STANDSTILL_SOCKETS];
	size_t n = procfs_sockets(pid, inodes, NELEM(inodes));

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < n; i++)
		v[i].inode = inodes[i];
	if (n == 0 || sockdiag_read(v, n) == -1)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct ffends_peer peer = { .host = v[i].host,
			.port = v[i].port,
			.sent = v[i].acked,
			.received = v[i].received };
		enum fail_side side =
		    v[i].found ? ffends_side(ends, &peer) : SIDE_NONE;

		if (side == SIDE_SOURCE)
			standstill_merge(&f->source, &v[i]);
		else if (side == SIDE_OUTPUT &&
		    standstill_merge(&f->output, &v[i]))
			*sent = (struct standstill_sent){ .inode = v[i].inode,
				.taken = v[i].taken };
	}
}

void
standstill_look(struct standstill *s, pid_t pid, int64_t now_ms)
{
	struct ffstill f = { 0 };

	s->looked_ms = 0;
	s->sent.inode = 0;
	if (!procfs_work(pid, &s->work))
		return;
	s->looked_ms = now_ms;
	standstill_tcp(&s->ends, pid, &f, &s->sent);
}

/* The work between the two looks. */
static void
standstill_work(const struct standstill *s, struct ffstill_work *work,
    pid_t pid, int64_t span_ms)
{
	struct procfs_work now;

	if (!procfs_work(pid, &now))
		return;
	work->known = true;
	work->state = now.status;
	work->wrote_ever = now.wrote;
	if (s->looked_ms == 0 || span_ms <= 0)
		return;
	work->cpu = (int)((now.cpu_ms - s->work.cpu_ms) * 100 / span_ms);
	work->wrote = now.wrote - s->work.wrote;
}

void
standstill_prove(
    struct standstill *s, struct ffstill *f, pid_t pid, int64_t now_ms)
{
	int64_t span_ms = now_ms - s->looked_ms;
	struct standstill_sent sent = { 0 };
	struct ffstill_verdict v;
	char *text;

	standstill_work(s, &f->work, pid, span_ms);
	standstill_tcp(&s->ends, pid, f, &sent);
	if (f->output.untaken_ms == 0 && f->output.waits > 0 &&
	    s->looked_ms > 0 && sent.inode == s->sent.inode &&
	    sent.taken == s->sent.taken)
		f->output.untaken_ms = span_ms;
	v = ffstill_judge(f, &s->ends);
	text = ffstill_text(f, &v, &s->ends);
	standstill_clear(s);
	s->text = secrets_text(text);
	free(text);
	s->side = v.side;
	s->detail = v.detail;
}
