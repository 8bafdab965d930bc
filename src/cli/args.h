/* SPDX-License-Identifier: ISC */
#ifndef ARGS_H
#define ARGS_H

/*
 * The options of the command line: one table, from which they are parsed and
 * their help is printed. cli.c says which of them a verb has.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

struct buf;

enum args_opt {
	OPT_ALL,
	OPT_BOTTOM,
	OPT_CLEAN,
	OPT_COLOR,
	OPT_CONFIG,
	OPT_DEBUG,
	OPT_DRY_RUN,
	OPT_FILE,
	OPT_FOLLOW,
	OPT_FOR,
	OPT_HELP,
	OPT_ID,
	OPT_JSON,
	OPT_LINES,
	OPT_NO_WAIT,
	OPT_OUTPUT,
	OPT_QUIET,
	OPT_RAW,
	OPT_PROBE,
	OPT_REVEAL,
	OPT_SIZE,
	OPT_SOCKET,
	OPT_TIMEOUT,
	OPT_TOP,
	OPT_TTY,
	OPT_USER,
	OPT_VERSION,
	OPT_WAIT,
	OPT_WATCH,
	N_ARGS_OPTS
};

#define ARGS_BIT(opt) (1u << (opt))

/* A command line, taken apart. */
struct cli_args {
	const char *verb;	/* in full; the daemon's command */
	struct strv names;	/* owned: words that are not options */
	char *socket;		/* owned: the path in effect */
	const char *config;	/* -c, or NULL */
	const char *socket_opt; /* -s, or NULL */
	bool all, debug, dry_run, follow, help, json, no_wait, quiet;
	bool probe, reveal, version, wait, watch;
	int64_t lines; /* 0: as many as the daemon likes; -1: none */
	struct {       /* of snap */
		const char *output; /* -o, or NULL */
		bool clean, raw, tty;
	} snap;
	struct {				      /* of say and text */
		const char *color, *file, *id, *user; /* or NULL */
		bool bottom, top;
		int64_t size; /* pixels; 0: the overlay's */
	} say;
	int64_t for_ms;	    /* 0: for ever */
	int64_t timeout_ms; /* 0: the usual */
};

void args_clear(struct cli_args *a);

/* The words to read, and the findings. */
struct args_words {
	char **v;	  /* the rest of argv; NULL-terminated */
	unsigned seen;	  /* options, as ARGS_BIT()s */
	const char *verb; /* the first word that is not an option, or NULL */
	/* The options, as ARGS_BIT()s, to suggest for one that a verb has not;
	 * NULL: all. */
	unsigned (*options_of)(const char *verb);
};

/* Take all words; options may come anywhere before "--". 0, or -1 after a
 * complaint; clear `a` either way. */
int args_read(struct cli_args *a, struct args_words *w);

/* The name of an option, without its dashes. */
const char *args_name(enum args_opt opt);

/* A line about each option of a set of ARGS_BIT()s. */
void args_help(struct buf *b, unsigned set);

#endif
