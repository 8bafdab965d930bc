/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a profile: parse, find every item's place, expand, read
 * against a small table, print and read again.
 */

#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/readback.h"
#include "base/errors.h"
#include "base/util.h"
#include "profile/expand.h"
#include "profile/jsonc.h"
#include "profile/schema.h"

struct fuzz_sub {
	struct key_set key;
	char *url, *password;
	int64_t wait;
};

struct fuzz {
	bool b;
	int64_t i, t, r, s;
	double d;
	int e;
	struct size z;
	struct rate f;
	struct strv a, o, n;
	struct fuzz_sub v;
	struct key_list l;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const fuzz_words[] = { "copy", "none", NULL };

static const struct key fuzz_sub_keys[] = {
	{ .name = "url",
	    .type = KEY_STRING,
	    .flags = KEY_URL,
	    .offset = offsetof(struct fuzz_sub, url) },
	{ .name = "password",
	    .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .offset = offsetof(struct fuzz_sub, password) },
	{ .name = "wait",
	    .type = KEY_DURATION,
	    .def = "1s",
	    .offset = offsetof(struct fuzz_sub, wait) },
	{ 0 },
};

#define ROW(n, t) .name = #n, .type = t, .offset = offsetof(struct fuzz, n)

static const struct key fuzz_keys[] = {
	{ ROW(b, KEY_BOOL) },
	{ ROW(i, KEY_INT), .min = -20, .max = 19 },
	{ ROW(d, KEY_NUMBER) },
	{ ROW(e, KEY_ENUM), .choices = fuzz_words },
	{ ROW(t, KEY_DURATION), .max = 3600000 },
	{ ROW(r, KEY_BITRATE) },
	{ ROW(s, KEY_BYTES) },
	{ ROW(z, KEY_SIZE) },
	{ ROW(f, KEY_RATE) },
	{ ROW(a, KEY_STRINGS) },
	{ ROW(o, KEY_OPTIONS) },
	{ ROW(n, KEY_ENV) },
	{ ROW(v, KEY_OBJECT), .sub = fuzz_sub_keys, .choices = fuzz_words },
	{ ROW(l, KEY_LIST), .sub = fuzz_sub_keys,
	    .size = sizeof(struct fuzz_sub) },
	{ 0 },
};

static const char *
fuzz_get(void *ctx UNUSED, const char *name)
{
	return *name == 'A' ? "value" : *name == 'B' ? "${A}" : NULL;
}

static char *
fuzz_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "nothing there";
	return path[1] == 'f' ? xstrdup("content") : NULL;
}

/* Every item of a parsed document has a place, and it is inside. */
static void
fuzz_locate(const struct jsonc *d, const cJSON *item)
{
	int line, col;

	if (!jsonc_locate(d, item, true, &line, &col) || line < 1 || col < 1)
		abort();
	for (item = item->child; item != NULL; item = item->next)
		fuzz_locate(d, item);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct expand_env env = {
		.get = fuzz_get, .read = fuzz_read, .stream = "cam"
	};
	struct errors errs = { 0 };
	struct strv secrets = { 0 };
	struct fuzz f = { 0 };
	struct jsonc d;
	char *text;

	if (size > 4096)
		return 0; /* finding all places is quadratic */
	if (jsonc_parse(&d, "fuzz", (const char *)data, size, &errs) == 0) {
		fuzz_locate(&d, d.root);
		expand_tree(&d, &env, &secrets, &errs);
		if (schema_read(fuzz_keys, &f, &d, d.root, "", 0, &errs) == 0 &&
		    readback_fails(fuzz_keys, &f) != NULL)
			abort();
		schema_clear(fuzz_keys, &f);
		jsonc_clear(&d);
	}
	errors_sort(&errs);
	for (size_t i = 0; i < errs.n; i++) {
		text = errors_format(&errs.v[i]);
		free(text);
	}
	strv_clear(&secrets);
	errors_clear(&errs);
	return 0;
}
