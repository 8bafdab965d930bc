/* SPDX-License-Identifier: ISC */
#ifndef URLPARTS_H
#define URLPARTS_H

/*
 * URLs in any text, and which of their parts are secret: the user info, every
 * value of the query that is longer than one byte and whose name is not known to
 * be harmless ("resolution"), and for rtmp and its variants the last part of the
 * path. A URL is whatever has "scheme://"; of the net's schemes "scheme:/" as
 * well, which ffmpeg takes.
 */

#include <stdbool.h>
#include <stddef.h>

/* Where the parts of a URL lie: offsets into the text. */
struct urlparts {
	const char *text; /* borrowed */
	size_t user;	  /* after "://" */
	size_t host;	  /* after '@'; == user without user info */
	size_t path;	  /* the first '/', or == query */
	size_t query;	  /* the '?', or == end */
	size_t end;
	bool rtmp; /* the last part of the path is a key */
};

enum urlpart {
	URLPART_USER, /* with the password */
	URLPART_KEY,  /* of a stream */
	URLPART_VALUE /* of a parameter */
};

/* Called for a secret part: [from, to) of the text. */
typedef void (*urlparts_fn)(void *ctx, const struct urlparts *u,
    enum urlpart part, size_t from, size_t to);

/* The secret parts of every URL in a text. */
void urlparts_walk_text(const char *text, urlparts_fn fn, void *ctx);

/* The parts of a URL without text around it: all of it belongs to the URL.
 * NULL, or not a URL: none. */
void urlparts_walk_url(const char *url, urlparts_fn fn, void *ctx);

/* Whether something in a text looks like a URL. */
bool urlparts_has(const char *text);

/* Whether a word is a secret part of a URL. */
bool urlparts_is_part(const char *url, const char *word);

/* The name of the parameter whose value begins there; *len 0: it has none. */
const char *
urlparts_parameter(const struct urlparts *u, size_t value, size_t *len);

#endif
