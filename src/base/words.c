/* SPDX-License-Identifier: ISC */
/* Words to choose from: looked up, listed, guessed. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/util.h"
#include "base/words.h"

#define WORDS_LETTERS_MAX 63 /* longer words get no suggestion */

char *
words_list(const char *const *v)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; v[i] != NULL; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", v[i]);
	return buf_steal(&b);
}

static bool
words_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
words_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Edits (insert, delete, replace, swap neighbours) from a to b, both at most
 * WORDS_LETTERS_MAX long; a different case is not an edit.
 */
static size_t
words_distance(const char *a, const char *b)
{
	size_t rows[3][WORDS_LETTERS_MAX + 1], *now, *last, *before;
	size_t n = strlen(a), m = strlen(b), i, j;
	bool same;

	for (j = 0; j <= m; j++)
		rows[0][j] = j;
	for (i = 1; i <= n; i++) {
		now = rows[i % 3];
		last = rows[(i + 2) % 3];
		before = rows[(i + 1) % 3];
		now[0] = i;
		for (j = 1; j <= m; j++) {
			same = words_same_letter(a[i - 1], b[j - 1]);
			now[j] = last[j - 1] + (same ? 0 : 1);
			now[j] = words_min(now[j], last[j] + 1);
			now[j] = words_min(now[j], now[j - 1] + 1);
			if (i > 1 && j > 1 &&
			    words_same_letter(a[i - 1], b[j - 2]) &&
			    words_same_letter(a[i - 2], b[j - 1]))
				now[j] = words_min(now[j], before[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

const char *
words_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), limit = len / 3, distance, i;
	const char *nearest = NULL;

	if (len > WORDS_LETTERS_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		if (strlen(candidates[i]) > WORDS_LETTERS_MAX)
			continue;
		distance = words_distance(word, candidates[i]);
		if (distance > limit)
			continue;
		nearest = candidates[i];
		if (distance == 0)
			break;
		limit = distance - 1; /* only a nearer one is better */
	}
	return nearest;
}

char *
words_meant(const char *word, const char *const *v)
{
	const char *near = NULL;
	size_t n = 0;

	for (; v[n] != NULL; n++) {
		if (strcasecmp(v[n], word) == 0)
			near = v[n];
	}
	if (near == NULL)
		near = words_nearest(word, v, n);
	return near != NULL ? xasprintf(", did you mean \"%s\"?", near)
			    : xstrdup("");
}

int
words_index(const char *const *v, const char *word)
{
	for (int i = 0; v != NULL && v[i] != NULL; i++) {
		if (strcmp(v[i], word) == 0)
			return i;
	}
	return -1;
}

size_t
words_find(const char *const *words, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && !util_streq(words[i], word))
		i++;
	return i;
}

bool
words_has(const char *const *words, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == len &&
		    strncasecmp(words[i], word, len) == 0)
			return true;
	return false;
}
