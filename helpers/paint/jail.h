/* SPDX-License-Identifier: ISC */
#ifndef JAIL_H
#define JAIL_H

/*
 * Limits for a process that reads text from anybody. Best effort: a limit that
 * the system refuses is left out.
 */

/* Bounded memory, no core files, few descriptors. */
void jail_limit(void);

/* From now on no file can be made, written to or removed (Landlock). */
void jail_close_files(void);

#endif
