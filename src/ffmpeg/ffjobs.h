/* SPDX-License-Identifier: ISC */
#ifndef FFJOBS_H
#define FFJOBS_H

/*
 * Command lines of an ffmpeg that is not a worker: it is run once, for its
 * answer or its result.
 */

#include "base/strv.h"
#include "ffmpeg/ffver.h"
#include "media/frame.h"

struct codecinfo;
struct profile;

/* The command that opens source number i and reports its tracks; `file`
 * replaces its files. */
void ffjobs_inspect(struct strv *argv, const struct profile *p, size_t i,
    const char *file, const char *ffmpeg, const struct ffver *ver);

/* The command that lists the encoders that the binary has. */
void ffjobs_encoders(struct strv *argv, const char *ffmpeg);

/* The command that writes an image as one raw frame to stdout. */
void ffjobs_slate(struct strv *argv, const char *ffmpeg, const char *path,
    const struct geometry *g);

/* The command that writes an image with its transparency as PAM to stdout, scaled
 * to `size`: of {0, h} and of -1 the other side follows; {0, 0}: as it is. */
void ffjobs_image(
    struct strv *argv, const char *ffmpeg, const char *path, struct size size);

/* Length of the piece that ffjobs_reel() makes. */
#define FFJOBS_REEL_S 4

/* The command that reads a key frame as MPEG-TS from stdin and writes a slate
 * of the same traits to stdout, as MPEG-TS again: that frame, dimmed, with a
 * moving bar, or an image instead; `image` NULL: none. */
void ffjobs_reel(struct strv *argv, const char *ffmpeg,
    const struct codecinfo *traits, double fps, const char *image);

/* Image formats of one frame. */
enum image {
	IMAGE_JPEG,
	IMAGE_PNG,
	N_IMAGES
};

/* The command that reads one raw frame from stdin and writes an image to
 * stdout. */
void ffjobs_snap(struct strv *argv, const char *ffmpeg,
    const struct geometry *g, enum image image);

/* One line for the concat demuxer's list: "file '...'" with quotes escaped
 * as ffmpeg wants them. */
void ffjobs_list_line(struct strv *lines, const char *path);

#endif
