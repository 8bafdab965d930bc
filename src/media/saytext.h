/* SPDX-License-Identifier: ISC */
#ifndef SAYTEXT_H
#define SAYTEXT_H

/*
 * A text from anywhere, made fit to be drawn on a frame: one line of valid
 * UTF-8, without characters that are invisible or reach far out of the line.
 * Colours as text. Pure.
 *
 *	no UTF-8, no character		U+FFFD
 *	controls, line ends, blanks	one blank for any run, none at the ends
 *	marks of the writing direction,	nothing
 *	zero-width characters
 *	marks on a letter		SAYTEXT_MARKS in a row, the rest nothing
 *	ZWJ, ZWNJ			one in a row, between characters
 *	variation selectors, and tags	kept: parts of emoji
 *	after a black flag
 */

#include <stddef.h>
#include <stdint.h>

#define SAYTEXT_MAX   1024 /* bytes of a text, cut at a character */
#define SAYTEXT_MARKS 4	   /* general categories Mn and Me */

/* Clean a text of `len` bytes, which may include NUL; NULL: no visible
 * character is left. Caller frees. */
char *saytext_clean(const char *bytes, size_t len);

/* 0xrrggbb of "#rgb", "#rrggbb", or of a number of 24 bits, "16711680" or
 * "0xff0000", as danmaku platforms send it; -1: it is none of these. */
int saytext_color(const char *text, uint32_t *rgb);

#endif
