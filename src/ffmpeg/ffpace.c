/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffpace.h"
#include "profile/profile.h"

bool
ffpace_opens(const char *format)
{
	static const char *const names[] = { "alsa", "fbdev", "image2", "imf",
		"kmsgrab", "lavfi", "oss", "pulse", "v4l2", "x11grab" };

	return format != NULL &&
	    words_find(names, NELEM(names), format) < NELEM(names);
}

/* Whether a demuxer invents time stamps, because its format has none. */
static bool
ffpace_invents(const char *format)
{
	static const char *const names[] = { "mpjpeg", "mjpeg", "mjpeg_2000",
		"image2pipe", "h264", "hevc", "vvc", "m4v", "mpegvideo", "h263",
		"h261", "vc1", "dirac", "cavsvideo", "avs2", "avs3" };

	return format != NULL &&
	    (words_find(names, NELEM(names), format) < NELEM(names) ||
		util_has_suffix(format, "_pipe"));
}

bool
ffpace_is_film(const struct profile_source *s)
{
	static const char *const films[] = { "mp4", "m4v", "mov", "mkv", "webm",
		"avi", "mpg", "mpeg", "m2ts", "wmv", "ogv" };
	const char *url = s->url;
	size_t len, dot;

	if (url == NULL || s->loop)
		return url != NULL;
	len = strcspn(url, "?#");
	dot = len;
	while (dot > 0 && url[dot - 1] != '.' && url[dot - 1] != '/')
		dot--;
	return dot > 0 && url[dot - 1] == '.' &&
	    words_has(films, NELEM(films), url + dot, len - dot);
}

/* Whether the user's options give it a clock. */
static bool
ffpace_is_given(const struct strv *options)
{
	static const char *const names[] = { "-re", "-readrate", "-r",
		"-use_wallclock_as_timestamps" };

	for (size_t i = 0; i < options->n; i += 2)
		if (words_find(names, NELEM(names), options->v[i]) <
		    NELEM(names))
			return true;
	return false;
}

enum plan_pace
ffpace_of(const struct profile_source *s, const char *format, bool ends)
{
	/* its server keeps the pace */
	bool paced = url_is_rtsp(s->url) || url_is_rtmp(s->url);
	bool net = url_scheme_is_net(s->url, url_scheme_len(s->url)) ||
	    url_has_scheme(s->url, "unix");

	if (s->url == NULL || s->every > 0 || ffpace_is_given(&s->options) ||
	    ffpace_opens(s->format))
		return PACE_OWN;
	if (ends)
		return paced ? PACE_OWN : PACE_READ;
	return net && ffpace_invents(format) ? PACE_ARRIVAL : PACE_OWN;
}
