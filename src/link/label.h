/* SPDX-License-Identifier: ISC */
#ifndef LABEL_H
#define LABEL_H

/*
 * One text at a place on the frame. It is painted when it changes; the old one
 * stays until the new one is ready.
 */

#include <stdbool.h>
#include <stdint.h>

#include "process/painter.h"
#include "profile/keys.h"
#include "profile/labeltext.h"

struct ground;

struct label {
	struct ground *ground;
	const struct profile_overlay *keys; /* borrowed */
	char *said;   /* owned: replaces the profile's text; or NULL */
	char *text;   /* owned: as last given to the painter */
	bool changed; /* new look, or new text during painting */
	struct painter_task task;
	struct painted *tile; /* owned; NULL: nothing to show */
};

void label_init(struct label *l, struct ground *ground);
void label_clear(struct label *l);

/* The keys, which outlive it or are set again. */
void label_set(struct label *l, const struct profile_overlay *keys);

/* Another text, as it is; NULL: the profile's. Copied. */
void label_say(struct label *l, const char *text);

/* Paint the text if it has changed; call it now and then. */
void
label_refresh(struct label *l, const struct labeltext_facts *f, int64_t wall);

#endif
