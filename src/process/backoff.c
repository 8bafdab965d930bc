/* SPDX-License-Identifier: ISC */
/*
 * Delays between restarts. Ladders (ordinary, auth, device, slow, patient) share one
 * arithmetic: the first step is the ladder's minimum, each further failure
 * multiplies it, the maximum holds for ever.
 */
#include "config.h"

#include "process/backoff.h"

/* The growth of all ladders but one; `factor` is the ordinary one's. */
#define BACKOFF_DOUBLING 2.0

void
backoff_reset(struct backoff *b)
{
	*b = (struct backoff){ .policy = POLICY_NORMAL };
}

bool
backoff_is_healthy(const struct backoff *b, const struct backoff_policy *policy,
    int64_t media_ms)
{
	int64_t need = policy->healthy_ms;

	if (b->delay_ms > need)
		need = b->delay_ms;
	return media_ms >= 0 && media_ms >= need;
}

/* min * factor^steps, never above max. */
static int64_t
backoff_step(int64_t min, int64_t max, double factor, unsigned steps)
{
	double delay = (double)min;

	while (steps-- > 0 && delay < (double)max)
		delay *= factor;
	return delay < (double)max ? (int64_t)delay : max;
}

/* The un-jittered delay of the nth failure in a row on a ladder. */
static int64_t
backoff_delay(
    const struct backoff_policy *policy, enum fail_policy ladder, unsigned nth)
{
	switch (ladder) {
	case POLICY_AUTH:
		return backoff_step(policy->auth_min_ms, policy->auth_max_ms,
		    BACKOFF_DOUBLING, nth - 1);
	case POLICY_DEVICE:
		return backoff_step(policy->device_min_ms,
		    policy->device_max_ms, BACKOFF_DOUBLING, nth - 1);
	case POLICY_SLOW:
		return backoff_step(policy->slow_min_ms, policy->slow_max_ms,
		    BACKOFF_DOUBLING, nth - 1);
	case POLICY_PATIENT:
		return backoff_step(policy->patient_min_ms, policy->max_ms,
		    BACKOFF_DOUBLING, nth - 1);
	case POLICY_RARE:
		return policy->rare_ms;
	case POLICY_HELD:
	case POLICY_NORMAL:
	case N_FAIL_POLICIES:
		break;
	}
	return backoff_step(
	    policy->min_ms, policy->max_ms, policy->factor, nth - 1);
}

int64_t
backoff_next(struct backoff *b, const struct backoff_policy *policy,
    enum fail_policy ending, int64_t media_ms, double random)
{
	bool healthy = backoff_is_healthy(b, policy, media_ms);
	enum fail_policy ladder =
	    ending == POLICY_HELD && media_ms >= 0 ? POLICY_NORMAL : ending;
	double spread;

	if (healthy)
		backoff_reset(b);
	if (ladder != b->policy)
		b->class_failures = 0;
	b->policy = ladder;
	b->failures++;
	b->class_failures++;
	if (ladder == POLICY_HELD)
		return policy->held_ms; /* proves nothing healthy */
	if (ladder == POLICY_NORMAL && healthy) {
		b->class_failures = 0; /* the free one does not count */
		b->delay_ms = 0;
		return 0;
	}
	b->delay_ms = backoff_delay(policy, ladder, b->class_failures);
	spread = 1.0 + policy->jitter * (2.0 * random - 1.0);
	return (int64_t)((double)b->delay_ms * spread + 0.5);
}
