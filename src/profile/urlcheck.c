/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "base/strv.h"
#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/urlcheck.h"

#define URLCHECK_PORT_MAX 65535

/* Of libsrt: the length of a passphrase, and of a stream's id. */
#define URLCHECK_SRT_PASS_MIN 10
#define URLCHECK_SRT_PASS_MAX 79
#define URLCHECK_SRT_ID_MAX   512

#define URLCHECK_LOGIN \
	"give it by \"user\" and \"password\", which ffsup encodes"

/* --- parts of a URL ------------------------------------------------------- */

/* Whether the scheme of a URL is one of n. */
static bool
urlcheck_is_one(const char *url, const char *const *schemes, size_t n)
{
	return words_has(schemes, n, url, url_scheme_len(url));
}

/* The value of a parameter of the query, and its length; NULL: it has none. */
static const char *
urlcheck_parameter(const char *url, const char *name, size_t *len)
{
	size_t n = strlen(name);
	const char *p = strchr(url, '?');

	while (p != NULL) {
		p++;
		*len = strcspn(p, "&");
		if (strncmp(p, name, n) == 0 && p[n] == '=') {
			*len -= n + 1;
			return p + n + 1;
		}
		if (*len == n && strncmp(p, name, n) == 0) {
			*len = 0;
			return p + n; /* "?listen" */
		}
		p = strchr(p, '&');
	}
	return NULL;
}

/* The same as a word. Caller frees. */
static char *
urlcheck_word(const char *url, const char *name)
{
	size_t len;
	const char *at = urlcheck_parameter(url, name, &len);
	char *word = at == NULL ? NULL : xstrndup(at, len);

	if (word != NULL)
		spelling_decode(word);
	return word;
}

/* Whether a port is a number that can be one. */
static bool
urlcheck_is_port(const char *port, const char *end)
{
	size_t len = (size_t)(end - port);

	return len > 0 && len <= 5 && strspn(port, "0123456789") >= len &&
	    strtol(port, NULL, 10) <= URLCHECK_PORT_MAX;
}

/* Whether a '%' is not followed by two digits. */
static bool
urlcheck_is_misspelt(const char *from, const char *end)
{
	for (; from < end; from++)
		if (*from == '%' && spelling_unescape(from) == -1)
			return true;
	return false;
}

/* --- what is wrong with it ------------------------------------------------ */

static const char *
urlcheck_login_fault(const struct url_place *at)
{
	if (urlcheck_is_misspelt(at->login, at->host))
		return "its user or password contains a \"%\": " URLCHECK_LOGIN;
	return NULL;
}

static const char *
urlcheck_host_fault(const char *url, const struct url_place *at, bool listens)
{
	/* these have no meaning without one; others listen, or send to all */
	static const char *const callers[] = { "rtsp", "rtsps", "http",
		"https" };
	size_t len = (size_t)(at->port - at->host);
	bool calls =
	    urlcheck_is_one(url, callers, NELEM(callers)) || url_is_rtmp(url);

	if (len == 0 && calls && !listens)
		return "has no host";
	if (memchr(at->host, ':', len) != NULL && at->host[0] != '[')
		return "an IPv6 address must be in brackets: "
		       "[2001:db8::1]:554";
	if (at->host[0] == '[' && memchr(at->host, ']', len) == NULL)
		return "the bracket before its address is not closed";
	if (memchr(at->host, ' ', len) != NULL)
		return "contains a space";
	return NULL;
}

/* A '#', '/' or '?' in a password ends the address for ffmpeg, which takes what
 * is before it for host and port. */
static const char *
urlcheck_port_fault(const char *url, const struct url_place *at, bool listens)
{
	static const char *const ported[] = { "srt", "tcp", "udp" };

	if (at->port != at->end) {
		if (urlcheck_is_port(at->port + 1, at->end))
			return NULL;
		if (strchr(at->end, '@') != NULL)
			return "its password contains \"#\", \"/\" or \"?\", "
			       "which end the address: " URLCHECK_LOGIN;
		return "its port is not a number from 0 to 65535";
	}
	if (*at->end == '#' && strchr(at->end, '@') != NULL)
		return "its user contains \"#\", which ends the "
		       "address: " URLCHECK_LOGIN;
	if (urlcheck_is_one(url, ported, NELEM(ported)))
		return listens ? "has no port: add the one to listen on"
			       : "has no port: add it behind the host";
	return NULL;
}

static char *
urlcheck_passphrase_fault(const char *pass)
{
	size_t len = strlen(pass);

	if (len >= URLCHECK_SRT_PASS_MIN && len <= URLCHECK_SRT_PASS_MAX)
		return NULL;
	return xasprintf("the passphrase has %zu characters; SRT wants %d to "
			 "%d",
	    len, URLCHECK_SRT_PASS_MIN, URLCHECK_SRT_PASS_MAX);
}

static char *
urlcheck_id_fault(const char *id)
{
	if (strlen(id) <= URLCHECK_SRT_ID_MAX)
		return NULL;
	return xasprintf("the stream id has %zu characters; SRT takes %d",
	    strlen(id), URLCHECK_SRT_ID_MAX);
}

static char *
urlcheck_mode_fault(const char *mode)
{
	static const char *const modes[] = { "caller", "listener", "rendezvous",
		NULL };

	return words_index(modes, mode) >= 0
	    ? NULL
	    : xstrdup("the mode of SRT is one of caller, listener, "
		      "rendezvous");
}

static char *
urlcheck_key_fault(const char *length)
{
	static const char *const lengths[] = { "0", "16", "24", "32", NULL };

	return words_index(lengths, length) >= 0
	    ? NULL
	    : xstrdup("the key of SRT has 16, 24 or 32 bytes");
}

/* Parameters of SRT, as options of ffmpeg or in the query. */
static const struct {
	const char *name, *query;
	char *(*fault)(const char *value);
} urlcheck_srt[] = {
	{ "passphrase", "passphrase", urlcheck_passphrase_fault },
	{ "srt_streamid", "streamid", urlcheck_id_fault },
	{ "mode", "mode", urlcheck_mode_fault },
	{ "pbkeylen", "pbkeylen", urlcheck_key_fault },
};

static char *
urlcheck_query_fault(const char *url)
{
	char *fault = NULL, *value;

	if (!url_has_scheme(url, "srt"))
		return NULL;
	for (size_t i = 0; fault == NULL && i < NELEM(urlcheck_srt); i++) {
		value = urlcheck_word(url, urlcheck_srt[i].query);
		if (value != NULL)
			fault = urlcheck_srt[i].fault(value);
		free(value);
	}
	return fault;
}

/* --- public ------------------------------------------------------------- */

char *
urlcheck_fault(const char *url, bool listens)
{
	const char *fault;
	struct url_place at;

	if (url == NULL || !url_scheme_is_net(url, url_scheme_len(url)) ||
	    !url_find_place(url, &at))
		return NULL;
	fault = urlcheck_login_fault(&at);
	if (fault == NULL)
		fault = urlcheck_host_fault(url, &at, listens);
	if (fault == NULL)
		fault = urlcheck_port_fault(url, &at, listens);
	return fault == NULL ? urlcheck_query_fault(url) : xstrdup(fault);
}

char *
urlcheck_option_fault(const char *url, const char *option, const char *value)
{
	if (!url_has_scheme(url, "srt"))
		return NULL;
	if (strcmp(option, "-streamid") == 0 &&
	    value[strspn(value, "0123456789:")] != '\0')
		return xstrdup("\"streamid\" means something else to ffmpeg: "
			       "write \"srt_streamid\"");
	for (size_t i = 0; i < NELEM(urlcheck_srt); i++)
		if (strcmp(option + 1, urlcheck_srt[i].name) == 0)
			return urlcheck_srt[i].fault(value);
	return NULL;
}

bool
urlcheck_is_stdin(const char *url)
{
	static const char *const names[] = { "-", "pipe:", "pipe:0",
		"fd:", "fd:0", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0" };

	return words_find(names, NELEM(names), url) < NELEM(names);
}

/* Whether a switch is on: "?listen" and "1" are, "0" is not. */
static bool
urlcheck_is_on(const char *value)
{
	return value != NULL && strcmp(value, "0") != 0 &&
	    strcmp(value, "false") != 0;
}

/* Whether an option makes ffmpeg wait. */
static bool
urlcheck_option_listens(const char *option, const char *value)
{
	if (strcmp(option, "-listen") == 0 ||
	    strcmp(option, "-rtmp_listen") == 0)
		return urlcheck_is_on(value);
	if (strcmp(option, "-mode") == 0)
		return strcmp(value, "listener") == 0;
	return strcmp(option, "-rtsp_flags") == 0 &&
	    strstr(value, "listen") != NULL;
}

bool
urlcheck_listens(const char *url, const struct strv *options)
{
	char *listen, *mode;
	bool does;

	if (url_scheme_len(url) == 0)
		return false;
	listen = urlcheck_word(url, "listen");
	mode = urlcheck_word(url, "mode");
	does = urlcheck_is_on(listen) ||
	    (url_has_scheme(url, "srt") && util_streq(mode, "listener"));
	for (size_t i = 0; i + 1 < options->n; i += 2)
		does = does ||
		    urlcheck_option_listens(options->v[i], options->v[i + 1]);
	free(listen);
	free(mode);
	return does;
}
