/* SPDX-License-Identifier: ISC */
#ifndef SEI_H
#define SEI_H

/*
 * Messages for players in the video itself: SEI NAL units with unregistered
 * user data (ITU-T H.264, 7.3.2.3 and D.1.7; ITU-T H.265, 7.3.2.4 and D.2.7),
 * which decoders skip. A comment is ffsup's own UUID, then a JSON object in
 * UTF-8. Players read only the first message of a NAL unit, so each has a unit
 * of its own. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "media/ts.h"

struct buf;

#define SEI_UUID 16   /* bytes */
#define SEI_MAX	 8192 /* bytes of a message after its UUID, at most */

/* Bytes that sei_write() appends at most: start code, header, type and size,
 * all with emulation prevention, the trailing bits. */
#define SEI_NAL_MAX (6 + (1 + 33 + SEI_UUID + SEI_MAX) / 2 * 3 + 2)

/* The UUID of ffsup's comments: b5b638c9-4610-4820-8bef-fbf22fe29260. It has
 * no zero byte, so that a reader finds it without removing emulation
 * prevention. */
extern const uint8_t sei_comment_uuid[SEI_UUID];

/* A comment; the texts are borrowed. Its JSON has these members in this order,
 * after "v": 1. A text that is NULL and a number that is 0 are left out. */
struct sei_comment {
	const char *id;	   /* "id": of the overlay it was said to */
	const char *text;  /* "text" */
	const char *color; /* "color": "#rrggbb" */
	const char *user;  /* "user": its author */
	const char *mode;  /* "mode": "scroll", "top" or "bottom" */
	int size;	   /* "size": of the font, in pixels */
	int64_t at_ms;	   /* "at": when it was said, Unix time in ms */
};

/* Append a NAL unit with this message, its start code of four bytes first. -1
 * and nothing appended when the message is too long, the codec neither H.264
 * nor H.265, or the buffer full. */
int sei_write(struct buf *out, enum ts_codec codec,
    const uint8_t uuid[SEI_UUID], const void *data, size_t len);

/* The same for a comment. */
int sei_write_comment(
    struct buf *out, enum ts_codec codec, const struct sei_comment *c);

/* Append the JSON of the first comment in a NAL unit, given without its start
 * code. -1: it has no whole comment, or the buffer is full. */
int
sei_read(struct buf *out, enum ts_codec codec, const uint8_t *nal, size_t len);

#endif
