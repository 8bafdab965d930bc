/* SPDX-License-Identifier: ISC */
/*
 * Any text as a profile, up to a NUL; what follows, if it is JSON, as the
 * defaults. What is accepted gets a plan and command lines, masks its own
 * secrets, and reads back from its print.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../unit/readback.h"
#include "base/errors.h"
#include "base/util.h"
#include "ffmpeg/ffargs.h"
#include "ffmpeg/ffver.h"
#include "profile/diff.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/plan.h"
#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
fuzz_get(void *ctx UNUSED, const char *name)
{
	return *name == 'A' ? "value" : *name == 'P' ? "a secret" : NULL;
}

static char *
fuzz_read(void *ctx UNUSED, const char *path, const char **cause)
{
	*cause = "nothing there";
	return path[1] == 'f' ? xstrdup("content") : NULL;
}

/* Every worker has a command line without holes, and ends of links that
 * exist. */
static void
fuzz_plan(const struct profile *p)
{
	static const int versions[] = { 0, FFVER(4, 3), FFVER(5, 1) };
	struct plan plan;

	plan_make(&plan, p);
	if (plan.n_workers < 1 || plan.n_workers > PLAN_WORKERS_MAX)
		abort();
	for (size_t i = 0; i < plan.n_links; i++)
		if (plan.links[i].from >= (int)plan.n_nodes ||
		    plan.links[i].to >= (int)plan.n_nodes ||
		    (plan.links[i].type == LINK_FRAMES &&
			plan.links[i].geometry.bytes == 0))
			abort();
	for (size_t i = 0; i < plan.n_workers * NELEM(versions); i++) {
		struct ffver ver = { .number = versions[i % NELEM(versions)] };
		struct strv argv = { 0 };
		char *shown, *masked;

		ffargs_worker(&argv, p, &plan.workers[i / NELEM(versions)],
		    "/usr/bin/ffmpeg", &ver);
		if (argv.n == 0 || argv.v[argv.n] != NULL)
			abort();
		for (size_t k = 0; k < argv.n; k++)
			if (argv.v[k] == NULL)
				abort();
		shown = strv_shell(&argv);
		masked = redact_text(&p->redact, shown);
		free(shown);
		free(masked);
		strv_clear(&argv);
	}
}

/* Every value is written as it can be read, and a profile differs in nothing from
 * itself. */
static void
fuzz_read_back(const struct profile *p)
{
	char *what;

	if (readback_fails(profile_keys, p) != NULL ||
	    diff_profiles(p, p, &what) != DIFF_NONE || *what != '\0')
		abort();
	free(what);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct expand_env env = {
		.get = fuzz_get, .read = fuzz_read, .stream = "cam"
	};
	const char *text = (const char *)data;
	size_t len = strnlen(text, size);
	struct errors errs = { 0 };
	struct jsonc doc, defaults = { 0 };
	struct profile *p;

	if (size > 4096)
		return 0; /* finding all places is quadratic */
	if (len < size)
		jsonc_parse(
		    &defaults, "def", text + len + 1, size - len - 1, &errs);
	errors_clear(&errs);
	if (jsonc_parse(&doc, "fuzz", text, len, &errs) == 0) {
		p = parse_profile(&doc, "fuzz",
		    cJSON_IsObject(defaults.root) ? defaults.root : NULL, &env,
		    &errs);
		if ((p == NULL) != errors_any(&errs))
			abort();
		if (p != NULL) {
			fuzz_plan(p);
			fuzz_read_back(p);
		}
		profile_free(p);
		jsonc_clear(&doc);
	}
	jsonc_clear(&defaults);
	errors_clear(&errs);
	return 0;
}
