/* SPDX-License-Identifier: ISC */
#ifndef OFFLINE_H
#define OFFLINE_H

/*
 * The command line's work on the configuration without a daemon. Each that
 * returns an int returns an exit code.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Validate profiles and print every error; with `probe`, their sources are
 * opened too. */
int offline_check(
    const char *config, const char *const *paths, size_t n, bool probe);

/* Print workers and command lines of a profile, by its path or by its name
 * in the configured directories. */
int offline_plan(const char *config, const char *name, bool reveal, bool json);

/* Add what this program was built with, and the ffmpeg that it would use. */
void offline_about(struct buf *b);

/* Print the JSON Schema of a profile. */
int offline_schema(void);

#endif
