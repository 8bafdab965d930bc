/* SPDX-License-Identifier: ISC */
#ifndef SURVEY_H
#define SURVEY_H

/*
 * A reload's view of the outside: the files of the configuration, and the
 * ffmpeg that they name. Made by a process that may wait for a disk, sent to
 * the one that may not.
 */

#include <stddef.h>

#include "daemon/conf.h"
#include "daemon/diskview.h"
#include "process/probe.h"

struct survey {
	struct diskview files;
	struct probe ffmpeg; /* path NULL: not asked, or not found */
	char *cause;	     /* owned: why it was not found; NULL: it was */
};

/* Look. `known`: the name of the ffmpeg that needs no question, or NULL. */
void
survey_look(struct survey *s, const struct conf_input *in, const char *known);
void survey_clear(struct survey *s);

/* As bytes to a descriptor; and from them: 0, or -1 when they are not a
 * survey. */
void survey_send(const struct survey *s, int out);
int survey_take(struct survey *s, const char *data, size_t len);

#endif
