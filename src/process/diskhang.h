/* SPDX-License-Identifier: ISC */
#ifndef DISKHANG_H
#define DISKHANG_H

/*
 * Whether the disk that a job works on does not answer. It is silent, not only
 * slow, when the job has not ended and no more of its answer has come.
 */

#include <stdbool.h>
#include <stdint.h>

#include "process/job.h"

#define DISKHANG_MS 5000 /* without a sign of the disk */

struct diskhang {
	bool on;
	int64_t since_ms; /* monotonic, of the last sign before it */
};

/* Look at the job: once a second, and when it is done. True: it has become
 * silent, or answers again. */
bool diskhang_watch(struct diskhang *s, const struct job *j);

/* "the disk of /rec does not answer since 40 s"; when it is not silent any
 * more, "the disk of /rec answers again, after 40 s". Caller frees. */
char *diskhang_text(const struct diskhang *s, const char *where);

/* Say that in the log, after the prefix `who`, "" or "control: ": a warning
 * when it is silent. */
void diskhang_say(const struct diskhang *s, const char *who, const char *where);

#endif
