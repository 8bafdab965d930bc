/* SPDX-License-Identifier: ISC */
#ifndef OVERLAYVIEW_H
#define OVERLAYVIEW_H

/*
 * The overlays of a stream, as JSON.
 */

struct jsonw;
struct stream;

/* The list as a member "overlay"; nothing if it is empty. */
void overlayview_write(struct jsonw *j, const struct stream *s);

#endif
