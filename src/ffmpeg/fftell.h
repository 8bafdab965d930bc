/* SPDX-License-Identifier: ISC */
#ifndef FFTELL_H
#define FFTELL_H

/*
 * The lines of a run that tell most, for somebody who asks why: warnings and
 * errors before the rest, without those that every run has. Pure.
 */

#include <stddef.h>

#define FFTELL_MAX 10

/* Choose at most FFTELL_MAX of n lines (oldest first): their indices, in their
 * order. Returns how many. */
size_t
fftell_choose(const char *const *lines, size_t n, size_t chosen[FFTELL_MAX]);

#endif
