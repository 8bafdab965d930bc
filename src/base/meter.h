/* SPDX-License-Identifier: ISC */
#ifndef METER_H
#define METER_H

/*
 * Things a second, over the last METER_SPAN whole seconds. Pure: time comes
 * in as an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#define METER_SPAN 10

struct meter {
	int64_t start_ms; /* the first thing; 0: none yet */
	int64_t second;	  /* the one being counted, since start */
	unsigned counts[METER_SPAN + 1]; /* a ring by second */
};

void meter_reset(struct meter *m);
void meter_add(struct meter *m, int64_t now_ms);
void meter_add_n(struct meter *m, int64_t now_ms, unsigned n);

/* Things a second, over the last METER_SPAN seconds or as many as have passed;
 * -1 before the first whole second. */
double meter_rate(struct meter *m, int64_t now_ms);

/* Whether a whole span has been measured. */
bool meter_is_full(const struct meter *m, int64_t now_ms);

#endif
