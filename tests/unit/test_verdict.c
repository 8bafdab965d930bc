/* SPDX-License-Identifier: ISC */
/* The verdict on a stream: rows of observations, and the verdict on each. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "stream/verdict.h"

/*
 * Observations of the stream in words (see see()); its workers, each one as a
 * role, a state and words (see see_worker()); and the verdict: the state, the
 * reason's word, the worker to blame, and how that one failed.
 */
struct row {
	const char *facts, *workers, *verdict;
};

/* Direct, producer, source, encoder, output. */
static const char roles[] = "DPSEO";

/* The place of a word in a list, which must have it. */
static int
place(const char *const *names, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	fail_msg("unknown word \"%s\"", word);
	return -1;
}

static enum fail_class
class_named(const char *word)
{
	return (enum fail_class)place(ffclass_names, N_FAIL_CLASSES, word);
}

/* Set the member that a word names. */
struct fact {
	const char *word;
	bool *member;
};

static void
set(const struct fact *facts, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(facts[i].word, word) == 0) {
			*facts[i].member = true;
			return;
		}
	}
	fail_msg("unknown word \"%s\"", word);
}

/* "after:auth": its newest run; "for:stall": the reason why it is being
 * ended. */
static bool
see_class(struct verdict_worker *w, const char *word)
{
	if (strncmp(word, "for:", 4) == 0)
		w->cause = class_named(word + 4);
	else if (strncmp(word, "after:", 6) == 0)
		w->last = class_named(word + 6);
	else
		return false;
	w->ended = w->ended || word[0] == 'a';
	w->restarts = w->ended;
	w->runs = w->ended;
	return true;
}

/* "lost": the recordings without names are this worker's. */
static void
see_worker(struct verdict_view *v, char *text)
{
	struct verdict_worker *w = &v->workers[v->n];
	bool stopped = false, undue = false, dry = false, ts = false;
	bool lost = false;
	char *at, *word = strtok_r(text, " ", &at);
	const struct fact facts[] = { { "stopped", &stopped },
		{ "undue", &undue }, { "dry", &dry }, { "ts", &ts },
		{ "lost", &lost }, { "kept", &w->kept }, { "fresh", &w->fresh },
		{ "replace", &w->replace }, { "idle", &w->idle },
		{ "list", &w->playlist }, { "files", &w->files } };

	*w = (struct verdict_worker){ .role = (enum role)(
					  strchr(roles, *word) - roles) };
	w->program = w->role == ROLE_PRODUCER;
	word = strtok_r(NULL, " ", &at);
	w->state = (enum worker_state)place(worker_state_names, N_STATES, word);
	while ((word = strtok_r(NULL, " ", &at)) != NULL)
		if (!see_class(w, word))
			set(facts, NELEM(facts), word);
	w->wanted = !stopped;
	w->due = !undue;
	w->supplied = !dry;
	w->waits = w->kept;
	if (lost)
		v->stranded_by = (int)v->n;
	/* as the stream finds them */
	if (v->sender == -1 &&
	    (ts || w->role == ROLE_DIRECT || w->role == ROLE_ENCODER))
		v->sender = (int)v->n;
	if (v->producer == -1 &&
	    (w->role == ROLE_PRODUCER || (w->role == ROLE_SOURCE && !ts)))
		v->producer = (int)v->n;
	v->frames = v->frames || w->role == ROLE_ENCODER;
	v->packets = v->packets || w->role == ROLE_OUTPUT;
	v->n++;
}

static void
see_workers(struct verdict_view *v, const char *workers)
{
	char *text = xstrdup(workers), *at, *word;

	v->sender = v->producer = v->stranded_by = -1;
	for (word = strtok_r(text, ",", &at); word != NULL;
	     word = strtok_r(NULL, ",", &at))
		see_worker(v, word);
	if (v->sender == -1)
		v->sender = 0;
	free(text);
}

/* "begins": it was starting until now; "slated", "silent": at the packets
 * link; "intake", "disk": that of the way in, of a recording, does not answer;
 * "first", "second": of several sources, this one is on air. */
static void
see_facts(struct verdict_view *v, const char *facts)
{
	bool unwanted = false, hold = false, slate = false;
	bool first = false, second = false, out = false;
	bool odd = false, noise = false, behind = false, blocked = false;
	const struct fact known[] = { { "unwanted", &unwanted },
		{ "off", &v->off }, { "gave_up", &v->gave_up },
		{ "begins", &v->starting }, { "hold", &hold },
		{ "slate", &slate }, { "frozen", &v->health.frozen },
		{ "slow", &v->health.slow }, { "slated", &v->slated },
		{ "silent", &v->silent }, { "intake", &v->intake_silent },
		{ "disk", &v->disk_silent }, { "stranded", &v->stranded },
		{ "first", &first }, { "second", &second }, { "out", &out },
		{ "odd", &odd }, { "noise", &noise }, { "behind", &behind },
		{ "blocked", &blocked } };
	char *text = xstrdup(facts), *at, *word;

	for (word = strtok_r(text, " ", &at); word != NULL;
	     word = strtok_r(NULL, " ", &at))
		set(known, NELEM(known), word);
	v->wanted = !unwanted;
	v->health.fallback = hold ? FALLBACK_HOLD
	    : slate		  ? FALLBACK_SLATE
				  : FALLBACK_NONE;
	v->fault = odd ? REASON_SIZE
	    : noise    ? REASON_GARBAGE
	    : behind   ? REASON_BEHIND
	    : blocked  ? REASON_BLOCKED
		       : REASON_NONE;
	v->aired = second ? 1 : first ? 0 : -1;
	if (out)
		v->outage = (struct verdict_cause){ true, REASON_FAILURE,
			FAIL_TIMEOUT, -1 };
	free(text);
}

static struct verdict_view
see(const struct row *row)
{
	struct verdict_view v = { 0 };

	see_facts(&v, row->facts);
	see_workers(&v, row->workers);
	return v;
}

/* "degraded (slate) by 0: ended, program". */
static char *
say(const struct verdict *v)
{
	const char *word = verdict_name(v);
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, stream_state_names[v->state]);
	if (word != NULL)
		buf_putf(&b, " (%s)", word);
	if (word != NULL || v->failure != FAIL_NONE)
		buf_putf(&b, " by %d", v->blamed);
	if (v->failure != FAIL_NONE)
		buf_putf(&b, ": %s", ffclass_names[v->failure]);
	if (v->failure == FAIL_ENDED && v->program)
		buf_puts(&b, ", program");
	if (v->outside)
		buf_puts(&b, ", outside");
	if (v->kept)
		buf_puts(&b, ", waits");
	if (v->down && v->state == STREAM_STARTING)
		buf_puts(&b, ", down");
	return buf_steal(&b);
}

static void
judge(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct verdict_view seen = see(&rows[i]);
		struct verdict v = verdict_of(&seen);
		char *is = say(&v);

		if (strcmp(is, rows[i].verdict) != 0)
			fail_msg("\"%s\" of %s is \"%s\", not \"%s\"",
			    rows[i].facts, rows[i].workers, is,
			    rows[i].verdict);
		free(is);
	}
}

#define JUDGE(...)                                            \
	do {                                                  \
		static const struct row rows[] = __VA_ARGS__; \
		judge(rows, NELEM(rows));                     \
	} while (0)

/* Whatever its processes do: it should be off. */
static void
test_unwanted(void **state UNUSED)
{
	JUDGE({
	    { "unwanted off", "D off", "off" },
	    { "unwanted", "D up", "stopping" },
	    { "unwanted", "D off", "stopping" }, /* recorders */
	    { "unwanted", "D stopping after:disk", "stopping" },
	    { "unwanted gave_up disk", "D up", "stopping" },
	});
}

/* A single process. */
static void
test_alone(void **state UNUSED)
{
	JUDGE({
	    { "", "D up", "live" },
	    { "", "D up after:refused", "live" },
	    { "", "D starting", "starting" },
	    { "", "D starting after:refused", "starting by 0: refused" },
	    { "", "D waiting", "starting" },
	    { "", "D waiting after:refused", "retry (refused) by 0: refused" },
	    { "", "D waiting after:none", "starting" },
	    { "", "D held after:option", "failed (option) by 0: option" },
	    { "", "D stopping replace", "starting" },
	    { "", "D stopping for:stall", "retry (stall) by 0: stall" },
	    { "", "D stopping stopped", "stopping" },
	    { "", "D stopping after:exit", "retry by 0: exit" },
	    { "", "D off", "off" },
	    { "", "D off after:input", "off (input) by 0" },
	    { "", "D off files after:input", "off (ended) by 0" },
	});
}

/* N2: while the next try runs, the cause of the outage is still the cause; what
 * is on air, or was stopped, is not down. */
static void
test_n2_outage(void **state UNUSED)
{
	JUDGE({
	    { "out", "D starting after:timeout",
		"starting (timeout) by 0: timeout, down" },
	    { "out", "D waiting after:refused",
		"retry (refused) by 0: refused" },
	    { "out", "D waiting after:none", "starting (timeout) by 0, down" },
	    { "out", "D stopping replace", "starting (timeout) by 0, down" },
	    { "out", "S starting ts after:auth, O starting idle",
		"starting (timeout) by 0: auth, down" },
	    { "out", "D up", "live" },
	    { "out slate", "P starting after:exit, E up",
		"degraded (slate) by 0: exit" },
	    { "out unwanted", "D stopping", "stopping" },
	    { "out unwanted off", "D off", "off" },
	});
}

/* Disks that do not answer or refuse a name; a worse fault comes first. */
static void
test_disks(void **state UNUSED)
{
	JUDGE({
	    { "", "D waiting kept", "retry (silent disk) by 0, waits" },
	    { "", "D waiting kept after:ended",
		"retry (silent disk) by 0, waits" },
	    { "disk", "D up", "degraded (silent disk) by 0" },
	    { "disk", "D starting", "starting" },
	    { "disk", "D waiting after:exit", "retry (exit) by 0: exit" },
	    { "stranded", "D up lost", "degraded (file name) by 0" },
	    { "stranded", "D up", "degraded (file name) by 0" },
	    { "stranded disk", "D up lost", "degraded (silent disk) by 0" },
	    { "stranded", "D starting lost", "starting" },
	    { "intake", "E up", "degraded (silent disk) by 0" },
	    { "intake", "E starting", "retry (silent disk) by 0" },
	    { "intake", "E held after:codec", "failed (codec) by 0: codec" },
	    { "slate", "S waiting kept, E up",
		"degraded (silent disk) by 0, waits" },
	});
}

/* Raw frames: a producer or another source, and an encoder. */
static void
test_frames(void **state UNUSED)
{
	JUDGE({
	    { "", "P up, E up", "live" },
	    { "hold", "P up, E up", "degraded (hold) by 0" },
	    { "slate", "P up, E up", "degraded (slate) by 0" },
	    { "frozen", "P up, E up", "degraded (frozen) by 0" },
	    { "slow", "P up, E up", "degraded (slow) by 1" },
	    { "hold frozen slow", "P up, E up", "degraded (hold) by 0" },
	    { "frozen slow", "P up, E up", "degraded (frozen) by 0" },
	    { "", "P waiting after:exit, E up",
		"degraded (producer) by 0: exit" },
	    { "", "P starting, E up", "degraded (producer) by 0" },
	    { "", "S starting, E up", "degraded (source) by 0" },
	    { "", "S waiting list, E up", "live" },
	    { "slate", "P held after:spawn, E up",
		"degraded (slate) by 0: spawn" },
	    { "slate", "P waiting after:ended, E up",
		"degraded (slate) by 0: ended, program" },
	    { "hold slow", "P up, E waiting after:refused",
		"retry (refused) by 1: refused" },
	    { "", "P waiting after:exit, E held after:auth",
		"failed (auth) by 1: auth" },
	    { "hold", "P up, E up, E waiting after:auth",
		"degraded (hold) by 0" },
	    { "", "P up, E up, E starting idle", "live" },
	});
}

/* A program that ffsup did not start cannot be asked. */
static void
test_outside(void **state UNUSED)
{
	JUDGE({
	    { "", "E up", "live" },
	    { "hold", "E up", "degraded (hold) by 0, outside" },
	    { "frozen", "E up", "degraded (frozen) by 0, outside" },
	    { "slow", "E up", "degraded (slow) by 0" },
	    { "silent", "O starting idle", "retry (no program) by 0" },
	    { "silent", "O up", "degraded (producer) by 0" },
	    { "slated", "O up", "degraded (slate) by 0, outside" },
	    { "gave_up", "E off stopped", "retry (no pictures) by 0" },
	});
}

/* The broadcast was ended because no frames came: nothing else counts. */
static void
test_gave_up(void **state UNUSED)
{
	JUDGE({
	    { "gave_up", "P up, E off stopped", "retry (no pictures) by 0" },
	    { "gave_up intake disk stranded", "P up, E off stopped",
		"retry (no pictures) by 0" },
	    { "gave_up", "P waiting after:exit, E off stopped",
		"retry (no pictures) by 0: exit" },
	    { "gave_up silent", "S waiting ts after:timeout, O off stopped",
		"retry (no pictures) by 0: timeout" },
	});
}

/* Several outputs: a stream is on air when one of its outputs is. */
static void
test_outputs(void **state UNUSED)
{
	JUDGE({
	    { "", "S up ts, O up, O up", "live" },
	    { "begins", "S up ts, O up, O starting", "starting" },
	    { "begins", "S up ts, O up, O starting after:busy",
		"degraded (output) by 2: busy" },
	    { "", "S up ts, O up, O starting", "degraded (output) by 2" },
	    { "", "S up ts, O starting, O up, O waiting after:auth",
		"degraded (output) by 3: auth" },
	    { "disk", "S up ts, O up, O waiting after:disk",
		"degraded (silent disk) by 0" },
	    { "", "S up ts, O up, O waiting kept",
		"degraded (silent disk) by 2, waits" },
	    { "stranded", "S up ts, O up, O up lost",
		"degraded (file name) by 2" },
	    { "", "S up ts, O up, O off stopped", "live" },
	    { "", "S up ts, O off stopped", "off (no output) by 0" },
	    { "silent", "O off stopped", "off (no output) by 0" },
	    { "", "S starting ts, O off stopped", "starting" },
	    { "", "S up ts, O waiting after:auth", "retry (auth) by 1: auth" },
	    { "", "S up ts, O held after:codec", "failed (codec) by 1: codec" },
	    { "silent", "S waiting ts after:refused, O starting idle",
		"retry (refused) by 0: refused" },
	});
}

/* Outputs are up, but nothing comes, or the wrong media. */
static void
test_supply(void **state UNUSED)
{
	JUDGE({
	    { "silent", "S up ts, O up", "degraded (source) by 0" },
	    { "", "S waiting ts after:closed, O up",
		"degraded (source) by 0: closed" },
	    { "slated silent", "S waiting ts after:closed, O up, O starting",
		"degraded (slate) by 0: closed" },
	    { "", "P waiting ts after:exit, O up",
		"degraded (producer) by 0: exit" },
	    { "silent", "P up, E starting ts, O up",
		"degraded (encoder) by 1" },
	    { "frozen", "P up, E up ts, O up", "degraded (frozen) by 0" },
	    { "frozen", "P up, E up ts, O up, O waiting after:tls",
		"degraded (output) by 3: tls" },
	});
}

/* Several sources. */
static void
test_sources(void **state UNUSED)
{
	JUDGE({
	    { "first", "S up ts, S off ts stopped undue, O up", "live" },
	    { "second", "S up ts, S up ts, O up", "degraded (source2) by 0" },
	    { "second", "S up ts, S waiting ts after:tls, O up",
		"degraded (source2) by 1: tls" },
	    { "second", "S up ts, S up ts, O up, O starting",
		"degraded (output) by 3" },
	    { "second", "S up ts, S waiting ts kept, O up",
		"degraded (source2) by 1, waits" },
	    { "first", "S waiting ts kept, S starting ts, O up",
		"degraded (silent disk) by 0, waits" },
	    { "second stranded", "S up ts, S up ts, O up lost",
		"degraded (source2) by 0" },
	});
}

/* One output, by its worker, which is the last one. */
static void
test_of_output(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "", "D up", "live" },
		{ "hold", "E up", "live" },
		{ "", "E waiting after:tls", "retry" },
		{ "unwanted off", "E off", "off" },
		{ "", "S starting ts, O up", "live" },
		{ "", "S up ts, O up dry", "degraded" },
		{ "unwanted", "S up ts, O up dry", "stopping" },
		{ "unwanted", "S up ts, O off stopped", "off" },
		{ "", "S up ts, O held after:tls", "failed" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct verdict_view v = see(&rows[i]);

		assert_string_equal(
		    stream_state_names[verdict_of_output(&v, v.n - 1)],
		    rows[i].verdict);
	}
}

/* W6: faults in the media of processes that run are no LIVE; they explain what
 * our own watchdogs and the fallback only notice, and nothing else. */
static void
test_w6_media(void **state UNUSED)
{
	JUDGE({
	    { "odd", "P up, E up", "degraded (wrong format) by 0" },
	    { "odd slate", "P up, E up", "degraded (wrong format) by 0" },
	    { "odd hold", "E up", "degraded (wrong format) by 0, outside" },
	    { "odd", "P starting after:start, E up",
		"degraded (wrong format) by 0" },
	    { "odd", "P up, E waiting after:refused",
		"retry (refused) by 1: refused" },
	    { "blocked slate", "E up", "degraded (no way in) by 0, outside" },
	    { "blocked silent", "O waiting",
		"retry (no way in) by 0, outside" },
	    { "noise", "P up, O up", "degraded (garbage) by 0" },
	    { "noise silent", "P up, O starting", "retry (garbage) by 0" },
	    { "noise silent", "P starting after:start, O starting idle",
		"retry (garbage) by 0" },
	    { "behind", "D up", "degraded (below real time) by 0" },
	    { "behind", "D waiting after:closed",
		"retry (closed) by 0: closed" },
	    { "unwanted odd", "E up", "stopping" },
	});
}

/* R07: a connection that was accepted a moment ago is not yet a broadcast. */
static void
test_w6_r07_fresh(void **state UNUSED)
{
	JUDGE({
	    { "begins", "D up fresh", "starting" },
	    { "", "D up fresh after:closed", "starting (closed) by 0: closed" },
	    { "", "D up after:closed", "live" },
	    { "begins", "E up, O up fresh, O up", "starting" },
	    { "", "E up, O up fresh after:closed, O up",
		"degraded (output) by 1: closed" },
	    { "", "S up ts, O up fresh after:closed",
		"starting (closed) by 1: closed" },
	});
}

/* A reason has a word, which leads back to it, a cause and an advice. */
static void
test_words(void **state UNUSED)
{
	for (int i = REASON_FAILURE; i < REASON_OTHER; i++) {
		struct verdict v = { .state = STREAM_DEGRADED,
			.reason = i,
			.class = FAIL_AUTH,
			.failure = i == REASON_FAILURE ? FAIL_AUTH : FAIL_NONE,
			.aired = 1 };
		struct ffadvice_ask about = { .class = FAIL_NONE };
		struct verdict_words words = verdict_explain(&v, &about);

		assert_non_null(verdict_name(&v));
		assert_int_equal(verdict_by_name(verdict_name(&v)), i);
		assert_non_null(words.cause);
		assert_non_null(words.advice);
		verdict_words_clear(&words);
	}
	assert_int_equal(verdict_by_name(NULL), REASON_NONE);
	assert_int_equal(verdict_by_name("of tomorrow"), REASON_OTHER);
	for (int i = 0; i < N_STREAM_STATES; i++)
		assert_int_equal(
		    verdict_state_by_name(stream_state_names[i]), i);
	assert_int_equal(verdict_state_by_name("away"), N_STREAM_STATES);
	assert_int_equal(verdict_state_by_name(NULL), N_STREAM_STATES);
}

/* The words that explain a verdict; `about` NULL: nothing is known of the
 * ending. */
static void
check_explain(const struct verdict *v, const struct ffadvice_ask *about,
    const char *class, const char *cause, const char *advice)
{
	static const struct ffadvice_ask nothing = { .class = FAIL_NONE };
	struct verdict_words words =
	    verdict_explain(v, about != NULL ? about : &nothing);

	if (class == NULL)
		assert_null(words.class);
	else
		assert_string_equal(words.class, class);
	if (cause == NULL)
		assert_null(words.cause);
	else
		assert_non_null(strstr(words.cause, cause));
	if (advice == NULL)
		assert_null(words.advice);
	else
		assert_non_null(strstr(words.advice, advice));
	verdict_words_clear(&words);
}

/* A failure is explained rather than the state on air because of it; a source
 * outside gets other advice; a healthy stream needs no explanation. */
static void
test_explain(void **state UNUSED)
{
	struct verdict v = { .state = STREAM_LIVE };
	struct verdict inside = { .reason = REASON_SLATE }, outside = inside;
	struct verdict ended = inside;

	check_explain(&v, NULL, NULL, NULL, NULL);
	check_explain(&inside, NULL, "slate", "No frame", "the source is");
	outside.outside = true;
	check_explain(&outside, NULL, "slate", "No frame", "the producer is");

	ended.failure = FAIL_ENDED;
	check_explain(&ended, NULL, "ended", "The input ended", "opened");
	ended.program = true;
	check_explain(&ended, NULL, "ended", "Your program ended", "again");

	v.reason = REASON_OUTPUT;
	check_explain(&v, NULL, NULL, "This output", "Wait for it");
}

/* W4: the words are of the ending that explains the state, and of no other
 * one. */
static void
test_w4_explain_ending(void **state UNUSED)
{
	const struct verdict refused = { .state = STREAM_RETRY,
		.reason = REASON_FAILURE,
		.class = FAIL_REFUSED,
		.failure = FAIL_REFUSED };
	const struct verdict stalled = { .state = STREAM_RETRY,
		.reason = REASON_FAILURE,
		.class = FAIL_STALL,
		.failure = FAIL_STALL };
	const struct ffadvice_ask about = { .class = FAIL_REFUSED,
		.side = SIDE_SOURCE,
		.scheme = "rtsp",
		.subject = "cam:554",
		.key = "source.url",
		.name = "front" };

	check_explain(&refused, &about, "refused",
	    "The camera at cam:554 refuses connections", "source.url");
	check_explain(
	    &stalled, &about, "stall", "No new frame came", "Check the source");
}

/* The first line of `ffsup why`. */
static void
test_head(void **state UNUSED)
{
	static const struct {
		const char *facts, *workers;
		unsigned failures;
		int64_t in_ms;
		const char *head;
	} rows[] = {
		{ "", "D up", 0, -1, "s is live" },
		{ "", "D up", 3, -1, "s is live" },
		{ "unwanted off", "D off", 0, -1,
		    "s is off (`ffsup start s` starts it)" },
		{ "unwanted", "D up", 2, -1, "s is stopping" },
		{ "", "D starting", 0, -1, "s is starting" },
		{ "", "D starting after:auth", 2, -1,
		    "s is starting (attempt 3)" },
		{ "out", "D starting after:auth", 2, -1,
		    "s is not on air (attempt 3 is under way)" },
		{ "hold", "P up, E up", 0, -1, "s is on air, but degraded" },
		{ "", "D waiting after:auth", 3, 259200,
		    "s is waiting to retry (attempt 3, next in 4m19s; `ffsup "
		    "retry s` tries now)" },
		{ "", "D waiting kept", 0, 1000, "s is not on air" },
		{ "silent", "O starting idle", 0, -1, "s is not on air" },
		{ "gave_up", "P up, E off stopped", 0, -1,
		    "s is not on air (`ffsup retry s` tries now)" },
		{ "gave_up", "P waiting after:exit, E off stopped", 1, 500,
		    "s is waiting to retry (attempt 1, next in 500 ms; `ffsup "
		    "retry s` tries now)" },
		{ "", "D held after:option", 6, 872400,
		    "s has failed: w was given up, next try in 14m32s (`ffsup "
		    "retry s` tries now)" },
		{ "", "S up ts, O up, O held after:codec", 6, 60000,
		    "s is on air, but degraded: w was given up, next try in "
		    "1m00s (`ffsup retry s` tries now)" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		struct row row = { rows[i].facts, rows[i].workers, NULL };
		struct verdict_view seen = see(&row);
		struct verdict v = verdict_of(&seen);
		struct verdict_retry r = { .stream = "s",
			.worker = "w",
			.failures = rows[i].failures,
			.held = seen.workers[v.blamed].state == ST_HELD,
			.in_ms = rows[i].in_ms };
		char *head = verdict_head(&v, &r);

		assert_string_equal(head, rows[i].head);
		free(head);
	}
}

/* A change is reported where people see one. */
static void
test_same(void **state UNUSED)
{
	struct verdict a = { .state = STREAM_RETRY,
		.reason = REASON_FAILURE,
		.class = FAIL_AUTH };
	struct verdict b = a;

	b.blamed = 1;
	b.failure = FAIL_TLS;
	assert_true(verdict_same(&a, &b));
	b.class = FAIL_TLS;
	assert_false(verdict_same(&a, &b));
	b = a;
	b.state = STREAM_FAILED;
	assert_false(verdict_same(&a, &b));
	a = b = (struct verdict){ .reason = REASON_SPARE, .aired = 1 };
	b.aired = 2;
	assert_false(verdict_same(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unwanted),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_n2_outage),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_gave_up),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_supply),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_of_output),
		cmocka_unit_test(test_w6_media),
		cmocka_unit_test(test_w6_r07_fresh),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_w4_explain_ending),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
