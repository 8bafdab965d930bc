/* SPDX-License-Identifier: ISC */
#ifndef READPROFILE_H
#define READPROFILE_H

/* For tests: a profile from its text. */

#include <string.h>

#include "base/errors.h"
#include "base/util.h"
#include "profile/expand.h"
#include "profile/jsonc.h"
#include "profile/parse.h"
#include "profile/profile.h"

#define URL	"\"source\":{\"url\":\"rtsp://cam/1\"}"
#define OUT	"\"outputs\":[{\"url\":\"rtmp://srv/live/abcdefgh\"}]"
#define FRAMES	"\"size\":\"64x48\",\"fps\":25"
#define SOURCES "{\"source\":[{\"url\":\"a\"},{\"url\":\"b\"}"
#define PATTERN "\"source\":{\"frames\":{" FRAMES ",\"pattern\":\"smpte\"}}"

static inline const char *
env_get(void *ctx UNUSED, const char *name)
{
	return strcmp(name, "CAM_PASSWORD") == 0 ? "from-variable"
	    : strcmp(name, "HOST") == 0		 ? "harmless-host"
						 : NULL;
}

static inline char *
env_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "No such file or directory";
	return strcmp(path, "/key") == 0 ? xstrdup("from-file") : NULL;
}

/* Read a text with defaults (NULL: none); errors are in errs. */
static inline struct profile *
read_with(const char *text, const char *defaults, struct errors *errs)
{
	static const struct expand_env env = {
		.get = env_get, .read = env_read, .stream = "cam"
	};
	struct jsonc doc, def = { 0 };
	struct profile *p = NULL;

	*errs = (struct errors){ 0 };
	if (defaults != NULL)
		assert_int_equal(jsonc_parse(&def, "ffsup.json", defaults,
				     strlen(defaults), errs),
		    0);
	if (jsonc_parse(&doc, "p.json", text, strlen(text), errs) == 0) {
		p = parse_profile(&doc, "p", def.root, &env, errs);
		jsonc_clear(&doc);
	}
	jsonc_clear(&def);
	assert_int_equal(p == NULL, errors_any(errs));
	return p;
}

/* Read a valid text. */
static inline struct profile *
read_good(const char *text, const char *defaults)
{
	struct errors errs;
	struct profile *p = read_with(text, defaults, &errs);

	if (p == NULL) {
		char *e = errors_format(&errs.v[0]);

		fail_msg("%s: %s", text, e);
	}
	errors_clear(&errs);
	return p;
}

#endif
