/* SPDX-License-Identifier: ISC */
#ifndef SWAP_H
#define SWAP_H

/*
 * Taking over another version of a stream's profile while it is on air.
 */

struct profile;
struct stream;

/* Take over a version (taken) with other video, audio or outputs: only the
 * encoders are restarted; with a packets link, only the changed outputs, or
 * only the workers before them. */
void swap_profile(struct stream *s, struct profile *p);

#endif
