/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "base/words.h"

#define URL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

size_t
url_scheme_len(const char *url)
{
	size_t len;

	if (url == NULL || *url == '\0' || strchr(URL_LETTERS, *url) == NULL)
		return 0;
	len = strspn(url, URL_LETTERS "0123456789+-.");
	return strncmp(url + len, "://", 3) == 0 ? len : 0;
}

bool
url_has_scheme(const char *url, const char *scheme)
{
	size_t len = url_scheme_len(url);

	return len > 0 && words_has(&scheme, 1, url, len);
}

bool
url_is_rtmp(const char *url)
{
	return url_scheme_is_rtmp(url, url_scheme_len(url));
}

bool
url_is_rtsp(const char *url)
{
	return url_has_scheme(url, "rtsp") || url_has_scheme(url, "rtsps");
}

bool
url_scheme_is_rtmp(const char *scheme, size_t len)
{
	static const char *const names[] = { "rtmp", "rtmps", "rtmpt", "rtmpe",
		"rtmpts", "rtmpte" };

	return words_has(names, NELEM(names), scheme, len);
}
