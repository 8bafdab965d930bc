/* SPDX-License-Identifier: ISC */
/* Clients that say comments, one or many, to a stream whose beats are the
 * test's. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/util.h"
#include "daemon/clients.h"
#include "daemon/fleet.h"
#include "fakepainter.h"
#include "link/overlay.h"
#include "process/painter.h"
#include "process/worker.h"
#include "profile/jsonc.h"
#include "readprofile.h"

#define PROFILE                                                            \
	"{" PATTERN ",\"overlay\":[{\"id\":\"chat\",\"kind\":\"danmaku\"," \
	"\"size\":8,\"duration\":\"1s\",\"area\":[0,1],\"merge\":%d,"      \
	"\"block\":[%s]},{\"id\":\"a\",\"kind\":\"label\"}]," OUT "}"

#define FOLLOW \
	"{\"v\":1,\"cmd\":\"say\",\"args\":[\"p\"],\"opts\":{\"follow\":true}}\n"

/* Lines in a turn and the pause after it, as the speakers have it. */
#define TURN	 8
#define PAUSE_MS 20

struct scene {
	struct fleet fleet;
	struct clients clients;
	struct stream *stream; /* NULL: gone */
	uint64_t beat;
	ev_timer beats;
};

/* A client's end, and its input. */
struct peer {
	int fd;
	struct buf in;
	unsigned lines;
	bool end; /* it was hung up on */
};

static void
scene_beat_cb(struct ev_loop *l UNUSED, ev_timer *t, int revents UNUSED)
{
	struct scene *s = t->data;

	if (s->stream != NULL && s->stream->frames->fed != NULL)
		overlay_go(s->stream->frames->overlay, s->beat++);
}

static void
scene_begin(struct scene *s, int merge, const char *block)
{
	static const struct conf_input input = { 0 };
	char *text = xasprintf(PROFILE, merge, block);

	*s = (struct scene){ .beat = 0 };
	setenv("FFSUP_PAINT", FAKEPAINTER, 1);
	fleet_init(&s->fleet, loop, &input);
	startrate_set(&s->fleet.starts, 1000, 1000);
	s->stream = stream_new(read_good(text, NULL), &s->fleet.host, loop);
	s->stream->frames->fed = s->stream->workers[0]; /* as if it sent */
	TAILQ_INSERT_TAIL(&s->fleet.streams, s->stream, entry);
	clients_init(&s->clients, loop, &s->fleet);
	ev_timer_init(&s->beats, scene_beat_cb, 0.01, 0.01);
	s->beats.data = s;
	ev_timer_start(loop, &s->beats);
	free(text);
	SPIN_UNTIL(loop, painter_worker(s->fleet.painter)->state == ST_UP);
}

static void
scene_init(struct scene *s, int merge)
{
	scene_begin(s, merge, "\"spam\"");
}

/* A comment that is not shown within a few beats waits: let these be longer than
 * a busy machine keeps the painter from its work. */
static void
scene_slow_down(struct scene *s)
{
	s->beats.repeat = 0.2;
	ev_timer_again(loop, &s->beats);
}

static void
scene_remove_stream(struct scene *s)
{
	TAILQ_REMOVE(&s->fleet.streams, s->stream, entry);
	s->stream->frames->fed = NULL;
	stream_free(s->stream);
	s->stream = NULL;
}

static void
scene_clear(struct scene *s)
{
	ev_timer_stop(loop, &s->beats);
	clients_clear(&s->clients);
	assert_int_equal(s->clients.n_conns, 0);
	assert_int_equal(s->clients.unread, 0);
	assert_int_equal(s->clients.speakers.n, 0);
	if (s->stream != NULL)
		scene_remove_stream(s);
	fleet_clear(&s->fleet);
}

static void
peer_init(struct peer *p, struct scene *s)
{
	int fds[2];

	*p = (struct peer){ .lines = 0 };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	p->fd = fds[1];
	buf_init(&p->in, 0);
	clients_add(&s->clients, fds[0]);
}

static void
peer_clear(struct peer *p)
{
	if (p->fd != -1)
		close(p->fd);
	buf_clear(&p->in);
}

/* Send all bytes while the loop turns. */
static void
peer_send(struct peer *p, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(p->fd, text, len, MSG_NOSIGNAL);

		if (n == -1 && errno != EAGAIN)
			return; /* hung up */
		if (n == -1)
			spin_once(loop);
		else {
			text += n;
			len -= (size_t)n;
		}
	}
}

/* Read the available input. */
static bool
peer_read(struct peer *p)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(p->fd, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			p->lines += chunk[i] == '\n';
		buf_put(&p->in, chunk, (size_t)n);
	}
	p->end = n == 0 || (n == -1 && errno != EAGAIN);
	return true;
}

/* Wait for as many lines in all. */
static void
peer_await(struct peer *p, unsigned lines)
{
	SPIN_UNTIL(loop, peer_read(p) && p->lines >= lines);
	assert_int_equal(p->lines, lines);
}

/* Take the oldest line; caller deletes it. */
static cJSON *
peer_take(struct peer *p)
{
	char *end = memchr(buf_text(&p->in), '\n', p->in.len);
	size_t len = (size_t)(end - buf_text(&p->in));
	cJSON *root = cJSON_ParseWithLength(buf_text(&p->in), len);

	assert_non_null(root);
	buf_consume(&p->in, len + 1);
	return root;
}

/* The oldest line is for that number: this outcome, or an error with that. */
static void
peer_expect(struct peer *p, int number, const char *outcome, const char *error)
{
	cJSON *root = peer_take(p);
	const char *key = outcome != NULL ? "outcome" : "error";
	const char *text = cJSON_GetStringValue(jsonc_get(root, key));

	assert_int_equal(jsonc_get(root, "n")->valueint, number);
	assert_non_null(text);
	if (strstr(text, outcome != NULL ? outcome : error) == NULL)
		fail_msg("%d: %s", number, text);
	cJSON_Delete(root);
}

/* Begin to speak. */
static void
peer_follow(struct peer *p, struct scene *s)
{
	cJSON *root;

	peer_init(p, s);
	peer_send(p, FOLLOW);
	peer_await(p, 1);
	root = peer_take(p);
	assert_true(cJSON_IsTrue(jsonc_get(root, "ok")));
	cJSON_Delete(root);
}

/* --- speakers ----------------------------------------------------------- */

static void
test_lines(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	assert_int_equal(s.clients.n_conns, 0);
	assert_int_equal(s.clients.speakers.n, 1);
	peer_send(&p, "{\"text\":\"hello\"}\n");
	peer_await(&p, 2);
	peer_expect(&p, 1, "shown", NULL);
	peer_send(&p,
	    "\n{\"text\":\"x\",\"color\":\"#f00\",\"mode\":\"top\","
	    "\"user\":\"u\",\"size\":9,\"more\":[]}\n{\"te");
	peer_await(&p, 3);
	peer_expect(&p, 2, "shown", NULL);
	peer_send(&p, "xt\":\"spam\"}\n");
	peer_await(&p, 4);
	peer_expect(&p, 3, "blocked", NULL);
	peer_send(&p, "{\"text\":\"number\",\"color\":16746496}\n");
	peer_await(&p, 5);
	peer_expect(&p, 4, "shown", NULL);
	peer_clear(&p);
	SPIN_UNTIL(loop, s.clients.speakers.n == 0);
	scene_clear(&s);
}

/* Lines that come with the request. */
static void
test_lines_behind_the_request(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 60);
	peer_init(&p, &s);
	peer_send(&p, FOLLOW "{\"text\":\"a\"}\n{\"text\":\"a\"}\n");
	peer_await(&p, 3);
	cJSON_Delete(peer_take(&p));
	peer_expect(&p, 2, "merged", NULL);
	peer_expect(&p, 1, "shown", NULL);
	peer_clear(&p);
	scene_clear(&s);
}

static void
test_errors(void **state UNUSED)
{
	static const struct {
		const char *line, *error;
	} bad[] = {
		{ "hello", "JSON object" },
		{ "[]", "JSON object" },
		{ "{\"text\":", "JSON object" },
		{ "\"text\"", "JSON object" },
		{ "{}", "needs a text" },
		{ "{\"text\":7}", "needs a text" },
		{ "{\"text\":\"\"}", "needs a text" },
		{ "{\"text\":\" \\u0000\\u200b\"}", "needs a text" },
		{ "{\"text\":\"a\",\"color\":\"red-ish\"}",
		    "\"red-ish\" is not a colour" },
		{ "{\"text\":\"a\",\"color\":16777216}",
		    "16777216 is not a colour" },
		{ "{\"text\":\"a\",\"color\":-1}", "-1 is not a colour" },
		{ "{\"text\":\"a\",\"color\":1.5}", "1.5 is not a colour" },
		{ "{\"text\":\"a\",\"color\":1e400}", "is not a colour" },
		{ "{\"text\":\"a\",\"mode\":\"up\"}", "not one of" },
		{ "{\"text\":\"a\",\"size\":7}", "size must" },
		{ "{\"text\":\"a\",\"size\":401}", "size must" },
		{ "{\"text\":\"a\",\"size\":-1}", "size must" },
		{ "{\"text\":\"a\",\"size\":1e300}", "size must" },
	};
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	for (unsigned i = 0; i < NELEM(bad); i++) {
		peer_send(&p, bad[i].line);
		peer_send(&p, "\n");
		peer_await(&p, i + 2);
		peer_expect(&p, (int)i + 1, NULL, bad[i].error);
	}
	peer_clear(&p);
	scene_clear(&s);
}

/* A flood is read slowly, and each line is answered. */
static void
test_flood(void **state UNUSED)
{
	enum {
		N = 400
	};
	bool seen[N + 1] = { false };
	struct scene s;
	struct peer p;
	int64_t begin;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	begin = spin_from();
	for (int i = 0; i < N; i++) {
		char line[64];

		snprintf(line, sizeof(line), "{\"text\":\"%d\"}\n", i);
		peer_send(&p, line);
	}
	peer_await(&p, N + 1);
	assert_true(
	    spin_took(begin, (N / TURN - 1) * PAUSE_MS, SPIN_PATIENCE_MS));
	for (int i = 0; i < N; i++) {
		cJSON *root = peer_take(&p);
		int n = jsonc_get(root, "n")->valueint;

		assert_in_range(n, 1, N);
		assert_false(seen[n]);
		seen[n] = true;
		assert_non_null(jsonc_get(root, "outcome"));
		cJSON_Delete(root);
	}
	assert_int_equal(s.clients.speakers.n, 1);
	peer_clear(&p);
	scene_clear(&s);
}

/* Texts that take long to match leave the loop its time. */
static void
test_slow_patterns(void **state UNUSED)
{
#ifdef HAVE_PCRE2
	enum {
		N = 8,
		PATTERNS = 60
	};
	struct scene s;
	struct peer p;
	struct buf b;
	unsigned before;

	buf_init(&b, 0);
	for (int i = 0; i < PATTERNS; i++)
		buf_puts(&b, "\"(a+)+$\",");
	buf_puts(&b, "\"!\"");
	scene_begin(&s, 0, buf_text(&b));
	peer_follow(&p, &s);
	buf_clear(&b);
	for (int i = 0; i < N; i++)
		buf_puts(&b, "{\"text\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}\n");
	peer_send(&p, buf_text(&b));
	for (int i = 0; p.lines < N + 1; i++) {
		before = p.lines;
		spin_once(loop);
		peer_read(&p);
		assert_in_range(p.lines - before, 0, 2);
		assert_in_range(i, 0, 10000);
	}
	for (int i = 0; i < N; i++)
		peer_expect(&p, i + 1, "blocked", NULL);
	peer_clear(&p);
	scene_clear(&s);
	buf_clear(&b);
#endif
}

/* One that does not read is not read, and disturbs no other. */
static void
test_deaf(void **state UNUSED)
{
	struct scene s;
	struct peer deaf, p;
	unsigned sent = 0, idle = 0;
	char line[4096];

	scene_init(&s, 0);
	peer_follow(&deaf, &s);
	assert_int_equal(setsockopt(deaf.fd, SOL_SOCKET, SO_SNDBUF,
			     &(int){ 4096 }, sizeof(int)),
	    0);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n'; /* not a comment: an error for each */
	line[sizeof(line) - 1] = '\0';
	while (idle < 50 && sent < 20000) {
		ssize_t n =
		    send(deaf.fd, "x\n", 2, MSG_NOSIGNAL | MSG_DONTWAIT);

		sent += n == 2;
		idle = n == 2 ? 0 : idle + 1;
		if (n != 2)
			spin_once(loop);
	}
	peer_follow(&p, &s);
	peer_send(&p, "{\"text\":\"hello\"}\n");
	peer_await(&p, 2);
	peer_expect(&p, 1, "shown", NULL);
	assert_int_equal(s.clients.speakers.n, 2);
	peer_send(&p, line);
	peer_await(&p, 3);
	peer_clear(&p);
	peer_clear(&deaf);
	SPIN_UNTIL(loop, s.clients.speakers.n == 0);
	scene_clear(&s);
}

/* --- ends --------------------------------------------------------------- */

/* It sends no more, but gets its verdicts. */
static void
test_end_of_input(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	peer_send(&p,
	    "{\"text\":\"fake:slow=50 a\"}\n{\"text\":\"b\"}\n"
	    "{\"text\":\"c\"}"); /* without a newline */
	assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
	SPIN_UNTIL(loop, peer_read(&p) && p.end);
	assert_int_equal(p.lines, 4);
	assert_int_equal(s.clients.speakers.n, 0);
	peer_clear(&p);
	scene_clear(&s);
}

static void
test_leaves_with_open_lines(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	peer_send(&p, "{\"text\":\"fake:slow=50 a\"}\n{\"text\":\"b\"}\n");
	spin_once(loop);
	peer_clear(&p);
	SPIN_UNTIL(loop, s.clients.speakers.n == 0);
	spin_for(loop, 100);
	scene_clear(&s);
}

static void
test_line_without_an_end(void **state UNUSED)
{
	size_t len = 3 * SPEAKERS_LINE_MAX;
	char *line = xcalloc(len + 1, 1);
	struct scene s;
	struct peer p;

	memset(line, 'x', len);
	scene_init(&s, 0);
	peer_follow(&p, &s);
	peer_send(&p, line);
	SPIN_UNTIL(loop, s.clients.speakers.n == 0);
	peer_clear(&p);
	scene_clear(&s);
	free(line);
}

static void
test_limit(void **state UNUSED)
{
	struct peer p[SPEAKERS_MAX], more;
	struct scene s;
	cJSON *root;

	scene_init(&s, 0);
	for (size_t i = 0; i < SPEAKERS_MAX; i++)
		peer_follow(&p[i], &s);
	peer_init(&more, &s);
	peer_send(&more, FOLLOW);
	SPIN_UNTIL(loop, peer_read(&more) && more.end);
	root = peer_take(&more);
	assert_true(cJSON_IsFalse(jsonc_get(root, "ok")));
	cJSON_Delete(root);
	assert_int_equal(s.clients.speakers.n, SPEAKERS_MAX);
	for (size_t i = 0; i < SPEAKERS_MAX; i++)
		peer_clear(&p[i]);
	peer_clear(&more);
	scene_clear(&s); /* while they are there */
}

/* --- the stream --------------------------------------------------------- */

static void
test_stream_does_not_send(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	s.stream->frames->fed = NULL;
	peer_send(&p, "{\"text\":\"a\"}\n");
	peer_await(&p, 2);
	peer_expect(&p, 1, NULL, "not sending");
	s.stream->frames->fed = s.stream->workers[0];
	peer_send(&p, "{\"text\":\"b\"}\n");
	peer_await(&p, 3);
	peer_expect(&p, 2, "shown", NULL);
	peer_clear(&p);
	scene_clear(&s);
}

static void
test_stream_goes(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_follow(&p, &s);
	ev_timer_stop(loop, &s.beats);
	peer_send(&p, "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
	spin_for(loop, 30);
	scene_remove_stream(&s);
	peer_await(&p, 3);
	peer_expect(&p, 1, "dropped", NULL);
	peer_expect(&p, 2, "dropped", NULL);
	peer_send(&p, "{\"text\":\"c\"}\n");
	peer_await(&p, 4);
	peer_expect(&p, 3, NULL, "no stream");
	peer_clear(&p);
	scene_clear(&s);
}

/* --- one comment -------------------------------------------------------- */

/* Ask, and expect this exit code and this word in the reply. */
static void
say_once(struct scene *s, const char *args, const char *opts, int code,
    const char *word)
{
	struct peer p;
	char *request =
	    xasprintf("{\"v\":1,\"cmd\":\"say\",\"args\":[%s],\"opts\":{%s}}\n",
		args, opts);
	cJSON *root;

	peer_init(&p, s);
	peer_send(&p, request);
	SPIN_UNTIL(loop, peer_read(&p) && p.end);
	assert_int_equal(p.lines, 1);
	if (strstr(buf_text(&p.in), word) == NULL)
		fail_msg("%s: %s", request, buf_text(&p.in));
	root = peer_take(&p);
	assert_int_equal(jsonc_get(root, "exit")->valueint, code);
	cJSON_Delete(root);
	peer_clear(&p);
	free(request);
}

static void
test_say(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, 60);
	scene_slow_down(&s);
	say_once(&s, "\"p\",\"hello\",\"world\"", "", 0, "shown");
	say_once(&s, "\"p\",\"hello world\"", "", 0, "merged");
	say_once(&s, "\"p\",\"some spam\"", "", 1, "blocked");
	say_once(&s, "\"p\",\"fake:error\"", "", 1, "dropped");
	say_once(&s, "\"p\",\"x\"",
	    "\"id\":\"chat\",\"color\":\"#ff8800\",\"mode\":\"bottom\","
	    "\"size\":10,\"user\":\"u\"",
	    0, "shown");
	say_once(&s, "\"p\"", "", EXIT_USAGE, "needs a text");
	say_once(
	    &s, "\"p\",\"x\"", "\"color\":\"no\"", EXIT_USAGE, "not a colour");
	say_once(
	    &s, "\"p\",\"x\"", "\"mode\":\"no\"", EXIT_USAGE, "not one of");
	say_once(&s, "\"p\",\"x\"", "\"size\":500", EXIT_USAGE, "size must");
	say_once(&s, "\"p\",\"x\"", "\"id\":\"none\"", 1, "chat, a");
	say_once(&s, "\"p\",\"x\"", "\"id\":\"a\"", 1, "no comments");
	say_once(&s, "\"p\"", "\"id\":\"a\",\"follow\":true", 1, "no comments");
	overlay_show(s.stream->frames->overlay,
	    overlay_find(s.stream->frames->overlay, "chat"), false);
	say_once(&s, "\"p\",\"y\"", "", 1, "is off");
	overlay_show(s.stream->frames->overlay,
	    overlay_find(s.stream->frames->overlay, "chat"), true);
	s.stream->frames->fed = NULL;
	say_once(&s, "\"p\",\"y\"", "", 1, "not sending");
	scene_clear(&s);
}

/* The list is JSON in which each key is there once. */
static void
test_list(void **state UNUSED)
{
	struct errors errs = { 0 };
	struct jsonc doc;
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	scene_slow_down(&s);
	say_once(&s, "\"p\",\"hello\"", "", 0, "shown");
	peer_init(&p, &s);
	peer_send(&p, "{\"v\":1,\"cmd\":\"overlay\",\"args\":[\"p\"]}\n");
	SPIN_UNTIL(loop, peer_read(&p) && p.end);
	if (jsonc_parse(&doc, "reply", buf_text(&p.in), p.in.len, &errs) == -1)
		fail_msg("%s: %s", errs.v[0].text, buf_text(&p.in));
	assert_non_null(strstr(buf_text(&p.in), "\"on\":true"));
	assert_non_null(strstr(buf_text(&p.in), "\"shown\":1,"));
	jsonc_clear(&doc);
	errors_clear(&errs);
	peer_clear(&p);
	scene_clear(&s);
}

/* The beats have stopped: it waits. */
static void
test_say_without_beats(void **state UNUSED)
{
	struct scene s;

	scene_init(&s, 0);
	ev_timer_stop(loop, &s.beats);
	say_once(&s, "\"p\",\"x\"", "", 0, "waits");
	scene_clear(&s);
}

static void
test_say_and_leave(void **state UNUSED)
{
	struct scene s;
	struct peer p;

	scene_init(&s, 0);
	peer_init(&p, &s);
	peer_send(&p,
	    "{\"v\":1,\"cmd\":\"say\",\"args\":[\"p\",\"fake:slow="
	    "100 x\"]}\n");
	spin_for(loop, 30);
	clients_clear(&s.clients);
	spin_for(loop, 200);
	peer_clear(&p);
	scene_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_behind_the_request),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_slow_patterns),
		cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_end_of_input),
		cmocka_unit_test(test_leaves_with_open_lines),
		cmocka_unit_test(test_line_without_an_end),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_stream_does_not_send),
		cmocka_unit_test(test_stream_goes),
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_say_without_beats),
		cmocka_unit_test(test_say_and_leave),
	};

	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
