/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/spelling.h"
#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffline.h"

void
ffline_put(struct ffline *a, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, a);
	while ((s = va_arg(ap, const char *)) != NULL)
		strv_push(a->argv, s);
	va_end(ap);
}

void
ffline_putf(struct ffline *a, const char *name, const char *fmt, ...)
{
	va_list ap;

	strv_push(a->argv, name);
	va_start(ap, fmt);
	strv_take(a->argv, xvasprintf(fmt, ap));
	va_end(ap);
}

/* Whether an option of ffmpeg itself takes no value. */
static bool
ffline_is_flag(const char *option)
{
	static const char *const flags[] = { "accurate_seek", "an",
		"autorotate", "autoscale", "benchmark", "benchmark_all",
		"bitexact", "copy_unknown", "copyts", "debug_ts",
		"display_hflip", "display_vflip", "dn", "dump",
		"find_stream_info", "fix_sub_duration", "hex", "hide_banner",
		"ignore_unknown", "n", "psnr", "re", "recast_media", "report",
		"shortest", "sn", "start_at_zero", "stats", "stdin", "vn",
		"vstats", "xerror", "y" };

	option += util_has_prefix(option, "-no") ? 3 : 1;
	return words_has(flags, NELEM(flags), option, strcspn(option, ":"));
}

void
ffline_options(struct ffline *a, const struct strv *options)
{
	for (size_t i = 0; i + 1 < options->n; i += 2) {
		const char *name = options->v[i], *value = options->v[i + 1];

		if (!ffline_is_flag(name)) {
			ffline_put(a, name, value, NULL);
		} else if (strcmp(value, "0") != 0) {
			ffline_put(a, name, NULL);
		} else if (util_has_prefix(name, "-no")) {
			strv_pushf(a->argv, "-%s", name + 3);
		} else {
			strv_pushf(a->argv, "-no%s", name + 1);
		}
	}
}

/* --- chains of filters ----------------------------------------------------- */

/* Whether an option is that of a chain: "-vf", "-filter:v", "-filter:v:0". */
static bool
ffline_is_filter(const char *option, char kind)
{
	char name[] = { '-', kind, 'f', '\0' };

	if (strcmp(option, name) == 0)
		return true;
	if (!util_has_prefix(option, "-filter:") || option[8] != kind)
		return false;
	return option[9] == '\0' || strcmp(option + 9, ":0") == 0;
}

static void
ffline_join_kind(struct ffline *a, size_t from, char kind)
{
	struct strv *v = a->argv, out = { 0 };
	size_t first = 0;

	for (size_t i = 0; i < v->n; i++) {
		bool filter = i >= from && i + 1 < v->n &&
		    ffline_is_filter(v->v[i], kind);

		if (!filter || first == 0)
			strv_push(&out, v->v[i]);
		if (filter && first == 0) {
			first = out.n;
		} else if (filter) {
			char *was = out.v[first];

			out.v[first] = xasprintf("%s,%s", was, v->v[++i]);
			free(was);
		}
	}
	strv_clear(v);
	*v = out;
}

void
ffline_join(struct ffline *a, size_t from)
{
	ffline_join_kind(a, from, 'v');
	ffline_join_kind(a, from, 'a');
}

void
ffline_rate(struct ffline *a, const char *name, struct rate r)
{
	strv_push(a->argv, name);
	strv_take(a->argv, size_rate_text(r));
}

char *
ffline_fit(const struct geometry *g)
{
	return xasprintf("scale=%d:%d:force_original_aspect_ratio=decrease,"
			 "pad=%d:%d:(ow-iw)/2:(oh-ih)/2,setsar=1",
	    g->w, g->h, g->w, g->h);
}

char *
ffline_url(const char *url, const char *user, const char *password)
{
	struct url_place at;
	char *u, *pw, *out;

	if (user == NULL || !url_find_place(url, &at))
		return xstrdup(url);
	u = spelling_encode(user);
	pw = spelling_encode(password == NULL ? "" : password);
	out = xasprintf("%.*s%s%s%s@%s", (int)(at.login - url), url, u,
	    password == NULL ? "" : ":", pw, at.login);
	free(u);
	free(pw);
	return out;
}

const char *
ffline_rtsp_timeout(const struct ffline *a)
{
	return a->ver >= FFVER(5, 0) ? "-timeout" : "-stimeout";
}
