/* SPDX-License-Identifier: ISC */
#ifndef URL_H
#define URL_H

/*
 * Which scheme a URL has. Letters' case makes no difference (RFC 3986 3.1), and
 * "://" has to follow: "rtmp", "rtmp:x" and "./rtmp://x" are paths. A URL that is
 * NULL has no scheme.
 */

#include <stdbool.h>
#include <stddef.h>

/* Length of the scheme, or 0. */
size_t url_scheme_len(const char *url);

bool url_has_scheme(const char *url, const char *scheme);

/* rtmp, rtmps, rtmpt, rtmpe, rtmpts, rtmpte: all of them carry FLV. */
bool url_is_rtmp(const char *url);

/* rtsp, rtsps. */
bool url_is_rtsp(const char *url);

/* The same as url_is_rtmp() for a scheme alone, such as one inside a text. */
bool url_scheme_is_rtmp(const char *scheme, size_t len);

#endif
