/* SPDX-License-Identifier: ISC */
#ifndef PLANJSON_H
#define PLANJSON_H

/*
 * The plan of a profile as JSON (doc/PROTOCOL.md).
 */

struct jsonw;
struct probe;
struct profile;
struct stream;

/* Workers, links and command lines of a profile, masked unless the writer does
 * not mask. The stream says which of its files exist; with NULL it looks, and
 * may wait for their disk. */
void planjson_write(struct jsonw *j, const struct profile *p,
    const struct probe *ffmpeg, const struct stream *s);

#endif
