/* SPDX-License-Identifier: ISC */
/*
 * The command line. A verb is a row of this table, an option one of args.c;
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
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/demo.h"
#include "cli/explain.h"
#include "cli/feed.h"
#include "cli/offline.h"
#include "cli/query.h"
#include "cli/snap.h"
#include "cli/speak.h"
#include "daemon/daemon.h"

/* --- verbs --------------------------------------------------------------- */

struct cli_verb {
	const char *name;
	const char *alias[2];
	const char *args;    /* as the usage line shows them */
	const char *summary; /* one line */
	const char *help;    /* more lines, or NULL */
	unsigned options;    /* ARGS_BIT()s */
	size_t min, max;     /* words after the verb */
	int (*run)(const struct cli_args *);
};

static int cli_run(const struct cli_args *);
static int cli_check(const struct cli_args *);
static int cli_plan(const struct cli_args *);
static int cli_feed(const struct cli_args *);
static int cli_demo(const struct cli_args *);
static int cli_schema(const struct cli_args *);
static int cli_version(const struct cli_args *);
static int cli_help(const struct cli_args *);

#define MANY ((size_t)-1)
#define CONTROL \
	(ARGS_BIT(OPT_ALL) | ARGS_BIT(OPT_NO_WAIT) | ARGS_BIT(OPT_TIMEOUT))
#define ALWAYS \
	(ARGS_BIT(OPT_SOCKET) | ARGS_BIT(OPT_HELP) | ARGS_BIT(OPT_VERSION))

static const char cli_control_help[] =
    "Waits for the result and reports it. NAME may be a pattern such as "
    "'cam-*'.";

static const char cli_part_help[] =
    "NAME may be a pattern such as 'cam-*'; NAME/OUTPUT is one output of a "
    "stream.";

static const struct cli_verb cli_verbs[] = {
	{
	    .name = "run",
	    .args = "[PROFILE.json | DIR]...",
	    .summary = "supervise streams in the foreground",
	    .help = "Without a path: /etc/ffsup/ffsup.json and the profiles "
		    "in\n"
		    "/etc/ffsup/profiles.d, or those in ~/.config/ffsup. With "
		    "paths: only\n"
		    "those profiles. SIGHUP reloads, SIGTERM and Ctrl-C stop "
		    "everything.\n"
		    "FFSUP_DEBUG=relay,failover logs more, from these modules "
		    "only.",
	    .options = ARGS_BIT(OPT_CONFIG) | ARGS_BIT(OPT_DEBUG),
	    .max = MANY,
	    .run = cli_run,
	},
	{
	    .name = "check",
	    .args = "[PATH]...",
	    .summary = "validate profiles, report every error",
	    .help = "Nothing is started and no running stream is touched. The "
		    "exit code is 78\n"
		    "if there is any error. Files that are copied are opened, "
		    "to check that the\n"
		    "outputs can carry their codec; URLs and devices only "
		    "with --probe.",
	    .options = ARGS_BIT(OPT_CONFIG) | ARGS_BIT(OPT_PROBE) |
		ARGS_BIT(OPT_QUIET),
	    .max = MANY,
	    .run = cli_check,
	},
	{
	    .name = "plan",
	    .args = "NAME|PATH",
	    .summary = "show the processes and their command lines",
	    .help = "A PATH (with a '/' or ending in .json) needs no daemon. "
		    "The output is a\n"
		    "shell script; secrets are masked unless --reveal is "
		    "given.",
	    .options = ARGS_BIT(OPT_CONFIG) | ARGS_BIT(OPT_JSON) |
		ARGS_BIT(OPT_REVEAL),
	    .min = 1,
	    .max = 1,
	    .run = cli_plan,
	},
	{
	    .name = "status",
	    .alias = { "ps", "ls" },
	    .args = "[NAME]...",
	    .summary = "show all streams in a table, or one in detail",
	    .help = "Exit code 0: every stream is live. 1: one is degraded or "
		    "starting. 2: one\n"
		    "is not on air. A stream that was stopped on purpose is "
		    "not a failure.",
	    .options =
		ARGS_BIT(OPT_JSON) | ARGS_BIT(OPT_WATCH) | ARGS_BIT(OPT_QUIET),
	    .max = MANY,
	    .run = query_status,
	},
	{
	    .name = "why",
	    .args = "[NAME]...",
	    .summary = "explain what is wrong, and what to do",
	    .help = "Without a NAME: of all streams that need attention, the "
		    "worst first; what\n"
		    "several have in common is explained once. NAME may be a "
		    "pattern such as\n"
		    "'cam-*', and NAME/OUTPUT is one output of a stream.",
	    .options = ARGS_BIT(OPT_JSON),
	    .max = MANY,
	    .run = query_why,
	},
	{
	    .name = "explain",
	    .args = "[CLASS[/DETAIL]]",
	    .summary = "explain a word of why, such as \"refused\"",
	    .help =
		"The failure classes and reasons in status, why and events, "
		"with what to do\n"
		"about each; without a word, all of them. No daemon is "
		"needed.",
	    .options = ARGS_BIT(OPT_JSON),
	    .max = 1,
	    .run = explain_run,
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
	    .summary = "retry waiting or failed streams now",
	    .help = cli_control_help,
	    .options = CONTROL,
	    .max = MANY,
	    .run = query_control,
	},
	{
	    .name = "reload",
	    .args = "",
	    .summary = "apply the profiles that have changed",
	    .help = "The same as SIGHUP. If any profile has an error, nothing "
		    "is changed.",
	    .options = ARGS_BIT(OPT_DRY_RUN),
	    .run = query_reload,
	},
	{
	    .name = "logs",
	    .args = "NAME...",
	    .summary = "show the log of a stream's processes",
	    .help = cli_part_help,
	    .options =
		ARGS_BIT(OPT_FOLLOW) | ARGS_BIT(OPT_LINES) | ARGS_BIT(OPT_JSON),
	    .min = 1,
	    .max = MANY,
	    .run = query_logs,
	},
	{
	    .name = "events",
	    .args = "[NAME]...",
	    .summary = "show the latest events",
	    .help = cli_part_help,
	    .options =
		ARGS_BIT(OPT_FOLLOW) | ARGS_BIT(OPT_LINES) | ARGS_BIT(OPT_JSON),
	    .max = MANY,
	    .run = query_events,
	},
	{
	    .name = "feed",
	    .args = "NAME",
	    .summary = "pass frames from stdin to a stream",
	    .help = "For the program that makes the frames: Popen([\"ffsup\", "
		    "\"feed\", NAME],\n"
		    "stdin=PIPE). Raw frames as described by \"frames\" of the "
		    "profile, or H.264\n"
		    "for \"h264\"; both need \"socket\": true. The pipe never "
		    "breaks: while the\n"
		    "daemon is away, whole frames are dropped, and feed tries "
		    "to connect again.\n"
		    "It exits when the program does. Exit code 0: it was "
		    "connected. 1: another\n"
		    "program has taken over. Other codes say why it was never "
		    "connected.",
	    .options = ARGS_BIT(OPT_WAIT),
	    .min = 1,
	    .max = 1,
	    .run = cli_feed,
	},
	{
	    .name = "snap",
	    .args = "NAME",
	    .summary = "show the frame that is on air now",
	    .help = "Writes FILE.jpg or FILE.png. Without -o, draws on a "
		    "terminal, or writes a\n"
		    "JPEG to standard output. Only for streams whose frames "
		    "pass through ffsup:\n"
		    "\"frames\", or a source that is decoded for a "
		    "\"fallback\" or an \"overlay\".",
	    .options = ARGS_BIT(OPT_CLEAN) | ARGS_BIT(OPT_OUTPUT) |
		ARGS_BIT(OPT_RAW) | ARGS_BIT(OPT_TTY),
	    .min = 1,
	    .max = 1,
	    .run = snap_run,
	},
	{
	    .name = "say",
	    .args = "NAME TEXT...|-",
	    .summary = "show a comment over the frames",
	    .help = "Needs an \"overlay\" of the kind \"danmaku\" or \"sei\" "
		    "in the profile. Prints what became\n"
		    "of the comment: shown, waits or merged (exit code 0), "
		    "dropped or blocked (1).\n"
		    "With -, each line of standard input is a comment, as "
		    "plain text or as JSON with\n"
		    "the members text, color, user, mode (scroll, top, bottom) "
		    "and size: for a chat.\n"
		    "It connects again when the daemon comes back, and prints "
		    "totals at the end.",
	    .options = ARGS_BIT(OPT_BOTTOM) | ARGS_BIT(OPT_COLOR) |
		ARGS_BIT(OPT_ID) | ARGS_BIT(OPT_JSON) | ARGS_BIT(OPT_SIZE) |
		ARGS_BIT(OPT_TOP) | ARGS_BIT(OPT_USER),
	    .min = 2,
	    .max = MANY,
	    .run = speak_say,
	},
	{
	    .name = "text",
	    .args = "NAME ID [TEXT...|--file FILE]",
	    .summary = "change the text of a label",
	    .help = "TEXT is shown as it is, without the conversions of the "
		    "profile's text; without\n"
		    "TEXT, the label shows the profile's again.",
	    .options = ARGS_BIT(OPT_FILE) | ARGS_BIT(OPT_JSON),
	    .min = 2,
	    .max = MANY,
	    .run = speak_text,
	},
	{
	    .name = "overlay",
	    .args = "NAME [ID on|off]",
	    .summary = "show or hide an overlay, or list them",
	    .help =
		"The choice lasts until \"enabled\" changes in the profile. "
		"The list counts\n"
		"comments by what became of them.",
	    .options = ARGS_BIT(OPT_JSON),
	    .min = 1,
	    .max = 3,
	    .run = speak_overlay,
	},
	{
	    .name = "demo",
	    .args = "",
	    .summary = "run a complete demonstration",
	    .options = ARGS_BIT(OPT_FOR),
	    .run = cli_demo,
	},
	{
	    .name = "schema",
	    .args = "",
	    .summary = "print the JSON Schema of a profile",
	    .help = "For completion and validation in an editor.",
	    .run = cli_schema,
	},
	{
	    .name = "version",
	    .args = "",
	    .summary = "print the versions of ffsup, ffmpeg and the daemon",
	    .help = "Also which features this ffsup was built with (+), or "
		    "without (-).",
	    .run = cli_version,
	},
	{
	    .name = "help",
	    .args = "[COMMAND]",
	    .summary = "show this text, or the help for one command",
	    .max = 1,
	    .run = cli_help,
	},
};

/* Whether a verb takes NAMEs or --all, and needs either. */
static bool
cli_is_control(const struct cli_verb *v)
{
	return (v->options & ARGS_BIT(OPT_ALL)) != 0;
}

/* --- help ---------------------------------------------------------------- */

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
	args_help(b, v->options | ARGS_BIT(OPT_SOCKET) | ARGS_BIT(OPT_HELP));
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
	args_help(b, ALWAYS);
	buf_puts(b,
	    "\n"
	    "Commands may be abbreviated as long as they remain unique. The "
	    "NAME of status,\n"
	    "why, start, stop, restart and retry may be a pattern. Exit codes: "
	    "0 done, 1 failed\n"
	    "or degraded, 2 not on air, 3 no daemon, 4 no such stream, 64 "
	    "wrong usage, 78\n"
	    "configuration error.\n"
	    "\n"
	    "More about a command:  ffsup help COMMAND\n"
	    "First steps:           ffsup demo\n");
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

/* Complain about a word that is not a verb. */
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
		say_error(
		    "no command \"%s\"; for a list see: ffsup help", word);
}

/* The verb of a word: its name, another name, or the beginning of only one.
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

/* The options of a word's verb, for suggestions; all for none. */
static unsigned
cli_options_of(const char *word)
{
	for (size_t i = 0; i < NELEM(cli_verbs); i++)
		if (cli_is_called(&cli_verbs[i], word))
			return cli_verbs[i].options | ALWAYS;
	return ~0u;
}

/* --- checking ------------------------------------------------------------ */

/* Complain about the first option that a verb does not have. */
static int
cli_check_options(const struct cli_verb *v, unsigned seen)
{
	for (size_t i = 0; i < N_ARGS_OPTS; i++) {
		if ((seen & ARGS_BIT(i)) == 0 ||
		    (v->options & ARGS_BIT(i)) != 0 ||
		    (ALWAYS & ARGS_BIT(i)) != 0)
			continue;
		say_error("%s has no option --%s; see: ffsup help %s", v->name,
		    args_name(i), v->name);
		return -1;
	}
	return 0;
}

/* Complain about words and options that exclude each other. */
static int
cli_check_words(const struct cli_verb *v, const struct cli_args *a)
{
	const char *what = NULL, *words = "";

	if (a->names.n < v->min && v->min == 1)
		what = "needs a NAME";
	else if (a->names.n < v->min) {
		what = "needs ";
		words = v->args;
	} else if (a->names.n > v->max)
		what = v->max == 0 ? "takes no arguments"
				   : "takes only one "
				     "argument";
	else if (cli_is_control(v) && a->names.n == 0 && !a->all)
		what = "needs a NAME, or --all";
	else if (cli_is_control(v) && a->names.n > 0 && a->all)
		what = "takes either NAMEs or --all";
	else if (a->quiet && (a->watch || a->json))
		what = "cannot combine --quiet with --watch or --json";
	else if (a->say.file != NULL && a->names.n > v->min)
		what = "takes either a TEXT or --file";
	else if (a->say.top && a->say.bottom)
		what = "takes either --top or --bottom";
	if (what == NULL)
		return 0;
	say_error("%s %s%s; see: ffsup help %s", v->name, what, words, v->name);
	return -1;
}

/* --- verbs of our own ---------------------------------------------------- */

/* Print a text that is complete; the exit code. */
static int
cli_print(struct buf *b)
{
	return say_print(b) == -1 ? EXIT_FAILED : EXIT_DONE;
}

/* Hide all further output. */
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
cli_run(const struct cli_args *a)
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
cli_check(const struct cli_args *a)
{
	if (a->quiet)
		cli_hush();
	return offline_check(
	    a->config, (const char *const *)a->names.v, a->names.n, a->probe);
}

/* A path is planned here, a name by the daemon; without one, a name is
 * looked for where the daemon would. */
static int
cli_plan(const struct cli_args *a)
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
cli_feed(const struct cli_args *a)
{
	return feed_run(a->names.v[0], a->socket, a->wait);
}

static int
cli_demo(const struct cli_args *a)
{
	return demo_run(a->for_ms);
}

static int
cli_schema(const struct cli_args *a UNUSED)
{
	return offline_schema();
}

static int
cli_version(const struct cli_args *a)
{
	struct buf b;
	int code;

	buf_init(&b, 0);
	buf_puts(&b, "ffsup " PACKAGE_VERSION "\n");
	/* --version is for scripts, which ask about the program only */
	if (!a->version)
		offline_about(&b);
	code = cli_print(&b);
	if (code == EXIT_DONE && !a->version)
		code = query_version(a);
	return code;
}

static int
cli_help(const struct cli_args *a)
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

/* Help asked for with an option: about the verb, if one is given. */
static int
cli_help_asked(struct cli_args *a, const char *verb)
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

/* Find the verb, check its words and options, run it. */
static int
cli_dispatch(struct cli_args *a, const struct args_words *w)
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
	struct args_words w = { .v = argv + (argc > 0),
		.options_of = cli_options_of };
	struct cli_args a = { 0 };
	int code = EXIT_USAGE;

	signal(SIGPIPE, SIG_IGN); /* a reader that left is an EPIPE */
	if (args_read(&a, &w) == 0)
		code = cli_dispatch(&a, &w);
	args_clear(&a);
	return code;
}
