/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stddef.h>

#include "process/usage.h"

#define USAGE_LEAST_MS 950
#define USAGE_MOST_MS  60000

/* What a process had used at the last look; 0: it was not there. */
static int64_t
usage_before(const struct usage *u, pid_t pid, int64_t cpu_ms)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->v[i].pid == pid && u->v[i].used.cpu_ms <= cpu_ms)
			return u->v[i].used.cpu_ms;
	return 0;
}

/* Percent of one processor that a process took since the last look, or in all its
 * life. */
static double
usage_share(const struct usage *u, const struct usage_one *p, int64_t now_ms)
{
	int64_t ms = now_ms - u->at_ms, cpu = p->used.cpu_ms;

	if (u->at_ms == 0 || ms > USAGE_MOST_MS)
		ms = p->used.age_ms;
	else
		cpu -= usage_before(u, p->pid, cpu);
	return ms > 0 ? 100.0 * (double)cpu / (double)ms : 0;
}

void
usage_look(struct usage *u, const pid_t *pids, size_t n, int64_t now_ms)
{
	struct usage now = { .at_ms = now_ms };

	if (u->at_ms != 0 && now_ms - u->at_ms < USAGE_LEAST_MS)
		return;
	for (size_t i = 0; i < n && now.n < USAGE_MAX; i++) {
		struct usage_one *p = &now.v[now.n];

		p->pid = pids[i];
		if (!procfs_usage(pids[i], &p->used))
			continue;
		now.cpu += usage_share(u, p, now_ms);
		now.rss += p->used.rss;
		now.n++;
	}
	if (now.n == 0)
		now.cpu = (double)(now.rss = -1);
	*u = now;
}
