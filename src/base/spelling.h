/* SPDX-License-Identifier: ISC */
#ifndef SPELLING_H
#define SPELLING_H

/*
 * How a text is written down: percent-encoded, in base64, with the backslashes
 * and quotes that tee, JSON and the shell put in, as the numbers of characters
 * (\uXXXX), and with the '?' that ffmpeg writes for a control byte. Made,
 * undone, and compared with a text.
 */

#include <stdbool.h>
#include <stddef.h>

/* Ways to write a text down, each with those before it. */
enum spelling {
	SPELLING_PLAIN,
	SPELLING_ESCAPED, /* for tee, JSON or a shell */
	SPELLING_ENCODED  /* "%XX", and escapes around it */
};

/* Percent-encode the bytes that a URL's user info may not contain (RFC 3986,
 * 3.2.1: unreserved and sub-delims stay). Caller frees. */
char *spelling_encode(const char *s);

/* Percent-decode in place; a "%00" stays as it is. */
void spelling_decode(char *s);

/* The byte that "%XX" at s means, or -1. */
int spelling_unescape(const char *s);

/* RFC 4648. Caller frees. */
char *spelling_base64(const char *s);

/*
 * Read a character as JSON and Python may write it: \uXXXX, twice for one
 * beyond them, \UXXXXXXXX, and a byte as \xXX, a control byte as \t, \e or
 * \033; there may be several backslashes. Its length in the text, or 0; out, of
 * 4 bytes, gets *len of them.
 */
size_t spelling_read_char(const char *s, char *out, size_t *len);

/* Length of the secret's spelling at s, or 0. In a text that was cut, its
 * beginning is enough. */
size_t spelling_match(
    const char *s, const char *secret, enum spelling spelling, bool cut);

/* Likewise of `len` letters of a base64 text; both alphabets are one. The
 * letter after it holds a few bits of the secret, too. */
size_t
spelling_match_base64(const char *s, const char *letters, size_t len, bool cut);

#endif
