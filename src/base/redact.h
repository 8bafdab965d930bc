/* SPDX-License-Identifier: ISC */
#ifndef REDACT_H
#define REDACT_H

/*
 * Masks secrets in any text that leaves the daemon. Two lines of defence:
 *
 * 1. The known secrets, in every spelling (spelling.h); a secret of several
 *    lines counts as each of its lines. One of six bytes or more is masked
 *    everywhere, a shorter one (three to five) only between non-word bytes.
 * 2. The secret parts of whatever looks like a URL (urlparts.h).
 *
 * Its place makes a value a secret. A stream key or a query value that is a
 * common word ("test", "live", "127") is masked in URLs, as that part, and not
 * learnt: it would hide harmless text.
 *
 * The mask is "****".
 */

#include <stdbool.h>

#include "base/strv.h"

struct redact_index;

struct redact {
	struct strv secrets;	    /* owned; every spelling is masked */
	struct redact_index *index; /* owned; NULL: none yet */
	/* Owned: public words (names, parts of paths). A part of one is not a
	 * secret, though it may be a stream key. */
	struct strv spared;
	/* Owned: those of the secrets that are so by their place only, stream
	 * keys and the like: another stream's words may spare them. */
	struct strv by_place;
	bool placing; /* now learning one of those */
};

void redact_clear(struct redact *r);

/* Learn a secret, as it is written and percent-decoded. Shorter than three
 * bytes: ignored. NULL: nothing. */
void redact_add(struct redact *r, const char *secret);

/* Learn `secrets`, except those in `without`. */
void redact_add_all(
    struct redact *r, const struct strv *secrets, const struct strv *without);

/* Learn a password, alone and as HTTP sends it together with the user. */
void redact_add_login(struct redact *r, const char *user, const char *password);

/* Learn one by its place, unless it is a common word or spared. */
void redact_add_place(struct redact *r, const char *secret);

/* Whether a text is a part of a public word. */
bool redact_is_spared(const struct strv *spared, const char *text);

/* Learn the secrets inside a URL: password, stream key, query values. */
void redact_add_url(struct redact *r, const char *url);

/* Learn the secrets of every URL in a text. */
void redact_add_urls(struct redact *r, const char *text);

/* The masked copy of a text; r may be NULL (URLs only). Caller frees. */
char *redact_text(const struct redact *r, const char *text);

/* Likewise of a text that was cut at its end, maybe in the middle of a secret:
 * the beginning of one at the end is masked as well. */
char *redact_cut_text(const struct redact *r, const char *text);

#endif
