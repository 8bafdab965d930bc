/* SPDX-License-Identifier: ISC */
/* Words to choose from: looked up, listed, guessed. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "util.h"
#include "words.h"

char *
words_list(const char *const *v)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; v[i] != NULL; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", v[i]);
	return buf_steal(&b);
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
		near = util_suggest(word, v, n);
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
