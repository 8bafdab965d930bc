/* SPDX-License-Identifier: ISC */
#ifndef OVERLAYVIEW_H
#define OVERLAYVIEW_H

/*
 * What is laid over the frames of a stream, as JSON.
 */

struct jsonw;
struct stream;

/* The list as a member "overlay"; nothing where there is none. */
void overlayview_write(struct jsonw *j, const struct stream *s);

#endif
