/* SPDX-License-Identifier: ISC */
/*
 * A stream of comments: stdin is read when the daemon takes more, so that a
 * chat that is too fast waits at its own end of the pipe. While the daemon is
 * away, comments are dropped and counted: later they would be out of date.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/say.h"
#include "base/util.h"
#include "cli/answer.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/query.h"
#include "cli/reply.h"
#include "cli/speak.h"
#include "media/danmaku.h"

#define SPEAK_TIMEOUT_MS 10000
#define SPEAK_RETRY_MS	 1000
#define SPEAK_FILE_MS	 200 /* how often a followed file is looked at */
#define SPEAK_AGAIN	 10  /* looks after which it is sent in any case */
#define SPEAK_LINE_MAX	 (32 * 1024)
#define SPEAK_TEXT_MAX	 8192 /* escaped, the daemon still takes it */
#define SPEAK_FILE_MAX	 8192

struct speak {
	const struct cli_args *args;
	struct client *client; /* NULL: the daemon is away */
	int64_t retry_ms;      /* when to try again */
	struct buf in;	       /* from stdin, not taken yet */
	struct buf out;	       /* lines for the daemon */
	bool eof;
	bool skips;		 /* the rest of a line that is too long */
	uint64_t sent, answered; /* since it was connected last */
	uint64_t counts[N_DANMAKU_WORDS], wrong, lost;
};

/* Print a text and a newline. */
static int
speak_print(const char *text)
{
	struct buf b;

	buf_init(&b, 0);
	buf_putf(&b, "%s\n", text);
	return say_print(&b);
}

/* --- a stream of comments ------------------------------------------------- */

/* Connect. EXIT_DONE, or the exit code of the failure. */
static int
speak_connect(struct speak *s, bool quiet)
{
	struct client_request rq = query_request(s->args);
	struct client_reply r;
	int code;

	rq.n_args = 1; /* without the "-" */
	rq.follow = true;
	s->client = client_open(s->args->socket, &rq, SPEAK_TIMEOUT_MS, &r);
	if (s->client == NULL && !quiet)
		return query_refused(&r);
	code = r.exit;
	client_reply_clear(&r);
	s->sent = s->answered = 0;
	s->retry_ms = mono_ms() + SPEAK_RETRY_MS;
	return s->client != NULL ? EXIT_DONE : code;
}

/* The daemon has left: unanswered comments are lost. */
static void
speak_disconnect(struct speak *s)
{
	say_error("the daemon has left; trying to connect again");
	s->lost += s->sent - s->answered;
	client_close(s->client);
	s->client = NULL;
	buf_clear(&s->out);
}

/* A line of plain text as an object, with the options of the command line. */
static void
speak_put_plain(struct buf *out, const struct cli_args *a, const char *line)
{
	char *text = xstrndup(line, SPEAK_TEXT_MAX);
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "text", text);
	if (a->say.color != NULL)
		jsonw_str(&j, "color", a->say.color);
	if (a->say.user != NULL)
		jsonw_str(&j, "user", a->say.user);
	if (a->say.top || a->say.bottom)
		jsonw_str(&j, "mode", a->say.top ? "top" : "bottom");
	if (a->say.size > 0)
		jsonw_int(&j, "size", a->say.size);
	jsonw_object_end(&j);
	buf_puts(out, "\n");
	free(text);
}

/* The line if it is an object, without what may precede one; or NULL. */
static const char *
speak_object(const char *line)
{
	cJSON *root;
	bool is;

	if (util_has_prefix(line, "\xef\xbb\xbf"))
		line += 3; /* the byte order mark of a file */
	line += strspn(line, " \t");
	root = *line == '{' ? cJSON_Parse(line) : NULL;
	is = root != NULL;
	cJSON_Delete(root);
	return is ? line : NULL;
}

/* A comment for the daemon: an object as it is, other lines as text. */
static void
speak_put(struct speak *s, const char *line)
{
	const char *object = speak_object(line);

	if (s->client == NULL)
		s->lost++;
	else {
		s->sent++;
		if (object != NULL)
			buf_putf(&s->out, "%s\n", object);
		else
			speak_put_plain(&s->out, s->args, line);
	}
}

/* Take the whole lines of stdin. One that is too long is cut: the rest is not a
 * comment. */
static void
speak_take_lines(struct speak *s)
{
	char *end, *line;

	if (s->skips) {
		end = memchr(buf_text(&s->in), '\n', s->in.len);
		s->skips = end == NULL;
		buf_consume(&s->in,
		    end == NULL ? s->in.len
				: (size_t)(end - buf_text(&s->in)) + 1);
	}
	while ((end = memchr(buf_text(&s->in), '\n', s->in.len)) != NULL) {
		line = xstrndup(
		    buf_text(&s->in), (size_t)(end - buf_text(&s->in)));
		buf_consume(&s->in, (size_t)(end - buf_text(&s->in)) + 1);
		if (*line != '\0')
			speak_put(s, line);
		free(line);
	}
	if (s->in.len >= SPEAK_LINE_MAX) {
		line = xstrndup(buf_text(&s->in), s->in.len);
		buf_consume(&s->in, s->in.len);
		speak_put(s, line);
		free(line);
		s->skips = true;
	}
}

static void
speak_read(struct speak *s)
{
	char chunk[4096];
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	s->eof = n <= 0;
	if (n > 0)
		buf_put(&s->in, chunk, (size_t)n);
	else if (s->in.len > 0)
		buf_puts(&s->in, "\n");
	speak_take_lines(s);
}

/* Count an answer, and pass it on to a script. */
static void
speak_answer(struct speak *s, const char *line)
{
	cJSON *root = cJSON_Parse(line);
	const char *outcome = reply_str(root, "outcome");
	const char *error = reply_str(root, "error");

	s->answered++;
	for (int i = 0; i < N_DANMAKU_WORDS; i++)
		s->counts[i] += util_streq(outcome, danmaku_words[i]);
	s->wrong += error != NULL;
	if (s->args->json)
		speak_print(line);
	else if (error != NULL)
		say_error("%s", error);
	cJSON_Delete(root);
}

/* Read verdicts. False: the daemon has left. */
static bool
speak_hear(struct speak *s)
{
	enum client_event ev;
	char *line;

	while ((ev = client_next(s->client, 0, &line)) == CLIENT_LINE)
		speak_answer(s, line);
	return ev == CLIENT_TIMEOUT;
}

/* Send as much as it takes now. False: the daemon has left. */
static bool
speak_send(struct speak *s)
{
	ssize_t n = client_put(s->client, buf_text(&s->out), s->out.len);

	if (n > 0)
		buf_consume(&s->out, (size_t)n);
	return n >= 0;
}

/* Wait for something to do. False: the user wants to leave. */
static bool
speak_wait(struct speak *s, bool *reads, bool *hears, bool *sends)
{
	struct pollfd v[2] = { { .fd = -1 }, { .fd = -1 } };
	int64_t ms = -1;

	if (!s->eof && s->out.len < SPEAK_LINE_MAX)
		v[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	if (s->client != NULL)
		v[1] = (struct pollfd){ client_fd(s->client),
			POLLIN | (s->out.len > 0 ? POLLOUT : 0), 0 };
	else
		ms = s->retry_ms > mono_ms() ? s->retry_ms - mono_ms() : 0;
	if (client_poll(v, 2, ms) == -1)
		return false;
	*reads = v[0].revents != 0;
	*hears = (v[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
	*sends = (v[1].revents & POLLOUT) != 0;
	return true;
}

/* Until stdin has ended and all is answered, or the daemon is away. */
static bool
speak_goes_on(const struct speak *s)
{
	return !s->eof || (s->client != NULL && s->answered < s->sent);
}

static void
speak_summary(const struct speak *s)
{
	struct buf b;

	buf_init(&b, 0);
	for (int i = 0; i < N_DANMAKU_WORDS; i++)
		if (s->counts[i] > 0)
			buf_putf(&b, "%s%llu %s", b.len > 0 ? ", " : "",
			    (unsigned long long)s->counts[i], danmaku_words[i]);
	if (s->wrong > 0)
		buf_putf(&b, "%s%llu refused", b.len > 0 ? ", " : "",
		    (unsigned long long)s->wrong);
	if (s->lost > 0)
		buf_putf(&b, "%s%llu lost while the daemon was away",
		    b.len > 0 ? ", " : "", (unsigned long long)s->lost);
	if (b.len > 0)
		say_line("", buf_text(&b));
	buf_clear(&b);
}

/* Comments from stdin. */
static int
speak_stream(const struct cli_args *a)
{
	struct speak s = { .args = a };
	bool reads = false, hears = false, sends = false, stays = true;
	int code;

	client_catch_signals();
	buf_init(&s.in, 0);
	buf_init(&s.out, 0);
	code = speak_connect(&s, false);
	if (code != EXIT_DONE)
		return code;
	while (stays && speak_goes_on(&s)) {
		stays = speak_wait(&s, &reads, &hears, &sends);
		if (stays && s.client == NULL && mono_ms() >= s.retry_ms)
			speak_connect(&s, true);
		if (stays && reads)
			speak_read(&s);
		if (s.client != NULL &&
		    ((hears && !speak_hear(&s)) || (sends && !speak_send(&s))))
			speak_disconnect(&s);
	}
	speak_summary(&s);
	client_close(s.client);
	buf_clear(&s.in);
	buf_clear(&s.out);
	return EXIT_DONE;
}

int
speak_say(const struct cli_args *a)
{
	if (a->names.n == 2 && strcmp(a->names.v[1], "-") == 0)
		return speak_stream(a);
	return query_once(a, answer_said);
}

/* --- text --------------------------------------------------------------- */

/* The text of a file, without line ends at its end; NULL with errno. */
static char *
speak_file(const char *path)
{
	char data[SPEAK_FILE_MAX];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), err;
	ssize_t n = fd == -1 ? -1 : read(fd, data, sizeof(data));

	err = errno;
	if (fd != -1)
		close(fd);
	errno = err;
	while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == '\r'))
		n--;
	return n < 0 ? NULL : xstrndup(data, (size_t)n);
}

/* Send a text. The exit code. */
static int
speak_send_text(const struct cli_args *a, const char *text)
{
	char *words[] = { a->names.v[0], a->names.v[1], (char *)text };
	struct client_request rq = {
		.cmd = "text", .args = words, .n_args = 3
	};
	struct client_reply r;

	if (client_ask(a->socket, &rq, SPEAK_TIMEOUT_MS, &r) == -1)
		return query_refused(&r);
	client_reply_clear(&r);
	return EXIT_DONE;
}

/* Follow a file until the user leaves. A missing file or daemon may come back:
 * a new daemon does not know the text yet. */
static int
speak_follow(const struct cli_args *a)
{
	char *sent = NULL, *text = speak_file(a->say.file);
	int code, looks = 0;

	if (text == NULL) {
		say_error("%s: %s", a->say.file, strerror(errno));
		return EXIT_FAILED;
	}
	code = speak_send_text(a, text);
	client_catch_signals();
	while (code != EXIT_USAGE && code != EXIT_NO_STREAM) {
		if (code == EXIT_DONE) {
			free(sent);
			sent = xstrdup(text);
		}
		free(text);
		if (!client_pause(
			code == EXIT_DONE ? SPEAK_FILE_MS : SPEAK_RETRY_MS)) {
			text = NULL;
			code = EXIT_DONE;
			break;
		}
		text = speak_file(a->say.file);
		if (text == NULL)
			text = xstrdup(sent == NULL ? "" : sent);
		if (!util_streq(text, sent) || ++looks % SPEAK_AGAIN == 0)
			code = speak_send_text(a, text);
	}
	free(text);
	free(sent);
	return code;
}

int
speak_text(const struct cli_args *a)
{
	if (a->say.file != NULL)
		return speak_follow(a);
	return query_once(a, answer_nothing);
}

/* --- overlay ------------------------------------------------------------ */

int
speak_overlay(const struct cli_args *a)
{
	return query_once(a, a->names.n > 1 ? answer_nothing : answer_overlays);
}
