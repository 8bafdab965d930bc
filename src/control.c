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

#include "buf.h"
#include "command.h"
#include "control.h"
#include "exitcode.h"
#include "fleet.h"
#include "jsonc.h"
#include "log.h"
#include "reload.h"
#include "sock.h"
#include "status.h"
#include "util.h"

#define CONTROL_DEADLINE_S 10.0 /* for a request, and for taking a reply */
#define CONTROL_PAUSE_S	   1.0
#define CONTROL_CHECK_S	   5.0
#define CONTROL_BACKLOG	   (1024 * 1024) /* of one who follows */
#define CONTROL_TURN	   (256 * 1024)	 /* bytes in one turn of the loop */
#define CONTROL_LINES_MAX  100000000	 /* more than are kept: all */

struct conn {
	struct control *control;
	int fd;
	ev_io io;
	ev_timer deadline;
	struct buf in, out;
	int watched;  /* EV_READ, EV_WRITE */
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

static void control_accept_start(struct control *c);

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
	buf_clear(&cn->in);
	buf_clear(&cn->out);
	free(cn->of_stream);
	free(cn);
	if (c->n_conns-- == CONTROL_CLIENTS_MAX)
		control_accept_start(c);
}

/* --- writing ------------------------------------------------------------ */

/* Interest follows from what there is to do: one place decides. */
static void
control_watch(struct conn *cn)
{
	struct ev_loop *loop = cn->control->loop;
	int want = (cn->eof ? 0 : EV_READ) | (cn->out.len > 0 ? EV_WRITE : 0);

	if (want == cn->watched)
		return;
	ev_io_stop(loop, &cn->io);
	ev_io_set(&cn->io, cn->fd, want);
	ev_io_start(loop, &cn->io);
	cn->watched = want;
}

/* Send what fits, and of a picture not all at once: the loop has other things
 * to do. False: the connection is gone. */
static bool
control_flush(struct conn *cn)
{
	size_t sent = 0;

	while (cn->out.len > 0 && sent < CONTROL_TURN) {
		ssize_t n = write(cn->fd, buf_text(&cn->out),
		    cn->out.len < CONTROL_TURN ? cn->out.len : CONTROL_TURN);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0) {
			control_drop(cn);
			return false;
		}
		buf_consume(&cn->out, (size_t)n);
		sent += (size_t)n;
	}
	if (cn->out.len == 0 && (cn->eof || (cn->replied && !cn->following))) {
		control_drop(cn);
		return false;
	}
	if (cn->out.len == 0)
		ev_timer_stop(cn->control->loop, &cn->deadline);
	else if (cn->following) /* else it runs from the reply on */
		ev_timer_again(cn->control->loop, &cn->deadline);
	control_watch(cn);
	return true;
}

/* A line for one who follows; who does not take them is dropped. */
static void
control_push(struct conn *cn, struct buf *line)
{
	buf_puts(line, "\n");
	if (cn->out.len + line->len > CONTROL_BACKLOG) {
		log_warn("control: a client that follows does not read, "
			 "dropped");
		control_drop(cn);
	} else {
		buf_put(&cn->out, buf_text(line), line->len);
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
	jsonw_init(&j, &line);
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
	jsonw_init(&j, &text);
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

/* Put the reply to a call into the connection's output. */
static void
control_reply(
    struct conn *cn, const struct command_call *call, const struct buf *data)
{
	struct jsonw j;

	jsonw_init(&j, &cn->out);
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
	if (call->error == NULL)
		buf_put(&cn->out, call->payload, call->payload_len);
	cn->replied = true;
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
	cn->following = call->after != FOLLOW_NOTHING;
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
	jsonw_init(&j, &data);
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
	struct command_call call = { .fleet = cn->control->fleet };
	const struct command *command;
	const char *why = NULL;
	cJSON *root = cJSON_ParseWithLength(text, len);
	struct buf data;
	struct jsonw j;

	buf_init(&data, 0);
	jsonw_init(&j, &data);
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
	if (buf_put(&cn->in, chunk, n) == -1) {
		control_refuse(cn, "the request is larger than 64 KiB");
		return;
	}
	end = memchr(buf_text(&cn->in), '\n', cn->in.len);
	if (end != NULL)
		control_serve(
		    cn, buf_text(&cn->in), (size_t)(end - buf_text(&cn->in)));
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
	if (n == 0 && (cn->out.len > 0 || cn->ask != NULL)) {
		cn->eof = true;
		control_watch(cn);
	} else if (n <= 0)
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
		control_add(c, fd);
		return;
	}
	log_warn("control: uid %d refused", (int)uid);
	if (write(fd, refusal, sizeof(refusal) - 1) == -1)
		log_debug("control: the refusal did not arrive");
	close(fd);
}

static void
control_accept_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct control *c = io->data;

	while (c->n_conns < CONTROL_CLIENTS_MAX) {
		int fd = sock_accept(c->fd);

		if (fd != -1) {
			control_admit(c, fd);
			continue;
		}
		if (errno != EAGAIN) { /* EMFILE and the like: later */
			log_warn("control: cannot accept: %s", strerror(errno));
			ev_io_stop(loop, io);
			ev_timer_set(&c->pause, CONTROL_PAUSE_S, 0.0);
			ev_timer_start(loop, &c->pause);
		}
		return;
	}
	ev_io_stop(loop, io); /* until one leaves */
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

/* Whether the name still leads to our socket. */
static bool
control_is_reachable(const struct control *c)
{
	struct stat st;

	return stat(c->path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int
control_listen(struct control *c, const char **cause)
{
	int fd = sock_listen(c->path, cause);

	if (fd == -1)
		return -1;
	if (c->fd != -1) {
		ev_io_stop(c->loop, &c->accept);
		close(c->fd);
	}
	c->fd = fd;
	ev_io_set(&c->accept, fd, EV_READ);
	ev_io_start(c->loop, &c->accept);
	return 0;
}

/* Something cleaned up the directory: make the socket again. */
static void
control_check_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct control *c = t->data;
	const char *cause;

	if (control_is_reachable(c))
		return;
	if (control_listen(c, &cause) == 0)
		log_warn("control: %s had vanished, made again", c->path);
}

int
control_open(struct control *c, struct ev_loop *loop, struct fleet *fleet,
    const char *path, const char **cause)
{
	*c = (struct control){ .loop = loop, .fleet = fleet, .fd = -1 };
#ifdef M_MMAP_THRESHOLD /* the memory of a large reply is given back */
	mallopt(M_MMAP_THRESHOLD, CONTROL_TURN);
#endif
	TAILQ_INIT(&c->conns);
	c->path = xstrdup(path);
	ev_init(&c->accept, control_accept_cb);
	c->accept.data = c;
	ev_init(&c->pause, control_pause_cb);
	c->pause.data = c;
	ev_timer_init(
	    &c->check, control_check_cb, CONTROL_CHECK_S, CONTROL_CHECK_S);
	c->check.data = c;
	if (control_listen(c, cause) == -1) {
		free(c->path);
		c->path = NULL;
		return -1;
	}
	ev_timer_start(loop, &c->check);
	return 0;
}

void
control_close(struct control *c)
{
	struct conn *cn;

	if (c->path == NULL)
		return;
	ev_timer_stop(c->loop, &c->check);
	ev_timer_stop(c->loop, &c->pause);
	ev_io_stop(c->loop, &c->accept);
	close(c->fd);
	c->fd = -1;
	while ((cn = TAILQ_FIRST(&c->conns)) != NULL)
		control_drop(cn);
	unlink(c->path);
	free(c->path);
	c->path = NULL;
}
