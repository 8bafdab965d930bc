/* SPDX-License-Identifier: ISC */
#ifndef WHY_H
#define WHY_H

/*
 * Why streams are in their states, as JSON (doc/PROTOCOL.md): cause, proof,
 * advice, next try; one fault after the other, and those that several streams
 * share.
 */

#include <stddef.h>

struct fleet;
struct jsonw;
struct stream;
struct strv;

/* One stream; with `of` only the faults of the workers that these words mean. */
void why_write(struct jsonw *j, const struct fleet *fleet,
    const struct stream *s, const struct strv *of);

/* Several, the worst first, chosen by these words; without words those that
 * have a fault. */
void why_write_all(struct jsonw *j, const struct fleet *fleet,
    struct stream *const *v, size_t n, const struct strv *of);

#endif
