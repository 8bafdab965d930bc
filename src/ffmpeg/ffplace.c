/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strv.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffplace.h"
#include "profile/plan.h"
#include "profile/profile.h"

/* --- of a worker --------------------------------------------------------- */

/* Whether a file with an end is behind a URL. */
static bool
ffplace_is_file_url(const char *url)
{
	static const char *const ends[] = { ".mp4", ".m4v", ".mkv", ".mov",
		".webm", ".avi", ".mp3", ".m4a", ".wav", ".ogg" };
	size_t len = strcspn(url, "?#"), n;

	if (ffplace_is_path(url))
		return !util_has_prefix(url, "/dev/");
	for (size_t i = 0; i < NELEM(ends); i++) {
		n = strlen(ends[i]);
		if (len > n && strncasecmp(url + len - n, ends[i], n) == 0)
			return url_has_scheme(url, "http") ||
			    url_has_scheme(url, "https");
	}
	return false;
}

static void
ffplace_set(struct ffplace *f, const char *address, bool login)
{
	struct url_place at;

	f->address = address == NULL ? NULL : xstrdup(address);
	f->login =
	    login || (url_find_place(address, &at) && at.login != at.host);
	f->files = address != NULL && ffplace_is_file_url(address);
}

static void
ffplace_source(struct ffplace *f, const struct profile_source *s,
    const struct plan_worker *w)
{
	if (s == NULL)
		return;
	if (s->device != NULL) {
		ffplace_set(f, s->device, false);
		f->files = false;
	} else if (s->url != NULL) {
		ffplace_set(f, s->url, s->user != NULL || s->password != NULL);
		f->files = f->files || util_streq(s->format, "lavfi");
	} else if (s->files.n > 0) {
		ffplace_set(f,
		    w->file != NULL	  ? w->file
			: s->files.n == 1 ? s->files.v[0]
					  : NULL,
		    false);
		f->files = true;
	}
}

static void
ffplace_output(
    struct ffplace *f, const struct profile *p, const struct plan_worker *w)
{
	const struct profile_output *o;

	if (w->output < 0 || (size_t)w->output >= p->outputs.n)
		return;
	o = profile_output(p, (size_t)w->output);
	ffplace_set(f,
	    w->to != NULL	 ? w->to
		: o->url != NULL ? o->url
				 : o->record,
	    o->user != NULL || o->password != NULL);
}

/* The timeout that the arguments give to the input, which "-i" ends, and to the
 * output: ours, or the profile's. */
static void
ffplaces_timeouts(struct ffplaces *f, const struct strv *argv)
{
	static const char *const names[] = { "-timeout", "-stimeout",
		"-rw_timeout" };
	struct ffplace *side = &f->output;

	for (size_t i = argv->n - 1; i-- > 1;) {
		if (util_streq(argv->v[i], "-i"))
			side = &f->source;
		for (size_t k = 0; k < NELEM(names); k++)
			if (util_streq(argv->v[i], names[k]) &&
			    side->timeout_ms == 0)
				side->timeout_ms = atoll(argv->v[i + 1]) / 1000;
	}
}

/* Of a command line that the profile gives. */
static void
ffplaces_of_args(struct ffplaces *f, const struct strv *argv)
{
	size_t i = 1;

	while (i + 1 < argv->n && !util_streq(argv->v[i], "-i"))
		i++;
	if (i + 1 >= argv->n)
		return;
	ffplace_set(&f->source, argv->v[i + 1], false);
	if (i + 2 < argv->n)
		ffplace_set(&f->output, argv->v[argv->n - 1], false);
}

void
ffplaces_find(struct ffplaces *f, const struct profile *p,
    const struct plan_worker *w, const struct strv *argv)
{
	*f = (struct ffplaces){ .fed = w->reads != LINK_NONE };
	if (!w->ffmpeg || argv->n < 2)
		return;
	ffplaces_timeouts(f, argv);
	if (p->args.n > 0) {
		ffplaces_of_args(f, argv);
		return;
	}
	if (!f->fed && w->source >= 0)
		ffplace_source(
		    &f->source, profile_source_at(p, (size_t)w->source), w);
	ffplace_output(&f->output, p, w);
}

void
ffplaces_clear(struct ffplaces *f)
{
	free(f->source.address);
	free(f->output.address);
	*f = (struct ffplaces){ 0 };
}

void
ffplaces_take(struct ffplaces *f, struct ffplaces *from)
{
	ffplaces_clear(f);
	*f = *from;
	*from = (struct ffplaces){ 0 };
}

/* --- addresses ------------------------------------------------------------ */

bool
ffplace_is_path(const char *address)
{
	struct url_place at;

	return address != NULL && *address != '\0' &&
	    !util_has_prefix(address, "pipe:") &&
	    (url_has_scheme(address, "file") || !url_find_place(address, &at));
}

char *
ffplace_host(const char *address)
{
	struct url_place at;

	if (!url_find_place(address, &at) || at.host == at.end ||
	    url_has_scheme(address, "file"))
		return NULL;
	return xstrndup(at.host, (size_t)(at.end - at.host));
}

/* Whether `len` bytes of a name occur in a text, and do not go on there as
 * another name: "h:80" is not in "h:8000". A host without a port may have any. */
static bool
ffplace_occurs(const char *name, size_t len, const char *text, bool any_port)
{
	size_t n = strlen(text);
	const char *at = text;

	if (len == 0)
		return false;
	while ((at = memmem(at, n - (size_t)(at - text), name, len)) != NULL) {
		char next = at[len], before = at == text ? ' ' : at[-1];
		bool port =
		    next == ':' && strspn(at + len + 1, "0123456789") > 0;

		if (strchr("/?#:.,'\") \n", next) != NULL &&
		    strchr("/@'\"= (:", before) != NULL && (!port || any_port))
			return true;
		at++;
	}
	return false;
}

/* Of a path: the name as it is, or the directory that its files are in. */
static enum ffplace_match
ffplace_match_path(const char *path, const char *text)
{
	size_t fixed = strcspn(path, "%");
	const char *slash = memrchr(path, '/', fixed);

	if (path[fixed] == '\0' && ffplace_occurs(path, fixed, text, false))
		return FFPLACE_YES;
	if (slash == NULL || slash == path)
		return FFPLACE_NO;
	return ffplace_occurs(path, (size_t)(slash - path), text, false)
	    ? FFPLACE_NEAR
	    : FFPLACE_NO;
}

enum ffplace_match
ffplace_match(const char *address, const char *text)
{
	struct url_place at;

	if (address == NULL)
		return FFPLACE_NO;
	if (ffplace_is_path(address) || !url_find_place(address, &at))
		return ffplace_match_path(
		    util_has_prefix(address, "file:") ? address + 5 : address,
		    text);
	if (*at.end == '/' &&
	    ffplace_occurs(at.host, strlen(at.host), text, false))
		return FFPLACE_YES;
	return ffplace_occurs(
		   at.host, (size_t)(at.end - at.host), text, at.port == at.end)
	    ? FFPLACE_NEAR
	    : FFPLACE_NO;
}
