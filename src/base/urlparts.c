/* SPDX-License-Identifier: ISC */
/*
 * URLs as people and ffmpeg write them, in the middle of other text. Which of
 * their parts is secret is decided by the place of the part, and by the name of
 * a parameter.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/url.h"
#include "base/urlparts.h"
#include "base/util.h"
#include "base/words.h"

static bool
urlparts_is_scheme_char(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

/* Whether a URL inside a text cannot go on with s[i]. */
static bool
urlparts_is_end(const char *s, size_t i)
{
	unsigned char c = (unsigned char)s[i];

	if (c <= ' ' || c == 0x7f)
		return true;
	if ((c == '|' || c == ']') && s[i - 1] == '\\')
		return false; /* escaped for tee */
	return strchr("'\"<>|]", c) != NULL;
}

/* End of the URL whose "://" ends before `from`. */
static size_t
urlparts_find_end(const char *s, size_t from)
{
	bool ipv6 = false; /* inside the brackets of [::1] */
	size_t i;

	for (i = from; s[i] != '\0'; i++) {
		if (s[i] == '[' && (i == from || s[i - 1] == '@')) {
			ipv6 = true;
		} else if (s[i] == ']' && ipv6) {
			ipv6 = false;
		} else if (urlparts_is_end(s, i)) {
			break;
		}
	}
	/* the message's own punctuation: "rtmp://h/live/key: Broken pipe" */
	while (i > from && strchr(".,:;!?)", s[i - 1]) != NULL)
		i--;
	return i;
}

static size_t
urlparts_find_last(const char *s, size_t from, size_t to, char c)
{
	const char *p = memrchr(s + from, c, to - from);

	return p != NULL ? (size_t)(p - s) : to;
}

/* The first of two characters in [from, to), or to. */
static size_t
urlparts_find_any(const char *s, size_t from, size_t to, char a, char b)
{
	size_t i;

	for (i = from; i < to && s[i] != a && s[i] != b; i++)
		;
	return i;
}

/* Whether [from, to) has a ':' followed by something that is not a port: then
 * it is not a host but the beginning of "user:pass/word@host". */
static bool
urlparts_is_no_host(const char *s, size_t from, size_t to)
{
	size_t i = urlparts_find_last(s, from, to, ':');

	if (i == to || s[from] == '[')
		return false;
	for (i++; i < to; i++) {
		if (!isdigit((unsigned char)s[i]))
			return true;
	}
	return false;
}

/* Whether a host begins there that cannot be a part of a path: one with dots or
 * a port, an address, or localhost. */
static bool
urlparts_is_host(const char *s, size_t from, size_t to)
{
	static const char *const here[] = { "localhost" };
	size_t i = from, dots = 0;

	if (from < to && s[from] == '[')
		return true;
	for (; i < to &&
	     (isalnum((unsigned char)s[i]) || s[i] == '-' || s[i] == '.' ||
		 s[i] == '_');
	     i++)
		dots += s[i] == '.' && i > from;
	if (i == from || (i < to && strchr("/?:", s[i]) == NULL))
		return false;
	return dots > 0 || words_has(here, NELEM(here), s + from, i - from) ||
	    (i + 1 < to && s[i] == ':' && isdigit((unsigned char)s[i + 1]));
}

/* Whether the '@' at `far`, after a slash, is the one that ends a login: its
 * password has a slash then, and the text before it, `at` or not, is not a
 * host. */
static bool
urlparts_is_far(const struct urlparts *u, size_t at, size_t slash, size_t far)
{
	const char *s = u->text;

	if (memchr(s + u->user, ':', slash - u->user) == NULL)
		return false;
	if (at == slash)
		return urlparts_is_no_host(s, u->user, slash) ||
		    urlparts_is_host(s, far + 1, u->end);
	return memchr(s + u->user, ':', at - u->user) != NULL &&
	    (urlparts_is_host(s, far + 1, u->end) ||
		!urlparts_is_host(s, at + 1, u->end));
}

/* Find the parts of the URL whose "://" ends at `user` and that ends at
 * `end`; both are set by the caller. */
static void
urlparts_split(struct urlparts *u)
{
	size_t slash = urlparts_find_any(u->text, u->user, u->end, '/', '?');
	size_t at = urlparts_find_last(u->text, u->user, slash, '@'), far;
	size_t last = u->end;

	if (at < slash && u->text[slash] == '/') /* not an '@' of a query */
		last = urlparts_find_any(u->text, slash, u->end, '?', '?');
	far = urlparts_find_last(u->text, u->user, last, '@');
	if (far < last && far > slash && urlparts_is_far(u, at, slash, far)) {
		at = far;
		slash = urlparts_find_any(u->text, at, u->end, '/', '?');
	}
	u->host = at == slash ? u->user : at + 1;
	u->path = slash;
	u->query = urlparts_find_any(u->text, slash, u->end, '?', '?');
}

const char *
urlparts_parameter(const struct urlparts *u, size_t value, size_t *len)
{
	size_t end = value - 1, start = end;

	*len = 0;
	if (u->text[end] != '=')
		return u->text + value;
	while (start > u->query + 1 && u->text[start - 1] != '&')
		start--;
	*len = end - start;
	return u->text + start;
}

/*
 * Values of these parameters say nothing to anybody; masking the word
 * "caller" in every message would only hide what happened.
 */
static bool
urlparts_is_harmless(const struct urlparts *u, size_t value)
{
	static const char *const names[] = { "action", "audio", "audiobitrate",
		"audiocodec", "audiosamplerate", "bandwidth", "bitrate",
		"block", "brightness", "broadcast", "buffer_size", "burst_bits",
		"cam", "camera", "ch", "channel", "chunked_post", "clock",
		"cname", "codec", "color", "compression", "congestion",
		"connect", "connect_timeout", "conntimeo", "contrast", "date",
		"delay", "dscp", "duration", "encryption",
		"enforced_encryption", "ext", "fec", "ffs", "fifo_size",
		"filter", "format", "fps", "framerate", "gop", "height", "icy",
		"input", "inputbw", "interval", "iptos", "lang", "language",
		"ipttl", "kmpreannounce", "kmrefreshrate", "latency", "linger",
		"listen", "listen_timeout", "localaddr", "localport",
		"local_port", "local_rtcpport", "local_rtpport",
		"localrtcpport", "localrtpport", "log_level", "loglevel",
		"lossmaxttl", "max_delay", "maxbw", "messageapi", "minversion",
		"mirror", "mode", "mss", "multicast", "multiple_requests",
		"nakreport", "nbrofframes", "oheadbw", "overlay",
		"overrun_nonfatal", "payload_size", "payloadsize", "pbkeylen",
		"peerlatency", "pkt_size", "pos", "preset", "profile", "proto",
		"quality", "rate", "rcvbuf", "rcvlatency", "reconnect",
		"reconnect_at_eof", "reconnect_delay_max", "reconnect_streamed",
		"recv_buffer_size", "reorder_queue_size", "resolution", "reuse",
		"reuse_socket", "rist_profile", "rotate", "rotation",
		"rtcp_port", "rtcpport", "rtsp_transport", "rw_timeout",
		"saturation", "seekable", "send_buffer_size", "size",
		"smoother", "sndbuf", "snddropdelay", "sources", "speed",
		"square_pixel", "squarepixel", "stimeout", "streamprofile",
		"streamtype", "subtype", "tcp_mss", "tcp_nodelay", "text",
		"time", "timeout", "tlpktdrop", "transport", "transtype",
		"tsbpd", "tsbpddelay", "ttl", "tune", "type",
		"udplite_coverage", "unicast", "video", "videobitrate",
		"videocodec", "videokeyframeinterval", "videomaxbitrate",
		"videozprofile", "width", "write_to_source" };
	/* "rtsp://cam/1?tcp" */
	static const char *const lone[] = { "http", "https", "listen",
		"multicast", "tcp", "udp", "udp_multicast" };
	size_t len, to = urlparts_find_any(u->text, value, u->end, '&', '&');
	const char *name = urlparts_parameter(u, value, &len);

	return len > 0
	    ? words_has(names, NELEM(names), name, len)
	    : words_has(lone, NELEM(lone), u->text + value, to - value);
}

/* The last part of the path, if it has at least two. */
static void
urlparts_walk_key(const struct urlparts *u, urlparts_fn fn, void *ctx)
{
	size_t from, to = u->query, i;

	while (to > u->path && u->text[to - 1] == '/')
		to--;
	for (from = to; from > u->path && u->text[from - 1] != '/'; from--)
		;
	for (i = u->path; i < from && u->text[i] == '/'; i++)
		;
	if (i < from && from < to)
		fn(ctx, u, URLPART_KEY, from, to);
}

/* Every "name=value" of the query; a lone word counts as a value. */
static void
urlparts_walk_query(const struct urlparts *u, urlparts_fn fn, void *ctx)
{
	size_t from = u->query + 1, to, equals;

	for (; from < u->end; from = to + 1) {
		to = urlparts_find_any(u->text, from, u->end, '&', '&');
		equals = urlparts_find_any(u->text, from, to, '=', '=');
		if (equals < to)
			from = equals + 1;
		/* one byte hides nothing: ffmpeg's own "?tcp_nodelay=1" */
		if (from + 1 < to && !urlparts_is_harmless(u, from))
			fn(ctx, u, URLPART_VALUE, from, to);
	}
}

static void
urlparts_walk(const struct urlparts *u, urlparts_fn fn, void *ctx)
{
	if (u->host > u->user + 1)
		fn(ctx, u, URLPART_USER, u->user, u->host - 1);
	if (u->rtmp)
		urlparts_walk_key(u, fn, ctx);
	urlparts_walk_query(u, fn, ctx);
}

/* Length of the ':' and slashes that make a URL of the text around them; 0:
 * they do not. Without a slash only a login tells it from a message. */
static size_t
urlparts_match_colon(const char *text, size_t scheme, size_t colon)
{
	size_t from = colon + 1;

	if (scheme == colon)
		return 0;
	if (text[from] == '/' && text[from + 1] == '/')
		return 3;
	if (!url_scheme_is_net(text + scheme, colon - scheme))
		return 0;
	if (text[from] == '/')
		return 2;
	return memchr(text + from, '@', urlparts_find_end(text, from) - from) !=
		NULL
	    ? 1
	    : 0;
}

/*
 * Find the next "scheme://" at or after *at and move *at past it. `u` gets its
 * text, user and rtmp.
 */
static bool
urlparts_find(const char *text, size_t *at, struct urlparts *u)
{
	size_t colon = *at, scheme, len;

	for (; (colon += strcspn(text + colon, ":")), text[colon] != '\0';
	     colon++) {
		scheme = colon;
		while (scheme > 0 && urlparts_is_scheme_char(text[scheme - 1]))
			scheme--;
		len = urlparts_match_colon(text, scheme, colon);
		if (len == 0)
			continue;
		*at = u->user = colon + len;
		u->text = text;
		u->rtmp = url_scheme_is_rtmp(text + scheme, colon - scheme);
		return true;
	}
	return false;
}

void
urlparts_walk_text(const char *text, urlparts_fn fn, void *ctx)
{
	struct urlparts u;
	size_t at = 0;

	while (urlparts_find(text, &at, &u)) {
		u.end = urlparts_find_end(text, u.user);
		urlparts_split(&u);
		urlparts_walk(&u, fn, ctx);
	}
}

void
urlparts_walk_url(const char *url, urlparts_fn fn, void *ctx)
{
	struct urlparts u;
	size_t at = 0;

	if (url == NULL || !urlparts_find(url, &at, &u))
		return;
	u.end = strlen(url);
	urlparts_split(&u);
	urlparts_walk(&u, fn, ctx);
}

bool
urlparts_has(const char *text)
{
	struct urlparts u;
	size_t at = 0;

	return urlparts_find(text, &at, &u);
}

/* A word that is looked for among the parts of a URL. */
struct urlparts_search {
	const char *word;
	bool found;
};

static void
urlparts_search_part(void *ctx, const struct urlparts *u,
    enum urlpart part UNUSED, size_t from, size_t to)
{
	struct urlparts_search *s = ctx;

	s->found |= strlen(s->word) == to - from &&
	    memcmp(u->text + from, s->word, to - from) == 0;
}

bool
urlparts_is_part(const char *url, const char *word)
{
	struct urlparts_search s = { .word = word };

	urlparts_walk_url(url, urlparts_search_part, &s);
	return s.found;
}
