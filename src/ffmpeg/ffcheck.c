/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffcheck.h"
#include "ffmpeg/ffver.h"
#include "profile/profile.h"

/* The first version that writes H.265 into FLV, the form of RTMP. */
#define FFCHECK_H265_RTMP FFVER(6, 1)

void
ffcheck_h265(const struct profile *p, size_t i, const char *who,
    const struct ffver *ver, struct errors *errs)
{
	const struct profile_output *o = profile_output(p, i);

	if (!url_is_rtmp(o->url))
		return;
	if (ffver_number(ver) >= FFCHECK_H265_RTMP)
		errors_warn(errs, p->path, o->line, o->col,
		    "outputs[%zu].url: %s H.265, which a server takes over "
		    "RTMP only if it knows enhanced RTMP; otherwise set "
		    "\"video\": { \"encoder\": \"libx264\" }, or send to rtsp "
		    "or srt",
		    i, who);
	else
		errors_add(errs, p->path, o->line, o->col,
		    "outputs[%zu].url: %s H.265, but ffmpeg %s sends only "
		    "H.264 over RTMP (6.1 and later send both): set "
		    "\"video\": { \"encoder\": \"libx264\" }, or send to rtsp "
		    "or srt",
		    i, who, ver->text);
}

/* An encoder of H.265 by its name: libx265, hevc_nvenc. */
static bool
ffcheck_makes_h265(const char *encoder)
{
	return encoder != NULL &&
	    (strstr(encoder, "265") != NULL || strstr(encoder, "hevc") != NULL);
}

void
ffcheck_profile(
    const struct profile *p, const struct ffver *ver, struct errors *errs)
{
	char *who;

	if (p->args.n > 0 || !ffcheck_makes_h265(p->video.encoder))
		return;
	who = xasprintf("\"%s\" makes", p->video.encoder);
	for (size_t i = 0; i < p->outputs.n; i++)
		ffcheck_h265(p, i, who, ver, errs);
	free(who);
}
