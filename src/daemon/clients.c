/* SPDX-License-Identifier: ISC */
/*
 * Connections of clients: read a line, run the verb, write the reply; followers
 * get more lines until they leave.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/clients.h"
#include "daemon/command.h"
#include "daemon/fleet.h"
#include "daemon/overlays.h"
#include "daemon/reload.h"
#include "daemon/request.h"
#include "daemon/select.h"
#include "daemon/status.h"

#define CLIENTS_DEADLINE_S 10.0 /* for a request, and for taking a reply */
#define CLIENTS_BACKLOG	   (1024 * 1024) /* of a follower */
#define CLIENTS_VERDICT_S  3.0 /* then a comment waits: there are few beats */
#define CLIENTS_SNDBUF	   (64 * 1024) /* in the kernel, for each */

/* Bytes kept for clients that have not read them yet: frames, and text. */
#define CLIENTS_HELD_MAX   ((size_t)32 * 1024 * 1024)
#define CLIENTS_UNREAD_MAX ((size_t)32 * 1024 * 1024)

struct conn {
	struct clients *all;
	int fd;
	ev_io io;
	ev_timer deadline;
	struct buf in, out;
	struct snapstore_copy *copy; /* goes out after `out`; a reference */
	size_t copied;		     /* its bytes already sent */
	int64_t moved_ms;	     /* when it said or took something last */
	int watched;		     /* EV_READ, EV_WRITE */
	bool eof;     /* it will not say more, but may want its reply */
	bool replied; /* the request was answered */
	struct reload_ask *ask; /* the reload that it waits for, or NULL */
	bool dry_run;
	struct comments_waiter verdict; /* the comment that it waits for */
	char *of_overlay;		/* owned: whose verdict */
	bool following;	 /* keep the connection after the reply */
	char *of_stream; /* owned: that of the verdict */
	struct strv of;	 /* what is followed: see select.h */
	struct events_listener on_event;
	struct fleet_listener on_line;
	bool hears_events, hears_lines;
	TAILQ_ENTRY(conn) entry;
};

static void
clients_drop(struct conn *cn)
{
	struct clients *c = cn->all;

	ev_io_stop(c->loop, &cn->io);
	ev_timer_stop(c->loop, &cn->deadline);
	if (cn->hears_events)
		events_unlisten(&c->fleet->events, &cn->on_event);
	if (cn->hears_lines)
		fleet_unlisten(c->fleet, &cn->on_line);
	if (cn->ask != NULL)
		reload_cancel(cn->ask);
	comments_leave(&cn->verdict);
	if (cn->fd != -1)
		close(cn->fd);
	TAILQ_REMOVE(&c->conns, cn, entry);
	c->unread -= cn->out.len;
	c->n_following -= cn->following;
	c->n_conns--;
	snapstore_put(&c->held, cn->copy);
	buf_clear(&cn->in);
	buf_clear(&cn->out);
	strv_clear(&cn->of);
	free(cn->of_stream);
	free(cn->of_overlay);
	free(cn);
}

/* --- too much ------------------------------------------------------------ */

/* When no more frames can be kept, the clients that do not read the oldest
 * go. */
static void
clients_shed(void *ctx, struct snapstore_copy *oldest)
{
	struct clients *c = ctx;
	struct conn *cn, *next;

	for (cn = TAILQ_FIRST(&c->conns); cn != NULL; cn = next) {
		next = TAILQ_NEXT(cn, entry);
		if (cn->copy == oldest)
			clients_drop(cn);
	}
}

/* The one that has been idle the longest; NULL: none. */
static struct conn *
clients_idlest(struct clients *c, bool (*is)(const struct conn *cn))
{
	struct conn *cn, *idlest = NULL;

	TAILQ_FOREACH(cn, &c->conns, entry) {
		if (is(cn) &&
		    (idlest == NULL || cn->moved_ms < idlest->moved_ms))
			idlest = cn;
	}
	return idlest;
}

/* Whether its request was taken, and its reply comes later. */
static bool
clients_waits(const struct conn *cn)
{
	return cn->ask != NULL || cn->verdict.of != NULL;
}

static bool
clients_is_silent(const struct conn *cn)
{
	return !cn->replied && !clients_waits(cn);
}

static bool
clients_is_passing(const struct conn *cn)
{
	return !cn->following;
}

static bool
clients_is_unread(const struct conn *cn)
{
	return cn->out.len > 0;
}

void
clients_make_place(struct clients *c)
{
	struct conn *cn = clients_idlest(c, clients_is_silent);

	if (cn == NULL)
		cn = clients_idlest(c, clients_is_passing);
	if (cn != NULL)
		clients_drop(cn);
}

bool
clients_drop_silent(struct clients *c)
{
	struct conn *cn = clients_idlest(c, clients_is_silent);

	if (cn != NULL)
		clients_drop(cn);
	return cn != NULL;
}

/* Room for a reply: those that have not taken theirs for the longest go. */
static void
clients_make_room(struct clients *c, size_t len)
{
	struct conn *cn;

	while (c->unread > 0 && c->unread + len > CLIENTS_UNREAD_MAX &&
	    (cn = clients_idlest(c, clients_is_unread)) != NULL)
		clients_drop(cn);
}

/* --- writing ------------------------------------------------------------ */

/* Whether something is still to be sent. */
static bool
clients_has_output(const struct conn *cn)
{
	return cn->out.len > 0 || cn->copy != NULL;
}

/* The watched events follow from the pending work: one place decides. */
static void
clients_watch(struct conn *cn)
{
	struct ev_loop *loop = cn->all->loop;
	int want =
	    (cn->eof ? 0 : EV_READ) | (clients_has_output(cn) ? EV_WRITE : 0);

	if (want == cn->watched)
		return;
	ev_io_stop(loop, &cn->io);
	ev_io_set(&cn->io, cn->fd, want);
	if (want != 0)
		ev_io_start(loop, &cn->io);
	cn->watched = want;
}

/* The part of `len` bytes that one turn may send. */
static size_t
clients_share(size_t len)
{
	return len < CLIENTS_TURN ? len : CLIENTS_TURN;
}

/* One write of the next bytes: text, then the frame. As write(2). */
static ssize_t
clients_write(struct conn *cn)
{
	struct snapstore_copy *copy = cn->copy;
	bool text = cn->out.len > 0;
	ssize_t n;

	n = text ? write(cn->fd, buf_text(&cn->out), clients_share(cn->out.len))
		 : write(cn->fd, copy->data + cn->copied,
		       clients_share(copy->len - cn->copied));
	if (n <= 0)
		return n;
	cn->moved_ms = mono_ms();
	if (text) {
		buf_consume(&cn->out, (size_t)n);
		cn->all->unread -= (size_t)n;
	} else if ((cn->copied += (size_t)n) == copy->len) {
		snapstore_put(&cn->all->held, copy);
		cn->copy = NULL;
	}
	return n;
}

/* Send as much as fits, and a frame not all at once: the loop has other things
 * to do. False: the connection is gone. */
static bool
clients_flush(struct conn *cn)
{
	size_t sent = 0;

	while (clients_has_output(cn) && sent < CLIENTS_TURN) {
		ssize_t n = clients_write(cn);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0) {
			clients_drop(cn);
			return false;
		}
		sent += (size_t)n;
	}
	if (!clients_has_output(cn) && !cn->following &&
	    (cn->eof || cn->replied)) {
		clients_drop(cn);
		return false;
	}
	if (!clients_has_output(cn))
		ev_timer_stop(cn->all->loop, &cn->deadline);
	else if (cn->following) /* else it runs from the reply on */
		ev_timer_again(cn->all->loop, &cn->deadline);
	clients_watch(cn);
	return true;
}

/* All text to a client is masked, whoever wrote it. */
static void
clients_writer(struct jsonw *j, struct buf *out)
{
	jsonw_init(j, out);
	j->mask = secrets_text;
}

/* Whether one more line is too much for a client that has not read the last
 * ones. */
static bool
clients_is_behind(const struct conn *cn, size_t len)
{
	return cn->out.len + len > CLIENTS_BACKLOG ||
	    (cn->out.len > 0 && cn->all->unread + len > CLIENTS_UNREAD_MAX);
}

/* A line for a follower; one that does not read is dropped. */
static void
clients_push(struct conn *cn, struct buf *line)
{
	buf_puts(line, "\n");
	if (clients_is_behind(cn, line->len)) {
		log_warn("control: a following client does not read, "
			 "disconnected");
		clients_drop(cn);
	} else {
		buf_put(&cn->out, buf_text(line), line->len);
		cn->all->unread += line->len;
		clients_flush(cn);
	}
	buf_clear(line);
}

static void
clients_heard_event(void *ctx, const struct event *e)
{
	struct conn *cn = ctx;
	struct buf line;
	struct jsonw j;

	if (!select_means_event(&cn->of, cn->all->fleet, e))
		return;
	buf_init(&line, 0);
	clients_writer(&j, &line);
	status_write_event(&j, NULL, e);
	clients_push(cn, &line);
}

static void
clients_heard_line(void *ctx, const struct stream *s, const struct worker *w,
    const struct runlog_line *line)
{
	struct conn *cn = ctx;
	struct buf text;
	struct jsonw j;

	if (!select_means_worker(&cn->of, s, w))
		return;
	buf_init(&text, 0);
	clients_writer(&j, &text);
	status_write_line(&j, w, w->runs, line);
	clients_push(cn, &text);
}

/* --- requests ----------------------------------------------------------- */

/* Put the reply to a call into the connection's output; its payload goes over
 * to the connection. */
static void
clients_reply(
    struct conn *cn, struct command_call *call, const struct buf *data)
{
	struct jsonw j;

	clients_make_room(cn->all, data == NULL ? 0 : data->len);
	clients_writer(&j, &cn->out);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "v", 1);
	jsonw_bool(&j, "ok", call->error == NULL);
	jsonw_int(&j, "exit", call->exit);
	if (call->error != NULL)
		jsonw_str(&j, "error", call->error);
	else
		jsonw_raw(&j, "data", buf_text(data));
	if (call->errors.n > 0) {
		jsonw_array(&j, "errors");
		for (size_t i = 0; i < call->errors.n; i++) {
			char *text = errors_format(&call->errors.v[i]);

			jsonw_str(&j, NULL, text);
			free(text);
		}
		jsonw_array_end(&j);
	}
	jsonw_object_end(&j);
	buf_puts(&cn->out, "\n");
	cn->all->unread += cn->out.len;
	cn->copy = call->payload;
	call->payload = NULL;
	cn->replied = true;
	cn->moved_ms = mono_ms();
	ev_timer_again(cn->all->loop, &cn->deadline);
}

/* After the reply: more lines, or none. */
static void
clients_follow(struct conn *cn, struct command_call *call)
{
	struct fleet *f = cn->all->fleet;

	if (call->after == FOLLOW_EVENTS) {
		cn->on_event.heard = clients_heard_event;
		cn->on_event.ctx = cn;
		events_listen(&f->events, &cn->on_event);
		cn->hears_events = true;
	} else if (call->after == FOLLOW_LOGS) {
		cn->on_line.said = clients_heard_line;
		cn->on_line.ctx = cn;
		fleet_listen(f, &cn->on_line);
		cn->hears_lines = true;
	}
	cn->following = cn->hears_events || cn->hears_lines;
	if (cn->following) {
		cn->of = call->args;
		call->args = (struct strv){ 0 };
	}
	cn->all->n_following += cn->following;
}

/* Whether there is a place for one more who says comments. */
static bool
clients_admit_speaker(const struct clients *c, struct command_call *call)
{
	if (c->speakers.n < SPEAKERS_MAX)
		return true;
	call_fail(call, EXIT_FAILED,
	    "%d clients are saying comments already; end some of them",
	    SPEAKERS_MAX);
	return false;
}

/* A follower keeps its place: leave some for clients that ask. */
static void
clients_limit_followers(const struct clients *c, struct command_call *call)
{
	if ((call->after != FOLLOW_EVENTS && call->after != FOLLOW_LOGS) ||
	    c->n_following < CLIENTS_FOLLOWERS_MAX)
		return;
	call->after = FOLLOW_NOTHING;
	free(call->error);
	call->error =
	    xasprintf("%zu clients are following already; end some of "
		      "them",
		c->n_following);
	call->exit = EXIT_FAILED;
}

/* The reload that it waits for is done. */
static void
clients_reloaded(
    void *ctx, int rc, const struct fleet_diff *diff, const struct errors *errs)
{
	struct conn *cn = ctx;
	struct command_call call = { .fleet = cn->all->fleet,
		.dry_run = cn->dry_run };
	struct buf data;
	struct jsonw j;

	cn->ask = NULL;
	buf_init(&data, 0);
	clients_writer(&j, &data);
	call.data = &j;
	command_reloaded(&call, rc, diff, errs);
	clients_reply(cn, &call, &data);
	buf_clear(&data);
	call_clear(&call);
	clients_flush(cn);
}

/* Reload; the reply comes later, and no more of a request is expected. */
static void
clients_ask_reload(struct conn *cn, bool dry_run)
{
	struct clients *c = cn->all;

	cn->dry_run = dry_run;
	ev_timer_again(c->loop, &cn->deadline);
	cn->ask = reload_ask(c->reload, dry_run, clients_reloaded, cn);
}

/* What has become of the comment that it waits for, told in the midst of a beat:
 * the loop writes the reply. */
static void
clients_verdict(struct comments_waiter *w, enum danmaku_word word)
{
	struct conn *cn = w->ctx;
	struct command_call call = { .fleet = cn->all->fleet };
	struct buf data;
	struct jsonw j;

	comments_leave(w);
	cn->deadline.repeat = CLIENTS_DEADLINE_S;
	buf_init(&data, 0);
	clients_writer(&j, &data);
	call.data = &j;
	overlays_write_said(&call, cn->of_stream, cn->of_overlay, word);
	clients_reply(cn, &call, &data);
	buf_clear(&data);
	call_clear(&call);
	clients_watch(cn);
}

/* The reply comes with the verdict. */
static void
clients_await_verdict(struct conn *cn, struct command_call *call)
{
	cn->of_stream = call->of_stream;
	cn->of_overlay = call->of_overlay;
	call->of_stream = call->of_overlay = NULL;
	cn->deadline.repeat = CLIENTS_VERDICT_S;
	ev_timer_again(cn->all->loop, &cn->deadline);
}

/* From now on it is a speaker's connection. */
static void
clients_hand_over(struct conn *cn, const struct command_call *call)
{
	const char *rest = memchr(buf_text(&cn->in), '\n', cn->in.len);
	struct speakers_start start = {
		.fd = cn->fd,
		.stream = call->of_stream,
		.id = call->of_overlay,
		.out = buf_text(&cn->out),
		.out_len = cn->out.len,
	};

	if (rest != NULL) {
		start.in = rest + 1;
		start.in_len =
		    cn->in.len - (size_t)(start.in - buf_text(&cn->in));
	}
	ev_io_stop(cn->all->loop, &cn->io);
	cn->fd = -1;
	speakers_add(&cn->all->speakers, &start);
	clients_drop(cn);
}

/* Answer one request. */
static void
clients_serve(struct conn *cn, const char *text, size_t len)
{
	struct command_call call = { .fleet = cn->all->fleet,
		.held = &cn->all->held,
		.said.waiter = &cn->verdict };
	const struct command *command;
	const char *why = NULL;
	cJSON *root = cJSON_ParseWithLength(text, len);
	struct buf data;
	struct jsonw j;

	buf_init(&data, 0);
	clients_writer(&j, &data);
	call.data = &j;
	command = request_parse(root, &call, &why);
	if (command != NULL) {
		command_run(command, &call);
	} else {
		call.error = xstrdup(why);
		call.exit = EXIT_USAGE;
	}
	if (call.after == REPLY_RELOAD && call.error == NULL) {
		clients_ask_reload(cn, call.dry_run);
	} else if (call.after == REPLY_VERDICT && call.error == NULL) {
		clients_await_verdict(cn, &call);
	} else if (call.after == FOLLOW_SAYINGS && call.error == NULL &&
	    clients_admit_speaker(cn->all, &call)) {
		clients_reply(cn, &call, &data);
		clients_hand_over(cn, &call);
	} else {
		clients_limit_followers(cn->all, &call);
		clients_reply(cn, &call, &data);
		clients_follow(cn, &call);
		clients_flush(cn);
	}
	cJSON_Delete(root);
	buf_clear(&data);
	call_clear(&call);
}

/* A request that cannot be taken at all. */
static void
clients_refuse(struct conn *cn, const char *why)
{
	struct command_call call = { .error = xstrdup(why),
		.exit = EXIT_USAGE };

	clients_reply(cn, &call, NULL);
	call_clear(&call);
	clients_flush(cn);
}

/* --- connections -------------------------------------------------------- */

/* Handle the input: a whole request, a part of one, or too much. */
static void
clients_take_input(struct conn *cn, const char *chunk, size_t n)
{
	const char *end;

	if (cn->replied || clients_waits(cn))
		return; /* one request a connection; the rest is ignored */
	cn->moved_ms = mono_ms();
	if (buf_put(&cn->in, chunk, n) == -1) {
		clients_refuse(cn, "the request is larger than 64 KiB");
		return;
	}
	end = memchr(buf_text(&cn->in), '\n', cn->in.len);
	if (end != NULL)
		clients_serve(
		    cn, buf_text(&cn->in), (size_t)(end - buf_text(&cn->in)));
}

/* It will not say more. That ends a request as a newline does; a follower goes
 * on listening. */
static void
clients_end_input(struct conn *cn)
{
	cn->eof = true;
	if (!cn->replied && !clients_waits(cn) && cn->in.len > 0)
		clients_serve(cn, buf_text(&cn->in), cn->in.len);
	else if (clients_has_output(cn) || cn->following || clients_waits(cn))
		clients_watch(cn);
	else
		clients_drop(cn);
}

static void
clients_io_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents)
{
	struct conn *cn = io->data;
	char chunk[4096];
	ssize_t n;

	if ((revents & EV_WRITE) && !clients_flush(cn))
		return;
	if (!(revents & EV_READ))
		return;
	n = read(cn->fd, chunk, sizeof(chunk));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0)
		clients_end_input(cn);
	else if (n == -1)
		clients_drop(cn);
	else
		clients_take_input(cn, chunk, (size_t)n);
}

static void
clients_deadline_cb(
    struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct conn *cn = t->data;

	if (cn->verdict.of != NULL) {
		clients_verdict(&cn->verdict, DANMAKU_WAITS);
		return;
	}
	log_debug("control: a client took too long, disconnected");
	clients_drop(cn);
}

void
clients_add(struct clients *c, int fd)
{
	struct conn *cn = xcalloc(1, sizeof(*cn));

	cn->all = c;
	cn->fd = fd;
	cn->verdict.told = clients_verdict;
	cn->verdict.ctx = cn;
	cn->moved_ms = mono_ms();
	sock_set_backlog(fd, CLIENTS_SNDBUF);
	buf_init(&cn->in, CLIENTS_REQUEST_MAX);
	buf_init(&cn->out, 0);
	ev_io_init(&cn->io, clients_io_cb, fd, EV_READ);
	cn->io.data = cn;
	cn->watched = EV_READ;
	ev_timer_init(&cn->deadline, clients_deadline_cb, CLIENTS_DEADLINE_S,
	    CLIENTS_DEADLINE_S);
	cn->deadline.data = cn;
	ev_timer_start(c->loop, &cn->deadline);
	ev_io_start(c->loop, &cn->io);
	TAILQ_INSERT_TAIL(&c->conns, cn, entry);
	c->n_conns++;
}

/* --- all clients ----------------------------------------------------------- */

void
clients_init(struct clients *c, struct ev_loop *loop, struct fleet *fleet)
{
	*c = (struct clients){ .loop = loop, .fleet = fleet };
	TAILQ_INIT(&c->conns);
	snapstore_init(&c->held, CLIENTS_HELD_MAX, clients_shed, c);
	speakers_init(&c->speakers, loop, fleet);
}

void
clients_clear(struct clients *c)
{
	struct conn *cn;

	while ((cn = TAILQ_FIRST(&c->conns)) != NULL)
		clients_drop(cn);
	speakers_clear(&c->speakers);
}

void
clients_check(struct clients *c)
{
	struct conn *cn, *next;

	for (cn = TAILQ_FIRST(&c->conns); cn != NULL; cn = next) {
		next = TAILQ_NEXT(cn, entry);
		if (cn->eof && cn->following && sock_is_gone(cn->fd))
			clients_drop(cn);
	}
}
