/* SPDX-License-Identifier: ISC */
#ifndef FAKEPAINTER_H
#define FAKEPAINTER_H

/* For tests: a painter whose program is tests/fake/fakepaint, and impatient.
 * Include after cmocka.h; the program runs in the build folder. */

#include <stdlib.h>

#include "process/painter.h"
#include "process/startrate.h"
#include "process/worker.h"
#include "spin.h"

#define FAKEPAINTER "tests/fake/fakepaint"

static struct startrate fakepainter_starts;

static inline struct painter *
fakepainter_new(const char *path)
{
	static const struct worker_policy policy = {
		.backoff = {
			.min_ms = 1,
			.max_ms = 1,
			.auth_min_ms = 1,
			.auth_max_ms = 1,
			.device_min_ms = 1,
			.device_max_ms = 1,
			.slow_min_ms = 1,
			.slow_max_ms = 1,
			.patient_min_ms = 1,
			.rare_ms = 1,
			.held_ms = 1,
			.factor = 1,
			.healthy_ms = 10000,
		},
		.start_ms = SPIN_PATIENCE_MS,
		.stall_ms = SPIN_PATIENCE_MS * 100,
		.grace_ms = 100,
		.log_lines = 20,
		.log_runs = 2,
	};
	struct painter *p;

	startrate_set(&fakepainter_starts, 10000, 10000);
	p = painter_new(loop, path, &fakepainter_starts);
	painter_set_policy(p, &policy, SPIN_PATIENCE_MS);
	return p;
}

#endif
