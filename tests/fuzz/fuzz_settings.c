/* SPDX-License-Identifier: ISC */
/*
 * Any text as ffsup.json, with variables and files of a world of its own, and
 * a profile with its defaults. A secret that was found in it is in no error.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/secrets.h"
#include "base/util.h"
#include "daemon/conf.h"
#include "profile/expand.h"
#include "profile/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char fuzz_secret[] = "s3cr3t-0f-fuzz";

static const char *
fuzz_get(void *ctx UNUSED, const char *name)
{
	return *name == 'A'		   ? "value"
	    : *name == 'E'		   ? ""
	    : *name == 'K' || *name == 'T' ? fuzz_secret
					   : NULL;
}

static char *
fuzz_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "nothing there";
	return path[1] == 'f' ? xstrdup(fuzz_secret)
	    : path[1] == 'e'  ? xstrdup("")
			      : NULL;
}

static const struct expand_env fuzz_env = { fuzz_get, fuzz_read, NULL, NULL };

/* Whether the secret is known: then it must not be seen. */
static bool
fuzz_knows(void)
{
	char *masked = secrets_text(fuzz_secret);
	bool known = strcmp(masked, "****") == 0;

	free(masked);
	return known;
}

static void
fuzz_errors(const struct errors *errs, bool known)
{
	for (size_t i = 0; i < errs->n; i++) {
		char *text = errors_format(&errs->v[i]);

		if (known && strstr(text, fuzz_secret) != NULL)
			abort();
		free(text);
	}
}

/* A profile that leaves everything to the defaults. */
static void
fuzz_profile(const cJSON *defaults)
{
	static const char text[] =
	    "{ \"outputs\": [ { \"url\": \"rtmp://h/l/k\""
	    " } ], \"env\": { \"A_KEY\": \"${K}\" } }";
	struct errors errs = { 0 };
	struct jsonc doc;
	struct profile *p;

	if (jsonc_parse(&doc, "profile", text, strlen(text), &errs) == -1)
		abort();
	p = parse_profile(&doc, "fuzz", defaults, &fuzz_env, &errs);
	if ((p == NULL) != errors_any(&errs))
		abort();
	fuzz_errors(&errs, fuzz_knows());
	profile_free(p);
	jsonc_clear(&doc);
	errors_clear(&errs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_settings s = { 0 };
	struct errors errs = { 0 };
	struct jsonc doc, raw;
	char *text;
	int rc;

	if (size > 4096)
		return 0; /* finding all places is quadratic */
	text = xstrndup((const char *)data, size);
	if (jsonc_parse(&doc, "fuzz", text, strlen(text), &errs) == 0) {
		if (jsonc_parse(&raw, "raw", text, strlen(text), &errs) == -1)
			abort();
		rc = conf_read_settings(&s, &doc, &fuzz_env, &errs);
		if ((rc == -1) != errors_any(&errs))
			abort();
		fuzz_errors(&errs, fuzz_knows());
		fuzz_profile(jsonc_get(raw.root, "defaults"));
		conf_settings_clear(&s);
		jsonc_clear(&doc);
		jsonc_clear(&raw);
	}
	errors_clear(&errs);
	free(text);
	return 0;
}
