/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/labeltext.h"

enum {
	WORD_NAME,
	WORD_STATE,
	WORD_FPS,
	WORD_SINCE,
	N_WORDS
};

const char *const labeltext_words[] = {
	[WORD_NAME] = "name",
	[WORD_STATE] = "state",
	[WORD_FPS] = "fps",
	[WORD_SINCE] = "since",
	NULL,
};
_Static_assert(NELEM(labeltext_words) == N_WORDS + 1, "a name for each");

/* The word in braces at `p`: its index, and its length with the braces; -1 if
 * it is not a known one, with its length if it looks like one. */
static int
labeltext_word(const char *p, size_t *len)
{
	size_t n;
	char *word;
	int i;

	*len = 0;
	if (*p != '{')
		return -1;
	n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
	if (n == 0 || p[1 + n] != '}')
		return -1;
	*len = n + 2;
	word = xstrndup(p + 1, n);
	i = words_index(labeltext_words, word);
	free(word);
	return i;
}

/* A value is not a format: escape conversions. */
static void
labeltext_put_plain(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_putf(out, *text == '%' ? "%%%%" : "%c", *text);
}

static void
labeltext_put(struct buf *out, int word, const struct labeltext_facts *f)
{
	char span[UTIL_SPAN_LEN];

	switch (word) {
	case WORD_NAME:
		labeltext_put_plain(out, f->name);
		break;
	case WORD_STATE:
		labeltext_put_plain(out, f->state);
		break;
	case WORD_FPS:
		if (f->fps >= 0)
			buf_putf(out, "%.0f", f->fps);
		else
			buf_puts(out, "-");
		break;
	case WORD_SINCE:
		buf_puts(out, util_span(f->since_ms / 1000 * 1000, span));
		break;
	default:
		break;
	}
}

char *
labeltext_make(
    const char *format, const struct labeltext_facts *f, int64_t wall)
{
	struct buf pattern;
	char *text;
	size_t len;

	buf_init(&pattern, 0);
	for (; *format != '\0'; format += len) {
		int word = labeltext_word(format, &len);

		if (word >= 0)
			labeltext_put(&pattern, word, f);
		else {
			len = 1;
			buf_put(&pattern, format, len);
		}
	}
	text = calendar_text(buf_text(&pattern), wall);
	buf_clear(&pattern);
	return text != NULL ? text : xstrdup("");
}

char *
labeltext_unknown(const char *format)
{
	size_t len;

	for (; *format != '\0'; format++)
		if (labeltext_word(format, &len) == -1 && len > 0)
			return xstrndup(format, len);
	return NULL;
}
