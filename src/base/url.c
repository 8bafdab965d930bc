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

bool
url_scheme_is_net(const char *scheme, size_t len)
{
	static const char *const names[] = { "ftp", "gopher", "gophers", "http",
		"https", "httpproxy", "icecast", "mms", "mmsh", "mmst", "rist",
		"rtp", "rtsp", "rtsps", "satip", "sctp", "sftp", "smb", "srt",
		"srtp", "tcp", "tls", "udp", "udplite", "whip", "ws", "wss" };

	return words_has(names, NELEM(names), scheme, len) ||
	    url_scheme_is_rtmp(scheme, len);
}

/* What is behind the scheme and its slashes, or NULL. The URL need not stand at
 * the beginning: "tee:[f=flv]rtmp://h/app". */
static const char *
url_skip_scheme(const char *url, size_t *scheme)
{
	const char *colon = strstr(url, "://");
	size_t len = strcspn(url, ":");

	if (*url == '/' || *url == '.')
		return NULL;
	if (colon != NULL) {
		*scheme = (size_t)(colon - url);
		return colon + 3;
	}
	if (url[len] == '\0' || !url_scheme_is_net(url, len))
		return NULL;
	*scheme = len;
	return url + len + 1 + (url[len + 1] == '/');
}

bool
url_find_place(const char *url, struct url_place *place)
{
	const char *from, *end, *at, *port;

	from = url == NULL ? NULL : url_skip_scheme(url, &place->scheme);
	if (from == NULL)
		return false;
	end = from + strcspn(from, "/?#");
	at = memrchr(from, '@', (size_t)(end - from));
	place->login = from;
	place->host = at == NULL ? from : at + 1;
	place->end = end;
	port = memrchr(place->host, ':', (size_t)(end - place->host));
	if (port == NULL || memchr(port, ']', (size_t)(end - port)) != NULL)
		port = end;
	place->port = port;
	return true;
}
