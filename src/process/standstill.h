/* SPDX-License-Identifier: ISC */
#ifndef STANDSTILL_H
#define STANDSTILL_H

/*
 * The proof that a worker stood still: what its process and its connections did
 * at the end. It is looked at twice, a moment before it is replaced and then;
 * never while all is well. Reads /proc and sock_diag(7), which answer at once.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ffmpeg/ffends.h"
#include "ffmpeg/ffstill.h"
#include "process/procfs.h"

/* The output's connection at a look. */
struct standstill_sent {
	uint32_t inode; /* 0: none */
	uint64_t taken;
};

struct standstill {
	struct ffends ends; /* of the present run */
	/* the first look: */
	int64_t looked_ms; /* 0: none */
	struct procfs_work work;
	struct standstill_sent sent;
	/* the proof: */
	enum fail_side side;
	enum fail_detail detail;
	char *text; /* owned; NULL: it did not stand still */
};

/* A run begins. */
void standstill_begin(struct standstill *s, const struct ffends *ends);
void standstill_clear(struct standstill *s);

/* It will be replaced in left_ms, if it stands still for that long: ms until
 * something is to be done, which may be a look; and whether that is due now. */
int64_t standstill_wait(int64_t left_ms);
bool
standstill_is_due(const struct standstill *s, int64_t left_ms, int64_t now_ms);

/* The first look; a later one replaces it. */
void standstill_look(struct standstill *s, pid_t pid, int64_t now_ms);

/* The second look, and the proof. The facts f are the caller's, but for `work`
 * and the connections; f->output.untaken_ms may be known better. */
void standstill_prove(
    struct standstill *s, struct ffstill *f, pid_t pid, int64_t now_ms);

#endif
