/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <pango/pango.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/util.h"
#include "paint/clean.h"

/* Characters that a single line must not have: changes of the writing
 * direction, interlinear annotations, byte order marks. */
static bool
clean_is_dropped(uint32_t cp)
{
	return (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x206f) || (cp >= 0xfff9 && cp <= 0xfffb) ||
	    cp == 0xfeff || (cp >= 0xe0000 && cp < 0xe0020);
}

/* The character to show for this one. */
static uint32_t
clean_char(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
	    cp == 0x2029)
		return ' ';
	if ((cp & 0xfffe) == 0xfffe || (cp >= 0xfdd0 && cp <= 0xfdef))
		return UTF8_INVALID; /* never a character */
	return cp;
}

/* Without the characters that a line may not have, in the composed form. The
 * caller frees it with g_free(). */
static char *
clean_compose(const char *text)
{
	char *composed, one[UTF8_MAX];
	struct buf b;
	uint32_t cp;

	buf_init(&b, 0);
	while (*text != '\0') {
		text += utf8_decode(text, &cp);
		if (!clean_is_dropped(cp))
			buf_put(&b, one, utf8_put(clean_char(cp), one));
	}
	composed = g_utf8_normalize(
	    buf_text(&b), (gssize)b.len, G_NORMALIZE_DEFAULT_COMPOSE);
	buf_clear(&b);
	return composed;
}

/* Remove all but a few marks in a row, then blanks at both ends, in place. */
static void
clean_marks(char *text)
{
	char *from, *next, *to = text;
	int marks = 0;

	for (from = text; *from != '\0'; from = next) {
		next = g_utf8_next_char(from);
		marks = g_unichar_ismark(g_utf8_get_char(from)) ? marks + 1 : 0;
		if (marks > CLEAN_MARKS_MAX)
			continue;
		memmove(to, from, (size_t)(next - from));
		to += next - from;
	}
	*to = '\0';
	g_strstrip(text);
}

/* Copy characters up to the end of the last wanted cluster; returns how many it
 * read. */
static size_t
clean_copy(struct buf *out, const char *text, const PangoLogAttr *at, size_t n,
    int clusters)
{
	const char *next;
	size_t i;
	int chars = 0;

	for (i = 0; i < n; i++, text = next) {
		next = g_utf8_next_char(text);
		if (at[i].is_cursor_position) {
			if (clusters-- == 0)
				break;
			chars = 0;
		}
		if (chars++ < CLEAN_CLUSTER_MAX)
			buf_put(out, text, (size_t)(next - text));
	}
	return i;
}

char *
clean_text(const char *text, int clusters)
{
	char *composed = clean_compose(text);
	PangoLogAttr *at;
	size_t n;
	struct buf out;

	clean_marks(composed);
	n = (size_t)g_utf8_strlen(composed, -1);
	at = xcalloc(n + 1, sizeof(*at));
	pango_get_log_attrs(composed, (int)strlen(composed), -1,
	    pango_language_get_default(), at, (int)n + 1);
	buf_init(&out, 0);
	if (clean_copy(&out, composed, at, n, clusters) < n)
		buf_puts(&out, "…");
	free(at);
	g_free(composed);
	return out.len > 0 ? buf_steal(&out) : xstrdup("");
}
