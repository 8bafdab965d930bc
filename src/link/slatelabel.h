/* SPDX-License-Identifier: ISC */
#ifndef SLATELABEL_H
#define SLATELABEL_H

/*
 * The label over the slate of a frames link: since when no frames come. It
 * joins the painter a second after a slate was first sent; until the text is
 * painted, and without a painter, the slate is plain.
 */

#include <stdint.h>

#include "link/ground.h"
#include "profile/labeltext.h"

struct profile;
struct slatelabel;

/* `ground` is copied. */
struct slatelabel *slatelabel_new(const struct ground *ground);
void slatelabel_free(struct slatelabel *s); /* NULL is fine */

/* The text of this profile, which outlives it or is set again. */
void slatelabel_set(struct slatelabel *s, const struct profile *p);

/* The facts that it may show; call it when they change. */
void slatelabel_tell(struct slatelabel *s, const struct labeltext_facts *facts);

/* A slate is about to be sent, and no frames have come since that time (ms of
 * the wall clock). Equal results mean an equal label. */
uint64_t slatelabel_go(struct slatelabel *s, int64_t since);

/* Draw it over a slate. */
void slatelabel_draw(const struct slatelabel *s, uint8_t *frame);

#endif
