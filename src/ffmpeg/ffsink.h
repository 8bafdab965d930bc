/* SPDX-License-Identifier: ISC */
#ifndef FFSINK_H
#define FFSINK_H

/*
 * What an output is: its format, and what it writes on disks of ours. Questions
 * about a profile; no options are made here.
 */

#include <stdbool.h>

struct profile_output;

/* What an output is on our disks. */
enum sink {
	SINK_OTHER,  /* a server, a pipe, a device, a muxer of many files */
	SINK_RECORD, /* files with names of the time */
	SINK_FILE,   /* one file with a fixed name */
	SINK_HLS     /* a playlist and its segments */
};
enum sink ffsink_of(const struct profile_output *o);

/* The path that an output's URL is, borrowed; NULL: it is none, or a device. */
const char *ffsink_path(const struct profile_output *o);

/* What the names of its HLS segments begin with, without directory, before
 * "-00000.ts"; NULL: the profile's options may have other names. Caller
 * frees. */
char *ffsink_hls_stem(const struct profile_output *o);

/* The path of its HLS segments, with "%05d" or what the profile's options say;
 * NULL: it has none here. Caller frees. */
char *ffsink_hls_segments(const struct profile_output *o);

/* Whether it gives its files names of its own (segments, pictures, a tee with a
 * file), and would write over the files of the last run. */
bool ffsink_begins_anew(const struct profile_output *o);

/* Whether the muxer opens a file by its name again in the end: it must not get
 * another one before. */
bool ffsink_reopens(const struct profile_output *o);

/* Whether what it carries may change its size and profile on the way: the container
 * does not say that once and for all at its beginning. */
bool ffsink_bears_change(const struct profile_output *o);

/* The container that follows from an output's address, borrowed; NULL: ffmpeg
 * finds it. */
const char *ffsink_format(const struct profile_output *o);

/* The names that ffsup gives the segments of a playlist. Caller frees. */
char *ffsink_segments(const char *url);

#endif
