/* SPDX-License-Identifier: ISC */
#ifndef FFSINK_H
#define FFSINK_H

/*
 * The kind of an output: its format, and its files on local disks. Questions
 * about a profile; no options are made here.
 */

#include <stdbool.h>

struct profile_output;

/* The kind of an output on our disks. */
enum sink {
	SINK_OTHER,  /* a server, a pipe, a device, a muxer of many files */
	SINK_RECORD, /* files with names of the time */
	SINK_FILE,   /* one file with a fixed name */
	SINK_HLS     /* a playlist and its segments */
};
enum sink ffsink_of(const struct profile_output *o);

/* The path of an output's URL, borrowed; NULL: not a path, or a device. */
const char *ffsink_path(const struct profile_output *o);

/* The stem of its HLS segments, without directory, before "-00000.ts"; NULL:
 * the profile's options may have other names. Caller frees. */
char *ffsink_hls_stem(const struct profile_output *o);

/* The path of its HLS segments, with "%05d" or as the profile's options say;
 * NULL: no segments here. Caller frees. */
char *ffsink_hls_segments(const struct profile_output *o);

/* Whether it names its files by itself (segments, images, a tee with a file),
 * and would write over the files of the last run. */
bool ffsink_begins_anew(const struct profile_output *o);

/* Whether the muxer opens a file by its name again in the end: its name must
 * not change before. */
bool ffsink_reopens(const struct profile_output *o);

/* Whether its video may change size and profile on the way: the container does
 * not fix them at its beginning. */
bool ffsink_bears_change(const struct profile_output *o);

/* The container that follows from an output's address, borrowed; NULL: ffmpeg
 * finds it. */
const char *ffsink_format(const struct profile_output *o);

/* The names that ffsup gives the segments of a playlist. Caller frees. */
char *ffsink_segments(const char *url);

#endif
