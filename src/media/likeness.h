/* SPDX-License-Identifier: ISC */
#ifndef LIKENESS_H
#define LIKENESS_H

/*
 * What bytes are, by the first of them: a program that should write raw frames
 * or H.264 may write an image, a container, another codec or its messages.
 * Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum likeness {
	LIKENESS_NONE, /* nothing that is known here; raw frames are this */
	LIKENESS_TEXT,
	LIKENESS_UTF16,
	LIKENESS_HTTP, /* an answer of a server */
	LIKENESS_JPEG,
	LIKENESS_PNG,
	LIKENESS_GIF,
	LIKENESS_BMP,
	LIKENESS_TIFF,
	LIKENESS_WEBP,
	LIKENESS_PNM,
	LIKENESS_NPY, /* an array of NumPy with its header */
	LIKENESS_PICKLE,
	LIKENESS_Y4M,
	LIKENESS_MPEGTS,
	LIKENESS_MPEGPS,
	LIKENESS_FLV,
	LIKENESS_MP4,
	LIKENESS_MATROSKA,
	LIKENESS_AVI,
	LIKENESS_WAV,
	LIKENESS_OGG,
	LIKENESS_IVF,
	LIKENESS_NUT,
	LIKENESS_GZIP,
	LIKENESS_ZIP,
	LIKENESS_H264, /* Annex B */
	LIKENESS_H265, /* Annex B */
	LIKENESS_AVCC, /* H.264 with lengths instead of start codes */
	N_LIKENESSES
};

/* For people: "a JPEG image", "MPEG-TS". */
extern const char *const likeness_names[N_LIKENESSES];

/* Bytes of a beginning that settle it; fewer may, too. */
#define LIKENESS_HEAD 768

/* The likeness of a beginning. */
enum likeness likeness_of(const uint8_t *data, size_t len);

/* Whether bytes from the middle of something are text: UTF-8 with words and
 * blanks, and no control characters but those of a terminal. */
bool likeness_is_text(const uint8_t *data, size_t len);

/* Whether a line is no text by far: binary data that were cut at newlines. */
bool likeness_is_junk(const char *line);

/* Length of a first line that is text, at most 100 bytes; 0: it is none. */
size_t likeness_line(const uint8_t *data, size_t len);

/* Whether a single beginning proves it: raw frames do not begin so by
 * chance. */
bool likeness_is_certain(enum likeness k);

#endif
