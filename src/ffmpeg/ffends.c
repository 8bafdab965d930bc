/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "ffmpeg/ffends.h"
#include "profile/plan.h"
#include "profile/profile.h"

/* Protocols over TCP, and the port where the URL has none. */
static const struct {
	const char *scheme;
	int port;
} ffends_tcp[] = {
	{ "rtmp", 1935 },
	{ "rtmps", 443 },
	{ "rtmpt", 80 },
	{ "rtmpts", 443 },
	{ "rtmpe", 1935 },
	{ "rtmpte", 80 },
	{ "rtsp", 554 },
	{ "rtsps", 322 },
	{ "http", 80 },
	{ "https", 443 },
	{ "icecast", 80 },
	{ "tcp", 0 },
	{ "tls", 0 },
	{ "ftp", 21 },
	{ "sftp", 22 },
	{ "mmsh", 80 },
	{ "mmst", 1755 },
};

/* The scheme of "[f=flv]rtmp", one of a tee's outputs, begins after ']'. */
static const char *
ffends_scheme(const char *url, const struct url_place *at, size_t *len)
{
	const char *tag = memrchr(url, ']', at->scheme);
	const char *from = tag == NULL ? url : tag + 1;

	*len = (size_t)(url + at->scheme - from);
	return from;
}

/* A protocol over TCP: kind and port. False: it is not. */
static bool
ffends_is_tcp(struct ffend *e, const char *scheme, size_t len)
{
	for (size_t i = 0; i < NELEM(ffends_tcp); i++) {
		if (!words_has(&ffends_tcp[i].scheme, 1, scheme, len))
			continue;
		e->kind = FFEND_TCP;
		e->port = ffends_tcp[i].port;
		return true;
	}
	return false;
}

/* A URL's end. */
static void
ffends_url(struct ffend *e, const char *url)
{
	struct url_place at;
	const char *scheme, *host, *end;
	size_t len;
	bool tcp;

	e->kind = FFEND_LOCAL;
	if (!url_find_place(url, &at))
		return;
	scheme = ffends_scheme(url, &at, &len);
	tcp = ffends_is_tcp(e, scheme, len);
	if (!tcp && !url_scheme_is_net(scheme, len))
		return;
	if (!tcp)
		e->kind = FFEND_DATAGRAM;
	if (at.port != at.end)
		e->port = atoi(at.port + 1);
	host = at.host;
	end = at.port;
	snprintf(e->place, sizeof(e->place), "%.*s%s%.*s:%d",
	    tcp ? 0 : (int)len, scheme, tcp ? "" : "://", (int)(end - host),
	    host, e->port);
	if (*host == '[' && end > host + 1 && end[-1] == ']') {
		host++;
		end--;
	}
	snprintf(e->host, sizeof(e->host), "%.*s", (int)(end - host), host);
}

/* Whether the options let the packets of RTSP come by UDP. */
static bool
ffends_is_udp(const struct strv *options)
{
	for (size_t i = 0; i + 1 < options->n; i++)
		if (util_streq(options->v[i], "-rtsp_transport"))
			return util_has_prefix(options->v[i + 1], "udp");
	return false;
}

/* What it reads itself. */
static void
ffends_source(
    struct ffend *e, const struct profile *p, const struct plan_worker *w)
{
	const struct profile_source *s =
	    profile_source_at(p, (size_t)w->source);

	e->kind = FFEND_LOCAL;
	if (s == NULL || s->url == NULL || util_streq(s->format, "lavfi"))
		return;
	ffends_url(e, s->url);
	e->udp = url_is_rtsp(s->url) && ffends_is_udp(&s->options);
}

/* Where it sends. */
static void
ffends_output(
    struct ffend *e, const struct profile *p, const struct plan_worker *w)
{
	const struct profile_output *o = profile_output(p, (size_t)w->output);

	e->kind = FFEND_LOCAL;
	if (o != NULL && o->url != NULL)
		ffends_url(e, o->url);
}

void
ffends_of(
    struct ffends *e, const struct profile *p, const struct plan_worker *w)
{
	*e = (struct ffends){ .source.kind = FFEND_PIPE,
		.output.kind = FFEND_PIPE };
	if (p->args.n > 0) {
		e->source.kind = e->output.kind = FFEND_UNKNOWN;
		return;
	}
	if (!w->ffmpeg)
		return;
	if (plan_is_reader(w))
		ffends_source(&e->source, p, w);
	else if (w->role == ROLE_ENCODER && p->audio.url != NULL)
		ffends_url(&e->source, p->audio.url); /* beside the frames */
	if (w->output >= 0 && w->writes == LINK_NONE)
		ffends_output(&e->output, p, w);
}

/* Whether the peer is where the URL says: a name may have any address. */
static bool
ffends_is_at(const struct ffend *e, const struct ffends_peer *peer)
{
	bool address = strchr(e->host, ':') != NULL ||
	    strspn(e->host, "0123456789.") == strlen(e->host);

	if (e->kind != FFEND_TCP || (e->port != 0 && e->port != peer->port))
		return false;
	return !address || *e->host == '\0' || strcmp(e->host, peer->host) == 0;
}

enum fail_side
ffends_side(const struct ffends *e, const struct ffends_peer *peer)
{
	bool in = e->source.kind == FFEND_TCP,
	     out = e->output.kind == FFEND_TCP;
	bool at_in = ffends_is_at(&e->source, peer);
	bool at_out = ffends_is_at(&e->output, peer);

	if (!in && !out && e->source.kind != FFEND_UNKNOWN)
		return SIDE_NONE;
	if (in != out)
		return in ? SIDE_SOURCE : SIDE_OUTPUT;
	if (at_in != at_out)
		return at_in ? SIDE_SOURCE : SIDE_OUTPUT;
	/* redirected, or both at one port: the media flow one way */
	return peer->received > peer->sent ? SIDE_SOURCE : SIDE_OUTPUT;
}
