/* SPDX-License-Identifier: ISC */
/* The command line's work on the configuration without a daemon. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/exitcode.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/say.h"
#include "base/secrets.h"
#include "base/util.h"
#include "cli/offline.h"
#include "cli/planscript.h"
#include "cli/render.h"
#include "cli/terminal.h"
#include "daemon/conf.h"
#include "daemon/planjson.h"
#include "ffmpeg/ffcheck.h"
#include "process/painter.h"
#include "process/probe.h"
#include "profile/describe.h"
#include "profile/profile.h"
#include "stream/inspect.h"

/* "3 profiles are fine" or the number of errors: the last line of a check. As
 * say_print(). */
static int
offline_print_verdict(const struct conf *c, const struct errors *errs)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, 0);
	if (c != NULL)
		buf_putf(
		    &b, "%zu profile%s: no errors", c->n, c->n == 1 ? "" : "s");
	else
		buf_putf(&b, "%zu error%s", errs->n - errs->n_warnings,
		    errs->n - errs->n_warnings == 1 ? "" : "s");
	if (errs->n_warnings > 0)
		buf_putf(&b, ", %zu warning%s", errs->n_warnings,
		    errs->n_warnings == 1 ? "" : "s");
	if (c != NULL) {
		buf_puts(&b, "\n");
		rc = say_print(&b);
	} else {
		say_line("", buf_text(&b));
	}
	buf_clear(&b);
	return rc;
}

/* Look at the sources of valid profiles. */
static void
offline_inspect(const struct conf *c, bool all, struct errors *errs)
{
	struct inspect_known known = { .asked = { 0 } };
	struct probe ffmpeg;
	char *cause = NULL;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		inspect_files(c->profiles[i], errs);
	if (probe_run(&ffmpeg, c->settings.ffmpeg, &cause) == -1) {
		if (ffver_is_too_old(&ffmpeg.ver))
			errors_add(errs, NULL, 0, 0,
			    "ffmpeg: %s: %s; install it or set \"ffmpeg\" in "
			    "ffsup.json",
			    c->settings.ffmpeg, cause);
		else if (all)
			errors_warn(errs, NULL, 0, 0,
			    "ffmpeg: %s: %s; no source was opened",
			    c->settings.ffmpeg, cause);
		free(cause);
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		ffcheck_profile(c->profiles[i], &ffmpeg.ver, errs);
	for (size_t i = 0; i < c->n; i++)
		inspect_sources(c->profiles[i], &ffmpeg, all, &known, errs);
	inspect_known_clear(&known);
	probe_clear(&ffmpeg);
}

int
offline_check(
    const char *config, const char *const *paths, size_t n, bool probe)
{
	struct conf_input in = { .file = config, .paths = paths, .n_paths = n };
	struct errors errs = { 0 };
	struct conf *c = conf_load(&in, &errs);
	bool wrong;
	int code;

	offline_inspect(c, probe, &errs);
	wrong = c == NULL || errors_any(&errs);
	code = wrong ? EXIT_CONFIG : EXIT_DONE;
	say_errors(&errs);
	if (offline_print_verdict(wrong ? NULL : c, &errs) == -1)
		code = EXIT_FAILED;
	conf_free(c);
	errors_clear(&errs);
	return code;
}

/* Find a profile by path, or by name among all configured ones. NULL when not
 * found; *code if no such stream exists. */
static struct profile *
offline_find_profile(const struct conf_input *in, const char *name,
    struct errors *errs, int *code)
{
	struct profile *p = NULL;
	struct conf *c;
	long i;

	if (fs_is_directory(name) && strchr(name, '/') != NULL) {
		errors_add(
		    errs, name, 0, 0, "is a directory; name one profile in it");
		return NULL;
	}
	if (strchr(name, '/') != NULL || util_has_suffix(name, ".json"))
		return conf_load_profile(in, name, errs);
	c = conf_load(in, errs);
	i = c == NULL ? -1 : conf_find(c, name);
	if (i >= 0) {
		p = c->profiles[i];
		memmove(&c->profiles[i], &c->profiles[i + 1],
		    (c->n - (size_t)i - 1) * sizeof(*c->profiles));
		c->n--;
	} else if (c != NULL) {
		*code = EXIT_NO_STREAM;
		errors_add(errs, NULL, 0, 0,
		    "no profile \"%s\" in the configured directories; for "
		    "another, name its file",
		    name);
	}
	conf_free(c);
	return p;
}

/* For a person; the JSON is consumed. */
static int
offline_show_plan(struct buf *json)
{
	cJSON *root = cJSON_ParseWithLength(buf_text(json), json->len);
	struct render_opts opts;
	struct buf out;

	buf_init(&out, 0);
	terminal_opts(&opts);
	planscript_write(&out, root, &opts);
	cJSON_Delete(root);
	buf_clear(json);
	return say_print(&out);
}

static int
offline_print_plan(const struct profile *p, const struct probe *ffmpeg,
    bool reveal, bool as_json)
{
	struct buf json;
	struct jsonw j;

	buf_init(&json, 0);
	jsonw_init(&j, &json);
	if (!reveal)
		j.mask = secrets_text;
	planjson_write(&j, p, ffmpeg, NULL);
	if (!as_json)
		return offline_show_plan(&json);
	buf_puts(&json, "\n");
	return say_print(&json);
}

/* The ffmpeg of the settings. Without one the plan is still worth seeing:
 * as the newest version would get it. */
static void
offline_probe(const struct conf_input *in, struct probe *ffmpeg)
{
	struct conf_settings settings;
	struct errors errs = { 0 };
	const char *name = "ffmpeg";
	char *cause = NULL;

	if (conf_load_settings(in, &settings, &errs) == 0)
		name = settings.ffmpeg;
	if (probe_run(ffmpeg, name, &cause) == -1) {
		say_error("ffmpeg: %s: %s; planning for the newest "
			  "version",
		    name, cause);
		free(cause);
		*ffmpeg = (struct probe){ .path = xstrdup(name) };
	}
	conf_settings_clear(&settings);
	errors_clear(&errs);
}

int
offline_plan(const char *config, const char *name, bool reveal, bool json)
{
	struct conf_input in = { .file = config };
	struct errors errs = { 0 };
	int code = EXIT_CONFIG;
	struct profile *p = offline_find_profile(&in, name, &errs, &code);
	struct probe ffmpeg;

	say_errors(&errs);
	if (p != NULL) {
		offline_probe(&in, &ffmpeg);
		code = offline_print_plan(p, &ffmpeg, reveal, json) == -1
		    ? EXIT_FAILED
		    : EXIT_DONE;
		probe_clear(&ffmpeg);
	}
	profile_free(p);
	errors_clear(&errs);
	return code;
}

/* "+overlays (/usr/libexec/ffsup-paint)": what was built, or is not there. */
static void
offline_features(struct buf *b)
{
	char *painter = painter_find();

	if (painter != NULL)
		buf_putf(b, "features +overlays (%s)", painter);
	else
		buf_puts(b, "features -overlays (no ffsup-paint)");
	free(painter);
#ifdef HAVE_PCRE2
	buf_puts(b, " +filters (PCRE2)\n");
#else
	buf_puts(b, " -filters (no PCRE2)\n");
#endif
}

void
offline_about(struct buf *b)
{
	struct conf_input in = { .file = NULL };
	struct conf_settings settings;
	struct errors errs = { 0 };
	struct probe ffmpeg;
	char *cause = NULL;
	const char *name = "ffmpeg";

	offline_features(b);
	if (conf_load_settings(&in, &settings, &errs) == 0)
		name = settings.ffmpeg;
	if (probe_run(&ffmpeg, name, &cause) == 0)
		buf_putf(b, "ffmpeg %s (%s)\n", ffmpeg.ver.text, ffmpeg.path);
	else
		buf_putf(b, "ffmpeg: %s: %s\n", name, cause);
	free(cause);
	probe_clear(&ffmpeg);
	conf_settings_clear(&settings);
	errors_clear(&errs);
}

int
offline_schema(void)
{
	struct buf b;
	struct jsonw j;
	int code;

	buf_init(&b, 0);
	jsonw_init(&j, &b);
	describe_table(profile_keys, &j);
	buf_puts(&b, "\n");
	code = say_print(&b) == -1 ? EXIT_FAILED : EXIT_DONE;
	buf_clear(&b);
	return code;
}
