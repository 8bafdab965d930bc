/* SPDX-License-Identifier: ISC */
/*
 * Masking. Both lines of defence only mark bytes of the original text; the
 * copy is made at the end, so that secrets which overlap each other or a URL
 * cannot hide one another.
 */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/redact.h"
#include "base/url.h"
#include "base/util.h"

#define REDACT_MASK	"****"
#define REDACT_MIN	3  /* a shorter secret is ignored */
#define REDACT_ANYWHERE 6  /* from here on masked inside words, too */
#define REDACT_WORD	12 /* letters of one that a person reads, at most */
#define REDACT_LINE	6  /* letters and digits of one of several, at least */
#define REDACT_BASE64	8  /* fewer letters of base64 say too little */
#define REDACT_BYTES	256

/* One spelling that is looked for. */
struct redact_pattern {
	char *text; /* owned */
	size_t len;
	bool base64;   /* a part of one; '-' and '_' may stand for '+', '/' */
	bool anywhere; /* inside words, too */
};

/* Those with one first byte; their second bytes stand together, so that most
 * places of a text are ruled out by one memchr(3). */
struct redact_bucket {
	unsigned char *second;	  /* owned */
	struct redact_pattern *v; /* owned */
	size_t n, cap;
};

/* The patterns by their first byte: a text is walked once, however many
 * secrets there are. */
struct redact_index {
	struct redact_bucket *first[REDACT_BYTES]; /* owned; NULL: none */
};

/* Where the parts of a URL lie: offsets into the text. */
struct redact_url {
	const char *text;
	size_t user;  /* behind "://" */
	size_t host;  /* behind '@'; == user without user info */
	size_t path;  /* the first '/', or == query */
	size_t query; /* the '?', or == end */
	size_t end;
	bool rtmp; /* the last part of the path is a key */
};

enum redact_part {
	REDACT_USER,
	REDACT_KEY,
	REDACT_VALUE
};

/* Ways to write a secret down. */
enum redact_spelling {
	REDACT_PLAIN,
	REDACT_ESCAPED, /* for tee, JSON or a shell */
	REDACT_ENCODED	/* "%XX", and escapes around it */
};

/* Called for every secret part of a URL. */
typedef void (*redact_part_fn)(void *ctx, const struct redact_url *url,
    enum redact_part part, size_t from, size_t to);

/* --- URLs --------------------------------------------------------------- */

static bool redact_is_harmless(const struct redact_url *u, size_t value);

/* Whether a name is one of a list, in any case. */
static bool
redact_is_one(const char *const *names, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(names[i], name, len) == 0)
			return true;
	return false;
}

static bool
redact_is_scheme_char(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

/* Whether a URL inside a text cannot go on with s[i]. */
static bool
redact_is_end(const char *s, size_t i)
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
redact_find_end(const char *s, size_t from)
{
	bool ipv6 = false; /* inside the brackets of [::1] */
	size_t i;

	for (i = from; s[i] != '\0'; i++) {
		if (s[i] == '[' && (i == from || s[i - 1] == '@')) {
			ipv6 = true;
		} else if (s[i] == ']' && ipv6) {
			ipv6 = false;
		} else if (redact_is_end(s, i)) {
			break;
		}
	}
	/* the message's own punctuation: "rtmp://h/live/key: Broken pipe" */
	while (i > from && strchr(".,:;!?)", s[i - 1]) != NULL)
		i--;
	return i;
}

static size_t
redact_find_last(const char *s, size_t from, size_t to, char c)
{
	const char *p = memrchr(s + from, c, to - from);

	return p != NULL ? (size_t)(p - s) : to;
}

/* The first of two characters in [from, to), or to. */
static size_t
redact_find_any(const char *s, size_t from, size_t to, char a, char b)
{
	size_t i;

	for (i = from; i < to && s[i] != a && s[i] != b; i++)
		;
	return i;
}

/* Whether [from, to) has a ':' with something that is no port behind it:
 * then it is no host but the beginning of "user:pass/word@host". */
static bool
redact_is_no_host(const char *s, size_t from, size_t to)
{
	size_t i = redact_find_last(s, from, to, ':');

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
redact_is_host(const char *s, size_t from, size_t to)
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
	return dots > 0 ||
	    redact_is_one(here, NELEM(here), s + from, i - from) ||
	    (i + 1 < to && s[i] == ':' && isdigit((unsigned char)s[i + 1]));
}

/* Whether the '@' at `far`, behind a slash, is the one that ends a login: its
 * password has a slash then, and what is before it, `at` or not, is no host. */
static bool
redact_is_far(const struct redact_url *u, size_t at, size_t slash, size_t far)
{
	const char *s = u->text;

	if (memchr(s + u->user, ':', slash - u->user) == NULL)
		return false;
	if (at == slash)
		return redact_is_no_host(s, u->user, slash) ||
		    redact_is_host(s, far + 1, u->end);
	return memchr(s + u->user, ':', at - u->user) != NULL &&
	    (redact_is_host(s, far + 1, u->end) ||
		!redact_is_host(s, at + 1, u->end));
}

/* Find the parts of the URL whose "://" ends at `user` and that ends at
 * `end`; both are set by the caller. */
static void
redact_split(struct redact_url *u)
{
	size_t slash = redact_find_any(u->text, u->user, u->end, '/', '?');
	size_t at = redact_find_last(u->text, u->user, slash, '@'), far;
	size_t last = u->end;

	if (at < slash && u->text[slash] == '/') /* an '@' of a query is none */
		last = redact_find_any(u->text, slash, u->end, '?', '?');
	far = redact_find_last(u->text, u->user, last, '@');
	if (far < last && far > slash && redact_is_far(u, at, slash, far)) {
		at = far;
		slash = redact_find_any(u->text, at, u->end, '/', '?');
	}
	u->host = at == slash ? u->user : at + 1;
	u->path = slash;
	u->query = redact_find_any(u->text, slash, u->end, '?', '?');
}

/* The last part of the path, if there are at least two. */
static void
redact_walk_key(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	size_t from, to = u->query, i;

	while (to > u->path && u->text[to - 1] == '/')
		to--;
	for (from = to; from > u->path && u->text[from - 1] != '/'; from--)
		;
	for (i = u->path; i < from && u->text[i] == '/'; i++)
		;
	if (i < from && from < to)
		fn(ctx, u, REDACT_KEY, from, to);
}

/* Every "name=value" of the query; a lone word counts as a value. */
static void
redact_walk_query(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	size_t from = u->query + 1, to, equals;

	for (; from < u->end; from = to + 1) {
		to = redact_find_any(u->text, from, u->end, '&', '&');
		equals = redact_find_any(u->text, from, to, '=', '=');
		if (equals < to)
			from = equals + 1;
		/* one byte hides nothing: ffmpeg's own "?tcp_nodelay=1" */
		if (from + 1 < to && !redact_is_harmless(u, from))
			fn(ctx, u, REDACT_VALUE, from, to);
	}
}

static void
redact_walk(const struct redact_url *u, redact_part_fn fn, void *ctx)
{
	if (u->host > u->user + 1)
		fn(ctx, u, REDACT_USER, u->user, u->host - 1);
	if (u->rtmp)
		redact_walk_key(u, fn, ctx);
	redact_walk_query(u, fn, ctx);
}

/* Schemes behind which ffmpeg takes one slash for two, or none. */
static bool
redact_is_net(const char *scheme, size_t len)
{
	static const char *const names[] = { "ftp", "gopher", "gophers", "http",
		"https", "httpproxy", "icecast", "mms", "mmsh", "mmst", "rist",
		"rtp", "rtsp", "rtsps", "satip", "sctp", "sftp", "smb", "srt",
		"srtp", "tcp", "tls", "udp", "udplite", "whip", "ws", "wss" };

	return redact_is_one(names, NELEM(names), scheme, len) ||
	    url_scheme_is_rtmp(scheme, len);
}

/* How long the ':' and the slashes are that make a URL of what is around them;
 * 0: they do not. Without a slash only a login tells it from a message. */
static size_t
redact_match_colon(const char *text, size_t scheme, size_t colon)
{
	size_t from = colon + 1;

	if (scheme == colon)
		return 0;
	if (text[from] == '/' && text[from + 1] == '/')
		return 3;
	if (!redact_is_net(text + scheme, colon - scheme))
		return 0;
	if (text[from] == '/')
		return 2;
	return memchr(text + from, '@', redact_find_end(text, from) - from) !=
		NULL
	    ? 1
	    : 0;
}

/*
 * Find the next "scheme://" at or after *at and move *at behind it. `u` gets
 * its text, user and rtmp.
 */
static bool
redact_find_url(const char *text, size_t *at, struct redact_url *u)
{
	size_t colon = *at, scheme, len;

	for (; (colon += strcspn(text + colon, ":")), text[colon] != '\0';
	     colon++) {
		scheme = colon;
		while (scheme > 0 && redact_is_scheme_char(text[scheme - 1]))
			scheme--;
		len = redact_match_colon(text, scheme, colon);
		if (len == 0)
			continue;
		*at = u->user = colon + len;
		u->text = text;
		u->rtmp = url_scheme_is_rtmp(text + scheme, colon - scheme);
		return true;
	}
	return false;
}

/* --- learning ----------------------------------------------------------- */

static void
redact_bucket_free(struct redact_bucket *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].text);
	free(b->second);
	free(b->v);
	free(b);
}

static void
redact_index_free(struct redact_index *x)
{
	for (size_t i = 0; x != NULL && i < REDACT_BYTES; i++)
		redact_bucket_free(x->first[i]);
	free(x);
}

void
redact_clear(struct redact *r)
{
	strv_clear(&r->secrets);
	strv_clear(&r->spared);
	strv_clear(&r->by_place);
	redact_index_free(r->index);
	r->index = NULL;
}

/* The bucket of a first byte, with room for one more. */
static struct redact_bucket *
redact_bucket(struct redact *r, const char *text)
{
	struct redact_bucket **first, *b;

	if (r->index == NULL)
		r->index = xcalloc(1, sizeof(*r->index));
	first = &r->index->first[(unsigned char)*text];
	if (*first == NULL)
		*first = xcalloc(1, sizeof(**first));
	b = *first;
	if (b->n == b->cap) {
		b->cap = b->cap == 0 ? 2 : b->cap * 2;
		b->v = xrealloc(b->v, b->cap, sizeof(*b->v));
		b->second = xrealloc(b->second, b->cap, 1);
	}
	return b;
}

/* Look for this text (taken) from now on. */
static void
redact_index_add(struct redact *r, char *text, bool base64)
{
	struct redact_bucket *b = redact_bucket(r, text);
	size_t len = strlen(text);

	b->second[b->n] = (unsigned char)text[1];
	b->v[b->n++] = (struct redact_pattern){ .text = text,
		.len = len,
		.base64 = base64,
		.anywhere = base64 || len >= REDACT_ANYWHERE };
}

char *
redact_base64(const char *s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *u = (const unsigned char *)s;
	size_t len = strlen(s);
	struct buf out;
	char four[4];

	buf_init(&out, 0);
	for (size_t i = 0; i < len; i += 3) {
		unsigned b = i + 1 < len ? u[i + 1] : 0;
		unsigned c = i + 2 < len ? u[i + 2] : 0;

		four[0] = digits[u[i] >> 2];
		four[1] = digits[(u[i] & 3) << 4 | b >> 4];
		four[2] = i + 1 < len ? digits[(b & 15) << 2 | c >> 6] : '=';
		four[3] = i + 2 < len ? digits[c & 63] : '=';
		buf_put(&out, four, sizeof(four));
	}
	return buf_steal(&out);
}

/* The letters of base64 that a secret alone decides, behind `before` bytes of
 * something else. */
static void
redact_index_base64(struct redact *r, const char *secret, size_t before)
{
	static const size_t skip[] = { 0, 2, 3 };
	char *whole = xasprintf("%.*s%s", (int)before, "..", secret);
	char *text = redact_base64(whole);
	size_t end = strlen(whole) * 8 / 6;

	if (end >= skip[before] + REDACT_BASE64)
		redact_index_add(
		    r, xstrndup(text + skip[before], end - skip[before]), true);
	free(text);
	free(whole);
}

static bool
redact_knows(const struct redact *r, const char *secret)
{
	const struct redact_bucket *b =
	    r->index == NULL ? NULL : r->index->first[(unsigned char)*secret];

	for (size_t i = 0; b != NULL && i < b->n; i++)
		if (!b->v[i].base64 && strcmp(b->v[i].text, secret) == 0)
			return true;
	return false;
}

static int
redact_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at s stands for, or -1. */
static int
redact_unescape(const char *s)
{
	int high, low;

	if (s[0] != '%' || (high = redact_hex(s[1])) == -1 ||
	    (low = redact_hex(s[2])) == -1)
		return -1;
	return high << 4 | low;
}

/* Percent-decode in place; a "%00" stays as it is. */
static void
redact_decode(char *s)
{
	char *out = s;
	int c;

	while (*s != '\0') {
		c = redact_unescape(s);
		if (c > 0) {
			*out++ = (char)c;
			s += 3;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* It is a secret for more than its place. */
static void
redact_confirm(struct redact *r, const char *secret)
{
	for (size_t i = 0; i < r->by_place.n; i++)
		if (strcmp(r->by_place.v[i], secret) == 0)
			r->by_place.v[i][0] = '\0';
}

/* Learn it as it is written. */
static void
redact_add_one(struct redact *r, const char *secret)
{
	if (!r->placing)
		redact_confirm(r, secret);
	if (strlen(secret) < REDACT_MIN || redact_knows(r, secret))
		return;
	if (r->placing)
		strv_push(&r->by_place, secret);
	strv_push(&r->secrets, secret);
	redact_index_add(r, xstrdup(secret), false);
	if (strlen(secret) >= REDACT_ANYWHERE)
		for (size_t before = 0; before < 3; before++)
			redact_index_base64(r, secret, before);
}

bool
redact_is_telling(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += isalnum((unsigned char)line[i]) != 0;
	return n >= REDACT_LINE;
}

/* Whoever speaks of one with several lines says them one by one. */
static void
redact_add_lines(struct redact *r, const char *secret)
{
	static const char ends[] = "\r\n";
	size_t len;
	char *line;

	if (secret[strcspn(secret, ends)] == '\0')
		return;
	for (; *secret != '\0'; secret += len) {
		secret += strspn(secret, ends);
		len = strcspn(secret, ends);
		line = xstrndup(secret, len);
		if (redact_is_telling(line, len) && !redact_is_word(line))
			redact_add_one(r, line);
		free(line);
	}
}

void
redact_add(struct redact *r, const char *secret)
{
	char *meant;

	if (secret == NULL)
		return;
	redact_add_one(r, secret);
	redact_add_lines(r, secret);
	meant = xstrdup(secret);
	redact_decode(meant);
	redact_add_one(r, meant);
	free(meant);
}

static bool
redact_has(const struct strv *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->v[i], text) == 0)
			return true;
	return false;
}

void
redact_add_all(
    struct redact *r, const struct strv *secrets, const struct strv *without)
{
	for (size_t i = 0; i < secrets->n; i++)
		if (!redact_has(without, secrets->v[i]))
			redact_add_one(r, secrets->v[i]);
}

/* HTTP's "Authorization: Basic" is made of both. */
void
redact_add_login(struct redact *r, const char *user, const char *password)
{
	char *both, *header;

	redact_add(r, password);
	if (user == NULL || password == NULL)
		return;
	both = xasprintf("%s:%s", user, password);
	header = redact_base64(both);
	redact_add_one(r, header);
	free(header);
	free(both);
}

/* The name of the parameter whose value begins there; *len 0: it has none. */
static const char *
redact_parameter(const struct redact_url *u, size_t value, size_t *len)
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
redact_is_harmless(const struct redact_url *u, size_t value)
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
	size_t len, to = redact_find_any(u->text, value, u->end, '&', '&');
	const char *name = redact_parameter(u, value, &len);

	return len > 0
	    ? redact_is_one(names, NELEM(names), name, len)
	    : redact_is_one(lone, NELEM(lone), u->text + value, to - value);
}

/* Whether these are letters as a person writes a word. */
static bool
redact_is_letters(const char *s, size_t len)
{
	size_t upper = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isalpha((unsigned char)s[i]))
			return false;
		upper += isupper((unsigned char)s[i]) != 0;
	}
	return upper == 0 || upper == len ||
	    (upper == 1 && isupper((unsigned char)s[0]));
}

bool
redact_is_words(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n + 1) {
		for (n = 0; i + n < len && strchr("-_. ", s[i + n]) == NULL;)
			n++;
		if (n > REDACT_WORD || !redact_is_letters(s + i, n))
			return false;
	}
	return true;
}

/* Whether the value of a parameter is words, and its name does not say that it
 * is a secret: it is masked where it stands and not learnt. */
static bool
redact_is_prose(const struct redact_url *u, size_t value, size_t to)
{
	static const char *const names[] = { "code", "e", "hash", "hdnea",
		"hdnts", "hmac", "login", "policy", "session", "sid", "sig",
		"st", "streamid", "user", "username" };
	size_t len;
	const char *at = redact_parameter(u, value, &len);
	char *name = xstrndup(at, len);
	bool says = len == 0 || redact_is_secret_name(name) ||
	    redact_is_one(names, NELEM(names), name, len);

	free(name);
	return !says && redact_is_words(u->text + value, to - value);
}

/* Whether s begins with that word, and only digits follow. */
static bool
redact_is_numbered(const char *s)
{
	static const char *const stems[] = { "cam", "camera", "channel", "live",
		"livestream", "main", "stream", "sub", "test", "track",
		"video" };
	size_t len = strcspn(s, "0123456789");

	return redact_is_one(stems, NELEM(stems), s, len) &&
	    s[len + strspn(s + len, "0123456789")] == '\0';
}

/* Whether it is a size such as 640x480. */
static bool
redact_is_size(const char *s)
{
	size_t w = strspn(s, "0123456789");
	size_t h = s[w] == 'x' ? strspn(s + w + 1, "0123456789") : 0;

	return w > 0 && w <= 5 && h > 0 && h <= 5 && s[w + 1 + h] == '\0';
}

bool
redact_is_label(const char *s)
{
	return redact_is_size(s) || redact_is_numbered(s);
}

bool
redact_is_word(const char *s)
{
	size_t len = strlen(s), digits = strspn(s, "0123456789"), i;

	if (digits == len)
		return len <= 4;
	if (redact_is_label(s))
		return true;
	for (i = 0; i < len && isalnum((unsigned char)s[i]); i++)
		;
	return i == len &&
	    (len <= 5 || (len <= 8 && redact_is_letters(s, len)));
}

/* Whether the value of a parameter is a password, be it a common word. */
static bool
redact_is_password(const struct redact_url *u, size_t value)
{
	size_t len;
	const char *at = redact_parameter(u, value, &len);
	char *name = xstrndup(at, len);
	bool is = strcasestr(name, "pass") != NULL ||
	    strcasestr(name, "pwd") != NULL ||
	    strcasestr(name, "secret") != NULL ||
	    strcasestr(name, "token") != NULL;

	free(name);
	return is;
}

/* A password that has an '@' or a slash as it is: ffmpeg takes what is behind
 * them for a host and a path, and tells of these. */
static void
redact_learn_pieces(struct redact *r, const char *password)
{
	static const char ends[] = "@/?#:";
	size_t len = strcspn(password, ends);
	char *piece;

	for (; password[len] != '\0' || len > 0;
	     len = strcspn(password, ends)) {
		piece = xstrndup(password, len);
		redact_add_place(r, piece);
		free(piece);
		password += len + (password[len] != '\0');
	}
}

/* Learn "user:password" of a URL; a user's name alone is no secret. */
static void
redact_learn_user(struct redact *r, const char *user, size_t len)
{
	char *login = xstrndup(user, len), *password;

	password = strchr(login, ':');
	if (password != NULL) {
		*password++ = '\0';
		redact_add_login(r, login, password);
		redact_decode(login);
		redact_decode(password);
		redact_add_login(r, login, password);
		redact_learn_pieces(r, password);
	}
	free(login);
}

bool
redact_is_spared(const struct strv *spared, const char *text)
{
	for (size_t i = 0; i < spared->n; i++)
		if (strstr(spared->v[i], text) != NULL)
			return true;
	return false;
}

/* A common word is hidden where it stands as a part of a URL, and nowhere
 * else. */
void
redact_add_place(struct redact *r, const char *secret)
{
	bool placing = r->placing;

	if (redact_is_word(secret) || redact_is_spared(&r->spared, secret))
		return;
	r->placing = true;
	redact_add(r, secret);
	r->placing = placing;
}

/* A password is hidden everywhere, be it a common word. */
static void
redact_learn_value(struct redact *r, const char *secret, bool password)
{
	if (password)
		redact_add(r, secret);
	else
		redact_add_place(r, secret);
}

/* Learn one part of a URL: as it is written and as it is meant. */
static void
redact_learn(void *ctx, const struct redact_url *u, enum redact_part part,
    size_t from, size_t to)
{
	struct redact *r = ctx;
	char *secret;

	if (part == REDACT_USER) {
		redact_learn_user(r, u->text + from, to - from);
		return;
	}
	if (part == REDACT_VALUE && redact_is_prose(u, from, to))
		return;
	secret = xstrndup(u->text + from, to - from);
	redact_learn_value(
	    r, secret, part == REDACT_VALUE && redact_is_password(u, from));
	/* librtmp's way: "rtmp://host/app/key live=1" */
	secret[strcspn(secret, " ")] = '\0';
	redact_learn_value(r, secret, false);
	free(secret);
}

void
redact_add_url(struct redact *r, const char *url)
{
	struct redact_url u;
	size_t at = 0;

	if (url == NULL || !redact_find_url(url, &at, &u))
		return;
	u.end = strlen(url); /* alone: nothing in it belongs to a message */
	redact_split(&u);
	redact_walk(&u, redact_learn, r);
}

void
redact_add_urls(struct redact *r, const char *text)
{
	struct redact_url u;
	size_t at = 0;

	while (redact_find_url(text, &at, &u)) {
		u.end = redact_find_end(text, u.user);
		redact_split(&u);
		redact_walk(&u, redact_learn, r);
	}
}

bool
redact_has_url(const char *text)
{
	struct redact_url u;
	size_t at = 0;

	return redact_find_url(text, &at, &u);
}

/* A word that is looked for among the parts of a URL. */
struct redact_search {
	const char *word;
	bool found;
};

static void
redact_search_part(void *ctx, const struct redact_url *u,
    enum redact_part part UNUSED, size_t from, size_t to)
{
	struct redact_search *s = ctx;

	s->found |= strlen(s->word) == to - from &&
	    memcmp(u->text + from, s->word, to - from) == 0;
}

bool
redact_is_part(const char *url, const char *word)
{
	struct redact_search s = { .word = word };
	struct redact_url u;
	size_t at = 0;

	if (url == NULL || !redact_find_url(url, &at, &u))
		return false;
	u.end = strlen(url);
	redact_split(&u);
	redact_walk(&u, redact_search_part, &s);
	return s.found;
}

/* Length of a word at the beginning of a name, or 0. A '-' in it may be '_' or
 * nothing in the name; a plural is the word, too. */
static size_t
redact_match_word(const char *name, const char *word)
{
	size_t len = 0;

	for (; *word != '\0'; word++) {
		if (*word == '-')
			len += name[len] == '-' || name[len] == '_';
		else if (tolower((unsigned char)name[len]) == *word)
			len++;
		else
			return 0;
	}
	return len + (tolower((unsigned char)name[len]) == 's');
}

/* Whether a word of a name ends before name[at], also as in "keyIntMax". */
static bool
redact_is_edge(const char *name, size_t at)
{
	return at == 0 || !isalpha((unsigned char)name[at]) ||
	    !isalpha((unsigned char)name[at - 1]) ||
	    (isupper((unsigned char)name[at]) &&
		islower((unsigned char)name[at - 1]));
}

/* Blank the words that only sound like a secret. */
static void
redact_blank_harmless(char *name)
{
	static const char *const words[] = { "all-pass", "auth-method",
		"auth-mode", "auth-scheme", "auth-type", "author", "authority",
		"band-pass", "bypass", "chroma-key", "color-key", "colour-key",
		"compass", "credit", "donkey", "first-pass", "force-key-frame",
		"high-pass", "hockey", "hot-key", "hsv-key", "key-bit",
		"key-frame", "key-frame-interval", "key-int", "key-interval",
		"key-len", "key-length", "key-point", "key-size", "key-type",
		"keyboard", "keycode", "keymap", "keynote", "keypad",
		"keystone", "keyword", "low-pass", "luma-key", "max-token",
		"max-new-token", "monkey", "multi-pass", "num-token",
		"pass-count", "pass-log", "pass-log-file", "pass-through",
		"passive", "pbkeylen", "second-pass", "sort-key", "tokenizer",
		"turkey", "two-pass", "video-key-frame-interval", "whiskey",
		"xauthority" };

	for (size_t at = 0, len; name[at] != '\0'; at++) {
		if (!redact_is_edge(name, at))
			continue;
		for (size_t i = 0; i < NELEM(words); i++) {
			len = redact_match_word(name + at, words[i]);
			if (len > 0 && redact_is_edge(name, at + len))
				memset(name + at, ' ', len);
		}
	}
}

/* Whether it ends as the names of places do where something is. */
static bool
redact_is_place(const char *name)
{
	static const char *const places[] = { "FILE", "DIR", "PATH", "SOCK",
		"ASKPASS" };
	size_t len = strlen(name);

	for (size_t i = 0; i < NELEM(places); i++) {
		size_t n = strlen(places[i]);

		if (len >= n && strcasecmp(name + len - n, places[i]) == 0)
			return true;
	}
	return false;
}

bool
redact_is_secret_name(const char *name)
{
	static const char *const words[] = { "KEY", "PASS", "SECRET", "TOKEN",
		"CRED", "AUTH", "COOKIE", "PWD", "SIGNATURE" };
	static const char *const harmless[] = { "PWD", "OLDPWD" };
	bool is = false;
	size_t len;
	char *rest;

	name += *name == '-';
	len = strlen(name);
	if (redact_is_one(harmless, NELEM(harmless), name, len) ||
	    redact_is_place(name))
		return false;
	rest = xstrdup(name);
	redact_blank_harmless(rest);
	for (size_t i = 0; i < NELEM(words); i++)
		is |= strcasestr(rest, words[i]) != NULL;
	free(rest);
	return is || (len >= 2 && strcasecmp(name + len - 2, "PW") == 0);
}

/* --- masking ------------------------------------------------------------ */

/* Bytes of text to be masked, one flag each. */
struct redact_marks {
	uint8_t *v; /* owned */
	size_t len;
	bool cut;		   /* the text goes on where it ends */
	enum redact_spelling last; /* that the text can have */
};

static void
redact_mark(void *ctx, const struct redact_url *u UNUSED,
    enum redact_part part UNUSED, size_t from, size_t to)
{
	struct redact_marks *marks = ctx;

	memset(marks->v + from, 1, to - from);
}

static void
redact_mark_urls(struct redact_marks *marks, const char *text)
{
	struct redact_url u;
	size_t at = 0;

	while (redact_find_url(text, &at, &u)) {
		u.end = redact_find_end(text, u.user);
		redact_split(&u);
		redact_walk(&u, redact_mark, marks);
	}
}

/* The number that n hex digits stand for, or -1. */
static long
redact_digits(const char *s, size_t n)
{
	long number = 0;
	int digit;

	for (size_t i = 0; i < n; i++) {
		if ((digit = redact_hex(s[i])) == -1)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

/* Write a character in UTF-8; its length. */
static size_t
redact_utf8(long c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Read what C writes behind a backslash for a control byte: its length, or 0. */
static size_t
redact_read_control(const char *p, char *out)
{
	static const char letters[] = "abtnvfr", octal[] = "01234567";
	const char *at = *p == '\0' ? NULL : strchr(letters, *p);

	if (at != NULL || *p == 'e') {
		*out = *p == 'e' ? '\033' : (char)('\a' + (at - letters));
		return 1;
	}
	if (strspn(p, octal) < 3 || *p != '0')
		return 0;
	*out = (char)((p[1] - '0') << 3 | (p[2] - '0'));
	return *out == '\0' ? 0 : 3;
}

/*
 * Read a character as JSON and Python may write it: \uXXXX, twice for one
 * beyond them, \UXXXXXXXX, and a byte as \xXX, a control byte as \t, \e or
 * \033; there may be more backslashes. Its length in the text, or 0; out, of 4
 * bytes, gets *len of them.
 */
static size_t
redact_read_char(const char *s, char *out, size_t *len)
{
	size_t slashes = strspn(s, "\\");
	const char *p = s + slashes;
	long c, low = -1;

	if (slashes > 0 && redact_read_control(p, out) > 0) {
		*len = 1;
		return slashes + redact_read_control(p, out);
	}
	if (slashes == 0 || *p == '\0' || strchr("uUx", *p) == NULL)
		return 0;
	c = redact_digits(p + 1, *p == 'u' ? 4 : *p == 'U' ? 8 : 2);
	if (c <= 0 || c > 0x10ffff)
		return 0;
	if (*p == 'x') {
		out[0] = (char)c;
		*len = 1;
		return slashes + 3;
	}
	s = p + (*p == 'u' ? 5 : 9);
	if (c >> 10 == 0xd800 >> 10 && *s == '\\') {
		size_t more = strspn(s, "\\");

		if (s[more] == 'u')
			low = redact_digits(s + more + 1, 4);
		if (low >> 10 == 0xdc00 >> 10) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			s += more + 5;
		}
	}
	*len = redact_utf8(c, out);
	return slashes + (size_t)(s - p);
}

/* Length of the spelling of a character by its number, or 0; *used: how many
 * bytes of the secret it is. */
static size_t
redact_match_char(const char *s, const char *secret, size_t *used)
{
	char bytes[4];
	size_t len, n = redact_read_char(s, bytes, &len);

	if (n == 0 || strncmp(secret, bytes, len) != 0)
		return 0;
	*used = len;
	return n;
}

/*
 * Length of the spelling of byte c at s, or 0. With `encoded`, "%XX" is one
 * byte and '+' a blank. An escaping backslash belongs to the byte behind it,
 * and the shell's way to say ' is '\''.
 */
static size_t
redact_match_byte(const char *s, char c, bool encoded)
{
	size_t skip = 0;

	if (encoded && redact_unescape(s) == (unsigned char)c)
		return 3;
	if (encoded && c == ' ' && *s == '+')
		return 1;
	if (c == '\'' && strncmp(s, "'\\''", 4) == 0)
		return 4;
	if (*s == c)
		return 1;
	while (s[skip] == '\\')
		skip++;
	return s[skip] == c ? skip + 1 : 0;
}

/* Whether what is left of a text that was cut may be the beginning of a
 * spelling: of "%XX" or behind a backslash. */
static bool
redact_is_torn(const char *s)
{
	size_t slashes = strspn(s, "\\");

	if (*s == '%')
		return s[1] == '\0' || s[2] == '\0';
	s += slashes;
	if (slashes > 0 && *s != '\0' && strchr("uUx", *s) != NULL)
		s += 1 + strspn(s + 1, "0123456789abcdefABCDEF");
	return *s == '\0';
}

static bool
redact_is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\0') || c == 0x7f;
}

/* Length of the secret's spelling at s, or 0. In a text that was cut, its
 * beginning is enough. */
static size_t
redact_match(
    const char *s, const char *secret, enum redact_spelling spelling, bool cut)
{
	size_t len = 0, n, used;

	for (; *secret != '\0'; secret += used) {
		used = 1;
		n = spelling == REDACT_PLAIN
		    ? s[len] == *secret
		    : redact_match_char(s + len, secret, &used);
		if (n == 0 && s[len] == '?' && redact_is_control(*secret))
			n = used = 1; /* as ffmpeg writes it */
		if (n == 0 && len == 0 && *s == '\\' && *secret != '\\')
			return 0; /* begins behind it */
		if (n == 0 && spelling != REDACT_PLAIN)
			n = redact_match_byte(
			    s + len, *secret, spelling == REDACT_ENCODED);
		if (n == 0)
			return cut && len > 0 && redact_is_torn(s + len)
			    ? len + strlen(s + len)
			    : 0;
		len += n;
	}
	return len;
}

/* Likewise of a part of a base64 text; both alphabets are one. The letter
 * behind it has a few bits of the secret, too. */
static size_t
redact_match_base64(const char *s, const struct redact_pattern *p, bool cut)
{
	for (size_t i = 0; i < p->len; i++) {
		char c = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];

		if (c == '\0' && cut && i > 0)
			return i;
		if (c != p->text[i])
			return 0;
	}
	return p->len + (isalnum((unsigned char)s[p->len]) != 0);
}

static bool
redact_is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* Mark a pattern where it stands at `at`, in whatever spelling. */
static void
redact_mark_pattern(struct redact_marks *marks, const char *text, size_t at,
    const struct redact_pattern *p)
{
	enum redact_spelling spelling;
	size_t len;

	if (p->base64) {
		len = redact_match_base64(text + at, p, marks->cut);
		memset(marks->v + at, 1, len);
		return;
	}
	if (!p->anywhere && at > 0 && redact_is_word_byte(text[at - 1]))
		return;
	for (spelling = 0; spelling <= marks->last; spelling++) {
		len = redact_match(text + at, p->text, spelling, marks->cut);
		if (len == 0 ||
		    (!p->anywhere && redact_is_word_byte(text[at + len])))
			continue;
		memset(marks->v + at, 1, len);
	}
}

/* Whether a byte, or the end, may begin another spelling of the one that is
 * looked for: encoded, escaped, of the other base64, cut off. */
static bool
redact_is_odd(char c)
{
	return c == '\0' || strchr("\\%+'-_?", c) != NULL;
}

/* Mark the patterns of one first byte. */
static void
redact_mark_byte(struct redact_marks *marks, const char *text, size_t at,
    const struct redact_index *x, int byte)
{
	const struct redact_bucket *b = x->first[byte];
	const unsigned char *p;
	bool odd =
	    text[at] == '%' || text[at] == '\\' || redact_is_odd(text[at + 1]);
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++) {
		if (!odd) {
			p = memchr(b->second + i, text[at + 1], b->n - i);
			if (p == NULL)
				return;
			i = (size_t)(p - b->second);
		}
		redact_mark_pattern(marks, text, at, &b->v[i]);
	}
}

/* Mark every place where a secret stands, overlapping ones as well. */
static void
redact_mark_secrets(
    struct redact_marks *marks, const char *text, const struct redact_index *x)
{
	for (size_t at = 0; at < marks->len; at++) {
		int byte = (unsigned char)text[at];
		int meant = redact_unescape(text + at);
		size_t len;
		char c[4];

		redact_mark_byte(marks, text, at, x, byte);
		if (byte == '\\' && redact_read_char(text + at, c, &len) > 0)
			meant = (unsigned char)*c;
		if (meant != -1 && meant != byte)
			redact_mark_byte(marks, text, at, x, meant);
		if (byte == '+')
			redact_mark_byte(marks, text, at, x, ' ');
		if (byte == '-')
			redact_mark_byte(marks, text, at, x, '+');
		if (byte == '_')
			redact_mark_byte(marks, text, at, x, '/');
		for (int k = 1; byte == '?' && k < ' '; k++)
			redact_mark_byte(marks, text, at, x, k);
	}
}

/* The copy: every run of marked bytes becomes one mask. */
static char *
redact_copy(const struct redact_marks *marks, const char *text)
{
	struct buf out;
	size_t from, to;

	buf_init(&out, 0);
	for (from = 0; from < marks->len; from = to) {
		for (to = from; to < marks->len; to++) {
			if (marks->v[to] != marks->v[from])
				break;
		}
		if (marks->v[from])
			buf_puts(&out, REDACT_MASK);
		else
			buf_put(&out, text + from, to - from);
	}
	return buf_steal(&out);
}

/* The masked copy. The build that shows what a test of this file is worth
 * leaves the text as it is. */
static char *
redact_mask(const struct redact *r, const char *text, bool cut)
{
	struct redact_marks marks = { .len = strlen(text), .cut = cut };
	char *copy;

#ifdef FFSUP_NO_REDACT
	return xstrdup(text);
#endif
	marks.last = strpbrk(text, "%+") != NULL ? REDACT_ENCODED
	    : strchr(text, '\\') != NULL	 ? REDACT_ESCAPED
						 : REDACT_PLAIN;
	marks.v = xcalloc(marks.len + 1, 1);
	redact_mark_urls(&marks, text);
	if (r != NULL && r->index != NULL)
		redact_mark_secrets(&marks, text, r->index);
	copy = redact_copy(&marks, text);
	free(marks.v);
	return copy;
}

char *
redact_text(const struct redact *r, const char *text)
{
	return redact_mask(r, text, false);
}

char *
redact_cut_text(const struct redact *r, const char *text)
{
	return redact_mask(r, text, true);
}

char *
redact_encode(const char *s)
{
	struct buf out;

	buf_init(&out, 0);
	for (; *s != '\0'; s++) {
		if (isalnum((unsigned char)*s) ||
		    strchr("-._~!$&'()*+,;=", *s) != NULL)
			buf_put(&out, s, 1);
		else
			buf_putf(&out, "%%%02X", (unsigned char)*s);
	}
	return buf_steal(&out);
}
