/* SPDX-License-Identifier: ISC */
/*
 * Raw frames, or H.264 where the daemon says so in its greeting (auqueue.h).
 * For raw frames two buffers: one is filled from standard input while the other
 * one is written to the socket. When a frame is whole and the one before it is
 * still being sent, the next one overwrites it. The number of bytes read since
 * the start shows where a frame begins, so bytes dropped before the size was
 * known do no harm.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/exitcode.h"
#include "base/say.h"
#include "base/sock.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/client.h"
#include "cli/feed.h"
#include "link/intake.h"
#include "media/arrivals.h"
#include "media/auqueue.h"
#include "media/codedcheck.h"
#include "profile/profile.h"

#define FEED_PIPE	(1024 * 1024)
#define FEED_SCRATCH	((size_t)64 * 1024)
#define FEED_LINE_MAX	512
#define FEED_BYTES_MAX	((double)SIZE_SIDE_MAX * SIZE_SIDE_MAX * 4)
#define FEED_RETRY_MIN	100
#define FEED_RETRY_MAX	1000
#define FEED_GREET_MS	100  /* for the very first greeting */
#define FEED_ASK_MS	50   /* the program waits meanwhile */
#define FEED_FINISH_MS	2000 /* for the last frame */
#define FEED_MESSAGE_MS 1000 /* between two messages */
#define FEED_CHECK_MS	1000 /* between two looks at the input */

/* A frame waits while the one before it moves: the program may wait so long
 * before it is overwritten, or so long without a move. */
#define FEED_PATIENCE_MS 40
#define FEED_STILL_MS	 20

/* Why no frames flow. */
enum feed_trouble {
	FEED_FINE,
	FEED_AWAY,
	FEED_MUTE,
	FEED_DENIED,
	FEED_UNKNOWN,
	FEED_STOPPED,
	FEED_NO_KEY,
	FEED_NO_SOCKET,
	N_FEED_TROUBLES
};

static const struct {
	int exit; /* if it lasted until the end */
	const char *text;
} feed_troubles[] = {
	[FEED_FINE] = { EXIT_DONE, "nothing" },
	[FEED_AWAY] = { EXIT_NO_DAEMON, "the daemon is not running" },
	[FEED_MUTE] = { EXIT_FAILED, "the daemon does not answer" },
	[FEED_DENIED] = { EXIT_FAILED,
	    "no permission for the stream's socket; only the daemon's user "
	    "and root may feed it" },
	[FEED_UNKNOWN] = { EXIT_NO_STREAM,
	    "the daemon has no stream of that name" },
	[FEED_STOPPED] = { EXIT_OFF_AIR,
	    "the stream is stopped; start it with: ffsup start" },
	[FEED_NO_KEY] = { EXIT_FAILED,
	    "the stream accepts no data from ffsup feed; set \"socket\": true "
	    "in \"frames\" (or \"h264\") of its profile" },
	[FEED_NO_SOCKET] = { EXIT_FAILED,
	    "the stream's socket does not exist; see the daemon's log" },
};
_Static_assert(NELEM(feed_troubles) == N_FEED_TROUBLES, "a row for each");

/* Two buffers of raw frames. */
struct feed_frames {
	uint8_t *filling, *sending; /* owned; `bytes`, at least a scratch */
	size_t filled, sent;	    /* filled == bytes: it waits */
	bool busy;		    /* `sending` is on its way */
	uint64_t total;		    /* bytes read ever */
	size_t skip;		    /* bytes to the next frame's first */
};

/* By mono_ms(). */
struct feed_times {
	int64_t retry_ms, delay_ms;
	int64_t whole_ms;  /* `filling` has become whole */
	int64_t moved_ms;  /* the socket took something */
	int64_t hold_ms;   /* standard input is not read before */
	int64_t finish_ms; /* after the end of input: give up */
	int64_t said_ms;
};

/* What the program's bytes are, as it writes them: the daemon sees them cut into
 * frames. */
struct feed_check {
	struct geometry geometry; /* of the frames expected */
	struct arrivals raw;
	struct codedcheck coded;
	struct finding told; /* to the daemon */
	int64_t look_ms;     /* the next look */
};

struct feed {
	const char *name, *control; /* borrowed */
	char *path;		    /* owned: of the stream's socket */
	int fd;			    /* of that socket; -1: not connected */
	int signals;		    /* signalfd */
	bool wait;		    /* read nothing before the first greeting */
	bool greeted;		    /* this connection may be written to */
	bool replaced;		    /* by a newcomer, while that one feeds */
	bool yields;		    /* it should leave for that */
	bool eof;		    /* of standard input */
	bool broken;		    /* it cannot be read */
	bool left;		    /* a signal: the user wants to leave */

	/* the daemon's lines */
	char line[FEED_LINE_MAX];
	size_t line_len;
	char *wanted; /* owned: "640x480 bgr24"; NULL: never greeted */
	size_t bytes; /* of a frame; 0: unknown yet */

	struct feed_frames frames;
	uint64_t dropped, reported_dropped;

	/* H.264; before the greeting, only the camera's parameter sets are
	 * remembered */
	bool coded;
	struct auqueue units;

	struct feed_check check;
	struct feed_times times;
	enum feed_trouble trouble, reported;
};

/* --- talking ------------------------------------------------------------ */

/* A line on standard error, unless that would make the program wait: it may
 * have no reader. */
static void __attribute__((format(printf, 2, 3)))
feed_say(struct feed *f, const char *fmt, ...)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	va_list ap;
	char *text;

	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	say_error("%s: %s", f->name, text);
	free(text);
	f->times.said_ms = mono_ms();
}

/* Whether it is too early for another message that may come again. */
static bool
feed_is_chatty(const struct feed *f)
{
	return f->times.said_ms != 0 &&
	    mono_ms() - f->times.said_ms < FEED_MESSAGE_MS;
}

/* Report a trouble once, when it has been found twice: one that a daemon's
 * start causes for a moment is not worth a word. */
static void
feed_trouble(struct feed *f, enum feed_trouble t)
{
	bool again = f->trouble == t;

	f->trouble = t;
	if (!again || f->reported == t || feed_is_chatty(f))
		return;
	f->reported = t;
	feed_say(f, "%s; %s", feed_troubles[t].text,
	    f->wait ? "waiting" : "frames are dropped meanwhile");
}

/* --- what the program writes --------------------------------------------- */

/* The frames that the greeting describes. False: it describes none. */
static bool
feed_read_geometry(const cJSON *o, struct geometry *g, struct rate *fps)
{
	const char *size = cJSON_GetStringValue(cJSON_GetObjectItem(o, "size"));
	const char *rate = cJSON_GetStringValue(cJSON_GetObjectItem(o, "fps"));
	size_t format = words_find(pixfmt_names, N_PIXFMTS,
	    cJSON_GetStringValue(cJSON_GetObjectItem(o, "format")));
	long long num, den;
	int w, h;

	if (size == NULL || rate == NULL || format == N_PIXFMTS ||
	    sscanf(size, "%dx%d", &w, &h) != 2 ||
	    sscanf(rate, "%lld/%lld", &num, &den) != 2 || num < 1 || den < 1)
		return false;
	*fps = (struct rate){ num, den };
	return frame_geometry_init(g, (enum pixfmt)format, w, h) == 0;
}

/* Measure from here on; `filled` bytes of a frame have come. */
static void
feed_begin_check(struct feed *f, const cJSON *o, size_t filled)
{
	struct rate fps;

	f->check.raw.frame = 0;
	if (!feed_read_geometry(o, &f->check.geometry, &fps) ||
	    f->check.geometry.bytes != f->bytes)
		return;
	arrivals_begin(&f->check.raw, &f->check.geometry, fps);
	f->check.raw.filled = filled;
}

/* `n` bytes of raw frames came to `data`. When they begin a frame, they are
 * moved to its place, and the unfinished one is forgotten. */
static void
feed_measure(struct feed *f, uint8_t *data, size_t n)
{
	struct arrivals *a = &f->check.raw;

	if (a->frame == 0 || arrivals_add(a, data, n, mono_ms()) == 0)
		return;
	memmove(f->frames.filling, data, n);
	f->frames.filled = f->frames.skip = 0;
	f->frames.total = n;
	f->dropped++;
	feed_say(f, "%zu bytes%s came before the frames; skipped", a->skipped,
	    a->skipped_text ? " of text" : "");
}

static struct finding
feed_finding(struct feed *f)
{
	if (f->coded) {
		codedcheck_look(&f->check.coded, &f->units.h264);
		return f->check.coded.found;
	}
	return f->check.raw.found;
}

/* Tell the daemon. It may be an older one, which does not want to know. */
static void
feed_tell(struct feed *f, const struct finding *found)
{
	char *bytes = xasprintf("%zu", found->bytes);
	char *args[] = { (char *)f->name,
		(char *)finding_fault_names[found->fault],
		(char *)likeness_names[found->kind], bytes };
	struct client_request rq = {
		.cmd = "fed", .args = args, .n_args = NELEM(args)
	};
	struct client_reply r;

	(void)client_ask(f->control, &rq, FEED_ASK_MS, &r);
	client_reply_clear(&r);
	free(bytes);
}

/* Look at the findings now and then: a new one is said here and there. */
static void
feed_review(struct feed *f)
{
	struct finding found;
	char *text;

	if (!f->greeted || mono_ms() < f->check.look_ms)
		return;
	f->check.look_ms = mono_ms() + FEED_CHECK_MS;
	found = feed_finding(f);
	if (finding_same(&found, &f->check.told))
		return;
	f->check.told = found;
	feed_tell(f, &found);
	text = finding_text(&found, f->coded ? NULL : &f->check.geometry);
	if (text != NULL)
		feed_say(f, "%s", text);
	free(text);
}

/* --- the daemon --------------------------------------------------------- */

/* Why a stream that the daemon knows has no socket. */
static enum feed_trouble
feed_judge(const struct feed *f, const cJSON *stream)
{
	const cJSON *frames = cJSON_GetObjectItem(stream, "frames");
	const cJSON *packets = cJSON_GetObjectItem(stream, "packets");
	const cJSON *way_in =
	    cJSON_GetObjectItem(frames != NULL ? frames : packets, "way_in");

	if (cJSON_IsFalse(cJSON_GetObjectItem(stream, "wanted")))
		return FEED_STOPPED;
	if (util_streq(cJSON_GetStringValue(way_in), f->path))
		return FEED_NO_SOCKET;
	return FEED_NO_KEY;
}

/* The stream's socket is missing: ask the daemon why. */
static enum feed_trouble
feed_ask(const struct feed *f)
{
	char *args[] = { (char *)f->name };
	struct client_request rq = {
		.cmd = "status", .args = args, .n_args = 1
	};
	enum feed_trouble t = FEED_AWAY;
	struct client_reply r;
	const cJSON *streams;

	if (client_ask(f->control, &rq, FEED_ASK_MS, &r) == 0) {
		streams = cJSON_GetObjectItem(client_data(&r), "streams");
		t = feed_judge(f, cJSON_GetArrayItem(streams, 0));
	} else if (r.exit == EXIT_NO_STREAM) {
		t = FEED_UNKNOWN;
	} else if (r.exit != EXIT_NO_DAEMON) {
		t = FEED_MUTE;
	}
	client_reply_clear(&r);
	return t;
}

/* The connection is over; a frame on its way is not continued. */
static void
feed_disconnect(struct feed *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
	f->line_len = 0;
	if (f->frames.busy && !f->coded)
		f->dropped++;
	if (f->bytes > 0 && f->frames.filled == f->bytes) {
		f->dropped++;
		f->frames.filled = 0;
	}
	f->frames.busy = f->greeted = false;
	auqueue_close(&f->units);
	if (!f->wait)
		f->times.hold_ms = 0;
	f->times.retry_ms = mono_ms() + f->times.delay_ms;
	f->times.delay_ms = f->times.delay_ms * 2 < FEED_RETRY_MAX
	    ? f->times.delay_ms * 2
	    : FEED_RETRY_MAX;
}

/* Why the stream's socket refuses us; `err` is errno. */
static enum feed_trouble
feed_diagnose(const struct feed *f, int err)
{
	if (err == EACCES || err == EPERM)
		return FEED_DENIED;
	return err == EAGAIN ? FEED_MUTE : feed_ask(f);
}

/* One try, which never waits: the program before us would wait too. */
static void
feed_connect(struct feed *f)
{
	f->fd = sock_connect(f->path, NULL);
	if (f->fd != -1)
		return;
	feed_trouble(f, feed_diagnose(f, errno));
	feed_disconnect(f);
}

/* Frames have another size than before, or their first one. The program's first
 * byte was the first byte of a frame. */
static void
feed_resize(struct feed *f, size_t bytes)
{
	size_t room = bytes > FEED_SCRATCH ? bytes : FEED_SCRATCH;
	size_t over = (size_t)(f->frames.total % bytes);

	if (f->bytes == 0)
		f->dropped = f->frames.total / bytes;
	f->dropped += over > 0;
	f->frames.skip = over > 0 ? bytes - over : 0;
	f->bytes = bytes;
	f->frames.filled = 0;
	h264_clear(&f->units.h264); /* it parsed raw frames, in vain */
	f->frames.filling = xrealloc(f->frames.filling, room, 1);
	f->frames.sending = xrealloc(f->frames.sending, room, 1);
}

/* The daemon's expected format: "640x480 bgr24", "h264"; NULL: not understood.
 * Caller frees. */
static char *
feed_expect(struct feed *f, const cJSON *o)
{
	const char *size = cJSON_GetStringValue(cJSON_GetObjectItem(o, "size"));
	const char *format =
	    cJSON_GetStringValue(cJSON_GetObjectItem(o, "format"));
	double bytes = cJSON_GetNumberValue(cJSON_GetObjectItem(o, "bytes"));

	f->coded = util_streq(format, "h264");
	if (f->coded) {
		f->bytes = f->frames.filled = f->frames.skip = 0;
		auqueue_open(&f->units);
		return xstrdup(format);
	}
	if (!(bytes >= 1 && bytes <= FEED_BYTES_MAX) || size == NULL ||
	    format == NULL)
		return NULL;
	if ((size_t)bytes != f->bytes) {
		feed_resize(f, (size_t)bytes);
		feed_begin_check(
		    f, o, f->frames.skip == 0 ? 0 : f->bytes - f->frames.skip);
	}
	return xasprintf("%s %s", size, format);
}

/* The daemon has sent its greeting: frames may go to it. */
static void
feed_greet(struct feed *f, const cJSON *o)
{
	char *wanted = feed_expect(f, o);

	if (wanted == NULL)
		return;
	if (f->coded)
		f->dropped = f->units.dropped;
	if (f->wanted != NULL && strcmp(wanted, f->wanted) != 0)
		feed_say(f, "the profile now says %s instead of %s", wanted,
		    f->wanted);
	else if (f->dropped > f->reported_dropped &&
	    (f->reported != FEED_FINE || !feed_is_chatty(f)))
		feed_say(f, "connected, %llu frames were dropped",
		    (unsigned long long)(f->dropped - f->reported_dropped));
	free(f->wanted);
	f->wanted = wanted;
	f->reported_dropped = f->dropped;
	f->trouble = f->reported = FEED_FINE;
	f->times.delay_ms = FEED_RETRY_MIN;
	f->times.hold_ms = 0;
	f->wait = false;
	f->greeted = true;
	f->check.told = (struct finding){ .fault = FINDING_FINE };
}

/* Another program feeds the stream: do not replace it again. */
static void
feed_yield(struct feed *f)
{
	if (!f->replaced)
		feed_say(f,
		    "another program feeds the stream now; this input is "
		    "dropped until that program leaves");
	f->replaced = f->yields = true;
}

/* A line of the daemon. */
static void
feed_hear(struct feed *f, const char *line)
{
	cJSON *o = cJSON_Parse(line);

	if (cJSON_IsTrue(cJSON_GetObjectItem(o, "replaced")) ||
	    (f->replaced && cJSON_IsTrue(cJSON_GetObjectItem(o, "fed")))) {
		feed_yield(f);
	} else if (cJSON_IsObject(o)) {
		if (f->replaced)
			feed_say(f, "the other program has left");
		f->replaced = false;
		feed_greet(f, o);
	}
	cJSON_Delete(o);
}

/* Read the daemon's lines, and notice when it has gone. */
static void
feed_listen(struct feed *f)
{
	char *text = f->line + f->line_len, *newline;
	ssize_t n =
	    recv(f->fd, text, sizeof(f->line) - 1 - f->line_len, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* gone; or an unknown line */
		feed_disconnect(f);
		return;
	}
	f->line_len += (size_t)n;
	f->line[f->line_len] = '\0';
	while ((newline = strchr(f->line, '\n')) != NULL) {
		*newline++ = '\0';
		feed_hear(f, f->line);
		f->line_len -= (size_t)(newline - f->line);
		memmove(f->line, newline, f->line_len + 1);
	}
	if (f->yields) {
		f->yields = false;
		f->times.delay_ms = FEED_RETRY_MAX;
		feed_disconnect(f);
	}
}

/* --- frames ------------------------------------------------------------- */

/* The whole frame's turn. */
static void
feed_swap(struct feed *f)
{
	uint8_t *whole = f->frames.filling;

	f->frames.filling = f->frames.sending;
	f->frames.sending = whole;
	f->frames.filled = f->frames.sent = 0;
	f->times.moved_ms = mono_ms();
	f->frames.busy = true;
}

/* Until when the whole frame is not overwritten: a burst of frames gets
 * through, and a daemon that hangs makes no program wait. */
static int64_t
feed_patience(const struct feed *f)
{
	int64_t whole = f->times.whole_ms + FEED_PATIENCE_MS;
	int64_t moved = f->times.moved_ms + FEED_STILL_MS;

	if (!f->frames.busy || f->coded || f->frames.filled < f->bytes)
		return 0;
	return whole < moved ? whole : moved;
}

/* A frame is whole: send it, let it wait, or forget it. */
static void
feed_take(struct feed *f)
{
	f->times.whole_ms = mono_ms();
	if (!f->greeted) {
		f->dropped++;
		f->frames.filled = 0;
	} else if (!f->frames.busy) {
		feed_swap(f);
	}
}

/* How much may be read now, into `filling` from `filled` on. */
static size_t
feed_room(struct feed *f)
{
	if (f->bytes == 0)
		return FEED_SCRATCH;
	if (f->frames.skip > 0)
		return f->frames.skip < FEED_SCRATCH ? f->frames.skip
						     : FEED_SCRATCH;
	if (f->frames.filled == f->bytes) { /* it has waited in vain */
		f->dropped++;
		f->frames.filled = 0;
	}
	return f->bytes - f->frames.filled;
}

/* Standard input is a directory, or was closed. */
static void
feed_break(struct feed *f, int err)
{
	feed_say(f, "standard input cannot be read: %s", strerror(err));
	f->broken = f->eof = true;
	f->times.finish_ms = mono_ms();
}

/* The program has ended: so do we, after the frames on their way. */
static void
feed_end(struct feed *f)
{
	f->eof = true;
	f->times.finish_ms = mono_ms() + FEED_FINISH_MS;
	if (f->coded)
		auqueue_end(&f->units);
	if (f->frames.filled > 0 && f->frames.filled < f->bytes)
		feed_say(f,
		    "the input ended within a frame, after %zu of %zu bytes; "
		    "is it %s?",
		    f->frames.filled, f->bytes, f->wanted);
}

/* One read of the program's bytes. */
static void
feed_read(struct feed *f)
{
	size_t room = feed_room(f);
	ssize_t n =
	    read(STDIN_FILENO, f->frames.filling + f->frames.filled, room);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		feed_break(f, errno);
		return;
	}
	if (n == 0) {
		feed_end(f);
		return;
	}
	f->frames.total += (uint64_t)n;
	if (f->bytes == 0) {
		codedcheck_add(&f->check.coded, f->frames.filling, (size_t)n);
		auqueue_feed(&f->units, f->frames.filling, (size_t)n);
		return;
	}
	feed_measure(f, f->frames.filling + f->frames.filled, (size_t)n);
	if (f->frames.skip > 0) {
		f->frames.skip -= (size_t)n;
		return;
	}
	f->frames.filled += (size_t)n;
	if (f->frames.filled == f->bytes)
		feed_take(f);
}

/* Write as much of the units as the socket takes. */
static void
feed_write_units(struct feed *f)
{
	struct buf *out = &f->units.out;
	ssize_t n;

	while (out->len > 0) {
		n = send(f->fd, buf_text(out), out->len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			buf_consume(out, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	f->frames.busy = out->len > 0;
}

/* Write as much as the socket takes. feed_listen() notices that the daemon has
 * gone, after its last words. */
static void
feed_write(struct feed *f)
{
	ssize_t n;

	if (f->coded) {
		feed_write_units(f);
		return;
	}
	while (f->frames.busy) {
		n = send(f->fd, f->frames.sending + f->frames.sent,
		    f->bytes - f->frames.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return;
		f->frames.sent += (size_t)n;
		f->times.moved_ms = mono_ms();
		if (f->frames.sent < f->bytes)
			continue;
		f->frames.busy = false;
		if (f->frames.filled == f->bytes)
			feed_swap(f);
	}
}

/* --- the loop ----------------------------------------------------------- */

/* Whether everything is done. */
static bool
feed_is_done(const struct feed *f)
{
	return f->left ||
	    (f->eof && (!f->frames.busy || mono_ms() >= f->times.finish_ms));
}

/* Until when standard input is not read. */
static int64_t
feed_holds(const struct feed *f)
{
	int64_t patience = feed_patience(f);

	return patience > f->times.hold_ms ? patience : f->times.hold_ms;
}

/* Milliseconds that poll may sleep; -1: for ever. */
static int
feed_sleep(const struct feed *f)
{
	int64_t now = mono_ms(), at = INT64_MAX;

	if (f->eof)
		at = f->times.finish_ms;
	else if (f->fd == -1)
		at = f->times.retry_ms;
	else if (f->wait)
		at = now + FEED_RETRY_MAX;
	else if (feed_holds(f) > now)
		at = feed_holds(f);
	if (at == INT64_MAX)
		return -1;
	return at > now ? (int)(at - now) : 0;
}

/* While nothing is read: whether the program has left without a frame. */
static void
feed_look(struct feed *f)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLIN) == 0)
		feed_end(f);
}

/* Wait for an event, and handle it. */
static void
feed_turn(struct feed *f)
{
	bool held = f->wait || mono_ms() < feed_holds(f);
	struct pollfd pfd[] = {
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = f->fd,
		    .events =
			(short)(f->frames.busy ? POLLIN | POLLOUT : POLLIN) },
		{ .fd = f->eof || held ? -1 : STDIN_FILENO, .events = POLLIN },
	};

	if (poll(pfd, NELEM(pfd), feed_sleep(f)) == -1)
		return;
	f->left = pfd[0].revents != 0;
	if (pfd[1].revents & (POLLIN | POLLHUP | POLLERR))
		feed_listen(f);
	if (pfd[2].revents != 0)
		feed_read(f);
	if (f->fd != -1)
		feed_write(f);
	if (!f->eof)
		feed_review(f);
	if (f->wait && !f->eof)
		feed_look(f);
	if (f->fd == -1 && !f->eof && mono_ms() >= f->times.retry_ms)
		feed_connect(f);
}

/* The exit code. */
static int
feed_exit(const struct feed *f)
{
	if (f->replaced || f->broken)
		return EXIT_FAILED;
	if (f->wanted != NULL || f->left)
		return EXIT_DONE;
	return feed_troubles[f->trouble].exit;
}

/* The last word when it never was connected: why. */
static void
feed_conclude(struct feed *f)
{
	if (feed_exit(f) == EXIT_DONE || f->replaced || f->broken ||
	    f->reported == f->trouble)
		return;
	feed_say(
	    f, "%s; nothing was passed on", feed_troubles[f->trouble].text);
}

/* The name is a stream's, and standard input comes from a program. */
static int
feed_check(const char *name)
{
	const char *why = "write it without directory and .json";
	char *stem = profile_name(name, &why);
	bool same = util_streq(stem, name);

	free(stem);
	if (!same) {
		say_error("feed: \"%s\" is not a stream name: %s", name, why);
		return -1;
	}
	if (isatty(STDIN_FILENO)) {
		say_error("feed: reads frames from standard input, which is a "
			  "terminal; see: ffsup help feed");
		return -1;
	}
	return 0;
}

/* SIGINT and SIGTERM as something to poll for. */
static int
feed_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int
feed_run(const char *name, const char *control, bool wait)
{
	struct feed f = { .name = name,
		.control = control,
		.fd = -1,
		.wait = wait,
		.times.delay_ms = FEED_RETRY_MIN };
	int code;

	if (feed_check(name) == -1)
		return EXIT_USAGE;
	f.path = intake_path(control, name);
	f.signals = feed_signals();
	f.frames.filling = xcalloc(1, FEED_SCRATCH);
	/* room for the program to go on while we are busy; best effort */
	(void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, FEED_PIPE);
	auqueue_init(&f.units);
	codedcheck_begin(&f.check.coded);
	f.times.hold_ms = mono_ms() + FEED_GREET_MS;
	feed_connect(&f);
	while (!feed_is_done(&f))
		feed_turn(&f);
	feed_conclude(&f);
	code = feed_exit(&f);
	if (f.fd != -1)
		close(f.fd);
	close(f.signals);
	free(f.path);
	free(f.wanted);
	free(f.frames.filling);
	free(f.frames.sending);
	auqueue_clear(&f.units);
	return code;
}
