/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/util.h"
#include "base/words.h"
#include "profile/profile.h"
#include "stream/verdict.h"

const char *const stream_state_names[] = {
	[STREAM_OFF] = "off",
	[STREAM_STARTING] = "starting",
	[STREAM_LIVE] = "live",
	[STREAM_DEGRADED] = "degraded",
	[STREAM_RETRY] = "retry",
	[STREAM_FAILED] = "failed",
	[STREAM_STOPPING] = "stopping",
};
_Static_assert(NELEM(stream_state_names) == N_STREAM_STATES, "a name each");

/* --- reasons ------------------------------------------------------------ */

/* Whose fault it is. */
enum verdict_blame {
	BLAME_DOWN,	/* a worker that should run and does not, the sender
			   first */
	BLAME_OUTPUT,	/* the output that is down */
	BLAME_SENDER,	/* from here on all processes may well run */
	BLAME_SOURCE,	/* the producer of the frames */
	BLAME_MEDIA,	/* the same, although it runs */
	BLAME_DISK,	/* the worker that waits for it */
	BLAME_RECORDER, /* the recorder whose file gets no name */
};

static const char verdict_look[] =
    "Check whether the source is running or stuck; `ffsup logs` shows its log.";
static const char verdict_look_outside[] =
    "Check whether the producer is running or stuck, and whether it writes to "
    "the stream's named pipe or to ffsup feed.";
static const char verdict_look_program[] =
    "Find what your program waits for, such as a camera read without a "
    "timeout: `ffsup logs` shows its log. It is replaced after "
    "\"watchdog.stall\".";
static const char verdict_nothing_comes[] = "The source sends nothing.";
static const char verdict_wait[] =
    "Wait for it, or read its log in `ffsup logs`.";

/* Without a name: none, or that of the class or the source. */
static const struct {
	const char *name, *cause, *advice;
	enum verdict_blame blame;
} verdict_rows[N_REASONS] = {
	[REASON_NONE] = { .blame = BLAME_DOWN },
	[REASON_FAILURE] = { .blame = BLAME_DOWN },
	[REASON_HOLD] = { "hold",
	    "No new frames are coming; the last one is repeated.", verdict_look,
	    BLAME_SOURCE },
	[REASON_SLATE] = { "slate",
	    "No frame has come for a while, or none has come yet; the slate "
	    "is on air.",
	    verdict_look, BLAME_SOURCE },
	[REASON_FROZEN] = { "frozen",
	    "Frames are coming, but they are all identical.",
	    "Check the camera or the producer: it may be sending an old frame. "
	    "If the scene is static, set \"watchdog.frozen\" to a longer time.",
	    BLAME_SOURCE },
	[REASON_SLOW] = { "slow",
	    "The encoder takes fewer frames than it should; the rest are "
	    "dropped.",
	    "Lower the size or the fps, use a faster \"preset\", or check for "
	    "other load on the processor and for a slow output.",
	    BLAME_SENDER },
	[REASON_NO_PICTURES] = { "no pictures",
	    "No frame came for longer than \"fallback.give_up_after\"; the "
	    "broadcast was ended, and continues with the next frame.",
	    verdict_look, BLAME_SOURCE },
	[REASON_NO_PROGRAM] = { "no program",
	    "Nothing is sending H.264 to the stream's named pipe or socket.",
	    "Start the camera program; it writes to the socket through ffsup "
	    "feed.",
	    BLAME_SOURCE },
	[REASON_SILENT_DISK] = { "silent disk",
	    "The disk of an output, of the files to play, or of the input does "
	    "not answer; the stream waits for it.",
	    "Check the disk, its network or its server; the stream continues "
	    "by itself when the disk answers.",
	    BLAME_DISK },
	[REASON_FILE_NAME] = { "file name",
	    "Recordings cannot be renamed to the names given by \"record\"; "
	    "they are kept in the nearest writable directory, or under hidden "
	    "names if there is none. Nothing is lost.",
	    "Remove the obstacle; the next recording gets its name.",
	    BLAME_RECORDER },
	[REASON_NO_OUTPUT] = { "no output",
	    "Every output was stopped individually.",
	    "`ffsup start` with the name of the stream starts them all.",
	    BLAME_SENDER },
	[REASON_OUTPUT] = { "output",
	    "This output has not sent anything yet; the others are fine.",
	    verdict_wait, BLAME_OUTPUT },
	[REASON_PRODUCER] = { "producer", verdict_nothing_comes, verdict_wait,
	    BLAME_DOWN },
	[REASON_SOURCE] = { "source", verdict_nothing_comes, verdict_wait,
	    BLAME_DOWN },
	[REASON_ENCODER] = { "encoder", verdict_nothing_comes, verdict_wait,
	    BLAME_DOWN },
	[REASON_SIZE] = { "wrong format",
	    "The frames that come do not have the size and the format that the "
	    "profile says.",
	    "Set \"size\" and \"format\" in \"frames\" to those of the "
	    "program, or change the program; the proof tells what comes.",
	    BLAME_MEDIA },
	[REASON_STRAY] = { "stray bytes",
	    "More than frames comes: the program most likely prints to its "
	    "standard output, and each frame is shifted.",
	    "Let it print to standard error (Python: print(..., "
	    "file=sys.stderr)), or write the frames to a descriptor of their "
	    "own: \"fd\": 3 in \"frames\".",
	    BLAME_MEDIA },
	[REASON_NOT_RAW] = { "no raw frames", "What comes is not raw frames.",
	    "Let the program write the bytes of decoded frames and nothing "
	    "else: no image files, no container, no messages (ffmpeg: -f "
	    "rawvideo -pix_fmt, with the profile's \"format\").",
	    BLAME_MEDIA },
	[REASON_NOT_H264] = { "no H.264",
	    "What comes is not a plain H.264 byte stream (Annex B).",
	    "Let the program write just that: -f h264 in ffmpeg, --codec h264 "
	    "in rpicam-vid; messages belong on standard error.",
	    BLAME_MEDIA },
	[REASON_GARBAGE] = { "garbage",
	    "Much of what comes belongs to no H.264 frame: it is left out, and "
	    "viewers see damage or nothing.",
	    "Let the program write plain H.264 (ffmpeg: -f h264), and its "
	    "messages to standard error; a single program should write.",
	    BLAME_MEDIA },
	[REASON_NO_SETS] = { "no SPS/PPS",
	    "Frames come, but no parameter sets (SPS, PPS): they cannot be "
	    "decoded.",
	    "Let the encoder repeat them before key frames: --inline in "
	    "rpicam-vid, repeat-headers in x264, -bsf:v dump_extra in ffmpeg.",
	    BLAME_MEDIA },
	[REASON_BLOCKED] = { "no way in",
	    "The stream's named pipe or socket cannot be made or read, so that "
	    "no program can send frames.",
	    "Remove what the proof names (of a file in the place of a named "
	    "pipe: stop its program first); the way in is then made at "
	    "once.",
	    BLAME_MEDIA },
	[REASON_BEHIND] = { "below real time",
	    "The media advance more slowly than the clock: viewers see a "
	    "stream that stops again and again.",
	    "If the processor is the reason, lower the size or the fps, or use "
	    "a faster \"preset\" or \"video\": \"copy\"; otherwise the "
	    "source or the output is too slow.",
	    BLAME_SENDER },
	[REASON_AHEAD] = { "above real time",
	    "The media advance faster than the clock: the source does not "
	    "come at its own pace.",
	    "If it is a file, let it be read at its own pace: \"options\": "
	    "{ \"readrate\": 1 } in \"source\" (ffmpeg 5.1 and later).",
	    BLAME_SENDER },
	[REASON_PLAYLIST] = { "HLS not written",
	    "Media advance, but the HLS playlist or its segments cannot be "
	    "written: viewers get nothing new.",
	    "Free some space if its disk is full; otherwise see that its "
	    "directory is there and that ffsup may write to it. The playlist "
	    "then goes on by itself.",
	    BLAME_OUTPUT },
	[REASON_SPARE] = { NULL,
	    "A source other than the first is on air; the first is used again "
	    "when it has sent frames without a pause for \"prefer_after\".",
	    "Nothing if the first source is recovering; otherwise check it and "
	    "`ffsup logs`.",
	    BLAME_SOURCE },
	[REASON_OTHER] = { .blame = BLAME_DOWN },
};

/* The reason when nothing comes from a role. (Direct has no link.) */
static const enum reason verdict_roles[N_ROLES] = {
	[ROLE_DIRECT] = REASON_SOURCE,
	[ROLE_PRODUCER] = REASON_PRODUCER,
	[ROLE_SOURCE] = REASON_SOURCE,
	[ROLE_ENCODER] = REASON_ENCODER,
	[ROLE_OUTPUT] = REASON_OUTPUT,
	[ROLE_PAINTER] = REASON_ENCODER, /* in no stream */
};

const char *
verdict_name(const struct verdict *v)
{
	if (v->reason == REASON_FAILURE)
		return ffclass_names[v->class];
	if (v->reason == REASON_SPARE)
		return plan_source_names[v->aired];
	return verdict_rows[v->reason].name;
}

enum reason
verdict_by_name(const char *name)
{
	if (name == NULL)
		return REASON_NONE;
	for (int i = 0; i < N_REASONS; i++)
		if (util_streq(verdict_rows[i].name, name))
			return i;
	for (int i = 1; i < PROFILE_SOURCES_MAX; i++)
		if (util_streq(plan_source_names[i], name))
			return REASON_SPARE;
	return ffclass_by_name(name) == N_FAIL_CLASSES ? REASON_OTHER
						       : REASON_FAILURE;
}

enum stream_state
verdict_state_by_name(const char *name)
{
	return (enum stream_state)words_find(
	    stream_state_names, N_STREAM_STATES, name);
}

bool
verdict_same(const struct verdict *a, const struct verdict *b)
{
	return a->state == b->state && a->reason == b->reason &&
	    a->class == b->class && a->aired == b->aired;
}

/* --- states ------------------------------------------------------------- */

static struct verdict
verdict_make(enum stream_state state, enum reason reason)
{
	return (struct verdict){ .state = state, .reason = reason };
}

static struct verdict
verdict_failure(enum stream_state state, enum fail_class class)
{
	return (struct verdict){ .state = state,
		.reason = REASON_FAILURE,
		.class = class };
}

/* With the newest ending of a worker as the reason. */
static struct verdict
verdict_ended(enum stream_state state, const struct verdict_worker *w)
{
	return w->ended ? verdict_failure(state, w->last)
			: verdict_make(state, REASON_NONE);
}

static struct verdict
verdict_stopping(const struct verdict_worker *w)
{
	enum stream_state state = w->wanted ? STREAM_RETRY : STREAM_STOPPING;

	if (w->replace)
		return verdict_make(STREAM_STARTING, REASON_NONE);
	return w->cause == FAIL_NONE ? verdict_make(state, REASON_NONE)
				     : verdict_failure(state, w->cause);
}

static bool
verdict_is_up(const struct verdict_worker *w)
{
	return w->state == ST_UP && !w->fresh;
}

/* Media that have come for a moment only are not yet a broadcast: a server may
 * accept a connection and close it at once. */
static struct verdict
verdict_up(const struct verdict_worker *w)
{
	if (!w->fresh)
		return verdict_make(STREAM_LIVE, REASON_NONE);
	return verdict_ended(STREAM_STARTING, w);
}

/* The state by the only sending worker. */
static struct verdict
verdict_alone(const struct verdict_worker *w)
{
	switch (w->state) {
	case ST_UP:
		return verdict_up(w);
	case ST_STARTING:
		return verdict_make(STREAM_STARTING, REASON_NONE);
	case ST_HELD:
		return verdict_ended(STREAM_FAILED, w);
	case ST_STOPPING:
		return verdict_stopping(w);
	case ST_WAITING:
		/* for its turn to start, after a stop on request */
		if (w->ended ? w->last == FAIL_NONE : w->runs == 0)
			return verdict_make(STREAM_STARTING, REASON_NONE);
		return verdict_ended(STREAM_RETRY, w);
	case ST_OFF:
	case N_STATES:
		break;
	}
	/* played to its end, also when the last file could not be opened */
	if (w->ended && w->files)
		return verdict_failure(STREAM_OFF, FAIL_ENDED);
	return verdict_ended(STREAM_OFF, w);
}

/* On air: are the right frames on air? */
static struct verdict
verdict_live(const struct verdict_view *view)
{
	const struct verdict_worker *producer =
	    view->producer < 0 ? NULL : &view->workers[view->producer];

	if (!view->frames)
		return verdict_make(STREAM_LIVE, REASON_NONE);
	if (view->health.fallback == FALLBACK_HOLD)
		return verdict_make(STREAM_DEGRADED, REASON_HOLD);
	if (view->health.fallback == FALLBACK_SLATE)
		return verdict_make(STREAM_DEGRADED, REASON_SLATE);
	if (view->health.frozen)
		return verdict_make(STREAM_DEGRADED, REASON_FROZEN);
	if (view->health.slow)
		return verdict_make(STREAM_DEGRADED, REASON_SLOW);
	if (producer == NULL || producer->state == ST_UP || producer->playlist)
		return verdict_make(STREAM_LIVE, REASON_NONE);
	return verdict_make(STREAM_DEGRADED, verdict_roles[producer->role]);
}

/* How many of the outputs are wanted, and how many of these are up; `down`: the
 * first that is not, -1: none. */
struct verdict_count {
	size_t wanted, up;
	int down;
};

static struct verdict_count
verdict_count(const struct verdict_view *view)
{
	struct verdict_count n = { .down = -1 };

	for (size_t i = 0; i < view->n; i++) {
		const struct verdict_worker *w = &view->workers[i];

		if (w->role != ROLE_OUTPUT || !w->wanted)
			continue;
		n.wanted++;
		if (verdict_is_up(w))
			n.up++;
		else if (n.down == -1 ||
		    view->workers[n.down].state == ST_STARTING)
			n.down = (int)i;
	}
	return n;
}

/* None of the outputs is up. `way_in`: the frames come from a process that is
 * not ours. */
static struct verdict
verdict_dark(
    const struct verdict_view *view, const struct verdict_count *n, bool way_in)
{
	struct verdict v;

	if (way_in && view->silent)
		return verdict_make(STREAM_RETRY, REASON_NO_PROGRAM);
	v = verdict_alone(&view->workers[view->sender]);
	if (v.state != STREAM_LIVE || n->down == -1)
		return v;
	return verdict_alone(&view->workers[n->down]);
}

/* Outputs are up and get their packets, but not all are up. */
static struct verdict
verdict_partly(const struct verdict_view *view, const struct verdict_count *n)
{
	const struct verdict_worker *down = &view->workers[n->down];

	/* they do not come up in the same moment */
	if (view->starting && down->restarts == 0 &&
	    (down->state == ST_STARTING || down->fresh))
		return verdict_make(STREAM_STARTING, REASON_NONE);
	return verdict_make(STREAM_DEGRADED, REASON_OUTPUT);
}

/* With several outputs: on air when one of them is. */
static struct verdict
verdict_outputs(const struct verdict_view *view)
{
	const struct verdict_worker *sender = &view->workers[view->sender];
	struct verdict_count n = verdict_count(view);
	bool way_in = sender->role == ROLE_OUTPUT;
	struct verdict v;

	if (n.wanted == 0 && (way_in || sender->state == ST_UP))
		return verdict_make(STREAM_OFF, REASON_NO_OUTPUT);
	if (n.up == 0)
		return verdict_dark(view, &n, way_in);
	if (view->slated)
		return verdict_make(STREAM_DEGRADED, REASON_SLATE);
	if (view->silent ||
	    (!way_in && sender->state != ST_UP && !sender->playlist))
		return verdict_make(STREAM_DEGRADED,
		    way_in ? REASON_PRODUCER : verdict_roles[sender->role]);
	if (n.up < n.wanted)
		return verdict_partly(view, &n);
	if (view->aired <= 0)
		return verdict_live(view);
	v = verdict_make(STREAM_DEGRADED, REASON_SPARE);
	v.aired = view->aired;
	return v;
}

/* The first worker whose start waits for a disk, or -1. */
static int
verdict_kept(const struct verdict_view *view)
{
	for (size_t i = 0; i < view->n; i++)
		if (view->workers[i].kept)
			return (int)i;
	return -1;
}

/* The effect of a disk that does not answer, or that takes no name. */
static struct verdict
verdict_disks(const struct verdict_view *view, struct verdict v)
{
	bool lives = v.state == STREAM_LIVE || v.state == STREAM_DEGRADED;

	if ((verdict_kept(view) != -1 || view->intake_silent) &&
	    view->aired <= 0 &&
	    (lives || v.state == STREAM_STARTING || v.state == STREAM_RETRY))
		return verdict_make(
		    lives ? STREAM_DEGRADED : STREAM_RETRY, REASON_SILENT_DISK);
	/* this is why an output is down, or soon will be */
	if (view->disk_silent &&
	    (v.state == STREAM_LIVE || v.reason == REASON_OUTPUT))
		return verdict_make(STREAM_DEGRADED, REASON_SILENT_DISK);
	if (v.state == STREAM_LIVE && view->stranded)
		return verdict_make(STREAM_DEGRADED, REASON_FILE_NAME);
	return v;
}

/* Whether a fault in the media explains a state better than its reason does. */
static bool
verdict_is_better(const struct verdict *v)
{
	switch (v->reason) {
	case REASON_NONE:
	case REASON_HOLD:
	case REASON_SLATE:
	case REASON_FROZEN:
	case REASON_SLOW:
	case REASON_NO_PROGRAM:
	case REASON_PRODUCER:
		return true;
	case REASON_FAILURE: /* our own watchdogs'; nothing came */
		return v->class == FAIL_START || v->class == FAIL_STALL;
	default:
		return false;
	}
}

/* The effect of a fault in the media, while the processes run. */
static struct verdict
verdict_media(const struct verdict_view *view, struct verdict v)
{
	if (view->fault == REASON_NONE || !verdict_is_better(&v))
		return v;
	switch (v.state) {
	case STREAM_LIVE:
	case STREAM_DEGRADED:
		return verdict_make(STREAM_DEGRADED, view->fault);
	case STREAM_STARTING: /* of a slate, it will be on air in a moment */
		return view->packets && view->silent
		    ? verdict_make(STREAM_RETRY, view->fault)
		    : v;
	case STREAM_RETRY:
		return verdict_make(STREAM_RETRY, view->fault);
	default:
		return v;
	}
}

static struct verdict
verdict_judge(const struct verdict_view *view)
{
	struct verdict v;

	if (!view->wanted)
		return verdict_make(
		    view->off ? STREAM_OFF : STREAM_STOPPING, REASON_NONE);
	if (view->gave_up)
		return verdict_make(STREAM_RETRY, REASON_NO_PICTURES);
	if (view->packets)
		v = verdict_outputs(view);
	else
		v = verdict_alone(&view->workers[view->sender]);
	if (v.state == STREAM_LIVE && !view->packets)
		v = verdict_live(view);
	return verdict_disks(view, verdict_media(view, v));
}

/* --- blame -------------------------------------------------------------- */

/* The first worker, but for the sender, that should run and does not, or -1. */
static int
verdict_missing(const struct verdict_view *view, bool encoders)
{
	for (size_t i = 0; i < view->n; i++) {
		const struct verdict_worker *w = &view->workers[i];

		if (!verdict_is_up(w) && !w->idle && w->due &&
		    (encoders || w->role != ROLE_ENCODER))
			return (int)i;
	}
	return -1;
}

static int
verdict_or(int worker, int otherwise)
{
	return worker >= 0 ? worker : otherwise;
}

/* The worker that explains the state. */
static int
verdict_blame(const struct verdict_view *view, enum reason reason)
{
	int down;

	switch (verdict_rows[reason].blame) {
	case BLAME_SENDER:
		return view->sender;
	case BLAME_DISK:
		return verdict_or(verdict_kept(view), view->sender);
	case BLAME_RECORDER:
		return verdict_or(
		    view->stranded ? view->stranded_by : -1, view->sender);
	case BLAME_SOURCE:
		return verdict_or(verdict_missing(view, false), 0);
	case BLAME_MEDIA:
		return verdict_or(view->producer, view->sender);
	case BLAME_OUTPUT:
		down = verdict_count(view).down;
		if (down != -1)
			return down;
		/* fall through */
	case BLAME_DOWN:
		break;
	}
	if (!verdict_is_up(&view->workers[view->sender]))
		return view->sender;
	return verdict_or(verdict_missing(view, true), view->sender);
}

/* Whether the reason is a fault in the media, whatever an earlier run did. */
static bool
verdict_is_media(const struct verdict *v)
{
	return v->reason >= REASON_SIZE && v->reason <= REASON_PLAYLIST;
}

/* The failure of the blamed worker: that of a replacement under way, or of its
 * newest ending. It says more than the state on air. */
static enum fail_class
verdict_class(const struct verdict *v, const struct verdict_worker *w)
{
	if (verdict_is_media(v) || verdict_is_up(w) ||
	    (w->waits && v->reason == REASON_SILENT_DISK))
		return FAIL_NONE;
	switch (v->state) {
	case STREAM_STARTING:
	case STREAM_DEGRADED:
	case STREAM_RETRY:
	case STREAM_FAILED:
		break;
	case STREAM_OFF:
	case STREAM_LIVE:
	case STREAM_STOPPING:
	case N_STREAM_STATES:
		return FAIL_NONE;
	}
	if (w->state == ST_STOPPING && w->cause != FAIL_NONE)
		return w->cause;
	return w->ended ? w->last : FAIL_NONE;
}

struct verdict
verdict_of(const struct verdict_view *view)
{
	struct verdict v = verdict_judge(view);
	const struct verdict_worker *w;

	v.blamed = verdict_blame(view, v.reason);
	v.down = v.state == STREAM_RETRY || v.state == STREAM_FAILED;
	if (v.state == STREAM_STARTING && view->outage.failed) {
		v.down = true;
		v.reason = view->outage.reason;
		v.class = view->outage.class;
		v.aired = view->outage.aired;
	}
	w = &view->workers[v.blamed];
	v.outside = view->producer < 0 && view->aired <= 0 &&
	    (verdict_rows[v.reason].blame == BLAME_MEDIA ||
		(verdict_rows[v.reason].blame == BLAME_SOURCE &&
		    w->state == ST_UP));
	v.kept = v.blamed == verdict_kept(view);
	v.program = w->program;
	v.failure = verdict_class(&v, w);
	return v;
}

enum stream_state
verdict_of_output(const struct verdict_view *view, size_t worker)
{
	const struct verdict_worker *w = &view->workers[worker];
	enum stream_state state;

	if (!view->packets) {
		/* a single one is on air or not; the media are the stream's */
		state = verdict_judge(view).state;
		return state == STREAM_DEGRADED ? STREAM_LIVE : state;
	}
	state = verdict_alone(w).state;
	if (state == STREAM_LIVE && !view->wanted)
		return STREAM_STOPPING;
	if (state == STREAM_LIVE && !w->supplied)
		return STREAM_DEGRADED;
	return state;
}

/* --- words -------------------------------------------------------------- */

/* What `about` knows of another ending is no explanation of this one. */
static struct verdict_words
verdict_explain_failure(
    const struct verdict *v, const struct ffadvice_ask *about)
{
	struct ffadvice_ask ask = { .name = about->name };

	if (about->class == v->failure)
		ask = *about;
	ask.class = v->failure;
	ask.program = v->program;
	return (struct verdict_words){ ffclass_names[v->failure],
		ffadvice_cause(&ask), ffadvice_do(&ask) };
}

static char *
verdict_copy(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

struct verdict_words
verdict_explain(const struct verdict *v, const struct ffadvice_ask *about)
{
	enum verdict_blame blame = verdict_rows[v->reason].blame;
	const char *advice = verdict_rows[v->reason].advice;

	if (v->failure != FAIL_NONE)
		return verdict_explain_failure(v, about);
	if (advice == verdict_look && v->outside)
		advice = verdict_look_outside;
	else if (advice == verdict_look && v->program)
		advice = verdict_look_program;
	return (struct verdict_words){
		.class = blame >= BLAME_SENDER ? verdict_name(v) : NULL,
		.cause = verdict_copy(verdict_rows[v->reason].cause),
		.advice = verdict_copy(advice),
	};
}

void
verdict_words_clear(struct verdict_words *words)
{
	free(words->cause);
	free(words->advice);
	*words = (struct verdict_words){ 0 };
}

/* A stream in each state. */
static const char *const verdict_says[] = {
	[STREAM_OFF] = "is off",
	[STREAM_STARTING] = "is starting",
	[STREAM_LIVE] = "is live",
	[STREAM_DEGRADED] = "is on air, but degraded",
	[STREAM_RETRY] = "is not on air",
	[STREAM_FAILED] = "has failed",
	[STREAM_STOPPING] = "is stopping",
};
_Static_assert(NELEM(verdict_says) == N_STREAM_STATES, "a text each");

char *
verdict_head(const struct verdict *v, const struct verdict_retry *r)
{
	/* a disk decides when a kept one starts */
	bool waits = v->state == STREAM_RETRY && r->in_ms >= 0 && !v->kept;
	char span[UTIL_SPAN_LEN];
	struct buf b;

	buf_init(&b, 0);
	buf_putf(&b, "%s %s", r->stream,
	    waits ? "is waiting to retry"
		: v->down && v->state == STREAM_STARTING
		? verdict_says[STREAM_RETRY]
		: verdict_says[v->state]);
	util_span(r->in_ms, span);
	if (waits)
		buf_putf(&b,
		    " (attempt %u, next in %s; `ffsup retry %s` tries now)",
		    r->failures, span, r->stream);
	else if (r->held)
		buf_putf(&b,
		    ": %s was given up, next try in %s (`ffsup retry %s` tries "
		    "now)",
		    r->worker, span, r->stream);
	else if (v->state == STREAM_STARTING && v->down)
		buf_putf(&b, " (attempt %u is under way)", r->failures + 1);
	else if (v->state == STREAM_STARTING && r->failures > 0)
		buf_putf(&b, " (attempt %u)", r->failures + 1);
	else if (v->state == STREAM_OFF)
		buf_putf(&b, " (`ffsup start %s` starts it)", r->stream);
	else if (v->reason == REASON_NO_PICTURES)
		buf_putf(&b, " (`ffsup retry %s` tries now)", r->stream);
	return buf_steal(&b);
}
