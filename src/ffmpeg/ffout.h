/* SPDX-License-Identifier: ISC */
#ifndef FFOUT_H
#define FFOUT_H

/*
 * Reads single lines that ffmpeg and programs print.
 */

#include <stdbool.h>
#include <stddef.h>

/* A line's news about the tracks of the inputs, from 4.3 to 9. */
enum ffout_track {
	FFOUT_TRACK_NONE,
	FFOUT_TRACK_SOUND,	/* the first input, or the output, has sound */
	FFOUT_TRACK_OUTPUT,	/* from here on lines are about the output */
	FFOUT_TRACK_LATE_SOUND, /* it came too late, and is left out */
	FFOUT_TRACK_LATE_VIDEO,
	FFOUT_TRACK_UNKNOWN_SOUND, /* announced, but unknown */
	FFOUT_TRACK_UNKNOWN_VIDEO
};

enum ffout_track ffout_track(const char *line);

/* The demuxer of an input, by the line about it, and the input's number; NULL:
 * not such a line. Caller frees. */
char *ffout_demuxer(const char *line, int *input);

/* Whether a line says that an input has an end: its duration. */
bool ffout_has_end(const char *line);

/* Whether a line says that the video is of a codec that MPEG-TS has no place
 * for. */
bool ffout_is_foreign(const char *line);

/* Whether a line says that the file that is read is cut off or damaged. The
 * run goes on, and may end as if nothing had happened. */
bool ffout_is_flaw(const char *line);

/* Whether it has opened its first input, and knows its tracks. */
bool ffout_opens_input(const char *line);

/* Whether the stamp of a frame of an output's first stream, its video if it has
 * one, did not advance. Muxers that accept equal stamps (FLV, Matroska) report
 * only a step back. */
bool ffout_stands_still(const char *line);

/* Whether a parser complains that a frame is not of its codec. */
bool ffout_is_complaint(const char *line);

/* A line of stderr, taken apart. */
struct ffout_line {
	const char *text;   /* the message after the tags */
	const char *module; /* tag of the speaker, "[rtsp @ 0x5]"; NULL */
	int level;	    /* of its tag, FFOUT_LEVEL_...; -1: none */
};

#define FFOUT_LEVEL_ERROR 3
#define FFOUT_LEVEL_INFO  5

/* Take a line apart: "[x @ 0x55d0] [level] message". It borrows the line. */
void ffout_untag(struct ffout_line *l, const char *line);

/* A program's last words; of a Python traceback "FILE line N: EXCEPTION". NULL:
 * nothing. Caller frees. */
char *ffout_last_words(const char *const *lines, size_t n);

/* "detect.py line 88" of the last frame of a Python traceback in the lines, or
 * NULL. Caller frees. */
char *ffout_last_frame(const char *const *lines, size_t n);

/* Index of the last line that reports an error, -1: none. */
int ffout_last_error(const char *const *lines, size_t n);

/* The file of a list that cannot be opened, by a line, or NULL. Caller
 * frees. */
char *ffout_unopened(const char *line);

#endif
