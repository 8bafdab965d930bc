/* SPDX-License-Identifier: ISC */
/*
 * A failure is known for sure only when a run has ended, and then the next
 * source is started; but a source that runs anyway need not wait for that, two
 * seconds of silence are enough to take over.
 */
#include "config.h"

#include "stream/failover.h"

void
failover_init(struct failover *f, size_t n)
{
	*f = (struct failover){ .n = n, .running = 1 };
}

void
failover_resize(struct failover *f, size_t n)
{
	f->n = n;
	if (f->chosen >= n)
		f->chosen = 0;
	if (f->running > n)
		f->running = n;
	for (size_t i = n; i < FAILOVER_MAX; i++)
		f->since_ms[i] = 0;
}

static bool
failover_works(const struct failover *f, size_t i)
{
	return f->since_ms[i] != 0;
}

/* Whether it has worked without a pause for the given time. */
static bool
failover_is_healthy(const struct failover *f,
    const struct failover_policy *policy, size_t i, int64_t now)
{
	return failover_works(f, i) &&
	    now - f->since_ms[i] >= policy->prefer_ms;
}

/* Which sources work, and since when. */
static void
failover_watch(struct failover *f, const struct failover_view *v, int64_t now)
{
	for (size_t i = 0; i < f->n; i++) {
		if (v[i].silent_ms < 0 || v[i].silent_ms >= FAILOVER_PAUSE_MS)
			f->since_ms[i] = 0;
		else if (f->since_ms[i] == 0)
			f->since_ms[i] = now;
	}
}

/* The best that works, else the best that is about to; else no change. */
static size_t
failover_best(const struct failover *f, const struct failover_view *v)
{
	for (size_t i = 0; i < f->n; i++)
		if (failover_works(f, i))
			return i;
	for (size_t i = 0; i < f->n; i++)
		if (v[i].begun && v[i].silent_ms < 0)
			return i;
	return f->chosen;
}

static size_t
failover_choose(const struct failover *f, const struct failover_policy *policy,
    const struct failover_view *v, int64_t now)
{
	if (!failover_works(f, f->chosen))
		return failover_best(f, v);
	for (size_t i = 0; i < f->chosen; i++)
		if (failover_is_healthy(f, policy, i, now))
			return i;
	return f->chosen;
}

/* One more when the last of those allowed to run has failed, and none works;
 * fewer when the one on air has proved itself. */
static size_t
failover_count(const struct failover *f, const struct failover_policy *policy,
    const struct failover_view *v, int on_air, int64_t now)
{
	bool works = false;

	for (size_t i = 0; i < f->n; i++)
		works = works || failover_works(f, i);
	if (policy->hot && (works || v[0].failed || f->running > 1))
		return f->n; /* but first of all, the best has its chance */
	if (!works && v[f->running - 1].failed && f->running < f->n)
		return f->running + 1;
	if (on_air == (int)f->chosen &&
	    failover_is_healthy(f, policy, f->chosen, now))
		return f->chosen + 1;
	return f->running;
}

void
failover_decide(struct failover *f, const struct failover_policy *policy,
    const struct failover_view *v, int on_air, int64_t now)
{
	failover_watch(f, v, now);
	f->chosen = failover_choose(f, policy, v, now);
	f->running = failover_count(f, policy, v, on_air, now);
	if (f->running <= f->chosen)
		f->running = f->chosen + 1;
}
