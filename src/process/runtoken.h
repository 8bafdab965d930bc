/* SPDX-License-Identifier: ISC */
#ifndef RUNTOKEN_H
#define RUNTOKEN_H

/*
 * The entry FFSUP_RUN of a child's environment: which daemon started it, and for
 * which run. By it processes are known that left their group, or outlived us.
 */

#include <stdbool.h>
#include <sys/types.h>

/*
 * A name (one word) that no two daemons that live at a time have: children
 * carry it, so that those which outlive us, behind a wrapper when we are killed
 * for instance, are known to a later daemon of that name.
 */
#define RUNTOKEN_INSTANCE_MAX 32
void runtoken_set_instance(const char *instance);

/* Whether there is such a name. */
bool runtoken_has_instance(void);

/* The entry of a run. Caller frees. */
char *runtoken_make(unsigned run);

/* The run of ours that a process belongs to by its environment, 0: none. */
unsigned runtoken_run_of(pid_t pid);

/* Whether a process was left behind by a daemon that had our name and is dead
 * by now. */
bool runtoken_is_left(pid_t pid);

#endif
