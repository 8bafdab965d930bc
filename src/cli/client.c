/* SPDX-License-Identifier: ISC */
/*
 * The command line's side of the control socket, with deadlines for all that
 * the daemon may delay.
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/sock.h"
#include "base/util.h"
#include "cli/client.h"

/* How often to try when the socket's queue is full. */
#define CLIENT_KNOCK_MIN_MS 5
#define CLIENT_KNOCK_MAX_MS 40

#define CLIENT_CHUNK	(64 * 1024)
#define CLIENT_LINE_MAX ((size_t)256 * 1024 * 1024)

struct client {
	int fd;
	struct buf in;
	size_t scanned; /* bytes of `in` known to hold no newline */
	size_t taken;	/* bytes of the line given away last */
};

/* Signals are process-wide, so this is too. */
static volatile sig_atomic_t client_signalled;
static bool client_catching;
static sigset_t client_wait_mask; /* blocked while we wait */

/* --- replies ------------------------------------------------------------- */

void
client_reply_clear(struct client_reply *r)
{
	cJSON_Delete(r->root);
	free(r->error);
	free(r->line);
	memset(r, 0, sizeof(*r));
}

/* Say why no reply came. */
static void __attribute__((format(printf, 3, 4)))
client_reply_fail(struct client_reply *r, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(r->error);
	r->error = xvasprintf(fmt, ap);
	va_end(ap);
	r->ok = false;
	r->exit = code;
}

/* The tree of the whole reply, or NULL. */
static const cJSON *
client_root(struct client_reply *r)
{
	if (r->root == NULL && r->line != NULL)
		r->root = cJSON_Parse(r->line);
	return r->root;
}

const cJSON *
client_data(struct client_reply *r)
{
	return cJSON_GetObjectItemCaseSensitive(client_root(r), "data");
}

const cJSON *
client_errors(struct client_reply *r)
{
	return cJSON_GetObjectItemCaseSensitive(client_root(r), "errors");
}

/* Parse the reply line, as far as every command needs it. 0, or -1 when it is
 * not ok. */
static int
client_reply_read(struct client_reply *r, const char *line)
{
	struct jsontext all, ok, code;
	const cJSON *error;

	r->line = xstrdup(line);
	all = (struct jsontext){ r->line, strlen(r->line) };
	if (jsontext_member(all, "ok", &ok) == -1 ||
	    jsontext_member(all, "exit", &code) == -1) {
		client_reply_fail(r, EXIT_FAILED,
		    "cannot parse the daemon's reply; its version may differ. "
		    "Try: ffsup version");
		return -1;
	}
	r->exit = (int)strtol(code.at, NULL, 10);
	r->ok = ok.len == 4 && memcmp(ok.at, "true", 4) == 0;
	if (jsontext_member(all, "data", &r->data) == -1)
		r->data = (struct jsontext){ NULL, 0 };
	if (r->ok)
		return 0;
	error = cJSON_GetObjectItemCaseSensitive(client_root(r), "error");
	client_reply_fail(r, r->exit != 0 ? r->exit : EXIT_FAILED, "%s",
	    cJSON_IsString(error) ? error->valuestring
				  : "the daemon gave no reason");
	return -1;
}

/* --- waiting ------------------------------------------------------------- */

/* Remember that the user wants to leave. */
static void
client_signal_cb(int sig UNUSED)
{
	client_signalled = 1;
}

void
client_catch_signals(void)
{
	struct sigaction sa;
	sigset_t blocked;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = client_signal_cb;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	/* blocked except in ppoll, so that none slips in before it */
	sigprocmask(SIG_BLOCK, &blocked, &client_wait_mask);
	sigdelset(&client_wait_mask, SIGINT);
	sigdelset(&client_wait_mask, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	client_catching = true;
}

/* Milliseconds to a deadline, at least 0. */
static int64_t
client_left(int64_t end)
{
	int64_t left = end - mono_ms();

	return left > 0 ? left : 0;
}

int
client_poll(struct pollfd *v, nfds_t count, int64_t timeout_ms)
{
	int64_t end = mono_ms() + timeout_ms, left;
	struct timespec ts;
	int n;

	do {
		if (client_signalled) {
			errno = EINTR;
			return -1;
		}
		left = client_left(end);
		ts.tv_sec = left / 1000;
		ts.tv_nsec = left % 1000 * 1000000;
		n = ppoll(v, count, timeout_ms < 0 ? NULL : &ts,
		    client_catching ? &client_wait_mask : NULL);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Wait for events on a descriptor (-1: for time only); below 0 for ever.
 * Returns as ppoll, with EINTR only when the user wants to leave. */
static int
client_wait(int fd, short events, int64_t timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return client_poll(&pfd, 1, timeout_ms);
}

bool
client_pause(int64_t ms)
{
	client_wait(-1, 0, ms);
	return !client_signalled;
}

/* --- connections --------------------------------------------------------- */

/* A word where there is one. */
static void
client_put_word(struct jsonw *j, const char *key, const char *word)
{
	if (word != NULL)
		jsonw_str(j, key, word);
}

/* The request as a line. */
static void
client_request_write(const struct client_request *rq, struct buf *out)
{
	struct jsonw j;

	jsonw_init(&j, out);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "v", 1);
	jsonw_str(&j, "cmd", rq->cmd);
	jsonw_array(&j, "args");
	for (size_t i = 0; i < rq->n_args; i++)
		jsonw_str(&j, NULL, rq->args[i]);
	jsonw_array_end(&j);
	jsonw_object(&j, "opts");
	if (rq->follow)
		jsonw_bool(&j, "follow", true);
	if (rq->clean)
		jsonw_bool(&j, "clean", true);
	if (rq->all)
		jsonw_bool(&j, "all", true);
	if (rq->dry_run)
		jsonw_bool(&j, "dry_run", true);
	if (rq->reveal)
		jsonw_bool(&j, "reveal", true);
	if (rq->lines != 0)
		jsonw_int(&j, "lines", rq->lines > 0 ? rq->lines : 0);
	if (rq->size > 0)
		jsonw_int(&j, "size", rq->size);
	client_put_word(&j, "id", rq->id);
	client_put_word(&j, "color", rq->color);
	client_put_word(&j, "mode", rq->mode);
	client_put_word(&j, "user", rq->user);
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	buf_puts(out, "\n");
}

/* Send a request before the deadline. 0 / -1 with errno. */
static int
client_send(int fd, const struct client_request *rq, int64_t end)
{
	struct buf out;
	ssize_t n;
	int rc = 0;

	buf_init(&out, 0);
	client_request_write(rq, &out);
	while (out.len > 0 && rc == 0) {
		/* never SIGPIPE: the daemon may say why it hangs up */
		n = send(
		    fd, buf_text(&out), out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			buf_consume(&out, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			rc = -1;
		else if (client_wait(fd, POLLOUT, client_left(end)) <= 0)
			rc = -1;
	}
	buf_clear(&out);
	return rc;
}

/* Connect before the deadline: where the daemon lets nobody in, try again and
 * again. The descriptor, or -1 with errno: EAGAIN is the deadline, EINTR the
 * user's wish. */
static int
client_reach(const char *path, int64_t end, const char **cause)
{
	int64_t pause = CLIENT_KNOCK_MIN_MS, left;
	int fd;

	while ((fd = sock_connect(path, cause)) == -1 && errno == EAGAIN) {
		left = client_left(end);
		if (left == 0) {
			errno = EAGAIN;
			break;
		}
		if (client_wait(-1, 0, pause < left ? pause : left) == -1)
			break;
		if (pause < CLIENT_KNOCK_MAX_MS)
			pause *= 2;
	}
	return fd;
}

/* Say why the connection failed, with the remedy; `err` is errno. */
static void
client_reply_fail_connect(
    struct client_reply *r, const char *path, int err, const char *cause)
{
	if (err == ENOENT || err == ENOTDIR || err == ECONNREFUSED)
		client_reply_fail(r, EXIT_NO_DAEMON,
		    "the daemon is not running (%s %s); start it with: ffsup "
		    "run",
		    err == ECONNREFUSED ? "no listener on" : "no socket", path);
	else if (err == EACCES || err == EPERM)
		client_reply_fail(r, EXIT_FAILED,
		    "no permission for the socket %s; run this as the user of "
		    "the daemon, or as root",
		    path);
	else
		client_reply_fail(r, EXIT_FAILED,
		    "cannot connect to %s: %s; -s FILE names another socket",
		    path, cause != NULL ? cause : strerror(err));
}

/* Say why no reply came. */
static void
client_explain(struct client_reply *r, enum client_event ev, int64_t timeout_ms)
{
	char span[UTIL_SPAN_LEN];

	switch (ev) {
	case CLIENT_TIMEOUT:
		client_reply_fail(r, EXIT_FAILED,
		    "the daemon does not answer (waited %s); see its log",
		    util_span(timeout_ms, span));
		break;
	case CLIENT_SIGNAL:
		client_reply_fail(r, EXIT_DONE, "interrupted");
		break;
	default:
		client_reply_fail(r, EXIT_FAILED,
		    "the daemon closed the connection without a reply; see its "
		    "log");
		break;
	}
}

/* Connect before the deadline, or say why not. */
static int
client_connect(
    const char *path, int64_t end, int64_t timeout_ms, struct client_reply *r)
{
	const char *cause = NULL;
	int fd = client_reach(path, end, &cause), err = errno;

	if (fd == -1 && err == EAGAIN)
		client_explain(r, CLIENT_TIMEOUT, timeout_ms);
	else if (fd == -1 && err == EINTR)
		client_explain(r, CLIENT_SIGNAL, timeout_ms);
	else if (fd == -1)
		client_reply_fail_connect(r, path, err, cause);
	return fd;
}

struct client *
client_open(const char *path, const struct client_request *rq,
    int64_t timeout_ms, struct client_reply *r)
{
	int64_t end = mono_ms() + timeout_ms;
	enum client_event ev;
	struct client *c;
	char *line;
	int fd;

	memset(r, 0, sizeof(*r));
	fd = client_connect(path, end, timeout_ms, r);
	if (fd == -1)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	buf_init(&c->in, CLIENT_LINE_MAX);
	client_send(fd, rq, end); /* a refusal may still be read */
	ev = client_next(c, client_left(end), &line);
	if (ev == CLIENT_LINE && client_reply_read(r, line) == 0)
		return c;
	if (ev != CLIENT_LINE)
		client_explain(r, ev, timeout_ms);
	client_close(c);
	return NULL;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	buf_clear(&c->in);
	free(c);
}

int
client_ask(const char *path, const struct client_request *rq,
    int64_t timeout_ms, struct client_reply *r)
{
	struct client *c = client_open(path, rq, timeout_ms, r);

	client_close(c);
	return c != NULL ? 0 : -1;
}

/* Receive once, at most *len bytes; CLIENT_LINE: *len came, maybe none. */
static enum client_event
client_receive(struct client *c, int64_t timeout_ms, void *to, size_t *len)
{
	ssize_t n;

	switch (client_wait(c->fd, POLLIN, timeout_ms)) {
	case -1:
		return client_signalled ? CLIENT_SIGNAL : CLIENT_CLOSED;
	case 0:
		return CLIENT_TIMEOUT;
	}
	n = recv(c->fd, to, *len, MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		return CLIENT_CLOSED;
	*len = n == -1 ? 0 : (size_t)n;
	return CLIENT_LINE;
}

/* Read the available bytes once; CLIENT_LINE: a line may be complete now. */
static enum client_event
client_fill(struct client *c, int64_t timeout_ms)
{
	char chunk[CLIENT_CHUNK];
	size_t n = sizeof(chunk);
	enum client_event ev = client_receive(c, timeout_ms, chunk, &n);

	if (ev == CLIENT_LINE && buf_put(&c->in, chunk, n) == -1)
		return CLIENT_CLOSED;
	return ev;
}

enum client_event
client_next(struct client *c, int64_t timeout_ms, char **line)
{
	int64_t end = mono_ms() + timeout_ms, left = timeout_ms;
	enum client_event ev;
	char *text, *newline;

	buf_consume(&c->in, c->taken);
	c->taken = c->scanned = 0;
	for (;;) {
		text = c->in.data == NULL ? NULL : c->in.data + c->in.head;
		newline = text == NULL
		    ? NULL
		    : memchr(text + c->scanned, '\n', c->in.len - c->scanned);
		if (newline != NULL) {
			*newline = '\0';
			*line = text;
			c->taken = (size_t)(newline - text) + 1;
			return CLIENT_LINE;
		}
		c->scanned = c->in.len;
		if (timeout_ms >= 0)
			left = client_left(end);
		ev = client_fill(c, left);
		if (ev != CLIENT_LINE)
			return ev;
	}
}

enum client_event
client_bytes(struct client *c, int64_t timeout_ms, void *out, size_t len)
{
	int64_t end = mono_ms() + timeout_ms;
	enum client_event ev = CLIENT_LINE;
	size_t have, n;

	buf_consume(&c->in, c->taken);
	c->taken = c->scanned = 0;
	have = c->in.len < len ? c->in.len : len;
	memcpy(out, buf_text(&c->in), have);
	buf_consume(&c->in, have);
	while (have < len && ev == CLIENT_LINE) {
		n = len - have;
		ev =
		    client_receive(c, client_left(end), (char *)out + have, &n);
		have += ev == CLIENT_LINE ? n : 0;
	}
	return ev;
}

ssize_t
client_put(struct client *c, const void *data, size_t len)
{
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

int
client_fd(const struct client *c)
{
	return c->fd;
}

bool
client_is_trusted(const struct client *c)
{
	uid_t uid;

	return sock_peer_allowed(c->fd, &uid);
}
