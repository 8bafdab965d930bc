/* SPDX-License-Identifier: ISC */
#ifndef FFOUT_H
#define FFOUT_H

/*
 * Reads single lines that ffmpeg and programs print.
 */

#include <stdbool.h>
#include <stddef.h>

/* What a line says of the tracks of the inputs, from 4.3 to 9. */
enum ffout_track {
	FFOUT_TRACK_NONE,
	FFOUT_TRACK_SOUND,	/* the first input, or the output, has sound */
	FFOUT_TRACK_OUTPUT,	/* from here on it is the output's */
	FFOUT_TRACK_LATE_SOUND, /* it came too late, and is left out */
	FFOUT_TRACK_LATE_VIDEO,
	FFOUT_TRACK_UNKNOWN_SOUND, /* announced, and nothing is known of it */
	FFOUT_TRACK_UNKNOWN_VIDEO
};

enum ffout_track ffout_track(const char *line);

/* Whether the stamp of a frame of an output's first stream, which is its video, if
 * it has one, did not go on. Muxers that bear equal stamps (FLV, Matroska) say it
 * of one that steps back alone. */
bool ffout_stands_still(const char *line);

/* Whether a parser complains that a frame is none of its codec. */
bool ffout_is_complaint(const char *line);

/* A line of stderr, taken apart. */
struct ffout_line {
	const char *text;   /* the message behind the tags */
	const char *module; /* tag of who says it, "[rtsp @ 0x5]"; NULL */
	int level;	    /* of its tag, FFOUT_LEVEL_...; -1: it has none */
};

#define FFOUT_LEVEL_ERROR 3
#define FFOUT_LEVEL_INFO  5

/* Take a line apart: "[x @ 0x55d0] [level] message". It borrows the line. */
void ffout_untag(struct ffout_line *l, const char *line);

/* What a program said last; of a Python traceback "FILE line N: EXCEPTION".
 * NULL: nothing. Caller frees. */
char *ffout_last_words(const char *const *lines, size_t n);

/* Index of the last line that tells an error, -1: there is none. */
int ffout_last_error(const char *const *lines, size_t n);

/* The file that a line says cannot be opened, of a list of files, or NULL.
 * Caller frees. */
char *ffout_unopened(const char *line);

#endif
