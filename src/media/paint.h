/* SPDX-License-Identifier: ISC */
#ifndef PAINT_H
#define PAINT_H

/*
 * The messages between the daemon and a painter (ffsup-paint): datagrams of a
 * SEQPACKET Unix socket that is the painter's descriptor 0, each one JSON
 * object. Neither trusts the other: a message outside the limits below is
 * refused. Pure: bytes in and out, no descriptors.
 *
 *   painter  {"ready":true,"pango":"1.50.12"}            the first datagram
 *   daemon   {"id":7,"text":"...","size":36,...}         a missing key has its
 *            {"id":8,"image":true,...}                   default
 *   painter  {"id":7,"w":440,"h":44,"bytes":N,"cpu_us":90[,"font":"..."]}
 *            {"id":7,"error":"..."}                      id 0: no id in it
 *
 * An image comes with one descriptor (SCM_RIGHTS): a PAM file (P7, RGB_ALPHA)
 * of at most PAINT_FILE_MAX bytes. A tile comes with one: a memfd of exactly
 * `bytes` bytes with the seals SHRINK, GROW, WRITE and SEAL, holding a tile
 * (media/tile.h) in the requested format. "font": this family is used, because
 * the requested one is missing; sent once.
 *
 * Requests are answered in their order. End of file ends the painter.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/tile.h"

struct buf;

#define PAINT_REQUEST_MAX  65536 /* bytes of a datagram to the painter */
#define PAINT_REPLY_MAX	   4096	 /* and from it */
#define PAINT_TEXT_MAX	   8192	 /* bytes; the rest is not sent */
#define PAINT_FONT_MAX	   128	 /* bytes */
#define PAINT_SAID_MAX	   200	 /* bytes, of an error or a name */
#define PAINT_ID_MAX	   (((int64_t)1 << 53) - 1)
#define PAINT_SIZE_MIN	   4 /* pixels of the font */
#define PAINT_SIZE_MAX	   512
#define PAINT_OUTLINE_MAX  16	/* pixels */
#define PAINT_CLUSTERS_MAX 2000 /* a reader's idea of characters */
#define PAINT_FILE_MAX	   (256 << 20)
#define PAINT_BYTES_MAX	   (512 << 20)

struct paint_request {
	int64_t id;   /* 1..PAINT_ID_MAX */
	bool image;   /* of a file that comes along; else of the text */
	char *text;   /* owned; any bytes; NULL: none */
	char *font;   /* owned; as Pango reads it, without a size; NULL: any */
	int size;     /* pixels of the font */
	int outline;  /* pixels around the text, 0: none */
	int clusters; /* of the text, at most; "…" replaces the rest */
	int width;    /* pixels of the tile, at most */
	uint32_t color; /* 0xRRGGBB */
	uint8_t box;	/* how opaque a box under the text is; 0: none */
	struct tile_target target;
};

enum paint_kind {
	PAINT_READY, /* said: Pango's version */
	PAINT_TILE,  /* said: the font that is used instead, or "" */
	PAINT_ERROR, /* said: why */
	N_PAINT_KINDS
};

struct paint_reply {
	enum paint_kind kind;
	int64_t id;		       /* 0: none */
	int w, h;		       /* pixels, 1..SIZE_SIDE_MAX */
	int64_t bytes;		       /* of the tile, 1..PAINT_BYTES_MAX */
	int64_t cpu_us;		       /* processor time for it */
	char said[PAINT_SAID_MAX + 1]; /* one line of UTF-8, for a person */
};

/* The default of each key: no text, white, 36 pixels, for opaque bgr24. */
void paint_request_init(struct paint_request *r);
void paint_request_clear(struct paint_request *r);

/* Append the datagram. */
void paint_put_request(struct buf *out, const struct paint_request *r);
void paint_put_reply(struct buf *out, const struct paint_reply *r);

/* Read a request; -1 with a borrowed *cause, the name of a key that is wrong or
 * missing if it is an object, and the id if it has one. The caller clears it in
 * both cases. */
int paint_read_request(
    struct paint_request *r, const char *data, size_t len, const char **cause);

/* Why a tile cannot be the answer to a request, by its sides and its length: no
 * sound painter sends one that is larger than its text or its image (of `file`
 * bytes) can be. NULL: it can. */
const char *paint_refuses(const struct paint_reply *tile,
    const struct paint_request *r, int64_t file);

/* Read a reply; -1 with a borrowed *cause, likewise. */
int paint_read_reply(
    struct paint_reply *r, const char *data, size_t len, const char **cause);

#endif
