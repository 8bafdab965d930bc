/* SPDX-License-Identifier: ISC */
#ifndef REDACT_H
#define REDACT_H

/*
 * Masks secrets in any text that leaves the daemon. Two lines of defence:
 *
 * 1. The known secrets: raw, percent-encoded, in base64, and with the
 *    backslashes and quotes that tee, JSON and the shell put in, also as the
 *    numbers of characters (\uXXXX); each line of one that has several; with
 *    the '?' that ffmpeg writes for a control byte. One of six
 *    bytes or more is masked wherever it stands, a shorter one (three to
 *    five) only between non-word bytes.
 * 2. Whatever looks like a URL ("scheme://"; of the net's schemes "scheme:/" as
 *    well, which ffmpeg takes): its user info, every value of
 *    its query that is longer than one byte and whose name is not known to be
 *    harmless ("resolution"), and for rtmp and its variants the last part of
 *    its path.
 *
 * A value is a secret by the place where it stands. A stream key or a query
 * value that is a common word ("test", "live", "127") is masked in URLs, where
 * it stands as that part, and not learnt: it would hide harmless text.
 *
 * The mask is "****".
 */

#include <stdbool.h>

#include "base/strv.h"

struct redact_index;

struct redact {
	struct strv secrets;	    /* owned; every spelling is masked */
	struct redact_index *index; /* owned; NULL: none yet */
	/* Owned: words that stand openly (names, parts of paths). What is a
	 * part of one is no secret, though it may be a stream key. */
	struct strv spared;
	/* Owned: those of the secrets that are so by their place only, stream
	 * keys and the like: another stream's words may spare them. */
	struct strv by_place;
	bool placing; /* what is learnt now is one of those */
};

void redact_clear(struct redact *r);

/* Learn a secret, as it is written and percent-decoded. Shorter than three
 * bytes: ignored. NULL: nothing. */
void redact_add(struct redact *r, const char *secret);

/* Learn what was learnt elsewhere, without some of it. */
void redact_add_all(
    struct redact *r, const struct strv *secrets, const struct strv *without);

/* Learn a password, alone and as HTTP sends it together with the user. */
void redact_add_login(struct redact *r, const char *user, const char *password);

/* Whether it is words that a person reads: letters in one case each, or with a
 * capital, between hyphens, underscores, dots and spaces. */
bool redact_is_words(const char *s, size_t len);

/* Whether a line of a secret tells enough of it to be one: a bracket is none. */
bool redact_is_telling(const char *line, size_t len);

/* Learn one by its place, unless it is a common word or spared. */
void redact_add_place(struct redact *r, const char *secret);

/* Whether a text is a part of a word that stands openly. */
bool redact_is_spared(const struct strv *spared, const char *text);

/* Learn the secrets inside a URL: password, stream key, query values. */
void redact_add_url(struct redact *r, const char *url);

/* Learn those of every URL that stands somewhere in a text. */
void redact_add_urls(struct redact *r, const char *text);

/* Whether something in a text looks like a URL. */
bool redact_has_url(const char *text);

/* Whether a text is a secret part of a URL, which is masked as that. */
bool redact_is_part(const char *url, const char *text);

/* Whether it is a short common word, a small number or a size. */
bool redact_is_word(const char *s);

/* Whether it is a size, or a common word with a number behind it. */
bool redact_is_label(const char *s);

/* Whether the name of a variable, an option or a parameter says that its value
 * is a secret. */
bool redact_is_secret_name(const char *name);

/* The masked copy of a text; r may be NULL (URLs only). Caller frees. */
char *redact_text(const struct redact *r, const char *text);

/* Likewise of a text that was cut at its end, maybe in the middle of a secret:
 * the beginning of one at the end is masked as well. */
char *redact_cut_text(const struct redact *r, const char *text);

/* Percent-encode what may not stand in a URL's user info (RFC 3986, 3.2.1:
 * unreserved and sub-delims stay). Caller frees. */
char *redact_encode(const char *s);

/* RFC 4648. Caller frees. */
char *redact_base64(const char *s);

#endif
