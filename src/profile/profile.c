/* SPDX-License-Identifier: ISC */
/* Questions to a profile, and its freeing. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secrets.h"
#include "base/url.h"
#include "base/util.h"
#include "profile/jsonplace.h"
#include "profile/profile.h"
#include "profile/schema.h"

static bool
profile_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool
profile_is_name(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if (!profile_name_char(s[i]))
			return false;
	return len > 0 && len <= PROFILE_NAME_MAX && s[0] != '-';
}

char *
profile_name(const char *path, const char **why)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash == NULL ? path : slash + 1;
	size_t len = strlen(stem);

	if (util_has_suffix(stem, ".json"))
		len -= strlen(".json");
	if (len == 0 || len > PROFILE_NAME_MAX || stem[0] == '.' ||
	    stem[0] == '-') {
		*why = "the name before .json must have 1 to 64 characters and "
		       "must not begin with '.' or '-'";
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (!profile_name_char(stem[i])) {
			*why = "the name before .json may contain letters, "
			       "digits, '_', '.' and '-' only";
			return NULL;
		}
	}
	return xstrndup(stem, len);
}

const struct profile_output *
profile_output(const struct profile *p, size_t i)
{
	const struct profile_output *v = p->outputs.v;

	return i < p->outputs.n ? &v[i] : NULL;
}

const struct profile_overlay *
profile_overlay_at(const struct profile *p, size_t i)
{
	const struct profile_overlay *v = p->overlay.v;

	return i < p->overlay.n ? &v[i] : NULL;
}

int
profile_text_height(const struct profile_overlay *o)
{
	if (o->size.h > 0)
		return o->size.h;
	return o->kind == OVERLAY_LABEL ? PROFILE_LABEL_HEIGHT
					: PROFILE_COMMENT_HEIGHT;
}

const char *
profile_slate_label(const struct profile *p)
{
	const char *label = p->fallback.label;

	if (label == NULL || strcmp(label, "false") == 0)
		return NULL;
	return strcmp(label, "true") == 0 ? "no frames since %H:%M" : label;
}

size_t
profile_n_sources(const struct profile *p)
{
	return 1 + p->source.more.n;
}

const struct profile_source *
profile_source_at(const struct profile *p, size_t i)
{
	const struct profile_source *v = p->source.more.v;

	if (i == 0)
		return &p->source;
	return i < profile_n_sources(p) ? &v[i - 1] : NULL;
}

/* The name of an output without one: its scheme, else "file". */
static void
profile_scheme(const struct profile_output *o, char name[PROFILE_NAME_MAX + 1])
{
	size_t len = o->record != NULL ? 0 : url_scheme_len(o->url);

	if (len == 0 || len > 16)
		snprintf(name, PROFILE_NAME_MAX + 1, "file");
	else
		snprintf(name, PROFILE_NAME_MAX + 1, "%.*s", (int)len, o->url);
}

/* Whether an output was given this name. */
static bool
profile_names_output(const struct profile *p, const char *name)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++)
		if (util_streq(o->name, name))
			return true;
	return false;
}

/* The nth name for a scheme: "rtmp", "rtmp2", ... without those that
 * outputs were given. */
static void
profile_number_name(const struct profile *p, const char *scheme, size_t n,
    char name[PROFILE_NAME_MAX + 1])
{
	snprintf(name, PROFILE_NAME_MAX + 1, "%s", scheme);
	for (int number = 2; profile_names_output(p, name) || n-- > 0; number++)
		snprintf(name, PROFILE_NAME_MAX + 1, "%.16s%d", scheme, number);
}

void
profile_output_name(
    const struct profile *p, size_t i, char name[PROFILE_NAME_MAX + 1])
{
	const struct profile_output *o = profile_output(p, i);
	char scheme[PROFILE_NAME_MAX + 1], other[PROFILE_NAME_MAX + 1];
	size_t before = 0;

	if (o->name != NULL) {
		snprintf(name, PROFILE_NAME_MAX + 1, "%s", o->name);
		return;
	}
	profile_scheme(o, scheme);
	for (size_t k = 0; k < i; k++) {
		if (profile_output(p, k)->name != NULL)
			continue;
		profile_scheme(profile_output(p, k), other);
		before += strcmp(scheme, other) == 0;
	}
	profile_number_name(p, scheme, before, name);
}

const struct strv *
profile_command(const struct profile *p)
{
	return p->source.h264.key.set ? &p->source.h264.command
				      : &p->source.frames.command;
}

char *
profile_place(const struct profile *p, const char *key)
{
	const char *slash = strrchr(p->path, '/');
	int line, col;
	size_t at;

	if (p->origin.text == NULL || key == NULL ||
	    !jsonplace_path(p->origin.text, key, &at))
		return NULL;
	jsonplace_line(p->origin.text, at, &line, &col);
	return xasprintf(
	    "%s:%d:%d", slash == NULL ? p->path : slash + 1, line, col);
}

static void
profile_clear_origin(struct profile_origin *o)
{
	for (size_t i = 0; i < o->n_secrets; i++)
		free(o->secrets[i].path);
	free(o->secrets);
	free(o->text);
	*o = (struct profile_origin){ .text = NULL };
}

void
profile_take_origin(struct profile *p, struct profile *from)
{
	profile_clear_origin(&p->origin);
	p->origin = from->origin;
	from->origin = (struct profile_origin){ .text = NULL };
}

void
profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	schema_clear(profile_keys, p);
	redact_clear(&p->redact);
	secrets_put(p->secrets);
	profile_clear_origin(&p->origin);
	free(p->name);
	free(p->path);
	free(p);
}

int64_t
profile_frames_ms(const struct profile *p, int n)
{
	const struct rate rates[] = { p->source.frames.fps, p->source.h264.fps,
		p->source.fps, p->video.fps };
	int64_t most = 0, ms;

	for (size_t i = 0; i < NELEM(rates); i++) {
		if (rates[i].num <= 0)
			continue;
		ms = n * 1000 * rates[i].den / rates[i].num;
		most = ms > most ? ms : most;
	}
	return most;
}
