/* SPDX-License-Identifier: ISC */
#ifndef LOGO_H
#define LOGO_H

/*
 * An image at a place on the frame, with its transparency. An ffmpeg reads it,
 * and again when the file changes; until then, and while the file cannot be
 * read, the last image stays.
 */

#include <stdint.h>

#include "process/capture.h"
#include "process/painter.h"
#include "process/watch.h"
#include "profile/keys.h"

struct ground;

struct logo {
	struct ground *ground;
	const struct profile_overlay *keys; /* borrowed */
	struct watch watch;
	struct capture grab;
	char *path;	  /* owned: as it is watched */
	int64_t mtime_ns; /* as read; 0: no file, -1: look */
	struct painter_task task;
	struct painted *tile; /* owned; NULL: nothing to show */
	/* Why it has no image, for a person; called when that changes. */
	void (*trouble)(struct logo *l, const char *why);
	void *ctx;
};

void logo_init(struct logo *l, struct ground *ground);
void logo_clear(struct logo *l);

/* The keys, which outlive it or are set again. */
void logo_set(struct logo *l, const struct profile_overlay *keys);

#endif
