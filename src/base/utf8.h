/* SPDX-License-Identifier: ISC */
#ifndef UTF8_H
#define UTF8_H

/*
 * UTF-8 (RFC 3629) read and written, one character at a time. Overlong forms,
 * surrogates and code points above U+10FFFF are not UTF-8.
 */

#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX     4	    /* bytes of one character */
#define UTF8_INVALID 0xfffd /* shown for a byte that begins none */

/* Decode one character of a NUL-terminated text: its length, and UTF8_INVALID
 * with length 1 for a byte that begins none. */
size_t utf8_decode(const char *text, uint32_t *cp);

/* Length of the character that a text begins with, 0: it is not UTF-8. */
size_t utf8_len(const char *text);

/* Write a character, of U+10FFFF at most; its length. No NUL is added. */
size_t utf8_put(uint32_t cp, char out[UTF8_MAX]);

#endif
