/* SPDX-License-Identifier: ISC */
/*
 * Text as a terminal shows it: its characters, how many columns each takes, and
 * which must not get there at all. Asks no locale.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"

struct text_range {
	uint32_t first, last;
};

/* Whether a character lies in one of a few ranges. */
static bool
text_in(uint32_t cp, const struct text_range *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (cp >= r[i].first && cp <= r[i].last)
			return true;
	}
	return false;
}

/* Columns of a character. Our own table, for wcwidth() answers by the locale
 * and a table has to look the same everywhere. */
static int
text_columns_of(uint32_t cp)
{
	static const struct text_range none[] = {
		{ 0x0300, 0x036f }, /* combining marks */
		{ 0x1ab0, 0x1aff },
		{ 0x200b, 0x200f }, /* zero width, marks of direction */
		{ 0x20d0, 0x20ff },
		{ 0xfe00, 0xfe0f }, /* variation selectors */
		{ 0xfe20, 0xfe2f },
	};
	/* Hangul, CJK, full width forms, pictographs */
	static const struct text_range wide[] = {
		{ 0x1100, 0x115f },
		{ 0x2e80, 0xa4cf },
		{ 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f64f },
		{ 0x1f680, 0x1f6ff },
		{ 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	if (text_in(cp, none, NELEM(none)))
		return 0;
	return text_in(cp, wide, NELEM(wide)) ? 2 : 1;
}

bool
text_is_control(uint32_t cp)
{
	static const struct text_range ctl[] = {
		{ 0x0000, 0x001f },
		{ 0x007f, 0x009f },
		{ 0x061c, 0x061c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
	};

	return text_in(cp, ctl, NELEM(ctl));
}

bool
text_has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

void
text_plain(struct buf *b, const char *text, bool utf8)
{
	uint32_t cp;
	size_t len;

	for (; *text != '\0'; text += len) {
		len = utf8_decode(text, &cp);
		if (cp == '\t')
			buf_puts(b, " ");
		else if (text_is_control(cp))
			buf_putf(b, cp < 0x100 ? "\\x%02x" : "\\u%04x",
			    (unsigned)cp);
		else if (cp < 0x80 || (utf8 && cp != UTF8_INVALID))
			buf_put(b, text, len);
		else
			buf_puts(b, utf8 ? "\ufffd" : "?");
	}
}

int
text_columns(const char *text)
{
	int columns = 0;
	uint32_t cp;

	while (*text != '\0') {
		text += utf8_decode(text, &cp);
		columns += text_columns_of(cp);
	}
	return columns;
}

void
text_blanks(struct buf *b, int n)
{
	if (n > 0)
		buf_putf(b, "%*s", n, "");
}

void
text_cut(struct buf *b, const char *text, int width, bool utf8)
{
	const char *dots = utf8 ? "…" : "...";
	int room = width - text_columns(dots);
	uint32_t cp;
	size_t len;

	if (text_columns(text) <= width) {
		buf_puts(b, text);
		return;
	}
	for (; *text != '\0'; text += len) {
		len = utf8_decode(text, &cp);
		room -= text_columns_of(cp);
		if (room < 0)
			break;
		buf_put(b, text, len);
	}
	if (width >= text_columns(dots))
		buf_puts(b, dots);
}

/* The end of a text that takes so many columns at most. */
static const char *
text_end(const char *text, int width)
{
	int columns = text_columns(text);
	uint32_t cp;

	while (columns > width) {
		text += utf8_decode(text, &cp);
		columns -= text_columns_of(cp);
	}
	return text;
}

void
text_cut_middle(struct buf *b, const char *text, int width, int end, bool utf8)
{
	int room = width - (utf8 ? 1 : 3);

	if (end > room)
		end = room;
	if (text_columns(text) <= width || end <= 0) {
		text_cut(b, text, width, utf8);
		return;
	}
	text_cut(b, text, width - end, utf8);
	buf_puts(b, text_end(text, end));
}

void
text_wrap(struct buf *b, const char *text, int indent, int width)
{
	int at = indent, columns;
	size_t len;
	char *word;

	for (; *text != '\0'; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		word = xstrndup(text, len);
		columns = text_columns(word);
		if (at > indent && width > 0 && at + 1 + columns > width) {
			buf_puts(b, "\n");
			text_blanks(b, indent);
			at = indent;
		} else if (at > indent && len > 0) {
			buf_puts(b, " ");
			at++;
		}
		buf_puts(b, word);
		at += columns;
		free(word);
	}
}
