/* SPDX-License-Identifier: ISC */
/*
 * The first line is a secret, the second a URL to learn from, the rest a text
 * to mask: what was learned never comes out.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "base/spelling.h"
#include "base/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * No learned secret of six bytes or more in a masked text. One with a '*'
 * may seem to be there where it meets the mask itself.
 */
static void
fuzz_check(const struct redact *r, const char *text)
{
	char *out = redact_text(r, text);
	size_t i;

	for (i = 0; i < r->secrets.n; i++) {
		if (strlen(r->secrets.v[i]) >= 6 &&
		    strchr(r->secrets.v[i], '*') == NULL &&
		    strstr(out, r->secrets.v[i]) != NULL)
			abort();
	}
	free(out);
}

/* The secret in the middle of the text, raw and encoded: it must go. */
static void
fuzz_embed(const struct redact *r, const char *secret, const char *text)
{
	char *encoded = spelling_encode(secret);
	char *raw = xasprintf("%s%s%s", text, secret, text);
	char *url = xasprintf("rtsp://user:%s@host/%s", encoded, text);
	char *out;

	if (strpbrk(encoded, " \t\n@:/?#[]\"<>\\^`{|}") != NULL)
		abort();
	fuzz_check(r, raw);
	fuzz_check(r, url);
	out = redact_text(r, url);
	if (strlen(encoded) >= 6 && strchr(encoded, '*') == NULL &&
	    strchr(encoded, '\'') == NULL && /* may end a URL in a text */
	    strstr(text, encoded) == NULL && strstr(out, encoded) != NULL)
		abort();
	free(out);
	free(url);
	free(raw);
	free(encoded);
}

/* A text that was cut in the middle of the secret ends with the mask. */
static void
fuzz_cut(const struct redact *r, const char *secret, const char *text)
{
	size_t len = strlen(secret);
	char *cut = xasprintf("%s%.*s", text, (int)(len + 1) / 2, secret);
	char *out = redact_cut_text(r, cut);

	if (len >= 6 && !util_has_suffix(out, "****"))
		abort();
	free(out);
	free(cut);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redact r = { 0 };
	char *text, *rest, *secret, *url;

	if (size > 4096)
		return 0; /* every place against every secret */
	text = rest = xstrndup((const char *)data, size);
	secret = strsep(&rest, "\n");
	url = strsep(&rest, "\n");
	redact_add(&r, secret);
	redact_add_url(&r, url);
	if (rest != NULL) {
		free(redact_text(NULL, rest));
		fuzz_check(&r, rest);
		fuzz_embed(&r, secret, rest);
		fuzz_cut(&r, secret, rest);
	}
	redact_clear(&r);
	free(text);
	return 0;
}
