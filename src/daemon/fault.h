/* SPDX-License-Identifier: ISC */
#ifndef FAULT_H
#define FAULT_H

/*
 * All that is wrong with a stream, the worst first: the cause of its state, then
 * each other worker that should run and does not, then what it warns of while it
 * runs. For `ffsup why`.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ffmpeg/ffdetail.h"
#include "stream/verdict.h"

struct jsonw;
struct stream;
struct strv;
struct worker;

struct fault {
	const struct worker *w; /* borrowed; NULL: none of ours */
	struct verdict_words words;
	enum fail_detail detail;
	enum fail_side side;
	char *subject; /* owned: host:port, path, ...; NULL: unknown */
	char *scheme;  /* owned: of that side: see ffadvice_ask; or NULL */
	char *key;     /* owned: of the profile; NULL: none */
	char *place;   /* owned: of the key, "cam.json:4:12"; or NULL */
	char *trouble; /* owned: a proof beside the last run's; or NULL */
	char *found;   /* owned: a fault in the media, with numbers; or NULL */
};

#define FAULTS_MAX (2 * PLAN_WORKERS_MAX + 4)

struct faults {
	struct fault v[FAULTS_MAX];
	size_t n;
};

/* Those of a stream; with `of`, words such as "cam/rtmp", only those of the
 * workers that they mean. */
void
faults_find(struct faults *f, const struct stream *s, const struct strv *of);
void faults_clear(struct faults *f);

/* Write the members of a fault, without the braces; NULL: of none. */
void fault_write(struct jsonw *j, const struct fault *f);

/* Write "cause" and "do" of a failure as several streams have it: without a key,
 * which is another one in each. */
void fault_write_words(struct jsonw *j, const struct fault *f);

/* Write all as the list "faults". */
void
faults_write(struct jsonw *j, const struct faults *f, const struct stream *s);

#endif
