/* SPDX-License-Identifier: ISC */
/*
 * The first line is a pattern, the second a colour, the rest a comment: it is
 * cleaned, which a second time changes nothing, and looked for the pattern.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/util.h"
#include "media/blocklist.h"
#include "media/saytext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Clean: one line of UTF-8 within the limit. */
static void
fuzz_clean(const char *text)
{
	char *again = saytext_clean(text, strlen(text));

	if (again == NULL || strcmp(again, text) != 0 || *text == '\0' ||
	    strlen(text) > SAYTEXT_MAX)
		abort();
	free(again);
	for (; *text != '\0'; text += utf8_len(text))
		if ((unsigned char)*text < 0x20 || utf8_len(text) == 0)
			abort();
}

static void
fuzz_color(const char *text)
{
	uint32_t rgb;

	if (saytext_color(text, &rgb) == 0 && rgb > 0xffffff)
		abort();
}

/* A clean text, and one that has escaped all cleaning. */
static void
fuzz_block(const char *pattern, const char *clean, const char *raw)
{
	char *cause = NULL;
	struct blocklist *b = blocklist_new(&pattern, 1, &cause);

	if ((b == NULL) != (cause != NULL))
		abort();
	if (clean != NULL)
		blocklist_has(b, clean);
	blocklist_has(b, raw);
	blocklist_free(b);
	free(cause);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *input, *rest, *pattern, *color, *clean;
	size_t len;

	if (size > 4096)
		return 0;
	input = rest = xstrndup((const char *)data, size);
	pattern = strsep(&rest, "\n");
	color = rest == NULL ? pattern : strsep(&rest, "\n");
	len = strlen(pattern) + 1;
	len = len < size ? len : size;
	clean = saytext_clean((const char *)data + len, size - len);
	if (clean != NULL)
		fuzz_clean(clean);
	fuzz_color(color);
	fuzz_block(pattern, clean, rest == NULL ? color : rest);
	free(clean);
	free(input);
	return 0;
}
