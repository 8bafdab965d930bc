/* SPDX-License-Identifier: ISC */
/*
 * Requests are answered in their order, so the oldest one that was sent is the
 * one in work: the one that a painter hangs on, or died of.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/util.h"
#include "process/childenv.h"
#include "process/painter.h"
#include "process/worker.h"

/* Requests in flight: enough to keep it busy, and few to send again. */
#define PAINTER_AHEAD 4

/* Fonts are read from disks. */
#define PAINTER_START_MS 60000
#define PAINTER_REPLY_MS 10000

/* Between the end of its socket and that of its process. */
#define PAINTER_HANGUP_S 1.0

/* A task is given up when the deaths of painters that worked on it add up to
 * this. One by a signal that anybody may have sent says less than a crash. */
#define PAINTER_FATAL	   4
#define PAINTER_FATAL_FELL 2
#define PAINTER_FATAL_SENT 1

/* The seals of a memfd that can no longer change. */
#define PAINTER_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

#define PAINTER_FOREVER_MS ((int64_t)365 * 86400 * 1000)

TAILQ_HEAD(painter_tasks, painter_task);

/* A request in flight. */
struct painter_sent {
	int64_t id;
	struct painter_task *task; /* NULL: cancelled */
};

struct painter {
	struct ev_loop *loop;
	struct worker worker;
	struct worker_owner owner;
	struct redact redact; /* it has no secrets */
	char *path;	      /* owned; NULL: no such program */
	int64_t reply_ms;     /* for an answer */
	unsigned users;
	bool stopped; /* for good */
	int theirs;   /* our end while it is being started; -1 */
	ev_io io;     /* our end; fd -1: closed */
	bool ready;
	ev_timer late;
	ev_timer hangup; /* it has closed its end, and should be dead by then */
	int64_t last_id;
	int64_t answered; /* the request that was answered last */
	int64_t refused;  /* it is replaced because of this request; -1: of
			     none in flight; 0: it is not */
	struct painter_tasks waiting;		 /* oldest first */
	struct painter_sent sent[PAINTER_AHEAD]; /* oldest first */
	size_t n_sent;
};

void
painted_free(struct painted *p)
{
	if (p == NULL)
		return;
	munmap(p->memory, p->len);
	free(p);
}

/* --- tasks --------------------------------------------------------------- */

/* A task has left all lists: call its owner. */
static void
painter_finish(struct painter_task *t, struct painted *tile, const char *why)
{
	t->asked = false;
	t->fatal = 0;
	t->done(t, tile, why);
}

/* Start the clock of the oldest request. */
static void
painter_arm(struct painter *p)
{
	ev_timer_stop(p->loop, &p->late);
	if (p->n_sent == 0)
		return;
	ev_now_update(p->loop);
	ev_timer_set(&p->late, (double)p->reply_ms / 1000, 0.0);
	ev_timer_start(p->loop, &p->late);
}

/* Forget the oldest request in flight. */
static void
painter_shift(struct painter *p)
{
	p->answered = p->sent[0].id;
	p->n_sent--;
	memmove(p->sent, p->sent + 1, p->n_sent * sizeof(p->sent[0]));
	painter_arm(p);
}

/* The task in flight that its process died of, or NULL: the one in work; or the
 * one that it was replaced for, unless that was answered after all. */
static struct painter_task *
painter_guilty(const struct painter *p)
{
	if (p->n_sent == 0 || (p->refused != 0 && p->refused != p->sent[0].id))
		return NULL;
	return p->sent[0].task;
}

/* How much its last death says about the task in work. */
static unsigned
painter_weight(const struct painter *p)
{
	const struct ending *e = worker_last(&p->worker);
	bool sent = e != NULL && (e->signal == SIGKILL || e->signal == SIGTERM);

	return sent && p->refused == 0 ? PAINTER_FATAL_SENT
				       : PAINTER_FATAL_FELL;
}

/* Its process has died: requests already sent go to the next one again, but a
 * task that kills painters is given up. */
static void
painter_take_back(struct painter *p)
{
	struct painter_task *guilty = painter_guilty(p), *t;

	while (p->n_sent > 0) {
		t = p->sent[--p->n_sent].task;
		if (t != NULL)
			TAILQ_INSERT_HEAD(&p->waiting, t, entry);
	}
	painter_arm(p);
	if (guilty != NULL)
		guilty->fatal += painter_weight(p);
	p->refused = 0;
	if (guilty == NULL || guilty->fatal < PAINTER_FATAL)
		return;
	TAILQ_REMOVE(&p->waiting, guilty, entry);
	painter_finish(guilty, NULL, "the painter fails on it");
}

/* --- sending ------------------------------------------------------------- */

/* Send one request. False: not now. */
static bool
painter_send(struct painter *p, struct painter_task *t)
{
	struct buf line;
	struct iovec iov;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	bool sent;

	t->request.id = ++p->last_id;
	buf_init(&line, 0);
	paint_put_request(&line, &t->request);
	iov = (struct iovec){ line.data, line.len };
	if (t->file != -1) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &t->file, sizeof(int));
	}
	sent = sendmsg(p->io.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) != -1;
	buf_clear(&line);
	return sent;
}

/* Send as many tasks as are allowed. The rest is sent after its next reply, or
 * to its successor. */
static void
painter_pump(struct painter *p)
{
	struct painter_task *t;

	while (p->ready && p->n_sent < PAINTER_AHEAD &&
	    (t = TAILQ_FIRST(&p->waiting)) != NULL && painter_send(p, t)) {
		TAILQ_REMOVE(&p->waiting, t, entry);
		p->sent[p->n_sent++] =
		    (struct painter_sent){ t->request.id, t };
		if (p->n_sent == 1)
			painter_arm(p);
	}
}

/* --- receiving ----------------------------------------------------------- */

/* Replace it, because of the request in work unless another one is known to be
 * the cause; but not while its last messages are read. */
static void
painter_refuse(struct painter *p, const char *odd)
{
	if (p->refused == 0)
		p->refused = p->n_sent > 0 ? p->sent[0].id : -1;
	if (worker_is_running(&p->worker))
		worker_replace(&p->worker, odd);
}

/* Whether the memory of a descriptor can no longer change. Other files have no
 * seals: that is -1, which has all bits set. */
static bool
painter_is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & PAINTER_SEALS) == PAINTER_SEALS;
}

/* The bytes of a task's image. */
static int64_t
painter_file_size(const struct painter_task *t)
{
	struct stat st;

	return t->file == -1 || fstat(t->file, &st) == -1 ? 0 : st.st_size;
}

/* Map the tile in a descriptor, as the answer to a task; NULL with why. */
static struct painted *
painter_map(int fd, const struct paint_reply *r, const struct painter_task *t,
    const char **why)
{
	struct painted *tile;
	struct stat st;
	void *memory;

	*why = paint_refuses(r, &t->request, painter_file_size(t));
	if (*why != NULL)
		return NULL;
	*why = "its tile is not sealed, or of another length";
	if (fd == -1 || fstat(fd, &st) == -1 || st.st_size != r->bytes ||
	    !painter_is_sealed(fd))
		return NULL;
	*why = "out of memory";
	memory = mmap(NULL, (size_t)r->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return NULL;
	tile = xcalloc(1, sizeof(*tile));
	tile->memory = memory;
	tile->len = (size_t)r->bytes;
	*why =
	    tile_open(&tile->tile, memory, tile->len, t->request.target.format);
	if (*why == NULL && (tile->tile.w != r->w || tile->tile.h != r->h))
		*why = "its tile is of another size than it says";
	if (*why == NULL)
		return tile;
	painted_free(tile);
	return NULL;
}

/* Report once that a font is missing. */
static void
painter_note_font(const struct painter_task *t, const char *used)
{
	if (used[0] != '\0')
		log_info("ffsup/painter: font \"%s\" is not installed, \"%s\" "
			 "is used instead",
		    t->request.font == NULL ? "" : t->request.font, used);
}

/* An answer to the oldest request. */
static void
painter_answered(struct painter *p, const struct paint_reply *r, int fd)
{
	struct painter_task *t;
	struct painted *tile = NULL;
	const char *why = r->said;

	if (p->n_sent == 0 || r->id != p->sent[0].id) {
		if (p->refused == 0 && r->id == p->answered)
			p->refused = -1; /* once more */
		painter_refuse(p, "an answer without a question");
		return;
	}
	t = p->sent[0].task;
	if (t != NULL && r->kind == PAINT_TILE) {
		tile = painter_map(fd, r, t, &why);
		if (tile == NULL) { /* taken back when it is dead */
			log_warn("ffsup/painter: refused: %s", why);
			painter_refuse(p, "its tile is wrong");
			return;
		}
		painter_note_font(t, r->said);
	}
	painter_shift(p);
	if (t != NULL)
		painter_finish(t, tile, tile == NULL ? why : NULL);
}

/* One datagram and the descriptor that came with it. */
static void
painter_hear(struct painter *p, const char *data, size_t len, int fd)
{
	struct paint_reply r;
	const char *cause;

	if (paint_read_reply(&r, data, len, &cause) == -1) {
		log_warn("ffsup/painter: %s", cause);
		painter_refuse(p, "its answer is not an answer");
	} else if (r.kind == PAINT_READY && p->ready) {
		painter_refuse(p, "an answer without a question");
	} else if (r.kind == PAINT_READY) {
		p->ready = true;
		worker_advanced(&p->worker);
		log_debug("ffsup/painter: Pango %s", r.said);
	} else {
		worker_advanced(&p->worker);
		painter_answered(p, &r, fd);
	}
	painter_pump(p);
}

/* The first descriptor that a message brought, or -1. The padding after it has
 * room for one more, which is closed. */
static int
painter_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fds[2] = { -1, -1 };
	size_t len;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(sizeof(int)))
		return -1;
	len = c->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(c), len < sizeof(fds) ? len : sizeof(fds));
	if (fds[1] != -1)
		close(fds[1]);
	return fds[0];
}

/* Receive one datagram. False: none now; *end: nor later. */
static bool
painter_receive(struct painter *p, bool *end)
{
	char data[PAINT_REPLY_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(p->io.fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	*end = n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR);
	if (n <= 0)
		return false;
	fd = painter_descriptor(&msg);
	painter_hear(p, data, (size_t)n, fd);
	if (fd != -1)
		close(fd);
	return true;
}

static void
painter_io_cb(struct ev_loop *loop, ev_io *io, int revents UNUSED)
{
	struct painter *p = io->data;
	bool end;

	if (painter_receive(p, &end) || !end)
		return;
	ev_io_stop(loop, io); /* dead, which is reported; or it pretends */
	ev_timer_start(loop, &p->hangup);
}

/* It is dead: take its last answers, whose tasks did not kill it. */
static void
painter_hear_rest(struct painter *p)
{
	bool end;

	for (int i = 0; p->io.fd != -1 && i < PAINTER_AHEAD; i++)
		if (!painter_receive(p, &end))
			return;
}

static void
painter_late_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct painter *p = t->data;

	painter_refuse(p, "no answer");
}

static void
painter_hangup_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct painter *p = t->data;

	painter_refuse(p, "it has closed its socket");
}

/* --- the process --------------------------------------------------------- */

static int
painter_prepare(
    void *ctx, struct worker *w UNUSED, struct worker_launch *l, char **cause)
{
	struct painter *p = ctx;
	int ends[2];

	if (sock_packet_pair(ends) == -1) {
		*cause = xasprintf("socket: %s", strerror(errno));
		return -1;
	}
	if (p->theirs != -1)
		close(p->theirs);
	p->theirs = ends[0];
	l->stdin_fd = ends[1];
	strv_push(&l->argv, p->path);
	childenv_environment(&l->env);
	return 0;
}

static void
painter_started(struct painter *p)
{
	ev_io_set(&p->io, p->theirs, EV_READ);
	ev_io_start(p->loop, &p->io);
	p->theirs = -1;
}

static void
painter_close(struct painter *p)
{
	p->ready = false;
	ev_timer_stop(p->loop, &p->hangup);
	if (p->io.fd == -1)
		return;
	ev_io_stop(p->loop, &p->io);
	close(p->io.fd);
	ev_io_set(&p->io, -1, EV_READ);
}

static void
painter_event(void *ctx, struct worker *w UNUSED, const struct worker_report *r)
{
	struct painter *p = ctx;

	if (r->what == WORKER_STARTED)
		painter_started(p);
	else if (r->what == WORKER_FINISH)
		painter_close(p);
	else if (r->what == WORKER_SAID)
		log_debug("ffsup/painter: %s", r->line->text);
	else if (r->what == WORKER_ENDED) {
		painter_hear_rest(p);
		painter_close(p);
		painter_take_back(p);
	}
}

static int64_t
painter_hold(void *ctx UNUSED, struct worker *w UNUSED)
{
	return 0;
}

static enum worker_more
painter_more(void *ctx UNUSED, struct worker *w UNUSED)
{
	return MORE_LATER;
}

static int64_t
painter_given(void *ctx UNUSED, const struct worker *w UNUSED)
{
	return 0;
}

static const struct worker_policy painter_policy = {
	.backoff = {
		.min_ms = 500,
		.max_ms = 2000,
		.auth_min_ms = 500,
		.auth_max_ms = 20000,
		.device_min_ms = 500,
		.device_max_ms = 20000,
		.slow_min_ms = 500,
		.slow_max_ms = 20000,
		.patient_min_ms = 500,
		.rare_ms = 20000,
		.held_ms = 60000,
		.factor = 2,
		.jitter = 0.2,
		.healthy_ms = 10000,
	},
	.start_ms = PAINTER_START_MS,
	.stall_ms = PAINTER_FOREVER_MS,
	.grace_ms = 2000,
	.log_lines = 200,
	.log_runs = 5,
};

/* --- public -------------------------------------------------------------- */

struct painter *
painter_new(struct ev_loop *loop, const char *path, struct startrate *starts)
{
	static const struct plan_worker plan = {
		.role = ROLE_PAINTER,
		.name = "painter",
		.in = STDIN_NULL,
		.output = -1,
		.serves = true,
	};
	struct painter *p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->path = path == NULL ? NULL : xstrdup(path);
	p->theirs = -1;
	TAILQ_INIT(&p->waiting);
	ev_io_init(&p->io, painter_io_cb, -1, EV_READ);
	p->io.data = p;
	ev_init(&p->late, painter_late_cb);
	ev_timer_init(&p->hangup, painter_hangup_cb, PAINTER_HANGUP_S, 0.0);
	p->late.data = p->hangup.data = p;
	p->owner = (struct worker_owner){
		.name = "ffsup",
		.redact = &p->redact,
		.starts = starts,
		.flow = { .given = painter_given },
		.event = painter_event,
		.prepare = painter_prepare,
		.hold = painter_hold,
		.more = painter_more,
		.ctx = p,
	};
	worker_init(&p->worker, &plan, &p->owner, loop);
	painter_set_policy(p, &painter_policy, PAINTER_REPLY_MS);
	return p;
}

void
painter_set_policy(
    struct painter *p, const struct worker_policy *policy, int64_t reply_ms)
{
	worker_set_policy(&p->worker, policy);
	p->reply_ms = reply_ms;
}

void
painter_free(struct painter *p)
{
	if (p == NULL)
		return;
	child_end(&p->worker.child);
	painter_close(p);
	if (p->theirs != -1)
		close(p->theirs);
	ev_timer_stop(p->loop, &p->late);
	worker_clear(&p->worker);
	redact_clear(&p->redact);
	free(p->path);
	free(p);
}

char *
painter_find(void)
{
	const char *said = getenv("FFSUP_PAINT");
	char self[PATH_MAX], *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (!util_is_empty(said))
		return access(said, X_OK) == 0 ? xstrdup(said) : NULL;
	self[n > 0 ? n : 0] = '\0';
	if (strrchr(self, '/') != NULL) {
		*strrchr(self, '/') = '\0';
		path = xasprintf("%s/ffsup-paint", self);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return access(PAINTER_PATH, X_OK) == 0 ? xstrdup(PAINTER_PATH) : NULL;
}

void
painter_join(struct painter *p)
{
	if (p->users++ == 0 && p->path != NULL && !p->stopped)
		worker_start(&p->worker);
}

void
painter_leave(struct painter *p)
{
	if (--p->users == 0)
		worker_stop(&p->worker);
}

void
painter_stop(struct painter *p)
{
	p->stopped = true;
	worker_stop(&p->worker);
}

void
painter_ask(struct painter *p, struct painter_task *t)
{
	t->asked = true;
	t->fatal = 0; /* it may be another request */
	TAILQ_INSERT_TAIL(&p->waiting, t, entry);
	painter_pump(p);
}

void
painter_cancel(struct painter *p, struct painter_task *t)
{
	if (!t->asked)
		return;
	t->asked = false;
	for (size_t i = 0; i < p->n_sent; i++)
		if (p->sent[i].task == t) {
			p->sent[i].task = NULL;
			return;
		}
	TAILQ_REMOVE(&p->waiting, t, entry);
}

bool
painter_exists(const struct painter *p)
{
	return p->path != NULL;
}

const struct worker *
painter_worker(const struct painter *p)
{
	return &p->worker;
}
