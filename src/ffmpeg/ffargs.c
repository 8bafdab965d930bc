/* SPDX-License-Identifier: ISC */
/*
 * Options are positional: global ones first, those of an input right before
 * its -i, those of the output right before its URL. The user's "options" come
 * last in their group, so that they win over ours.
 */
#include "config.h"

#include "ffmpeg/ffargs.h"
#include "ffmpeg/ffcodec.h"
#include "ffmpeg/ffinput.h"
#include "ffmpeg/ffline.h"
#include "ffmpeg/ffoutput.h"
#include "ffmpeg/ffprogress.h"
#include "profile/profile.h"

/* For every ffmpeg of ours: quiet, parsable, observed, and deaf to commands on
 * its stdin. */
static void
ffargs_prefix(struct ffline *a, const char *ffmpeg)
{
	ffline_put(a, ffmpeg, "-hide_banner", "-nostdin", "-nostats",
	    "-loglevel", "repeat+level+info", NULL);
	ffline_putf(a, "-progress", "pipe:%d", FFPROGRESS_FD);
	if (a->ver >= FFVER(4, 4))
		ffline_put(a, "-stats_period", "1", NULL);
}

void
ffargs_worker(struct strv *argv, const struct profile *p,
    const struct plan_worker *w, const char *ffmpeg, const struct ffver *ver)
{
	struct ffline a = {
		.argv = argv,
		.p = p,
		.source = profile_source_at(p, (size_t)w->source),
		.w = w,
		.ver = ffver_number(ver),
	};
	size_t output;

	if (!w->ffmpeg) {
		strv_append(argv, profile_command(p));
		return;
	}
	ffargs_prefix(&a, ffmpeg);
	if (p->args.n > 0) {
		strv_append(argv, &p->args);
		return;
	}
	ffline_put(&a, "-y", NULL);
	ffcodec_device(&a);
	ffinput_put(&a);
	if (w->reads != LINK_PACKETS && w->writes != LINK_FRAMES)
		ffinput_put_sound(&a);
	output = argv->n;
	ffoutput_put(&a);
	ffline_join(&a, output);
}
