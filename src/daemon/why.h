/* SPDX-License-Identifier: ISC */
#ifndef WHY_H
#define WHY_H

/*
 * Why a stream is as it is, as JSON (doc/PROTOCOL.md): cause, proof, what to
 * do, next try.
 */

struct jsonw;
struct stream;

void why_write(struct jsonw *j, const struct stream *s);

#endif
