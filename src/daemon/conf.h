/* SPDX-License-Identifier: ISC */
#ifndef CONF_H
#define CONF_H

/*
 * From files to a complete, validated set of profiles, or to a list of
 * everything that is wrong. No side effects: the caller decides what to do with
 * it.
 */

#include <stddef.h>
#include <stdint.h>

#include "daemon/diskview.h"
#include "profile/profile.h"

struct errors;
struct expand_env;
struct jsonc;
struct secrets;

/* Where to look, from the command line. */
struct conf_input {
	const char *file; /* -c, or NULL: the default one, if there */
	const char *const
	    *paths; /* profiles and directories; none: as ffsup.json says */
	size_t n_paths;
	struct diskview *disk; /* the view of the disk; NULL: the disk itself */
};

/* ffsup.json: the daemon's own settings. */
struct conf_settings {
	char *ffmpeg;
	struct strv profiles; /* directories */
	char *socket;
	double spawn_rate; /* starts a second */
	int64_t spawn_burst;
	struct secrets *secrets; /* held: of ffsup.json; NULL: not read */
};

struct conf {
	char *file; /* owned: the ffsup.json that was read, or NULL */
	struct conf_settings settings;
	struct profile **profiles; /* owned, sorted by name */
	size_t n;
};

/* NULL on any error. Warnings may be in errs either way. */
struct conf *conf_load(const struct conf_input *in, struct errors *errs);

/* Fill the settings from a parsed ffsup.json; its secrets are made known.
 * `doc` is changed: variables are expanded. 0 / -1. */
int conf_read_settings(struct conf_settings *s, struct jsonc *doc,
    const struct expand_env *env, struct errors *errs);

/* Only ffsup.json. */
int conf_load_settings(const struct conf_input *in,
    struct conf_settings *settings, struct errors *errs);
void conf_settings_clear(struct conf_settings *s);

/* One profile by its path, with the defaults of ffsup.json. */
struct profile *conf_load_profile(
    const struct conf_input *in, const char *path, struct errors *errs);

void conf_free(struct conf *c);

/* Index of the profile of that name, or -1. */
long conf_find(const struct conf *c, const char *name);

#endif
