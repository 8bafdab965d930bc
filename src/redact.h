/* SPDX-License-Identifier: ISC */
#ifndef REDACT_H
#define REDACT_H

/*
 * Masks secrets in any text that leaves the daemon. Two lines of defence:
 *
 * 1. The known secrets of a profile: raw, percent-encoded, and with the
 *    backslashes and quotes that tee, JSON and the shell put in. One of six
 *    bytes or more is masked wherever it stands, a shorter one (three to
 *    five) only between non-word bytes.
 * 2. Whatever looks like a URL ("scheme://"): its user info, every value of
 *    its query that is longer than one byte, and for rtmp and its variants
 *    the last part of its path.
 *
 * The mask is "****".
 */

#include <stdbool.h>

#include "strv.h"

struct redact {
	struct strv secrets; /* owned; every spelling of each is masked */
};

void redact_clear(struct redact *r);

/* Learn a secret. Shorter than three bytes: ignored. */
void redact_add(struct redact *r, const char *secret);

/* Learn the secrets inside a URL: password, stream key, query values. */
void redact_add_url(struct redact *r, const char *url);

/* The masked copy of a text; r may be NULL (URLs only). Caller frees. */
char *redact_text(const struct redact *r, const char *text);

/* Percent-encode what may not stand in a URL's user info (RFC 3986, 3.2.1:
 * unreserved and sub-delims stay). Caller frees. */
char *redact_encode(const char *s);

#endif
