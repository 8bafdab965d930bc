/* SPDX-License-Identifier: ISC */
#ifndef FFARGS_H
#define FFARGS_H

/*
 * From a worker to its command line: the only file that knows ffmpeg's
 * options, spelt for the version that was probed.
 */

#include <stdbool.h>

#include "base/strv.h"
#include "profile/plan.h"

struct profile;
struct profile_output;
struct codecinfo;

/* The descriptor on which ffmpeg reports its progress. */
#define FFARGS_PROGRESS_FD 3

/* Version of an ffmpeg binary, as number 5 * 100 + 1 for 5.1. */
struct ffver {
	int number;    /* 0: not told; treated as the newest */
	char text[64]; /* "5.1.9-0+deb12u1", as the binary says it */
};

#define FFVER(major, minor) ((major)*100 + (minor))

/* Whether out_time of its -progress is that of the stream that is furthest
 * behind, which stands still when the sound alone is gone; before, it is that
 * of the one that is ahead. */
bool ffargs_trails(const struct ffver *ver);

/* The arguments that make the binary tell its version. */
void ffargs_version(struct strv *argv, const char *ffmpeg);

/*
 * Read the output of -version: its first line, or for builds named after a
 * commit the major version of libavformat. False: that is no ffmpeg.
 */
bool ffargs_parse_version(struct ffver *ver, const char *text);

/*
 * The argv of worker `w` of a profile. For a producer this is the profile's
 * command; for everything else ffmpeg (its path given) and its arguments.
 */
void ffargs_worker(struct strv *argv, const struct profile *p,
    const struct plan_worker *w, const char *ffmpeg, const struct ffver *ver);

/* The command that opens source number i and tells what is in it; `file`
 * stands for its files. */
void ffargs_inspect(struct strv *argv, const struct profile *p, size_t i,
    const char *file, const char *ffmpeg, const struct ffver *ver);

/* The command that lists the encoders that the binary has. */
void ffargs_encoders(struct strv *argv, const char *ffmpeg);

/* The command that writes an image as one raw picture to stdout. */
void ffargs_slate(struct strv *argv, const char *ffmpeg, const char *path,
    const struct geometry *g);

/* Length of the piece that ffargs_reel() makes. */
#define FFARGS_REEL_S 4

/* The command that reads a key frame as MPEG-TS from stdin and writes a slate
 * of the same traits to stdout, as MPEG-TS again: that picture, dimmed, with
 * a moving bar, or an image instead; `image` NULL: none. */
void ffargs_reel(struct strv *argv, const char *ffmpeg,
    const struct codecinfo *traits, double fps, const char *image);

/* Files that one picture is written as. */
enum image {
	IMAGE_JPEG,
	IMAGE_PNG,
	N_IMAGES
};

/* The command that reads one raw picture from stdin and writes an image to
 * stdout. */
void ffargs_snap(struct strv *argv, const char *ffmpeg,
    const struct geometry *g, enum image image);

/* One line for the concat demuxer's list: "file '...'" with quotes escaped
 * as ffmpeg wants them. */
void ffargs_list_line(struct strv *lines, const char *path);

/* What an output is on our disks. */
enum sink {
	SINK_OTHER,  /* a server, a pipe, a device, a muxer of many files */
	SINK_RECORD, /* files with names of the time */
	SINK_FILE,   /* one file with a fixed name */
	SINK_HLS     /* a playlist and its segments */
};
enum sink ffargs_sink(const struct profile_output *o);

/* The path that an output's URL is, borrowed; NULL: it is none, or a device. */
const char *ffargs_path(const struct profile_output *o);

/* What the names of its HLS segments begin with, without directory, before
 * "-00000.ts"; NULL: the profile's options may have other names. Caller
 * frees. */
char *ffargs_hls_stem(const struct profile_output *o);

/* The path of its HLS segments, with "%05d" or what the profile's options say;
 * NULL: it has none here. Caller frees. */
char *ffargs_hls_segments(const struct profile_output *o);

/* Whether it gives its files names of its own (segments, pictures, a tee with a
 * file), and would write over the files of the last run. */
bool ffargs_begins_anew(const struct profile_output *o);

/* Whether the muxer opens a file by its name again in the end: it must not get
 * another one before. */
bool ffargs_reopens(const struct profile_output *o);

/* Whether what it carries may change its size and profile on the way: the container
 * does not say that once and for all at its beginning. */
bool ffargs_bears_change(const struct profile_output *o);

/* The URL with its user and password put in, encoded. Caller frees. */
char *ffargs_url(const char *url, const char *user, const char *password);

#endif
