/* SPDX-License-Identifier: ISC */
/*
 * A recording with its arrival times through the packets link, as the daemon
 * would take it: MPEG-TS into the relay, H.264 through the camera's reader (jitter
 * filter and multiplexer) into it, and out to readers. What is found and decided is
 * printed, a line each. Time is simulated: nothing waits, and the same recording
 * gives the same lines.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arrival.h"
#include "base/log.h"
#include "base/util.h"
#include "link/camera.h"
#include "link/relay.h"
#include "media/dejitter.h"
#include "media/tracks.h"
#include "tell.h"
#include "tswatch.h"

#define REPLAY_JOINS 8

/* As packetlink.c has them. */
#define REPLAY_RING_MAX (32 * 1024 * 1024)
#define REPLAY_LAG_MS	5000
#define REPLAY_SOUND_MS 3000

/* So much is written into the camera's pipe at once. */
#define REPLAY_PIECE 16384

/* The pipe of a reader that is slow: the least that there is. */
#define REPLAY_PIPE 4096

/* A pause in what comes that is told. */
#define REPLAY_PAUSE_US ((int64_t)1000000)

/* What the jitter filter changes by more than this is told. */
#define REPLAY_JITTER_US 5000

/* A reader of the relay. */
struct replay_reader {
	int fd; /* -1: it is not there yet */
	int64_t from_us;
	double budget; /* bytes that it may still read */
	uint64_t bytes;
	struct tswatch out;
};

struct replay {
	/* the command line */
	const char *file, *times;
	double fps, kbit, joins[REPLAY_JOINS];
	int n_joins;
	bool silence, no_keys;
	int64_t lag_ms;

	uint8_t *data; /* owned: the recording */
	size_t len;
	bool h264;
	struct arrivals arrivals;

	struct ev_loop *loop;
	struct relay *relay;
	struct camera *camera; /* of H.264 */
	int to_camera;	       /* write end of its pipe; -1: there is none */
	struct tswatch in;
	struct tracks tracks;
	struct replay_reader readers[1 + REPLAY_JOINS];
	int64_t last_us, ticked_us;
	unsigned runs;
};

/* What the jitter filter did. */
struct replay_jitter {
	uint64_t n, corrected;
	int64_t sum_us, most_us;
};

void __wrap_relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len);
void __real_relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len);
int64_t
__wrap_dejitter_stamp(struct dejitter *s, int64_t at_us, int64_t next_us);
int64_t
__real_dejitter_stamp(struct dejitter *s, int64_t at_us, int64_t next_us);

static struct replay replay;
static struct replay_jitter replay_jitter;

static void __attribute__((noreturn, format(printf, 2, 3)))
replay_fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fflush(stdout);
	fputs("replay: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(code);
}

/* --- in place of ffsup's own --------------------------------------------- */

/* What comes into the relay is looked at first. */
void
__wrap_relay_feed(struct relay *r, int inlet, uint8_t *data, size_t len)
{
	tswatch_feed(&replay.in, data, len);
	__real_relay_feed(r, inlet, data, len);
}

int64_t
__wrap_dejitter_stamp(struct dejitter *s, int64_t at_us, int64_t next_us)
{
	int64_t us = __real_dejitter_stamp(s, at_us, next_us);
	int64_t off = us - at_us, size = off < 0 ? -off : off;

	replay_jitter.n++;
	replay_jitter.sum_us += size;
	if (size > replay_jitter.most_us)
		replay_jitter.most_us = size;
	if (size < REPLAY_JITTER_US)
		return us;
	replay_jitter.corrected++;
	tell(
	    "jitter: the frame that came at %.3f is stamped %.1f ms %s; the next "
	    "came %.1f ms after it, the period is %.1f ms",
	    (double)tell_of(at_us) / 1e6, (double)size / 1000,
	    off < 0 ? "earlier" : "later", (double)(next_us - at_us) / 1000,
	    (double)s->period_us / 1000);
	return us;
}

/* --- what the link tells ------------------------------------------------- */

/* Whether the outputs would be started again for what is on air now. */
static void
replay_compare(struct replay *r)
{
	static const char *const words[] = { [TRACKS_OTHER] = "other codecs",
		[TRACKS_LOOK] = "frames of another size or profile",
		[TRACKS_MORE] = "one track more",
		[TRACKS_LESS] = "one track less" };
	struct relay_inlet_stats st;
	enum tracks_verdict verdict;
	int is[TRACKS];

	relay_inlet_stats(r->relay, 0, &st);
	if (!st.on_air ||
	    !tracks_read(&r->tracks, st.ts, st.mute, st.heard, is))
		return;
	verdict = tracks_look(&r->tracks, is, true, tell_us() / 1000);
	if (verdict == TRACKS_FIT)
		return;
	tell("tracks: %s, outputs are started again", words[verdict]);
	relay_cut(r->relay);
}

static void
replay_tables(void *ctx, int inlet UNUSED)
{
	replay_compare(ctx);
}

static void
replay_fed(void *ctx UNUSED, int outlet)
{
	tell("reader %d is given its first bytes", outlet);
}

static void
replay_frame(void *ctx UNUSED)
{
}

static void
replay_changed(void *ctx, const struct h264_sps *was, const struct h264_sps *is)
{
	struct replay *r = ctx;

	tell(
	    "camera: frames are %dx%d now, they were %dx%d: outputs are started "
	    "again",
	    is->width, is->height, was->width, was->height);
	relay_cut(r->relay);
}

/* --- readers ------------------------------------------------------------- */

static void
replay_open_reader(struct replay *r, int i)
{
	struct replay_reader *o = &r->readers[i];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		replay_fail(1, "a pipe: %s", strerror(errno));
	if (r->kbit > 0) /* what is in the pipe is behind, too */
		fcntl(fds[1], F_SETPIPE_SZ, REPLAY_PIPE);
	o->fd = fds[0];
	tswatch_init(&o->out);
	o->out.quiet = true;
	tell("reader %d opens", i);
	relay_open_outlet(r->relay, i, fds[1], false);
}

/* Take what a reader has got, as fast as it reads; false: it is at its end. */
static bool
replay_read(struct replay *r, struct replay_reader *o, bool all)
{
	uint8_t b[65536];
	size_t max = sizeof(b);
	ssize_t n = 0;

	for (;;) {
		if (!all && r->kbit > 0 && o->budget < (double)max)
			max = o->budget >= 1 ? (size_t)o->budget : 0;
		if (max == 0)
			break;
		n = read(o->fd, b, max);
		if (n <= 0)
			break;
		o->budget -= (double)n;
		o->bytes += (uint64_t)n;
		tswatch_feed(&o->out, b, (size_t)n);
		ev_run(r->loop, EVRUN_NOWAIT);
	}
	return n != 0 || max == 0;
}

static void
replay_serve(struct replay *r)
{
	int64_t passed = tell_us() - r->last_us;

	for (int i = 0; i <= r->n_joins; i++) {
		struct replay_reader *o = &r->readers[i];

		if (o->fd == -1 && tell_us() >= o->from_us)
			replay_open_reader(r, i);
		if (o->fd == -1)
			continue;
		if (o->budget < 65536)
			o->budget += r->kbit * 125 * (double)passed / 1e6;
		replay_read(r, o, false);
	}
}

/* Ask all readers to end, and read what they get until then. */
static void
replay_finish(struct replay *r)
{
	for (int i = 0; i <= r->n_joins; i++) {
		struct replay_reader *o = &r->readers[i];

		if (o->fd == -1)
			continue;
		relay_finish_outlet(r->relay, i);
		for (int turns = 0; turns < 10000; turns++) {
			ev_run(r->loop, EVRUN_NOWAIT);
			if (!replay_read(r, o, true))
				break;
		}
		close(o->fd);
	}
}

/* --- time and bytes ------------------------------------------------------ */

/* Time goes on to here; what the daemon does once a second is done. */
static void
replay_advance(struct replay *r, int64_t us)
{
	if (us - r->last_us >= REPLAY_PAUSE_US) {
		tell("nothing comes for %.3f s",
		    (double)(us - r->last_us) / 1e6);
	}
	while (us - r->ticked_us >= 1000000) {
		r->ticked_us += 1000000;
		tell_set_us(r->ticked_us);
		replay_compare(r);
	}
	tell_set_us(us);
	replay_serve(r);
	r->last_us = us;
}

/* A run of the source ends. */
static void
replay_end_run(struct replay *r)
{
	if (r->h264 && r->to_camera != -1) {
		close(r->to_camera);
		r->to_camera = -1;
		camera_close(r->camera, true);
	} else {
		relay_close_inlet(r->relay, 0);
	}
}

static void
replay_begin_run(struct replay *r)
{
	int fds[2];

	if (r->runs++ > 0)
		replay_end_run(r);
	tell("run %u begins", r->runs);
	tswatch_begin(&r->in);
	if (!r->h264) {
		relay_open_inlet(r->relay, 0, -1);
		return;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		replay_fail(1, "a pipe: %s", strerror(errno));
	r->to_camera = fds[1];
	camera_open(r->camera, fds[0]);
}

/* Bytes of the source, which come now. */
static void
replay_put(struct replay *r, uint8_t *data, size_t len)
{
	if (!r->h264) {
		relay_feed(r->relay, 0, data, len);
		return;
	}
	if (write(r->to_camera, data, len) != (ssize_t)len)
		replay_fail(1, "the camera's pipe takes nothing");
	ev_run(r->loop, EVRUN_NOWAIT);
}

/* All bytes of one entry of the table of arrivals. */
static void
replay_entry(struct replay *r, size_t i)
{
	const struct arrival *v = &r->arrivals.v[i];
	size_t end = i + 1 < r->arrivals.n ? v[1].at : r->len, n;
	size_t most = r->h264 ? REPLAY_PIECE : TS_PACKET;

	replay_advance(r, v->us);
	if (v->run || i == 0)
		replay_begin_run(r);
	for (size_t at = v->at; at < end; at += n) {
		n = end - at < most ? end - at : most;
		if (at > v->at)
			replay_advance(r, arrivals_us(&r->arrivals, i, at));
		replay_put(r, r->data + at, n);
	}
}

/* --- the summary --------------------------------------------------------- */

static void
replay_summary(struct replay *r)
{
	double s = (double)tell_us() / 1e6;
	struct outlet_stats st;

	tell("end of the recording");
	printf("\nrecording: %zu bytes in %.3f s, %u %s, %.0f kbit/s\n", r->len,
	    s, r->runs, r->runs == 1 ? "run" : "runs",
	    s > 0 ? (double)r->len / 125 / s : 0);
	printf("in: %" PRIu64 " frames, %" PRIu64 " key frames, %" PRIu64
	       " stamps that do not go on, %" PRIu64 " that leap, %" PRIu64
	       " breaks\n",
	    r->in.frames, r->in.keyframes, r->in.back, r->in.leaps,
	    r->in.errors);
	if (replay_jitter.n > 0)
		printf("jitter: %" PRIu64 " frames stamped, %" PRIu64
		       " by more than %d ms; mean %.1f ms, most %.1f ms\n",
		    replay_jitter.n, replay_jitter.corrected,
		    REPLAY_JITTER_US / 1000,
		    (double)replay_jitter.sum_us / 1000 /
			(double)replay_jitter.n,
		    (double)replay_jitter.most_us / 1000);
	for (int i = 0; i <= r->n_joins; i++) {
		relay_outlet_stats(r->relay, i, &st);
		printf("reader %d: %" PRIu64 " bytes, %" PRIu64
		       " frames, %" PRIu64 " key frames; skipped %" PRIu64
		       " times, lost %" PRIu64 " bytes, %.3f s\n",
		    i, r->readers[i].bytes, r->readers[i].out.frames,
		    r->readers[i].out.keyframes, st.skips, st.lost_bytes,
		    (double)st.lost_ms / 1000);
	}
}

/* --- birth --------------------------------------------------------------- */

static void
replay_init(struct replay *r)
{
	const struct relay_opts relay = { .ring_max = REPLAY_RING_MAX,
		.lag_ms = r->lag_ms,
		.sound_ms = REPLAY_SOUND_MS,
		.tables = replay_tables,
		.fed = replay_fed,
		.ctx = r };
	struct camera_opts camera = { .inlet = 0,
		.silence = r->silence,
		.hint_us = r->fps > 0 ? (int64_t)(1e6 / r->fps) : 0,
		.frame = replay_frame,
		.changed = replay_changed,
		.ctx = r };

	signal(SIGPIPE, SIG_IGN);
	log_init(LOG_LEVEL_DEBUG);
	r->loop = ev_loop_new(EVFLAG_AUTO);
	r->relay = relay_new(r->loop, &relay);
	relay_select(r->relay, 0);
	camera.relay = r->relay;
	r->camera = camera_new(r->loop, &camera);
	r->to_camera = -1;
	tracks_reset(&r->tracks);
	tswatch_init(&r->in);
	r->in.keys = !r->no_keys;
	for (int i = 0; i <= r->n_joins; i++) {
		r->readers[i].fd = -1;
		r->readers[i].from_us =
		    i == 0 ? 0 : (int64_t)(r->joins[i - 1] * 1e6);
	}
}

static void
replay_clear(struct replay *r)
{
	for (int i = 0; i <= r->n_joins; i++)
		tswatch_clear(&r->readers[i].out);
	tswatch_clear(&r->in);
	camera_free(r->camera);
	relay_free(r->relay);
	ev_loop_destroy(r->loop);
	arrivals_clear(&r->arrivals);
	free(r->data);
}

static void
replay_run(struct replay *r)
{
	replay_init(r);
	for (size_t i = 0; i < r->arrivals.n; i++)
		replay_entry(r, i);
	replay_end_run(r);
	replay_finish(r);
	replay_summary(r);
	replay_clear(r);
}

/* --- the recording ------------------------------------------------------- */

/* Whether a name ends so. */
static bool
replay_ends(const char *name, const char *end)
{
	size_t n = strlen(name), len = strlen(end);

	return n > len && strcmp(name + n - len, end) == 0;
}

static void
replay_load(struct replay *r)
{
	FILE *f = fopen(r->file, "re");
	size_t cap = 0, n;

	if (f == NULL)
		replay_fail(1, "%s: %s", r->file, strerror(errno));
	do {
		cap += (size_t)1 << 20;
		r->data = xrealloc(r->data, cap, 1);
		n = fread(r->data + r->len, 1, cap - r->len, f);
		r->len += n;
	} while (n > 0);
	if (ferror(f))
		replay_fail(1, "%s: %s", r->file, strerror(errno));
	fclose(f);
	if (r->len == 0)
		replay_fail(1, "%s: the file is empty", r->file);
}

/* The name of the file with the times of a recording. Caller frees. */
static char *
replay_times(const char *file)
{
	return xasprintf("%.*s.times", (int)(strrchr(file, '.') - file), file);
}

static void
replay_time(struct replay *r)
{
	char *beside = replay_times(r->file), *cause = NULL;
	const char *path = r->times != NULL ? r->times : beside;

	if (r->times != NULL || (r->fps == 0 && access(beside, F_OK) == 0)) {
		if (arrivals_read(&r->arrivals, path, r->len, &cause) == -1)
			replay_fail(1, "%s", cause);
		printf("arrival times: %s\n", path);
	} else if (!r->h264) {
		if (arrivals_from_pcr(&r->arrivals, r->data, r->len) == -1)
			replay_fail(1,
			    "%s: there is no PCR that goes on; when its bytes "
			    "came has to stand in %s",
			    r->file, beside);
		printf("arrival times: from the PCR\n");
	} else {
		if (r->fps == 0)
			replay_fail(64,
			    "%s: H.264 has no times: give --fps N, or write "
			    "them into %s",
			    r->file, beside);
		if (arrivals_from_fps(&r->arrivals, r->data, r->len, r->fps) ==
		    -1)
			replay_fail(1, "%s: there is no key frame", r->file);
		printf("arrival times: %g frames a second\n", r->fps);
	}
	free(beside);
}

/* --- making a recording -------------------------------------------------- */

static double
replay_real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Write standard input into the file, and when each read came beside it. */
static void
replay_record(const char *file)
{
	char *times = replay_times(file);
	FILE *f = fopen(file, "wxe"), *t = fopen(times, "wxe");
	double start = replay_real_ms();
	uint64_t at = 0;
	char b[65536];
	ssize_t n;

	if (f == NULL || t == NULL)
		replay_fail(
		    1, "%s: %s", f == NULL ? file : times, strerror(errno));
	while ((n = read(STDIN_FILENO, b, sizeof(b))) > 0) {
		fprintf(t, "%" PRIu64 " %.3f\n", at, replay_real_ms() - start);
		fwrite(b, 1, (size_t)n, f);
		at += (uint64_t)n;
	}
	if (fclose(f) != 0 || fclose(t) != 0)
		replay_fail(1, "%s: %s", file, strerror(errno));
	free(times);
}

/* --- the command line ---------------------------------------------------- */

static const char replay_help[] =
    "usage: replay [OPTION]... FILE.ts | FILE.h264\n"
    "       replay --record FILE.ts | FILE.h264 < STREAM\n"
    "\n"
    "Feeds a recording into the packets link of ffsup and prints what it finds\n"
    "and decides. Each line begins with the seconds since the recording began;\n"
    "time is simulated, nothing waits.\n"
    "\n"
    "When the bytes arrived: from FILE.times, if it is there, else of MPEG-TS\n"
    "from its PCR, of H.264 from --fps. FILE.times (the suffix .ts or .h264 is\n"
    "replaced) has a line \"OFFSET MS\" for each read, \"OFFSET MS run\" where a\n"
    "new run of the source begins. --record writes both files.\n"
    "\n"
    "  --fps N        so many frames came a second; no FILE.times is read\n"
    "  --join S       a second reader opens after S seconds (up to 8 times)\n"
    "  --lag MS       how far behind a reader may be (5000)\n"
    "  --no-keys      no line for each key frame\n"
    "  --reader KBIT  readers take so many kbit/s (all that there is)\n"
    "  --record FILE  make a recording of standard input\n"
    "  --silence      beside H.264, silent sound, as outputs may want it\n"
    "  --times FILE   read the arrival times from FILE\n"
    "  --help         this text\n";

enum {
	OPT_FPS = 1,
	OPT_JOIN,
	OPT_LAG,
	OPT_NO_KEYS,
	OPT_READER,
	OPT_RECORD,
	OPT_SILENCE,
	OPT_TIMES,
	OPT_HELP
};

static const struct option replay_options[] = {
	{ "fps", required_argument, NULL, OPT_FPS },
	{ "join", required_argument, NULL, OPT_JOIN },
	{ "lag", required_argument, NULL, OPT_LAG },
	{ "no-keys", no_argument, NULL, OPT_NO_KEYS },
	{ "reader", required_argument, NULL, OPT_READER },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "silence", no_argument, NULL, OPT_SILENCE },
	{ "times", required_argument, NULL, OPT_TIMES },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

/* Whether it is a recording by its name. */
static void
replay_check_name(const char *file)
{
	if (!replay_ends(file, ".ts") && !replay_ends(file, ".h264"))
		replay_fail(64,
		    "%s: the name of a recording ends in .ts or .h264", file);
}

/* A number above 0. */
static double
replay_number(const char *option, const char *text)
{
	char *end;
	double n = strtod(text, &end);

	if (*end != '\0' || end == text || !(n > 0 && n < 1e9))
		replay_fail(
		    64, "--%s: \"%s\" is not a number above 0", option, text);
	return n;
}

static void
replay_option(struct replay *r, int c)
{
	switch (c) {
	case OPT_FPS:
		r->fps = replay_number("fps", optarg);
		break;
	case OPT_JOIN:
		if (r->n_joins == REPLAY_JOINS)
			replay_fail(
			    64, "--join: not more than %d times", REPLAY_JOINS);
		r->joins[r->n_joins++] = replay_number("join", optarg);
		break;
	case OPT_LAG:
		r->lag_ms = (int64_t)replay_number("lag", optarg);
		break;
	case OPT_NO_KEYS:
		r->no_keys = true;
		break;
	case OPT_READER:
		r->kbit = replay_number("reader", optarg);
		break;
	case OPT_SILENCE:
		r->silence = true;
		break;
	case OPT_TIMES:
		r->times = optarg;
		break;
	default:
		exit(64); /* getopt has said why */
	}
}

int
main(int argc, char **argv)
{
	struct replay *r = &replay;
	int c;

	r->lag_ms = REPLAY_LAG_MS;
	while ((c = getopt_long(argc, argv, "", replay_options, NULL)) != -1) {
		if (c == OPT_HELP) {
			fputs(replay_help, stdout);
			return 0;
		}
		if (c == OPT_RECORD) {
			replay_check_name(optarg);
			replay_record(optarg);
			return 0;
		}
		replay_option(r, c);
	}
	if (optind != argc - 1)
		replay_fail(64, "one FILE is needed; try --help");
	r->file = argv[optind];
	replay_check_name(r->file);
	r->h264 = replay_ends(r->file, ".h264");
	replay_load(r);
	replay_time(r);
	replay_run(r);
	return 0;
}
