/* SPDX-License-Identifier: ISC */
#ifndef TEXT_H
#define TEXT_H

/*
 * Text for a terminal: made harmless, measured, cut and wrapped by columns,
 * not bytes. The texts measured here are UTF-8 and harmless already.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Whether a character would do something to a terminal instead of being seen:
 * C0, DEL, C1, line separators, marks and overrides of the writing
 * direction. */
bool text_is_control(uint32_t cp);

/* Whether it has a control byte (C0, DEL), so that it is not one line of text. */
bool text_has_control(const char *text);

/* Append a text that may come from anywhere: control characters and bytes
 * that are not UTF-8 are spelt out; without `utf8` the rest is ASCII. */
void text_plain(struct buf *b, const char *text, bool utf8);

/* Columns that a harmless text takes. */
int text_columns(const char *text);

void text_blanks(struct buf *b, int n); /* below 1: none */

/* Append a text, cut with dots where it is wider than `width`. */
void text_cut(struct buf *b, const char *text, int width, bool utf8);

/* The same, but of one that is cut, so many columns stay at its end. */
void
text_cut_middle(struct buf *b, const char *text, int width, int end, bool utf8);

/* Append a text whose first line begins at column `indent`: words are put on
 * a new line before `width` (0: never), indented alike. */
void text_wrap(struct buf *b, const char *text, int indent, int width);

#endif
