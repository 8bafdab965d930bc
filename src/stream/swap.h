/* SPDX-License-Identifier: ISC */
#ifndef SWAP_H
#define SWAP_H

/*
 * Another version of a stream's profile that is taken over while it is on air.
 */

struct profile;
struct stream;

/* Take over a version (taken) with other video, audio or outputs: only the
 * encoders are restarted; with a packets link, only the outputs that are not the
 * same, or only what is before them. */
void swap_profile(struct stream *s, struct profile *p);

#endif
