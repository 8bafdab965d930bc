/* SPDX-License-Identifier: ISC */
/*
 * The command line. A verb is a row of one table, an option of another;
 * parsing, checking and every help text come from the rows.
 */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/say.h"
#include "base/sock.h"
#include "base/strv.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/cli.h"
#include "cli/demo.h"
#include "cli/feed.h"
#include "cli/offline.h"
#include "cli/query.h"
#include "cli/snap.h"
#include "daemon/daemon.h"
#include "profile/schema.h"

/* --- options ------------------------------------------------------------- */

enum cli_opt {
	OPT_ALL,
	OPT_CONFIG,
	OPT_DEBUG,
	OPT_DRY_RUN,
	OPT_FOLLOW,
	OPT_FOR,
	OPT_HELP,
	OPT_JSON,
	OPT_LINES,
	OPT_NO_WAIT,
	OPT_OUTPUT,
	OPT_QUIET,
	OPT_RAW,
	OPT_PROBE,
	OPT_REVEAL,
	OPT_SOCKET,
	OPT_TIMEOUT,
	OPT_TTY,
	OPT_VERSION,
	OPT_WAIT,
	OPT_WATCH,
	N_CLI_OPTS
};

#define BIT(opt) (1u << (opt))

enum cli_type {
	CLI_FLAG,  /* bool */
	CLI_TEXT,  /* const char * */
	CLI_COUNT, /* int64_t, at least 1 */
	CLI_TIME   /* int64_t ms, at least 1 */
};

struct cli_option {
	const char *name;
	char letter; /* or 0 */
	enum cli_type type;
	size_t offset;	 /* in struct query */
	const char *arg; /* or NULL */
	const char *help;
};

#define IN(member) offsetof(struct query, member)

static const struct cli_option cli_options[] = {
	[OPT_ALL] = { "all", 0, CLI_FLAG, IN(all), NULL, "all streams" },
	[OPT_CONFIG] = { "config", 'c', CLI_TEXT, IN(config), "FILE",
	    "read FILE instead of ffsup.json" },
	[OPT_DEBUG] = { "debug", 'd', CLI_FLAG, IN(debug), NULL, "log more" },
	[OPT_DRY_RUN] = { "dry-run", 0, CLI_FLAG, IN(dry_run), NULL,
	    "say what would happen, do nothing" },
	[OPT_FOLLOW] = { "follow", 'f', CLI_FLAG, IN(follow), NULL,
	    "go on with what comes; Ctrl-C ends it" },
	[OPT_FOR] = { "for", 0, CLI_TIME, IN(for_ms), "TIME",
	    "end by itself after TIME (30s, 5m)" },
	[OPT_HELP] = { "help", 'h', CLI_FLAG, IN(help), NULL, "this text" },
	[OPT_JSON] = { "json", 0, CLI_FLAG, IN(json), NULL,
	    "JSON, for scripts" },
	[OPT_LINES] = { "lines", 'n', CLI_COUNT, IN(lines), "N",
	    "begin with the last N (50)" },
	[OPT_NO_WAIT] = { "no-wait", 0, CLI_FLAG, IN(no_wait), NULL,
	    "do not look on until it has happened" },
	[OPT_OUTPUT] = { "output", 'o', CLI_TEXT, IN(output), "FILE",
	    "put it into FILE, whole or not at all" },
	[OPT_QUIET] = { "quiet", 'q', CLI_FLAG, IN(quiet), NULL,
	    "print nothing, the exit code says it" },
	[OPT_RAW] = { "raw", 0, CLI_FLAG, IN(raw), NULL,
	    "the bare bytes, in the profile's format" },
	[OPT_PROBE] = { "probe", 0, CLI_FLAG, IN(probe), NULL,
	    "open the sources, and see whether they fit the outputs" },
	[OPT_REVEAL] = { "reveal", 0, CLI_FLAG, IN(reveal), NULL,
	    "with passwords and stream keys in clear" },
	[OPT_SOCKET] = { "socket", 's', CLI_TEXT, IN(socket_opt), "FILE",
	    "the daemon's control socket" },
	[OPT_TIMEOUT] = { "timeout", 0, CLI_TIME, IN(timeout_ms), "TIME",
	    "look on for TIME at most (10s)" },
	[OPT_TTY] = { "tty", 0, CLI_FLAG, IN(tty), NULL,
	    "draw it in the terminal" },
	[OPT_VERSION] = { "version", 'V', CLI_FLAG, IN(version), NULL,
	    "print the version" },
	[OPT_WAIT] = { "wait", 0, CLI_FLAG, IN(wait), NULL,
	    "read nothing before the first connection" },
	[OPT_WATCH] = { "watch", 'w', CLI_FLAG, IN(watch), NULL,
	    "again every second; Ctrl-C ends it" },
};
_Static_assert(NELEM(cli_options) == N_CLI_OPTS, "a row per option");

/* --- verbs --------------------------------------------------------------- */

struct cli_verb {
	const char *name;
	const char *alias[2];
	const char *args;    /* as the usage line shows them */
	const char *summary; /* one line */
	const char *help;    /* more lines, or NULL */
	unsigned options;    /* BIT()s */
	size_t min, max;     /* words after the verb */
	int (*run)(const struct query *);
};

static int cli_run(const struct query *);
static int cli_check(const struct query *);
static int cli_plan(const struct query *);
static int cli_feed(const struct query *);
static int cli_demo(const struct query *);
static int cli_schema(const struct query *);
static int cli_version(const struct query *);
static int cli_help(const struct query *);

#define MANY	((size_t)-1)
#define CONTROL (BIT(OPT_ALL) | BIT(OPT_NO_WAIT) | BIT(OPT_TIMEOUT))
#define ALWAYS	(BIT(OPT_SOCKET) | BIT(OPT_HELP) | BIT(OPT_VERSION))

static const char cli_control_help[] =
    "Looks on until it has happened, and says how it went. NAME may be a\n"
    "pattern such as 'cam-*'.";

static const struct cli_verb cli_verbs[] = {
	{
	    .name = "run",
	    .args = "[PROFILE.json | DIR]...",
	    .summary = "supervise, in the foreground",
	    .help = "Without a path: /etc/ffsup/ffsup.json and the profiles "
		    "in\n/etc/ffsup/profiles.d, or those in ~/.config/ffsup. "
		    "With paths: just\nthose profiles. SIGHUP reloads, "
		    "SIGTERM and Ctrl-C stop everything.\n"
		    "FFSUP_DEBUG=relay,failover logs more of those modules "
		    "only.",
	    .options = BIT(OPT_CONFIG) | BIT(OPT_DEBUG),
	    .max = MANY,
	    .run = cli_run,
	},
	{
	    .name = "check",
	    .args = "[PATH]...",
	    .summary = "validate profiles, report every error",
	    .help =
		"Nothing is started and no running stream is touched. "
		"Exit code 78 when\nthere is any error. Files that are "
		"copied are opened, to see whether the\noutputs carry their "
		"codec; URLs and devices with --probe only.",
	    .options = BIT(OPT_CONFIG) | BIT(OPT_PROBE) | BIT(OPT_QUIET),
	    .max = MANY,
	    .run = cli_check,
	},
	{
	    .name = "plan",
	    .args = "NAME|PATH",
	    .summary = "the workers and their command lines",
	    .help = "A PATH (with a '/' or ending in .json) needs no daemon. "
		    "The output is a\nshell script; secrets are masked unless "
		    "they are to be revealed.",
	    .options = BIT(OPT_CONFIG) | BIT(OPT_JSON) | BIT(OPT_REVEAL),
	    .min = 1,
	    .max = 1,
	    .run = cli_plan,
	},
	{
	    .name = "status",
	    .alias = { "ps", "ls" },
	    .args = "[NAME]...",
	    .summary = "a table of all, or a page about one",
	    .help = "Exit code 0: all is live. 1: something is degraded or "
		    "starting. 2: a\nstream is not on air. A stream stopped "
		    "on purpose is no failure.",
	    .options = BIT(OPT_JSON) | BIT(OPT_WATCH) | BIT(OPT_QUIET),
	    .max = MANY,
	    .run = query_status,
	},
	{
	    .name = "why",
	    .args = "NAME",
	    .summary = "why it is not live, and what to do",
	    .options = BIT(OPT_JSON),
	    .min = 1,
	    .max = 1,
	    .run = query_why,
	},
	{
	    .name = "start",
	    .args = "NAME...|--all",
	    .summary = "start streams",
	    .help = cli_control_help,
	    .options = CONTROL,
	    .max = MANY,
	    .run = query_control,
	},
	{
	    .name = "stop",
	    .args = "NAME...|--all",
	    .summary = "stop streams until they are started again",
	    .help = cli_control_help,
	    .options = CONTROL,
	    .max = MANY,
	    .run = query_control,
	},
	{
	    .name = "restart",
	    .args = "NAME...|--all",
	    .summary = "stop streams and start them again",
	    .help = cli_control_help,
	    .options = CONTROL,
	    .max = MANY,
	    .run = query_control,
	},
	{
	    .name = "retry",
	    .args = "NAME...|--all",
	    .summary = "try now what is waiting or has failed",
	    .help = cli_control_help,
	    .options = CONTROL,
	    .max = MANY,
	    .run = query_control,
	},
	{
	    .name = "reload",
	    .args = "",
	    .summary = "take up changed profiles, and only those",
	    .help = "The same as SIGHUP. When any profile has an error, "
		    "nothing is changed.",
	    .options = BIT(OPT_DRY_RUN),
	    .run = query_reload,
	},
	{
	    .name = "logs",
	    .args = "NAME",
	    .summary = "what the processes of a stream said",
	    .options = BIT(OPT_FOLLOW) | BIT(OPT_LINES) | BIT(OPT_JSON),
	    .min = 1,
	    .max = 1,
	    .run = query_logs,
	},
	{
	    .name = "events",
	    .args = "",
	    .summary = "what happened",
	    .options = BIT(OPT_FOLLOW) | BIT(OPT_LINES) | BIT(OPT_JSON),
	    .run = query_events,
	},
	{
	    .name = "feed",
	    .args = "NAME",
	    .summary = "pictures from stdin to a stream",
	    .help = "For the program that has the pictures: "
		    "Popen([\"ffsup\", \"feed\", NAME],\nstdin=PIPE). Raw "
		    "pictures as \"frames\" of the profile says, or H.264 "
		    "for\n\"h264\"; either needs \"socket\": true. It never "
		    "breaks the pipe: while the\ndaemon is away, it drops "
		    "whole pictures and connects again. It ends with the\n"
		    "program. Exit code 0: it was connected. 1: another "
		    "program took its place.\nElse why it never was.",
	    .options = BIT(OPT_WAIT),
	    .min = 1,
	    .max = 1,
	    .run = cli_feed,
	},
	{
	    .name = "snap",
	    .args = "NAME",
	    .summary = "the picture that is sent right now",
	    .help = "Into FILE.jpg or FILE.png. Without -o: drawn where a "
		    "terminal is, else a\nJPEG to standard output. Only for "
		    "streams with pictures: \"frames\", or a\nsource that "
		    "is decoded for a \"fallback\".",
	    .options = BIT(OPT_OUTPUT) | BIT(OPT_RAW) | BIT(OPT_TTY),
	    .min = 1,
	    .max = 1,
	    .run = snap_run,
	},
	{
	    .name = "demo",
	    .args = "",
	    .summary = "a whole rig with nothing at hand",
	    .options = BIT(OPT_FOR),
	    .run = cli_demo,
	},
	{
	    .name = "schema",
	    .args = "",
	    .summary = "the JSON Schema of a profile, for editors",
	    .run = cli_schema,
	},
	{
	    .name = "version",
	    .args = "",
	    .summary = "the version, and the daemon's if it runs",
	    .run = cli_version,
	},
	{
	    .name = "help",
	    .args = "[COMMAND]",
	    .summary = "this text, or all about one command",
	    .max = 1,
	    .run = cli_help,
	},
};

/* Whether a verb takes NAMEs or --all, and needs one of them. */
static bool
cli_is_control(const struct cli_verb *v)
{
	return (v->options & BIT(OPT_ALL)) != 0;
}

/* --- help ---------------------------------------------------------------- */

/* "  -n, --lines N        begin with the last N" */
static void
cli_help_option(struct buf *b, const struct cli_option *o)
{
	char *text = xasprintf("--%s%s%s", o->name, o->arg != NULL ? " " : "",
	    o->arg != NULL ? o->arg : "");

	if (o->letter != 0)
		buf_putf(b, "  -%c, ", o->letter);
	else
		buf_puts(b, "      ");
	buf_putf(b, "%-16s  %s\n", text, o->help);
	free(text);
}

/* The options of a set. */
static void
cli_help_options(struct buf *b, unsigned set)
{
	for (size_t i = 0; i < N_CLI_OPTS; i++) {
		if ((set & BIT(i)) != 0)
			cli_help_option(b, &cli_options[i]);
	}
}

/* All about one verb. */
static void
cli_help_verb(struct buf *b, const struct cli_verb *v)
{
	buf_putf(b, "usage: ffsup %s%s%s%s\n\n%s\n", v->name,
	    v->options != 0 ? " [OPTION]..." : "", *v->args != '\0' ? " " : "",
	    v->args, v->summary);
	if (v->help != NULL)
		buf_putf(b, "\n%s\n", v->help);
	buf_puts(b, "\n");
	cli_help_options(b, v->options | BIT(OPT_SOCKET) | BIT(OPT_HELP));
	if (v->alias[0] != NULL)
		buf_putf(
		    b, "\nAlso called: %s, %s\n", v->alias[0], v->alias[1]);
}

/* All verbs in a line each. */
static void
cli_help_all(struct buf *b)
{
	const struct cli_verb *v;

	buf_puts(b,
	    "usage: ffsup COMMAND [OPTION]... [NAME]...\n\n"
	    "ffsup keeps ffmpeg streams on air.\n\n");
	for (v = cli_verbs; v < cli_verbs + NELEM(cli_verbs); v++)
		buf_putf(b, "  %-7s %-23s  %s\n", v->name, v->args, v->summary);
	buf_puts(b, "\n");
	cli_help_options(b, ALWAYS);
	buf_puts(b,
	    "\nCommands may be shortened as long as they are unique. NAME may "
	    "be a\npattern. Exit codes: 0 done, 1 failed or degraded, 2 not on "
	    "air, 3 no daemon,\n4 no such stream, 64 usage, 78 configuration "
	    "error.\n\n"
	    "All about one:  ffsup help COMMAND\n"
	    "First steps:    ffsup demo\n");
}

/* --- finding ------------------------------------------------------------- */

/* Whether a word is a verb's name or another name for it. */
static bool
cli_is_called(const struct cli_verb *v, const char *word)
{
	return util_streq(v->name, word) || util_streq(v->alias[0], word) ||
	    util_streq(v->alias[1], word);
}

/* Complain about a word that begins several verbs. */
static void
cli_complain_ambiguous(const char *word)
{
	const struct cli_verb *v;
	struct buf b;

	buf_init(&b, 0);
	for (v = cli_verbs; v < cli_verbs + NELEM(cli_verbs); v++) {
		if (util_has_prefix(v->name, word))
			buf_putf(&b, "%s%s", b.len > 0 ? ", " : "", v->name);
	}
	say_error("\"%s\" may be any of: %s", word, buf_text(&b));
	buf_clear(&b);
}

/* Complain about a word that is no verb. */
static void
cli_complain_unknown(const char *word)
{
	const char *names[NELEM(cli_verbs)], *nearest;

	for (size_t i = 0; i < NELEM(cli_verbs); i++)
		names[i] = cli_verbs[i].name;
	nearest = words_nearest(word, names, NELEM(names));
	if (nearest != NULL)
		say_error(
		    "no command \"%s\"; did you mean \"%s\"?", word, nearest);
	else
		say_error("no command \"%s\"; they are all in: ffsup "
			  "help",
		    word);
}

/* The verb of a word: its name, another name, or what only one begins with.
 * NULL after a complaint. */
static const struct cli_verb *
cli_find_verb(const char *word)
{
	const struct cli_verb *v, *found = NULL;
	size_t n = 0;

	for (v = cli_verbs; v < cli_verbs + NELEM(cli_verbs); v++) {
		if (cli_is_called(v, word))
			return v;
		if (*word != '\0' && util_has_prefix(v->name, word)) {
			found = v;
			n++;
		}
	}
	if (n == 1)
		return found;
	if (n > 1)
		cli_complain_ambiguous(word);
	else
		cli_complain_unknown(word);
	return NULL;
}

/* The option of a letter, or N_CLI_OPTS after a complaint. */
static enum cli_opt
cli_find_letter(char letter)
{
	enum cli_opt i;

	for (i = 0; i < N_CLI_OPTS; i++) {
		if (cli_options[i].letter == letter && letter != 0)
			return i;
	}
	say_error("no option -%c; see: ffsup help", letter);
	return N_CLI_OPTS;
}

/* The option of a name, or N_CLI_OPTS after a complaint. */
static enum cli_opt
cli_find_name(const char *name)
{
	const char *names[N_CLI_OPTS], *nearest;
	enum cli_opt i;

	for (i = 0; i < N_CLI_OPTS; i++) {
		names[i] = cli_options[i].name;
		if (strcmp(names[i], name) == 0)
			return i;
	}
	nearest = words_nearest(name, names, N_CLI_OPTS);
	if (nearest != NULL)
		say_error("no option --%s; did you mean --%s?", name, nearest);
	else
		say_error("no option --%s; see: ffsup help", name);
	return N_CLI_OPTS;
}

/* --- parsing ------------------------------------------------------------- */

struct cli_words {
	char **v;	  /* what is left of argv; NULL-terminated */
	unsigned seen;	  /* options, as BIT()s */
	const char *verb; /* the first word that is no option, or NULL */
};

/* Put an option's value into the struct. 0, or -1 after a complaint. */
static int
cli_set(struct query *a, const struct cli_option *o, const char *value)
{
	void *at = (char *)a + o->offset;
	int64_t n = 0;
	char *end;

	switch (o->type) {
	case CLI_FLAG:
		*(bool *)at = true;
		return 0;
	case CLI_TEXT:
		*(const char **)at = value;
		return 0;
	case CLI_COUNT:
		n = strtoll(value, &end, 10);
		if (*end != '\0')
			n = 0;
		break;
	case CLI_TIME:
		if (schema_parse_duration(value, &n) == -1)
			n = 0;
		break;
	}
	*(int64_t *)at = n;
	if (n > 0)
		return 0;
	say_error("--%s: \"%s\" is no %s, such as %s", o->name, value,
	    o->type == CLI_TIME ? "time" : "number",
	    o->type == CLI_TIME ? "10s or 5m" : "50");
	return -1;
}

/* Take an option; `value` is what is glued to it, or NULL. */
static int
cli_take_option(
    struct cli_words *w, struct query *a, enum cli_opt opt, const char *value)
{
	const struct cli_option *o = &cli_options[opt];

	w->seen |= BIT(opt);
	if (o->type == CLI_FLAG && value != NULL) {
		say_error("--%s takes no value", o->name);
		return -1;
	}
	if (o->type != CLI_FLAG && value == NULL) {
		value = *w->v;
		if (value == NULL) {
			say_error("--%s needs %s", o->name, o->arg);
			return -1;
		}
		w->v++;
	}
	return cli_set(a, o, value);
}

/* Take "--name", "--name=value". */
static int
cli_take_long(struct cli_words *w, struct query *a, const char *word)
{
	size_t len = strcspn(word, "=");
	char *name = xstrndup(word, len);
	enum cli_opt opt = cli_find_name(name);

	free(name);
	if (opt == N_CLI_OPTS)
		return -1;
	return cli_take_option(
	    w, a, opt, word[len] == '=' ? word + len + 1 : NULL);
}

/* Take "-f", "-fn5", "-n 5". */
static int
cli_take_letters(struct cli_words *w, struct query *a, const char *letters)
{
	const char *value;
	enum cli_opt opt;

	for (; *letters != '\0'; letters++) {
		opt = cli_find_letter(*letters);
		if (opt == N_CLI_OPTS)
			return -1;
		if (cli_options[opt].type == CLI_FLAG) {
			cli_take_option(w, a, opt, NULL);
			continue;
		}
		value = letters[1] != '\0' ? letters + 1 : NULL;
		return cli_take_option(w, a, opt, value);
	}
	return 0;
}

/* Take all words; options may stand anywhere before "--". 0 / -1. */
static int
cli_take_words(struct cli_words *w, struct query *a)
{
	bool options = true;
	int rc = 0;

	while (rc == 0 && *w->v != NULL) {
		const char *word = *w->v++;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && util_has_prefix(word, "--"))
			rc = cli_take_long(w, a, word + 2);
		else if (options && word[0] == '-' && word[1] != '\0')
			rc = cli_take_letters(w, a, word + 1);
		else if (w->verb == NULL)
			w->verb = word;
		else
			strv_push(&a->names, word);
	}
	return rc;
}

/* Complain about the first option that a verb does not have. */
static int
cli_check_options(const struct cli_verb *v, unsigned seen)
{
	for (size_t i = 0; i < N_CLI_OPTS; i++) {
		if ((seen & BIT(i)) == 0 || (v->options & BIT(i)) != 0 ||
		    (ALWAYS & BIT(i)) != 0)
			continue;
		say_error("%s has no option --%s; see: ffsup help %s", v->name,
		    cli_options[i].name, v->name);
		return -1;
	}
	return 0;
}

/* Complain about words and options that do not go together. */
static int
cli_check_words(const struct cli_verb *v, const struct query *a)
{
	const char *what = NULL;

	if (a->names.n < v->min)
		what = "needs a NAME";
	else if (a->names.n > v->max)
		what = v->max == 0 ? "takes no arguments" : "takes only one";
	else if (cli_is_control(v) && a->names.n == 0 && !a->all)
		what = "needs a NAME, or --all";
	else if (cli_is_control(v) && a->names.n > 0 && a->all)
		what = "takes either NAMEs or --all";
	else if (a->quiet && (a->watch || a->json))
		what = "cannot be quiet and show something";
	if (what == NULL)
		return 0;
	say_error("%s %s; see: ffsup help %s", v->name, what, v->name);
	return -1;
}

/* --- verbs of our own ---------------------------------------------------- */

/* Print a text that is complete; the exit code. */
static int
cli_print(struct buf *b)
{
	return say_print(b) == -1 ? EXIT_FAILED : EXIT_DONE;
}

/* Nothing is to be seen of what follows. */
static void
cli_hush(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static int
cli_run(const struct query *a)
{
	const struct daemon_opts o = {
		.config = a->config,
		.socket = a->socket_opt,
		.paths = (const char *const *)a->names.v,
		.n_paths = a->names.n,
		.debug = a->debug,
	};

	return daemon_run(&o);
}

static int
cli_check(const struct query *a)
{
	if (a->quiet)
		cli_hush();
	return offline_check(
	    a->config, (const char *const *)a->names.v, a->names.n, a->probe);
}

/* A path is planned here, a name by the daemon; without one, a name is
 * looked for where the daemon would. */
static int
cli_plan(const struct query *a)
{
	const char *name = a->names.v[0];
	int code;

	if (strchr(name, '/') == NULL && !util_has_suffix(name, ".json")) {
		code = query_plan(a);
		if (code != EXIT_NO_DAEMON)
			return code;
	}
	return offline_plan(a->config, name, a->reveal, a->json);
}

static int
cli_feed(const struct query *a)
{
	return feed_run(a->names.v[0], a->socket, a->wait);
}

static int
cli_demo(const struct query *a)
{
	return demo_run(a->for_ms);
}

static int
cli_schema(const struct query *a UNUSED)
{
	return offline_schema();
}

static int
cli_version(const struct query *a)
{
	struct buf b;
	int code;

	buf_init(&b, 0);
	buf_puts(&b, "ffsup " PACKAGE_VERSION "\n");
	code = cli_print(&b);
	/* --version is for scripts, which ask about the program only */
	if (code == EXIT_DONE && !a->version)
		code = query_version(a);
	return code;
}

static int
cli_help(const struct query *a)
{
	const struct cli_verb *v;
	struct buf b;

	buf_init(&b, 0);
	if (a->names.n == 0) {
		cli_help_all(&b);
		return cli_print(&b);
	}
	v = cli_find_verb(a->names.v[0]);
	if (v == NULL)
		return EXIT_USAGE;
	cli_help_verb(&b, v);
	return cli_print(&b);
}

/* --- the program --------------------------------------------------------- */

/* Help asked for with an option: about the verb, if there is one. */
static int
cli_help_asked(struct query *a, const char *verb)
{
	strv_clear(&a->names);
	if (verb != NULL)
		strv_push(&a->names, verb);
	return cli_help(a);
}

/* Help that nobody asked for: talk, not data. */
static int
cli_help_usage(void)
{
	say_line("", "usage: ffsup COMMAND [OPTION]... [NAME]...");
	say_line("", "Try:   ffsup help, ffsup demo, ffsup status");
	return EXIT_USAGE;
}

/* Find the verb, check what belongs to it, run it. */
static int
cli_dispatch(struct query *a, const struct cli_words *w)
{
	const struct cli_verb *v;

	if (a->version)
		return cli_version(a);
	if (a->help)
		return cli_help_asked(a, w->verb);
	if (w->verb == NULL)
		return cli_help_usage();
	v = cli_find_verb(w->verb);
	if (v == NULL || cli_check_options(v, w->seen) == -1 ||
	    cli_check_words(v, a) == -1)
		return EXIT_USAGE;
	a->verb = v->name;
	a->socket = sock_default_path(a->socket_opt);
	return v->run(a);
}

int
cli_main(int argc, char **argv)
{
	struct cli_words w = { .v = argv + (argc > 0) };
	struct query a = { 0 };
	int code = EXIT_USAGE;

	signal(SIGPIPE, SIG_IGN); /* a reader that left is an EPIPE */
	if (cli_take_words(&w, &a) == 0)
		code = cli_dispatch(&a, &w);
	strv_clear(&a.names);
	free(a.socket);
	return code;
}
