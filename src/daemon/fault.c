/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/url.h"
#include "base/util.h"
#include "daemon/fault.h"
#include "daemon/select.h"
#include "daemon/status.h"
#include "ffmpeg/ffkey.h"
#include "process/painter.h"
#include "stream/stream.h"

/* --- what a worker's failure is about ------------------------------------- */

static const struct profile_output *
fault_output(const struct stream *s, const struct worker *w)
{
	return profile_output(
	    s->profile, w->plan.output < 0 ? 0 : (size_t)w->plan.output);
}

/* The address on a side of a worker, or NULL. */
static const char *
fault_url(const struct stream *s, const struct worker *w, enum fail_side side)
{
	const struct profile_source *src =
	    profile_source_at(s->profile, (size_t)w->plan.source);
	const struct profile_output *out = fault_output(s, w);

	if (s->profile->args.n > 0)
		return NULL;
	if (side == SIDE_SOURCE)
		return src == NULL ? NULL : src->url;
	return side == SIDE_OUTPUT && out != NULL ? out->url : NULL;
}

/* "host:port" of a URL, or NULL. Caller frees. */
static char *
fault_host(const char *url)
{
	struct url_place at;

	if (!url_find_place(url, &at) || at.host == at.end)
		return NULL;
	return xstrndup(at.host, (size_t)(at.end - at.host));
}

/* The kind of what is on a side: the scheme of its URL, or a word. Caller
 * frees. */
static char *
fault_scheme(
    const struct stream *s, const struct worker *w, enum fail_side side)
{
	const struct profile_source *src =
	    profile_source_at(s->profile, (size_t)w->plan.source);
	const struct profile_output *out = fault_output(s, w);
	const char *url = fault_url(s, w, side);
	size_t len = url_scheme_len(url);

	if (len > 0)
		return xstrndup(url, len);
	if (side == SIDE_SOURCE && src != NULL && src->device != NULL)
		return xstrdup(
		    util_streq(src->format, "alsa") ? "alsa" : "v4l2");
	if (side == SIDE_OUTPUT && out != NULL && out->record != NULL)
		return xstrdup("record");
	if (side == SIDE_OUTPUT && url != NULL && util_has_suffix(url, ".m3u8"))
		return xstrdup("hls");
	return side == SIDE_SOURCE || side == SIDE_OUTPUT ? xstrdup("file")
							  : NULL;
}

/* The failures that are about the other end of a connection. */
static bool fault_is_far(enum fail_class class)
{
	switch (class) {
	case FAIL_REFUSED:
	case FAIL_UNREACH:
	case FAIL_TIMEOUT:
	case FAIL_AUTH:
	case FAIL_NOTFOUND:
	case FAIL_BUSY:
	case FAIL_REJECTED:
	case FAIL_CLOSED:
	case FAIL_SERVER:
	case FAIL_TLS:
	case FAIL_STALL:
	case FAIL_START:
		return true;
	default:
		return false;
	}
}

/* The side of an ending: what it says, else what the worker has to do. A direct
 * one has both. */
static enum fail_side
fault_side(const struct worker *w, const struct ending *e)
{
	return e->side != SIDE_NONE ? e->side : ffkey_side(&w->plan);
}

/* Fill in what is known of a failure, and where in the profile to look. The
 * newest ending may be of another class: of the run before. */
static void
fault_take(struct fault *f, const struct stream *s, const struct worker *w,
    enum fail_class class)
{
	static const struct ending unknown = { .class = FAIL_NONE };
	const struct ending *last = worker_last(w);
	const struct ending *e =
	    last != NULL && last->class == class ? last : &unknown;
	struct ffkey_ask ask = { .profile = s->profile,
		.worker = &w->plan,
		.class = class,
		.detail = e->detail,
		.side = e->side,
		.subject = e->subject };

	f->detail = e->detail;
	f->side = fault_side(w, e);
	if (e->subject != NULL)
		f->subject = xstrdup(e->subject);
	else if (fault_is_far(class))
		f->subject = fault_host(fault_url(s, w, f->side));
	f->key = ffkey_of(&ask);
	f->place = profile_place(s->profile, f->key);
}

/* The question for sentence and advice, which borrows. */
static struct ffadvice_ask
fault_ask(struct fault *f, const struct stream *s, const struct worker *w)
{
	const struct ending *e = worker_last(w);

	f->scheme = fault_scheme(s, w, f->side);
	return (struct ffadvice_ask){
		.class = e == NULL ? FAIL_NONE : e->class,
		.detail = f->detail,
		.side = f->side,
		.scheme = f->scheme,
		.subject = f->subject,
		.key = f->key,
		.place = f->place,
		.name = s->profile->name,
		.program = !w->plan.ffmpeg,
		.held_ms = w->state == ST_HELD ? s->profile->restart.held : 0,
	};
}

/* --- the cause of the state ------------------------------------------------ */

/* The key to look at for a reason that is no failure of a process. */
static char *
fault_reason_key(
    const struct stream *s, const struct verdict *v, const struct worker *w)
{
	switch (v->reason) {
	case REASON_FROZEN:
		return xstrdup("watchdog.frozen");
	case REASON_SLOW:
		return xstrdup("video.preset");
	case REASON_NO_PICTURES:
		return xstrdup("fallback.give_up_after");
	case REASON_SPARE:
		return ffkey_source(s->profile, 0);
	case REASON_SIZE:
		return xstrdup("source.frames.size");
	case REASON_FILE_NAME:
	case REASON_OUTPUT:
	case REASON_PLAYLIST:
		return ffkey_output(s->profile, w->plan.output);
	case REASON_NO_OUTPUT:
	case REASON_NONE:
	case REASON_OTHER:
		return NULL;
	case REASON_SILENT_DISK:
		if (w->plan.role == ROLE_OUTPUT)
			return ffkey_output(s->profile, w->plan.output);
		break;
	default:
		break;
	}
	return ffkey_source(s->profile, w->plan.source);
}

/* A better advice, where one is known. */
static void
fault_cure(struct fault *f, const char *cure)
{
	if (cure == NULL)
		return;
	free(f->words.advice);
	f->words.advice = xstrdup(cure);
}

/* The fault behind a stream's state. False: there is none. */
static bool
fault_of_verdict(struct fault *f, const struct stream *s)
{
	struct verdict v = stream_verdict(s);
	const struct worker *w = s->workers[v.blamed];
	struct ffadvice_ask ask;

	*f = (struct fault){ .w = v.outside ? NULL : w };
	if (v.failure != FAIL_NONE)
		fault_take(f, s, w, v.failure);
	ask = fault_ask(f, s, w);
	if (v.state != STREAM_RETRY)
		ask.held_ms = 0; /* the head says it */
	f->words = verdict_explain(&v, &ask);
	if (f->words.cause == NULL)
		return false;
	f->trouble = stream_trouble(s, NULL);
	f->found = stream_proof(s, &v);
	fault_cure(f, stream_cure(s, &v));
	if (v.failure == FAIL_NONE) {
		f->key = fault_reason_key(s, &v, w);
		f->place = profile_place(s->profile, f->key);
	}
	return true;
}

/* --- the others ------------------------------------------------------------ */

/* Whether a worker should run and does not, after a failure. */
static bool
fault_is_down(const struct stream *s, const struct worker *w)
{
	const struct ending *e = worker_last(w);

	if (!s->wanted || !w->wanted || e == NULL || e->class == FAIL_NONE ||
	    !sourceset_is_due(&s->sources, w))
		return false;
	return w->state == ST_HELD || w->state == ST_WAITING ||
	    (w->state == ST_STARTING && w->backoff.failures > 0);
}

static void
faults_add_worker(
    struct faults *all, const struct stream *s, const struct worker *w)
{
	struct fault *f = &all->v[all->n++];
	const struct ending *e = worker_last(w);
	struct ffadvice_ask ask;

	*f = (struct fault){ .w = w };
	fault_take(f, s, w, e->class);
	ask = fault_ask(f, s, w);
	f->words = (struct verdict_words){ ffclass_names[e->class],
		ffadvice_cause(&ask), ffadvice_do(&ask) };
	f->trouble = stream_trouble(s, w);
}

/* A fault without an ending. */
static void
faults_add_words(struct faults *all, const struct stream *s,
    const struct worker *w, const char *cause, const char *cure)
{
	struct fault *f = &all->v[all->n++];

	*f = (struct fault){ .w = w };
	f->words.cause = xstrdup(cause);
	f->words.advice = xstrdup(cure);
	f->key = w != NULL && w->plan.role == ROLE_OUTPUT
	    ? ffkey_output(s->profile, w->plan.output)
	    : ffkey_source(s->profile, w == NULL ? 0 : w->plan.source);
	f->place = profile_place(s->profile, f->key);
}

static bool
faults_has(const struct faults *all, const struct worker *w)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].w == w)
			return true;
	return false;
}

/* Workers that are down: those that were given up first. */
static void
faults_add_down(struct faults *all, const struct stream *s)
{
	for (int held = 1; held >= 0; held--)
		for (size_t i = 0; i < s->plan.n_workers; i++) {
			const struct worker *w = s->workers[i];

			if ((w->state == ST_HELD) == (held == 1) &&
			    fault_is_down(s, w) && !faults_has(all, w))
				faults_add_worker(all, s, w);
		}
}

/* What is wrong with the media, or with disks, while processes run. */
static void
faults_add_warnings(struct faults *all, const struct stream *s)
{
	if (s->wanted && s->packets != NULL && s->packets->warning != NULL &&
	    (all->n == 0 || !util_streq(all->v[0].found, s->packets->warning)))
		faults_add_words(all, s, stream_sender(s), s->packets->warning,
		    "Check what the source sends; `ffsup logs` shows the log "
		    "of its process.");
	for (size_t i = 0; s->wanted && i < s->plan.n_workers; i++) {
		const struct worker *w = s->workers[i];
		char *trouble =
		    faults_has(all, w) ? NULL : stream_trouble(s, w);

		if (trouble != NULL)
			faults_add_words(all, s, w, trouble,
			    "Check the disk and the directory; the stream "
			    "continues by itself when they are in order.");
		free(trouble);
	}
}

/* The painter belongs to the daemon, and all streams that draw wait for it. */
static void
faults_add_painter(struct faults *all, const struct stream *s)
{
	const char *advice, *why = status_painter_problem(s, &advice);
	struct fault *f = &all->v[all->n];

	if (!s->wanted || why == NULL)
		return;
	*f = (struct fault){ .w = painter_worker(s->host->painter),
		.key = xstrdup("overlay"),
		.place = profile_place(s->profile, "overlay") };
	f->words.cause = xstrdup(why);
	f->words.advice = xstrdup(advice);
	all->n++;
}

/* --- public ---------------------------------------------------------------- */

static void
fault_clear(struct fault *f)
{
	verdict_words_clear(&f->words);
	free(f->subject);
	free(f->scheme);
	free(f->key);
	free(f->place);
	free(f->trouble);
	free(f->found);
}

/* Keep those of some workers. */
static void
faults_filter(struct faults *f, const struct stream *s, const struct strv *of)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].w != NULL && select_means_worker(of, s, f->v[i].w))
			f->v[n++] = f->v[i];
		else
			fault_clear(&f->v[i]);
	f->n = n;
}

void
faults_find(struct faults *f, const struct stream *s, const struct strv *of)
{
	f->n = 0;
	if (fault_of_verdict(&f->v[0], s))
		f->n++;
	else
		fault_clear(&f->v[0]);
	faults_add_down(f, s);
	faults_add_warnings(f, s);
	faults_add_painter(f, s);
	if (of != NULL)
		faults_filter(f, s, of);
}

void
faults_clear(struct faults *f)
{
	while (f->n > 0)
		fault_clear(&f->v[--f->n]);
}

/* The lines that prove it. An ending proves nothing about a worker that is
 * up. */
static void
fault_write_proof(struct jsonw *j, const struct fault *f)
{
	const struct ending *e =
	    f == NULL || f->w == NULL || f->w->state == ST_UP
	    ? NULL
	    : worker_last(f->w);

	jsonw_array(j, "proof");
	if (f != NULL && f->trouble != NULL)
		jsonw_str(j, NULL, f->trouble);
	if (f != NULL && f->found != NULL)
		jsonw_str(j, NULL, f->found);
	if (e != NULL && e->class != FAIL_NONE) {
		jsonw_str(j, NULL, e->text);
		if (e->also != NULL)
			jsonw_str(j, NULL, e->also);
	}
	jsonw_array_end(j);
}

void
fault_write_words(struct jsonw *j, const struct fault *f)
{
	const struct ffadvice_ask ask = {
		.class = ffclass_by_name(f->words.class),
		.detail = f->detail,
		.side = f->side,
		.scheme = f->scheme,
		.subject = f->subject,
	};
	char *cause = ffadvice_cause(&ask), *advice = ffadvice_do(&ask);

	jsonw_str(j, "cause", cause);
	jsonw_str(j, "do", advice);
	free(cause);
	free(advice);
}

static void
fault_write_retry(struct jsonw *j, const struct worker *w)
{
	jsonw_int(j, "attempt", w == NULL ? 0 : w->backoff.failures);
	jsonw_bool(j, "held", w != NULL && w->state == ST_HELD);
	if (w != NULL) {
		status_retry(j, w);
		return;
	}
	jsonw_null(j, "retry_at");
	jsonw_null(j, "retry_in_s");
}

void
fault_write(struct jsonw *j, const struct fault *f)
{
	static const struct fault none = { .w = NULL };
	const struct worker *w = f == NULL ? NULL : f->w;

	if (f == NULL)
		f = &none;
	jsonw_str(j, "worker", w == NULL ? NULL : w->plan.name);
	jsonw_word(j, "role", w == NULL ? NULL : role_names[w->plan.role]);
	jsonw_word(j, "class", f->words.class);
	jsonw_word(j, "detail", ffdetail_names[f->detail]);
	jsonw_word(j, "side", ffside_names[f->side]);
	jsonw_str(j, "subject", f->subject);
	jsonw_str(j, "key", f->key);
	jsonw_str(j, "place", f->place);
	jsonw_str(j, "cause", f->words.cause);
	jsonw_str(j, "do", f->words.advice);
	fault_write_proof(j, f);
	fault_write_retry(j, w);
	status_ending(j, "last", w == NULL ? NULL : worker_last(w));
}

/* The output that a worker sends to, or NULL: none by itself. */
static const char *
fault_output_name(const struct stream *s, const struct worker *w,
    char name[PROFILE_NAME_MAX + 1])
{
	if (w == NULL || w->plan.output < 0 || s->profile->args.n > 0 ||
	    (w->plan.role != ROLE_OUTPUT && s->profile->outputs.n > 1))
		return NULL;
	profile_output_name(s->profile, (size_t)w->plan.output, name);
	return name;
}

void
faults_write(struct jsonw *j, const struct faults *f, const struct stream *s)
{
	char name[PROFILE_NAME_MAX + 1];

	jsonw_array(j, "faults");
	for (size_t i = 0; i < f->n; i++) {
		const struct worker *w = f->v[i].w;

		jsonw_object(j, NULL);
		jsonw_str(j, "output", fault_output_name(s, w, name));
		jsonw_word(j, "state",
		    w == NULL ? NULL : worker_state_names[w->state]);
		fault_write(j, &f->v[i]);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
