/* SPDX-License-Identifier: ISC */
/* The order: defaults, variables, keys, checks; secrets are learned last. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/secrets.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/check.h"
#include "profile/expand.h"
#include "profile/parse.h"
#include "profile/profile.h"
#include "profile/schema.h"
#include "profile/secretkeys.h"

/* Copy the missing members into `object`; objects are merged, others are taken
 * whole. New members go to the end: places in the text stay right. */
static void
parse_merge(cJSON *object, const cJSON *defaults, bool skip_media)
{
	const cJSON *d;

	cJSON_ArrayForEach(d, defaults) {
		cJSON *mine = jsonc_get(object, d->string);

		if (skip_media && words_index(media_keys, d->string) >= 0)
			continue;
		if (mine == NULL)
			cJSON_AddItemToObject(
			    object, d->string, cJSON_Duplicate(d, true));
		else if (cJSON_IsObject(mine) && cJSON_IsObject(d))
			parse_merge(mine, d, false);
	}
}

/* Remember the places of the addresses, for later errors. */
static void
parse_locate_outputs(const struct jsonc *doc, struct profile *p)
{
	struct profile_output *v = p->outputs.v;
	char *path;

	for (size_t i = 0; i < p->outputs.n; i++) {
		path = xasprintf("outputs[%zu].%s", i,
		    v[i].record != NULL ? "record" : "url");
		schema_locate(doc, path, &v[i].line, &v[i].col);
		free(path);
	}
}

/* The same for the images. */
static void
parse_locate_images(const struct jsonc *doc, struct profile *p)
{
	struct profile_overlay *v = p->overlay.v;
	char *path;

	schema_locate(
	    doc, "fallback.slate", &p->fallback.line, &p->fallback.col);
	for (size_t i = 0; i < p->overlay.n; i++) {
		path = xasprintf("overlay[%zu].file", i);
		schema_locate(doc, path, &v[i].line, &v[i].col);
		free(path);
	}
}

/* The key with the address of a source. */
static const char *
parse_source_key(const struct profile_source *s)
{
	if (s->h264.key.set)
		return s->h264.fifo != NULL ? "h264.fifo" : "h264.command";
	if (s->frames.key.set)
		return s->frames.fifo != NULL ? "frames.fifo"
					      : "frames.command";
	return s->files.n > 0 ? "files" : s->device != NULL ? "device" : "url";
}

/* The same for the sources. */
static void
parse_locate_sources(const struct jsonc *doc, struct profile *p)
{
	bool list = cJSON_IsArray(jsonc_get(doc->root, "source"));
	struct profile_source *more = p->source.more.v;

	for (size_t i = 0; i < profile_n_sources(p); i++) {
		struct profile_source *s = i == 0 ? &p->source : &more[i - 1];
		char *base =
		    list ? xasprintf("source[%zu]", i) : xstrdup("source");
		char *path = xasprintf("%s.%s", base, parse_source_key(s));

		schema_locate(doc, path, &s->line, &s->col);
		free(path);
		free(base);
	}
}

struct profile *
parse_profile(struct jsonc *doc, const char *name, const cJSON *defaults,
    const struct expand_env *env, struct errors *errs)
{
	struct profile *p = xcalloc(1, sizeof(*p));
	struct strv secrets = { 0 };
	size_t before = errs->n - errs->n_warnings;

	p->name = xstrdup(name);
	p->path = xstrdup(doc->file);
	p->origin.text = xstrndup(doc->text, doc->len);
	if (cJSON_IsObject(doc->root) && cJSON_IsObject(defaults))
		parse_merge(
		    doc->root, defaults, jsonc_get(doc->root, "args") != NULL);
	p->source.frames.pattern = -1;
	if (expand_tree(doc, env, &secrets, errs) == 0 &&
	    schema_read(profile_keys, p, doc, doc->root, "", 0, errs) == 0)
		check_profile(p, doc, errs);
	parse_locate_outputs(doc, p);
	parse_locate_sources(doc, p);
	parse_locate_images(doc, p);
	secretkeys_learn(&p->redact, p, &secrets);
	errors_learn(errs, &p->redact);
	p->secrets = secrets_new(&p->redact);
	strv_clear(&secrets);
	if (errs->n - errs->n_warnings > before) {
		profile_free(p);
		return NULL;
	}
	return p;
}
