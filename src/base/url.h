/* SPDX-License-Identifier: ISC */
#ifndef URL_H
#define URL_H

/*
 * Which scheme a URL has, and where its host lies. Letters' case makes no
 * difference in a scheme (RFC 3986 3.1), and "://" has to follow: "rtmp", "rtmp:x"
 * and "./rtmp://x" are paths. A URL that is NULL has no scheme and no host.
 */

#include <stdbool.h>
#include <stddef.h>

/* Length of the scheme, or 0. */
size_t url_scheme_len(const char *url);

bool url_has_scheme(const char *url, const char *scheme);

/* rtmp, rtmps, rtmpt, rtmpe, rtmpts, rtmpte: each carries FLV. */
bool url_is_rtmp(const char *url);

/* rtsp, rtsps. */
bool url_is_rtsp(const char *url);

/* The same as url_is_rtmp() for a scheme alone, such as one inside a text. */
bool url_scheme_is_rtmp(const char *scheme, size_t len);

/* Whether a scheme is one behind which ffmpeg takes one slash for two, or none:
 * "rtmp:/h/app/key". */
bool url_scheme_is_net(const char *scheme, size_t len);

/*
 * What stands between the scheme and the path, "user:password@host:port", cut as
 * ffmpeg cuts it: at the first of "/?#", then at the last '@' and the last ':'
 * that is not inside brackets. Pointers into the URL.
 */
struct url_place {
	size_t scheme;	   /* length of what is before the ':', also of
			      "[f=flv]rtmp" */
	const char *login; /* == host without a login */
	const char *host;  /* may be empty; of IPv6 with its brackets */
	const char *port;  /* the ':', or == end without a port */
	const char *end;
};

/* False: it has no host, as a path of a file or "pipe:1". */
bool url_find_place(const char *url, struct url_place *place);

#endif
