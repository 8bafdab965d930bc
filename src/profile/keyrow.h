/* SPDX-License-Identifier: ISC */
#ifndef KEYROW_H
#define KEYROW_H

/*
 * A row of a table of keys: the name of a key, its allowed values and where the
 * value is put.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/size.h" /* struct size, struct rate */
#include "base/strv.h"

enum key_type {
	KEY_BOOL,     /* bool */
	KEY_INT,      /* int64_t; whole numbers only, min..max */
	KEY_NUMBER,   /* double; min..max */
	KEY_STRING,   /* char *, owned; no control characters, never empty */
	KEY_TEXT,     /* the same; true and false are texts, too */
	KEY_ENUM,     /* int: index into choices */
	KEY_DURATION, /* int64_t ms: "500ms" "15s" "10m" "2h" "1d", or seconds */
	KEY_BITRATE,  /* int64_t bit/s: "2500k" "2.5M", or bit/s */
	KEY_BYTES,    /* int64_t bytes: "50GB" "512MiB", or bytes */
	KEY_SIZE,     /* struct size: "1280x720" */
	KEY_EXTENT,   /* struct size: 36 is a height (w 0); of "160x-1" the -1
			 follows from the other */
	KEY_SPAN,     /* struct span: [0, 0.6] */
	KEY_RATE,     /* struct rate: 30, 29.97, "30000/1001" */
	KEY_STRINGS,  /* struct strv: ["a", "b"]; at least one */
	KEY_OPTIONS, /* struct strv: {"name": value} as "-name", "value", ... */
	KEY_ENV,     /* struct strv: {"NAME": "value"} as "NAME=value", ... */
	KEY_OBJECT,  /* struct that begins with struct key_set; see `sub` */
	KEY_LIST,    /* struct key_list of such structs; see `sub`, `size` */
	N_KEY_TYPES
};

/* First member of every struct that an OBJECT row or a LIST row fills. */
struct key_set {
	bool set; /* the key was there */
	int word; /* index of the word written instead of an object, or -1 */
};

struct key_list {
	void *v; /* owned array */
	size_t n;
};

enum {
	KEY_REQUIRED = 1 << 0,
	KEY_SECRET = 1 << 1, /* the value is never shown */
	KEY_LIVE = 1 << 2,   /* a change is applied without a restart */
	KEY_URL = 1 << 3,    /* a URL: shown masked */
	KEY_SENDER = 1 << 4, /* a change restarts only the encoder and sender */
	KEY_SOURCE = 1 << 5, /* a change restarts the source of the media */
	KEY_OUTPUT = 1 << 6  /* a change restarts the outputs concerned */
};

struct key {
	const char *name; /* NULL ends the table */
	enum key_type type;
	size_t offset;		    /* in the struct of this table */
	const char *const *choices; /* ENUM, or the words of an OBJECT */
	const struct key *sub;	    /* OBJECT, LIST */
	size_t size;		    /* LIST: bytes of one element */
	/* OBJECT that may be a list of such objects, the first of which fills
	 * the struct: where in that struct the key_list of the others is, of
	 * `size` each, `max` with the first. 0: it may not. */
	size_t more;
	double min, max;  /* both 0: no limits; in the C unit */
	const char *def;  /* default as it would be written, or NULL */
	const char *unit; /* for documents: "ms", "fps" */
	const char *help; /* one sentence */
	unsigned flags;
};

#endif
