/* SPDX-License-Identifier: ISC */
#ifndef OFFLINE_H
#define OFFLINE_H

/*
 * The command line's work on the configuration without a daemon. Each returns
 * an exit code.
 */

#include <stdbool.h>
#include <stddef.h>

/* Validate profiles and print every error; with `probe`, their sources are
 * opened too. */
int offline_check(
    const char *config, const char *const *paths, size_t n, bool probe);

/* Print workers and command lines of a profile, by its path or by its name
 * in the configured directories. */
int offline_plan(const char *config, const char *name, bool reveal, bool json);

/* Print the JSON Schema of a profile. */
int offline_schema(void);

#endif
