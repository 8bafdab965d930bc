/* SPDX-License-Identifier: ISC */
#ifndef WHY_H
#define WHY_H

/*
 * Why a stream is in its state, as JSON (doc/PROTOCOL.md): cause, proof,
 * advice, next try.
 */

struct jsonw;
struct stream;

void why_write(struct jsonw *j, const struct stream *s);

#endif
