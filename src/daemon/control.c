/* SPDX-License-Identifier: ISC */
/*
 * Connections of clients: read a line, run the verb, write the reply; those
 * who follow get more lines until they leave.
 */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/command.h"
#include "daemon/control.h"
#include "daemon/fleet.h"
#include "daemon/reload.h"
#include "daemon/status.h"
#include "profile/jsonc.h"

#define CONTROL_DEADLINE_S 10.0 /* for a request, and for taking a reply */
#define CONTROL_PAUSE_S	   1.0
#define CONTROL_CHECK_S	   5.0
#define CONTROL_BACKLOG	   (1024 * 1024) /* of one who follows */
#define CONTROL_TURN	   (256 * 1024)	 /* bytes in one turn of the loop */
#define CONTROL_LINES_MAX  100000000	 /* more than are kept: all */
#define CONTROL_ACCEPTS	   64		 /* in one turn of the loop */
#define CONTROL_SNDBUF	   (64 * 1024)	 /* in the kernel, for each */

/* Bytes kept for all who have not yet read them: frames, and text. */
#define CONTROL_HELD_MAX   ((size_t)32 * 1024 * 1024)
#define CONTROL_UNREAD_MAX ((size_t)32 * 1024 * 1024)

struct conn {
	struct control *control;
	int fd;
	ev_io io;
	ev_timer deadline;
	struct buf in, out;
	struct snapstore_copy *copy; /* goes out behind `out`; a reference */
	size_t copied;		     /* bytes of it that went out */
	int64_t moved_ms;	     /* when it said or took something last */
	int watched;		     /* EV_READ, EV_WRITE */
	bool eof;     /* it will not say more, but may want its reply */
	bool replied; /* the request was answered */
	struct reload_ask *ask; /* the reload that it waits for, or NULL */
	bool dry_run;
	bool following;	 /* keep the connection after the reply */
	char *of_stream; /* owned: whose lines are followed */
	struct events_listener on_event;
	struct fleet_listener on_line;
	bool hears_events, hears_lines;
	TAILQ_ENTRY(conn) entry;
};

static void
control_drop(struct conn *cn)
{
	struct control *c = cn->control;

	ev_io_stop(c->loop, &cn->io);
	ev_timer_stop(c->loop, &cn->deadline);
	if (cn->hears_events)
		events_unlisten(&c->fleet->events, &cn->on_event);
	if (cn->hears_lines)
		fleet_unlisten(c->fleet, &cn->on_line);
	if (cn->ask != NULL)
		reload_cancel(cn->ask);
	close(cn->fd);
	TAILQ_REMOVE(&c->conns, cn, entry);
	c->unread -= cn->out.len;
	c->n_following -= cn->following;
	c->n_conns--;
	snapstore_put(&c->held, cn->copy);
	buf_clear(&cn->in);
	buf_clear(&cn->out);
	free(cn->of_stream);
	free(cn);
}

/* --- too much ------------------------------------------------------------ */

/* Where no frame more can be kept, those who do not read the oldest go. */
static void
control_shed(void *ctx, struct snapstore_copy *oldest)
{
	struct control *c = ctx;
	struct conn *cn, *next;

	for (cn = TAILQ_FIRST(&c->conns); cn != NULL; cn = next) {
		next = TAILQ_NEXT(cn, entry);
		if (cn->copy == oldest)
			control_drop(cn);
	}
}

/* The one of them that has moved least lately; NULL: there is none. */
static struct conn *
control_idlest(struct control *c, bool (*is)(const struct conn *cn))
{
	struct conn *cn, *idlest = NULL;

	TAILQ_FOREACH(cn, &c->conns, entry) {
		if (is(cn) &&
		    (idlest == NULL || cn->moved_ms < idlest->moved_ms))
			idlest = cn;
	}
	return idlest;
}

static bool
control_is_silent(const struct conn *cn)
{
	return !cn->replied && cn->ask == NULL;
}

static bool
control_is_passing(const struct conn *cn)
{
	return !cn->following;
}

static bool
control_is_unread(const struct conn *cn)
{
	return cn->out.len > 0;
}

/* A place for a newcomer, who must not wait for those that say nothing. */
static void
control_make_place(struct control *c)
{
	struct conn *cn = control_idlest(c, control_is_silent);

	if (cn == NULL)
		cn = control_idlest(c, control_is_passing);
	if (cn != NULL)
		control_drop(cn);
}

/* Room for a reply: those that have not taken theirs for the longest go. */
static void
control_make_room(struct control *c, size_t len)
{
	struct conn *cn;

	while (c->unread > 0 && c->unread + len > CONTROL_UNREAD_MAX &&
	    (cn = control_idlest(c, control_is_unread)) != NULL)
		control_drop(cn);
}

/* --- writing ------------------------------------------------------------ */

/* Whether something is still to be sent. */
static bool
control_has_output(const struct conn *cn)
{
	return cn->out.len > 0 || cn->copy != NULL;
}

/* Interest follows from what there is to do: one place decides. */
static void
control_watch(struct conn *cn)
{
	struct ev_loop *loop = cn->control->loop;
	int want =
	    (cn->eof ? 0 : EV_READ) | (control_has_output(cn) ? EV_WRITE : 0);

	if (want == cn->watched)
		return;
	ev_io_stop(loop, &cn->io);
	ev_io_set(&cn->io, cn->fd, want);
	if (want != 0)
		ev_io_start(loop, &cn->io);
	cn->watched = want;
}

/* Of `len` bytes no more than one turn may send. */
static size_t
control_share(size_t len)
{
	return len < CONTROL_TURN ? len : CONTROL_TURN;
}

/* One write of what is next: text, then the frame. As write(2). */
static ssize_t
control_write(struct conn *cn)
{
	struct snapstore_copy *copy = cn->copy;
	bool text = cn->out.len > 0;
	ssize_t n;

	n = text ? write(cn->fd, buf_text(&cn->out), control_share(cn->out.len))
		 : write(cn->fd, copy->data + cn->copied,
		       control_share(copy->len - cn->copied));
	if (n <= 0)
		return n;
	cn->moved_ms = mono_ms();
	if (text) {
		buf_consume(&cn->out, (size_t)n);
		cn->control->unread -= (size_t)n;
	} else if ((cn->copied += (size_t)n) == copy->len) {
		snapstore_put(&cn->control->held, copy);
		cn->copy = NULL;
	}
	return n;
}

/* Send what fits, and of a picture not all at once: the loop has other things
 * to do. False: the connection is gone. */
static bool
control_flush(struct conn *cn)
{
	size_t sent = 0;

	while (control_has_output(cn) && sent < CONTROL_TURN) {
		ssize_t n = control_write(cn);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0) {
			control_drop(cn);
			return false;
		}
		sent += (size_t)n;
	}
	if (!control_has_output(cn) && !cn->following &&
	    (cn->eof || cn->replied)) {
		control_drop(cn);
		return false;
	}
	if (!control_has_output(cn))
		ev_timer_stop(cn->control->loop, &cn->deadline);
	else if (cn->following) /* else it runs from the reply on */
		ev_timer_again(cn->control->loop, &cn->deadline);
	control_watch(cn);
	return true;
}

/* Whatever is said to a client is masked, whoever wrote it. */
static void
control_writer(struct jsonw *j, struct buf *out)
{
	jsonw_init(j, out);
	j->mask = secrets_text;
}

/* Whether a line more is too much for one who has not read those before. */
static bool
control_is_behind(const struct conn *cn, size_t len)
{
	return cn->out.len + len > CONTROL_BACKLOG ||
	    (cn->out.len > 0 && cn->control->unread + len > CONTROL_UNREAD_MAX);
}

/* A line for one who follows; who does not take them is dropped. */
static void
control_push(struct conn *cn, struct buf *line)
{
	buf_puts(line, "\n");
	if (control_is_behind(cn, line->len)) {
		log_warn("control: a client that follows does not read, "
			 "dropped");
		control_drop(cn);
	} else {
		buf_put(&cn->out, buf_text(line), line->len);
		cn->control->unread += line->len;
		control_flush(cn);
	}
	buf_clear(line);
}

static void
control_heard_event(void *ctx, const struct event *e)
{
	struct buf line;
	struct jsonw j;

	buf_init(&line, 0);
	control_writer(&j, &line);
	status_write_event(&j, NULL, e);
	control_push(ctx, &line);
}

static void
control_heard_line(void *ctx, const struct stream *s, const struct worker *w,
    const struct runlog_line *line)
{
	struct conn *cn = ctx;
	struct buf text;
	struct jsonw j;

	if (strcmp(cn->of_stream, s->profile->name) != 0)
		return;
	buf_init(&text, 0);
	control_writer(&j, &text);
	status_write_line(&j, w, w->runs, line);
	control_push(cn, &text);
}

/* --- requests ----------------------------------------------------------- */

static bool
control_is_true(const cJSON *opts, const char *key)
{
	return cJSON_IsTrue(jsonc_get(opts, key));
}

/* Read a request into a call; its verb, or NULL with *why. */
static const struct command *
control_parse(const cJSON *root, struct command_call *call, const char **why)
{
	const cJSON *cmd = jsonc_get(root, "cmd");
	const cJSON *args = jsonc_get(root, "args");
	const cJSON *opts = jsonc_get(root, "opts");
	const cJSON *lines = jsonc_get(opts, "lines");
	const cJSON *v = jsonc_get(root, "v");
	const struct command *c;
	const cJSON *a;

	*why = "a request is {\"v\":1,\"cmd\":\"status\",\"args\":[...]}";
	if (!cJSON_IsNumber(v) || v->valuedouble != 1 || !cJSON_IsString(cmd))
		return NULL;
	if (args != NULL && !cJSON_IsArray(args))
		return NULL;
	cJSON_ArrayForEach(a, args) {
		if (!cJSON_IsString(a))
			return NULL;
		strv_push(&call->args, a->valuestring);
	}
	call->all = control_is_true(opts, "all");
	call->follow = control_is_true(opts, "follow");
	call->dry_run = control_is_true(opts, "dry_run");
	call->reveal = control_is_true(opts, "reveal");
	if (cJSON_IsNumber(lines) && lines->valuedouble >= 1)
		call->lines = lines->valuedouble < CONTROL_LINES_MAX
		    ? (int64_t)lines->valuedouble
		    : CONTROL_LINES_MAX;
	c = command_find(cmd->valuestring);
	if (c == NULL)
		*why = "no such command";
	return c;
}

/* Put the reply to a call into the connection's output; its payload goes over
 * to the connection. */
static void
control_reply(
    struct conn *cn, struct command_call *call, const struct buf *data)
{
	struct jsonw j;

	control_make_room(cn->control, data == NULL ? 0 : data->len);
	control_writer(&j, &cn->out);
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
	cn->control->unread += cn->out.len;
	cn->copy = call->payload;
	call->payload = NULL;
	cn->replied = true;
	cn->moved_ms = mono_ms();
	ev_timer_again(cn->control->loop, &cn->deadline);
}

/* After the reply: more lines, or none. */
static void
control_follow(struct conn *cn, struct command_call *call)
{
	struct fleet *f = cn->control->fleet;

	if (call->after == FOLLOW_EVENTS) {
		cn->on_event.heard = control_heard_event;
		cn->on_event.ctx = cn;
		events_listen(&f->events, &cn->on_event);
		cn->hears_events = true;
	} else if (call->after == FOLLOW_LOGS) {
		cn->of_stream = call->of_stream;
		call->of_stream = NULL;
		cn->on_line.said = control_heard_line;
		cn->on_line.ctx = cn;
		fleet_listen(f, &cn->on_line);
		cn->hears_lines = true;
	}
	cn->following = cn->hears_events || cn->hears_lines;
	cn->control->n_following += cn->following;
}

/* One who follows keeps his place: some are left for those who ask. */
static void
control_limit_followers(const struct control *c, struct command_call *call)
{
	if ((call->after != FOLLOW_EVENTS && call->after != FOLLOW_LOGS) ||
	    c->n_following < CONTROL_FOLLOWERS_MAX)
		return;
	call->after = FOLLOW_NOTHING;
	free(call->error);
	call->error = xasprintf(
	    "%zu clients follow already; end some of them", c->n_following);
	call->exit = EXIT_FAILED;
}

/* The reload that it waits for is done. */
static void
control_reloaded(
    void *ctx, int rc, const struct fleet_diff *diff, const struct errors *errs)
{
	struct conn *cn = ctx;
	struct command_call call = { .fleet = cn->control->fleet,
		.dry_run = cn->dry_run };
	struct buf data;
	struct jsonw j;

	cn->ask = NULL;
	buf_init(&data, 0);
	control_writer(&j, &data);
	call.data = &j;
	command_reloaded(&call, rc, diff, errs);
	control_reply(cn, &call, &data);
	buf_clear(&data);
	command_call_clear(&call);
	control_flush(cn);
}

/* Reload; the reply comes later, and more of a request is not expected. */
static void
control_ask_reload(struct conn *cn, bool dry_run)
{
	struct control *c = cn->control;

	cn->dry_run = dry_run;
	ev_timer_again(c->loop, &cn->deadline);
	cn->ask = reload_ask(c->reload, dry_run, control_reloaded, cn);
}

/* Answer one request. */
static void
control_serve(struct conn *cn, const char *text, size_t len)
{
	struct command_call call = { .fleet = cn->control->fleet,
		.held = &cn->control->held };
	const struct command *command;
	const char *why = NULL;
	cJSON *root = cJSON_ParseWithLength(text, len);
	struct buf data;
	struct jsonw j;

	buf_init(&data, 0);
	control_writer(&j, &data);
	call.data = &j;
	command = control_parse(root, &call, &why);
	if (command != NULL) {
		command_run(command, &call);
	} else {
		call.error = xstrdup(why);
		call.exit = EXIT_USAGE;
	}
	if (call.after == REPLY_RELOAD && call.error == NULL) {
		control_ask_reload(cn, call.dry_run);
	} else {
		control_limit_followers(cn->control, &call);
		control_reply(cn, &call, &data);
		control_follow(cn, &call);
		control_flush(cn);
	}
	cJSON_Delete(root);
	buf_clear(&data);
	command_call_clear(&call);
}

/* A request that cannot be taken at all. */
static void
control_refuse(struct conn *cn, const char *why)
{
	struct command_call call = { .error = xstrdup(why),
		.exit = EXIT_USAGE };

	control_reply(cn, &call, NULL);
	command_call_clear(&call);
	control_flush(cn);
}

/* --- connections -------------------------------------------------------- */

/* What came in: a whole request, a part of one, or too much. */
static void
control_take_input(struct conn *cn, const char *chunk, size_t n)
{
	const char *end;

	if (cn->replied || cn->ask != NULL)
		return; /* one request a connection; the rest is ignored */
	cn->moved_ms = mono_ms();
	if (buf_put(&cn->in, chunk, n) == -1) {
		control_refuse(cn, "the request is larger than 64 KiB");
		return;
	}
	end = memchr(buf_text(&cn->in), '\n', cn->in.len);
	if (end != NULL)
		control_serve(
		    cn, buf_text(&cn->in), (size_t)(end - buf_text(&cn->in)));
}

/* It will not say more. That ends a request as a newline does; one who follows
 * goes on listening. */
static void
control_end_input(struct conn *cn)
{
	cn->eof = true;
	if (!cn->replied && cn->ask == NULL && cn->in.len > 0)
		control_serve(cn, buf_text(&cn->in), cn->in.len);
	else if (control_has_output(cn) || cn->following || cn->ask != NULL)
		control_watch(cn);
	else
		control_drop(cn);
}

static void
control_io_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents)
{
	struct conn *cn = io->data;
	char chunk[4096];
	ssize_t n;

	if ((revents & EV_WRITE) && !control_flush(cn))
		return;
	if (!(revents & EV_READ))
		return;
	n = read(cn->fd, chunk, sizeof(chunk));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0)
		control_end_input(cn);
	else if (n == -1)
		control_drop(cn);
	else
		control_take_input(cn, chunk, (size_t)n);
}

static void
control_deadline_cb(
    struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	log_debug("control: a client took too long, dropped");
	control_drop(t->data);
}

static void
control_add(struct control *c, int fd)
{
	struct conn *cn = xcalloc(1, sizeof(*cn));

	cn->control = c;
	cn->fd = fd;
	cn->moved_ms = mono_ms();
	sock_set_backlog(fd, CONTROL_SNDBUF);
	buf_init(&cn->in, CONTROL_REQUEST_MAX);
	buf_init(&cn->out, 0);
	ev_io_init(&cn->io, control_io_cb, fd, EV_READ);
	cn->io.data = cn;
	cn->watched = EV_READ;
	ev_timer_init(&cn->deadline, control_deadline_cb, CONTROL_DEADLINE_S,
	    CONTROL_DEADLINE_S);
	cn->deadline.data = cn;
	ev_timer_start(c->loop, &cn->deadline);
	ev_io_start(c->loop, &cn->io);
	TAILQ_INSERT_TAIL(&c->conns, cn, entry);
	c->n_conns++;
}

/* Everybody but root and our own user is turned away. */
static void
control_admit(struct control *c, int fd)
{
	static const char refusal[] =
	    "{\"v\":1,\"ok\":false,\"exit\":1,\"error\":\"not your daemon: "
	    "only its own user and root may talk to it\"}\n";
	uid_t uid;

	if (sock_peer_allowed(fd, &uid)) {
		if (c->n_conns >= CONTROL_CLIENTS_MAX)
			control_make_place(c);
		control_add(c, fd);
		return;
	}
	log_warn("control: uid %d refused", (int)uid);
	if (write(fd, refusal, sizeof(refusal) - 1) == -1)
		log_debug("control: the refusal did not arrive");
	close(fd);
}

/* No descriptor is left: one who says nothing gives his back. False when there
 * is none of those, or it is about something else. */
static bool
control_gains_descriptor(struct control *c, int err)
{
	struct conn *cn = NULL;

	if (err == EMFILE || err == ENFILE)
		cn = control_idlest(c, control_is_silent);
	if (cn != NULL)
		control_drop(cn);
	return cn != NULL;
}

/* Not more in a turn than some, so that those who ask are read before they are
 * taken for silent. */
static void
control_accept_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct control *c = io->data;

	for (int i = 0; i < CONTROL_ACCEPTS; i++) {
		int fd = sock_accept(c->fd);

		if (fd != -1) {
			control_admit(c, fd);
			continue;
		}
		if (errno == EAGAIN || control_gains_descriptor(c, errno))
			return;
		log_warn("control: cannot accept: %s", strerror(errno));
		ev_io_stop(loop, io); /* later */
		ev_timer_set(&c->pause, CONTROL_PAUSE_S, 0.0);
		ev_timer_start(loop, &c->pause);
		return;
	}
}

static void
control_accept_start(struct control *c)
{
	if (c->fd != -1)
		ev_io_start(c->loop, &c->accept);
}

static void
control_pause_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	control_accept_start(t->data);
}

/* --- the socket --------------------------------------------------------- */

/* This is our socket from now on. */
static void
control_take(void *ctx, int fd)
{
	struct control *c = ctx;

	if (c->fd != -1) {
		ev_io_stop(c->loop, &c->accept);
		close(c->fd);
	}
	c->fd = fd;
	ev_io_set(&c->accept, fd, EV_READ);
	ev_io_start(c->loop, &c->accept);
}

/* Of those who follow and say nothing more, no event tells that they left. */
static void
control_check_followers(struct control *c)
{
	struct conn *cn, *next;

	for (cn = TAILQ_FIRST(&c->conns); cn != NULL; cn = next) {
		next = TAILQ_NEXT(cn, entry);
		if (cn->eof && cn->following && sock_is_gone(cn->fd))
			control_drop(cn);
	}
}

static void
control_check_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct control *c = t->data;

	control_check_followers(c);
	controlpath_check(&c->seat);
}

int
control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause)
{
	const struct controlpath_host host = { .opened = control_take,
		.ctx = c };

	*c = (struct control){ .loop = loop, .fleet = fleet, .fd = -1 };
#ifdef M_MMAP_THRESHOLD /* the memory of a large reply is given back */
	mallopt(M_MMAP_THRESHOLD, CONTROL_TURN);
#endif
	TAILQ_INIT(&c->conns);
	snapstore_init(&c->held, CONTROL_HELD_MAX, control_shed, c);
	ev_init(&c->accept, control_accept_cb);
	c->accept.data = c;
	ev_init(&c->pause, control_pause_cb);
	c->pause.data = c;
	ev_timer_init(
	    &c->check, control_check_cb, CONTROL_CHECK_S, CONTROL_CHECK_S);
	c->check.data = c;
	if (controlpath_open(&c->seat, loop, path, &host, cause) == -1)
		return -1;
	ev_timer_start(loop, &c->check);
	return 0;
}

void
control_close(struct control *c)
{
	struct conn *cn;

	if (c->fd == -1)
		return;
	ev_timer_stop(c->loop, &c->check);
	ev_timer_stop(c->loop, &c->pause);
	ev_io_stop(c->loop, &c->accept);
	close(c->fd);
	c->fd = -1;
	while ((cn = TAILQ_FIRST(&c->conns)) != NULL)
		control_drop(cn);
	controlpath_close(&c->seat);
}
