/* SPDX-License-Identifier: ISC */
#ifndef RUNTOKEN_H
#define RUNTOKEN_H

/*
 * The entry FFSUP_RUN of a child's environment: which daemon started it, and for
 * which run. It identifies processes that left their group, or outlived us.
 */

#include <stdbool.h>
#include <sys/types.h>

/*
 * A name (one word) that no two living daemons share: children carry it, so
 * that a later daemon of that name knows those which outlive us, under a
 * wrapper when we are killed for instance.
 */
#define RUNTOKEN_INSTANCE_MAX 32
void runtoken_set_instance(const char *instance);

/* Whether the name is set. */
bool runtoken_has_instance(void);

/* The entry of a run. Caller frees. */
char *runtoken_make(unsigned run);

/* The run of ours that a process belongs to by its environment, 0: none. */
unsigned runtoken_run_of(pid_t pid);

/* Whether a process is left over from a dead daemon of our name. */
bool runtoken_is_left(pid_t pid);

#endif
