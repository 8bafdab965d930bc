/* SPDX-License-Identifier: ISC */
/* Goes over all of a profile; learn.c finds the secrets in a value. */
#include "config.h"

#include <string.h>

#include "base/redact.h"
#include "base/secretlook.h"
#include "base/urlparts.h"
#include "base/util.h"
#include "profile/learn.h"
#include "profile/profile.h"
#include "profile/secretkeys.h"

/* Whether a value that came from a variable or a file is a common word in a
 * secret part of a URL: there it is masked as such. */
static bool
secretkeys_hides(const struct profile *p, const char *found)
{
	const struct profile_source *s;
	const struct profile_output *o;
	bool hidden = urlparts_is_part(p->audio.url, found);

	if (!secretlook_is_word(found))
		return false;
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		hidden |= urlparts_is_part(s->url, found);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		hidden |= urlparts_is_part(o->url, found);
	return hidden;
}

static void
secretkeys_learn_source(struct redact *r, const struct profile_source *s)
{
	redact_add_login(r, s->user, s->password);
	redact_add_url(r, s->url);
	learn_options(r, &s->options);
	learn_arguments(r, &s->files);
	learn_arguments(r, &s->frames.command);
	learn_arguments(r, &s->h264.command);
}

static void
secretkeys_learn_output(struct redact *r, const struct profile_output *o)
{
	redact_add_login(r, o->user, o->password);
	redact_add_url(r, o->url);
	learn_options(r, &o->options);
}

/* The parts of a path; a URL has secrets. */
static void
secretkeys_spare_path(struct strv *words, const char *path)
{
	size_t len;

	if (path != NULL && urlparts_has(path))
		return;
	for (; path != NULL && *path != '\0'; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		strv_take(words, xstrndup(path, len));
	}
}

/* The public words of a profile: its name, those of its outputs, the parts of
 * its paths; unless they came from a variable or a file. */
static void
secretkeys_spare(
    struct strv *words, const struct profile *p, const struct strv *found)
{
	const struct profile_source *s;
	const struct profile_output *o;

	if (p->name != NULL)
		strv_push(words, p->name);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		secretkeys_spare_path(words, o->name);
		secretkeys_spare_path(words, o->record);
		secretkeys_spare_path(words, o->url);
	}
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++) {
		secretkeys_spare_path(words, s->frames.fifo);
		secretkeys_spare_path(words, s->h264.fifo);
		for (size_t k = 0; k < s->files.n; k++)
			secretkeys_spare_path(words, s->files.v[k]);
	}
	secretkeys_spare_path(words, p->fallback.slate);
	for (size_t i = 0; i < words->n; i++)
		for (size_t k = 0; k < found->n; k++)
			if (!util_streq(found->v[k], p->name) &&
			    strstr(words->v[i], found->v[k]) != NULL)
				words->v[i][0] = '\0';
}

/* Learn the secrets of a profile, by their places. */
static void
secretkeys_learn_places(struct redact *r, const struct profile *p)
{
	const struct profile_source *s;
	const struct profile_output *o;

	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		secretkeys_learn_source(r, s);
	redact_add_url(r, p->audio.url);
	redact_add_url(r, p->fallback.slate);
	learn_options(r, &p->video.options);
	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		secretkeys_learn_output(r, o);
	learn_arguments(r, &p->args);
	learn_environment(r, &p->env);
}

void
secretkeys_learn(
    struct redact *r, const struct profile *p, const struct strv *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (!secretkeys_hides(p, found->v[i]) &&
		    !util_streq(found->v[i], p->name))
			redact_add(r, found->v[i]);
	secretkeys_spare(&r->spared, p, found);
	secretkeys_learn_places(r, p);
}
