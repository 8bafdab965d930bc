/* SPDX-License-Identifier: ISC */
/*
 * Any bytes from a client that goes on saying comments: a piece, some beats,
 * the next piece (0xff is between them). Each line is answered at most once, by
 * its number, with an outcome or an error. No painter answers.
 */
#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/util.h"
#include "daemon/fleet.h"
#include "daemon/speakers.h"
#include "link/overlay.h"
#include "process/painter.h"
#include "profile/expand.h"
#include "profile/jsonc.h"
#include "profile/parse.h"

#define FUZZ_LINES 8192

static const char fuzz_profile[] =
    "{\"source\":{\"frames\":{\"size\":\"64x48\",\"fps\":25,\"pattern\":"
    "\"smpte\"}},\"overlay\":[{\"id\":\"chat\",\"kind\":\"danmaku\",\"size\":"
    "8,\"duration\":\"1s\",\"wait\":\"0s\",\"block\":[\"(a|b)+c\"]}],"
    "\"outputs\":[{\"url\":\"rtmp://srv/live/abcdefgh\"}]}";

/* There is none: what is asked for waits for ever. */
bool __wrap_painter_exists(const struct painter *p);

bool
__wrap_painter_exists(const struct painter *p UNUSED)
{
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
fuzz_env(void *ctx UNUSED, const char *name UNUSED)
{
	return NULL;
}

static struct stream *
fuzz_stream(struct fleet *f, struct ev_loop *loop)
{
	static const struct expand_env env = { .get = fuzz_env };
	struct errors errs = { 0 };
	struct stream *s;
	struct jsonc doc;

	jsonc_parse(&doc, "p", fuzz_profile, strlen(fuzz_profile), &errs);
	s = stream_new(
	    parse_profile(&doc, "p", NULL, &env, &errs), &f->host, loop);
	jsonc_clear(&doc);
	errors_clear(&errs);
	s->frames->fed = s->workers[0]; /* as if it sent */
	TAILQ_INSERT_TAIL(&f->streams, s, entry);
	return s;
}

static void
fuzz_check_line(const char *line, size_t len, bool *answered)
{
	cJSON *root = cJSON_ParseWithLength(line, len);
	const cJSON *n = jsonc_get(root, "n");

	if (!cJSON_IsNumber(n) || n->valueint < 1 || n->valueint > FUZZ_LINES ||
	    answered[n->valueint - 1] ||
	    cJSON_IsString(jsonc_get(root, "outcome")) ==
		cJSON_IsString(jsonc_get(root, "error")))
		abort();
	answered[n->valueint - 1] = true;
	cJSON_Delete(root);
}

/* Check and forget all that was answered. */
static void
fuzz_hear(int fd, bool *answered)
{
	struct buf all;
	char chunk[4096], *end;
	ssize_t n;

	buf_init(&all, 0);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(&all, chunk, (size_t)n);
	while ((end = memchr(buf_text(&all), '\n', all.len)) != NULL) {
		size_t len = (size_t)(end - buf_text(&all));

		fuzz_check_line(buf_text(&all), len, answered);
		buf_consume(&all, len + 1);
	}
	buf_clear(&all);
}

/* Send pieces, with beats after each. */
static void
fuzz_send(struct ev_loop *loop, struct overlay *o, int fd, const char *text,
    size_t size, bool *answered)
{
	uint64_t beat = 0;

	while (size > 0) {
		const char *end = memchr(text, 0xff, size);
		size_t len = end == NULL ? size : (size_t)(end - text);

		if (len > 0 && send(fd, text, len, MSG_NOSIGNAL) == -1)
			return; /* it was dropped */
		len += end != NULL;
		text += len;
		size -= len;
		for (int i = 0; i < 4; i++) {
			ev_run(loop, EVRUN_NOWAIT);
			overlay_go(o, beat++);
		}
		fuzz_hear(fd, answered);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_input input = { 0 };
	bool answered[FUZZ_LINES] = { false };
	struct speakers_start start = { .stream = "p", .id = "chat" };
	struct speakers all;
	struct ev_loop *loop;
	struct fleet fleet;
	struct stream *s;
	int fds[2];

	if (size > FUZZ_LINES ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == -1)
		return 0;
	setenv("FFSUP_PAINT", "/nowhere", 1);
	loop = ev_loop_new(EVFLAG_NOENV);
	fleet_init(&fleet, loop, &input);
	s = fuzz_stream(&fleet, loop);
	speakers_init(&all, loop, &fleet);
	start.fd = fds[0];
	start.in = (const char *)data; /* what came with the request */
	start.in_len = size > 0 ? data[0] % size : 0;
	speakers_add(&all, &start);
	fuzz_send(loop, s->frames->overlay, fds[1],
	    (const char *)data + start.in_len, size - start.in_len, answered);
	shutdown(fds[1], SHUT_WR);
	ev_run(loop, EVRUN_NOWAIT);
	TAILQ_REMOVE(&fleet.streams, s, entry);
	s->frames->fed = NULL;
	stream_free(s); /* those who wait are told */
	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
	fuzz_hear(fds[1], answered);
	speakers_clear(&all);
	if (all.n != 0)
		abort();
	close(fds[1]);
	fleet_clear(&fleet);
	ev_loop_destroy(loop);
	return 0;
}
