/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/spelling.h"
#include "base/url.h"
#include "base/util.h"
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
