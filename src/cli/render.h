/* SPDX-License-Identifier: ISC */
#ifndef RENDER_H
#define RENDER_H

/*
 * Replies of the daemon as text for people: short answers and lines here,
 * the table and the pages in their own modules on the helpers below. Writes
 * into a buffer, never to a terminal, and knows the terminal only by the
 * options. Any bytes that a stream, a camera or ffmpeg may have put into a text
 * are made harmless on the way.
 */

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "link/framepump.h"
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

/* The abilities of standard output, asked each time: a window changes its
 * size. */
void render_opts_stdout(struct render_opts *o);

/* One function for the "data" of each reply; doc/PROTOCOL.md. */
typedef void render_fn(struct buf *, const cJSON *, const struct render_opts *);

render_fn render_results; /* of start, stop, restart, retry */
render_fn render_reload;
render_fn render_plan; /* a shell script, so that it can be tried */
render_fn render_logs;
render_fn render_log; /* one line of logs */
render_fn render_events;
render_fn render_event; /* one event */
render_fn render_version;

/* Change a text of whole lines so that it overwrites the terminal's content,
 * without flicker; cut to the window. */
void render_frame(struct buf *b, const char *text, const struct render_opts *o);

/* The sequences that begin and end such a display. */
extern const char render_frame_begin[], render_frame_end[];

/* --- helpers of the table and the pages ---------------------------------- */

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

/* Members of a reply; a NULL object has none. */
const cJSON *render_get(const cJSON *object, const char *key);
const char *render_str(const cJSON *object, const char *key); /* or NULL */
double render_num(const cJSON *object, const char *key, double or_else);
bool render_has_num(const cJSON *object, const char *key);
bool render_is_true(const cJSON *object, const char *key);

/* The meaning of a reply's words. The daemon may be of another version: see
 * verdict_by_name(), verdict_state_by_name(); N_FALLBACKS: an unknown one. */
enum stream_state render_state_of(const cJSON *stream);
enum reason render_reason_of(const cJSON *stream);
enum fallback render_fallback_of(const cJSON *object);

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

/* Figures: one word, in the caller's cell. */
#define RENDER_CELL 24
void render_figure(char out[RENDER_CELL], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const char *render_span(double seconds, char out[RENDER_CELL]);
void render_decimal(char out[RENDER_CELL], double n, int most);
void render_bitrate(char out[RENDER_CELL], double kbps);

/* A time of a reply in local time, without the date if it is today's. */
void render_clock(struct buf *b, const char *iso, const struct render_opts *o);

/* "next try in 4m19s", "" when nothing waits; caller frees. */
char *render_next(const cJSON *stream);

#endif
