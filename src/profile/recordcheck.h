/* SPDX-License-Identifier: ISC */
#ifndef RECORDCHECK_H
#define RECORDCHECK_H

/* The fault of a pattern that "record" makes its files' names of: a sentence
 * without its subject, for a person, or NULL. Caller frees. */
char *recordcheck_fault(const char *record);

#endif
