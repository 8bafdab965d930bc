/* SPDX-License-Identifier: ISC */
#ifndef FFPLACE_H
#define FFPLACE_H

/*
 * What a worker has at its two ends: the addresses that its ffmpeg speaks of.
 */

#include <stdbool.h>
#include <stdint.h>

struct profile;
struct plan_worker;
struct strv;

struct ffplace {
	char *address; /* owned: a URL, a path, a device; NULL: a link of ours,
			  or several files */
	bool login;    /* a user or a password is set for it */
	bool files;    /* of files, which come to their end */
	int64_t timeout_ms; /* after which ffmpeg gives up; 0: never */
};

struct ffplaces {
	struct ffplace source, output;
	bool fed; /* its source is a link of ours */
};

/* Those of a worker; `argv` is its command line. */
void ffplaces_find(struct ffplaces *f, const struct profile *p,
    const struct plan_worker *w, const struct strv *argv);

void ffplaces_clear(struct ffplaces *f);

/* Take over all of `from`, which is empty then. */
void ffplaces_take(struct ffplaces *f, struct ffplaces *from);

/* Whether an address is a path, or a device; NULL: no. */
bool ffplace_is_path(const char *address);

/* Its host, with the port if it names one: "cam:554". NULL: it has none. Caller
 * frees. */
char *ffplace_host(const char *address);

/* Whether a text names it: by its host and path, or just by its host, or by the
 * directory of its files. */
enum ffplace_match {
	FFPLACE_NO,
	FFPLACE_NEAR,
	FFPLACE_YES
};
enum ffplace_match ffplace_match(const char *address, const char *text);

#endif
