/* SPDX-License-Identifier: ISC */
#ifndef RENDER_H
#define RENDER_H

/*
 * What all texts that are made of replies are put together from: names, times,
 * colours, the look of each state. Any bytes that a stream, a camera or ffmpeg may
 * have put into a text are made harmless on the way. Writes into a buffer, never to
 * a terminal, and knows the terminal only by the options. Pure: all of it can be
 * compared with goldens.
 */

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "stream/verdict.h"

struct buf;

struct render_opts {
	bool colour;
	bool utf8;	  /* else plain ASCII */
	bool marks;	  /* a mark before each name; moves the columns */
	int width;	  /* in columns; 0: nothing is cut or wrapped */
	int height;	  /* in lines; 0: no limit */
	int64_t now_wall; /* ms since the epoch */
};

/* A text of the "data" of a reply; doc/PROTOCOL.md. */
typedef void render_fn(struct buf *, const cJSON *, const struct render_opts *);

struct render_look {
	const char *name;  /* in sentences */
	const char *upper; /* in the table */
	const char *mark;
	const char *ascii; /* the mark without UTF-8 */
	const char *sgr;   /* the colour */
	bool trouble;	   /* wants a person */
	int rank;	   /* in the table: trouble comes first */
};

/* By state; the last one is for a state that this ffsup does not know. */
#define RENDER_LOOKS (N_STREAM_STATES + 1)
extern const struct render_look render_looks[RENDER_LOOKS];

/* A text of a reply, made harmless; the copy ("" for NULL) is the caller's. */
void render_plain(struct buf *b, const char *text, const struct render_opts *o);
char *render_copy(const char *text, const struct render_opts *o);

/* A name and blanks up to `width` columns and two more. */
void render_name(
    struct buf *b, const char *name, int width, const struct render_opts *o);

/* Columns of the widest `key` in a list of objects, at least 1. */
int
render_widest(const cJSON *list, const char *key, const struct render_opts *o);

/* A colour begins, or with "0" ends; nothing without colours. */
void render_sgr(struct buf *b, const char *sgr, const struct render_opts *o);

/* The colour of a state by its word in the JSON, a stream's or a worker's. */
const char *render_state_sgr(const char *word);

/* A time of a reply in local time, "-" for none; and the same without the date
 * if it is today's. */
void render_stamp(struct buf *b, const char *iso);
void render_clock(struct buf *b, const char *iso, const struct render_opts *o);

/* "next try in 4m19s", "" when nothing waits; caller frees. */
char *render_next(const cJSON *stream);

#endif
