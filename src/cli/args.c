/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/say.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/args.h"
#include "profile/schema.h"

enum args_type {
	ARGS_FLAG,  /* bool */
	ARGS_TEXT,  /* const char * */
	ARGS_COUNT, /* int64_t, at least 1 */
	ARGS_LINES, /* the same; -1 for 0 */
	ARGS_TIME   /* int64_t ms, at least 1 */
};

struct args_option {
	const char *name;
	char letter; /* or 0 */
	enum args_type type;
	size_t offset;	 /* in struct cli_args */
	const char *arg; /* or NULL */
	const char *help;
};

#define IN(member) offsetof(struct cli_args, member)

static const struct args_option args_table[] = {
	[OPT_ALL] = {
	    .name = "all",
	    .type = ARGS_FLAG,
	    .offset = IN(all),
	    .help = "every stream",
	},
	[OPT_BOTTOM] = {
	    .name = "bottom",
	    .type = ARGS_FLAG,
	    .offset = IN(say.bottom),
	    .help = "stand at the bottom instead of scrolling",
	},
	[OPT_CLEAN] = {
	    .name = "clean",
	    .type = ARGS_FLAG,
	    .offset = IN(snap.clean),
	    .help = "leave out the overlays",
	},
	[OPT_COLOR] = {
	    .name = "color",
	    .type = ARGS_TEXT,
	    .offset = IN(say.color),
	    .arg = "COLOR",
	    .help = "colour of the text, such as '#ff8800'",
	},
	[OPT_CONFIG] = {
	    .name = "config",
	    .letter = 'c',
	    .type = ARGS_TEXT,
	    .offset = IN(config),
	    .arg = "FILE",
	    .help = "read FILE instead of ffsup.json",
	},
	[OPT_DEBUG] = {
	    .name = "debug",
	    .letter = 'd',
	    .type = ARGS_FLAG,
	    .offset = IN(debug),
	    .help = "log more",
	},
	[OPT_DRY_RUN] = {
	    .name = "dry-run",
	    .type = ARGS_FLAG,
	    .offset = IN(dry_run),
	    .help = "show the changes without making them",
	},
	[OPT_FILE] = {
	    .name = "file",
	    .type = ARGS_TEXT,
	    .offset = IN(say.file),
	    .arg = "FILE",
	    .help = "show the text in FILE, and follow its changes",
	},
	[OPT_FOLLOW] = {
	    .name = "follow",
	    .letter = 'f',
	    .type = ARGS_FLAG,
	    .offset = IN(follow),
	    .help = "follow new output; Ctrl-C ends it",
	},
	[OPT_FOR] = {
	    .name = "for",
	    .type = ARGS_TIME,
	    .offset = IN(for_ms),
	    .arg = "TIME",
	    .help = "stop after TIME, such as 30s or 5m",
	},
	[OPT_HELP] = {
	    .name = "help",
	    .letter = 'h',
	    .type = ARGS_FLAG,
	    .offset = IN(help),
	    .help = "show this text",
	},
	[OPT_ID] = {
	    .name = "id",
	    .type = ARGS_TEXT,
	    .offset = IN(say.id),
	    .arg = "ID",
	    .help = "of the overlay; by default the first \"danmaku\"",
	},
	[OPT_JSON] = {
	    .name = "json",
	    .type = ARGS_FLAG,
	    .offset = IN(json),
	    .help = "print JSON, for scripts",
	},
	[OPT_LINES] = {
	    .name = "lines",
	    .letter = 'n',
	    .type = ARGS_LINES,
	    .offset = IN(lines),
	    .arg = "N",
	    .help = "show the last N lines (default 50)",
	},
	[OPT_NO_WAIT] = {
	    .name = "no-wait",
	    .type = ARGS_FLAG,
	    .offset = IN(no_wait),
	    .help = "return at once, without waiting for the result",
	},
	[OPT_OUTPUT] = {
	    .name = "output",
	    .letter = 'o',
	    .type = ARGS_TEXT,
	    .offset = IN(snap.output),
	    .arg = "FILE",
	    .help = "write to FILE, atomically",
	},
	[OPT_QUIET] = {
	    .name = "quiet",
	    .letter = 'q',
	    .type = ARGS_FLAG,
	    .offset = IN(quiet),
	    .help = "print nothing, just set the exit code",
	},
	[OPT_RAW] = {
	    .name = "raw",
	    .type = ARGS_FLAG,
	    .offset = IN(snap.raw),
	    .help = "write the raw bytes, in the profile's format",
	},
	[OPT_PROBE] = {
	    .name = "probe",
	    .type = ARGS_FLAG,
	    .offset = IN(probe),
	    .help = "open URLs and devices too, and check them",
	},
	[OPT_REVEAL] = {
	    .name = "reveal",
	    .type = ARGS_FLAG,
	    .offset = IN(reveal),
	    .help = "show passwords and stream keys",
	},
	[OPT_SIZE] = {
	    .name = "size",
	    .type = ARGS_COUNT,
	    .offset = IN(say.size),
	    .arg = "PIXELS",
	    .help = "height of the text",
	},
	[OPT_SOCKET] = {
	    .name = "socket",
	    .letter = 's',
	    .type = ARGS_TEXT,
	    .offset = IN(socket_opt),
	    .arg = "FILE",
	    .help = "use this control socket",
	},
	[OPT_TIMEOUT] = {
	    .name = "timeout",
	    .type = ARGS_TIME,
	    .offset = IN(timeout_ms),
	    .arg = "TIME",
	    .help = "wait at most TIME for the result (default 10s)",
	},
	[OPT_TOP] = {
	    .name = "top",
	    .type = ARGS_FLAG,
	    .offset = IN(say.top),
	    .help = "stand at the top instead of scrolling",
	},
	[OPT_TTY] = {
	    .name = "tty",
	    .type = ARGS_FLAG,
	    .offset = IN(snap.tty),
	    .help = "draw, even if the output is not a terminal",
	},
	[OPT_USER] = {
	    .name = "user",
	    .type = ARGS_TEXT,
	    .offset = IN(say.user),
	    .arg = "NAME",
	    .help = "who says it",
	},
	[OPT_VERSION] = {
	    .name = "version",
	    .letter = 'V',
	    .type = ARGS_FLAG,
	    .offset = IN(version),
	    .help = "print the version",
	},
	[OPT_WAIT] = {
	    .name = "wait",
	    .type = ARGS_FLAG,
	    .offset = IN(wait),
	    .help = "read no input before the first connection",
	},
	[OPT_WATCH] = {
	    .name = "watch",
	    .letter = 'w',
	    .type = ARGS_FLAG,
	    .offset = IN(watch),
	    .help = "update every second; Ctrl-C ends it",
	},
};
_Static_assert(NELEM(args_table) == N_ARGS_OPTS, "a row per option");

void
args_clear(struct cli_args *a)
{
	strv_clear(&a->names);
	free(a->socket);
	*a = (struct cli_args){ 0 };
}

const char *
args_name(enum args_opt opt)
{
	return args_table[opt].name;
}

/* --- help ---------------------------------------------------------------- */

/* "  -n, --lines N        begin with the last N" */
static void
args_help_option(struct buf *b, const struct args_option *o)
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

void
args_help(struct buf *b, unsigned set)
{
	for (size_t i = 0; i < N_ARGS_OPTS; i++) {
		if ((set & ARGS_BIT(i)) != 0)
			args_help_option(b, &args_table[i]);
	}
}

/* --- finding ------------------------------------------------------------- */

/* Where the options stand that could be meant. */
static const char *
args_help_of(const struct args_words *w)
{
	return w->verb != NULL ? w->verb : "COMMAND";
}

/* The option of a letter, or N_ARGS_OPTS after a complaint. */
static enum args_opt
args_find_letter(const struct args_words *w, char letter)
{
	enum args_opt i;

	for (i = 0; i < N_ARGS_OPTS; i++) {
		if (args_table[i].letter == letter && letter != 0)
			return i;
	}
	say_error("no option -%c; see: ffsup help %s", letter, args_help_of(w));
	return N_ARGS_OPTS;
}

/* The option of a name, or N_ARGS_OPTS after a complaint. */
static enum args_opt
args_find_name(const struct args_words *w, const char *name)
{
	unsigned set = w->verb != NULL && w->options_of != NULL
	    ? w->options_of(w->verb)
	    : ~0u;
	const char *names[N_ARGS_OPTS], *nearest;
	size_t n = 0;

	for (enum args_opt i = 0; i < N_ARGS_OPTS; i++) {
		if (strcmp(args_table[i].name, name) == 0)
			return i;
		if ((set & ARGS_BIT(i)) != 0)
			names[n++] = args_table[i].name;
	}
	nearest = words_nearest(name, names, n);
	if (nearest != NULL)
		say_error("no option --%s; did you mean --%s?", name, nearest);
	else
		say_error("no option --%s; see: ffsup help %s", name,
		    args_help_of(w));
	return N_ARGS_OPTS;
}

/* --- parsing ------------------------------------------------------------- */

/* Put an option's value into the struct. 0, or -1 after a complaint. */
static int
args_set(struct cli_args *a, const struct args_option *o, const char *value)
{
	void *at = (char *)a + o->offset;
	int64_t n = 0;
	char *end;

	switch (o->type) {
	case ARGS_FLAG:
		*(bool *)at = true;
		return 0;
	case ARGS_TEXT:
		*(const char **)at = value;
		return 0;
	case ARGS_COUNT:
	case ARGS_LINES:
		n = strtoll(value, &end, 10);
		if (o->type == ARGS_LINES && strcmp(value, "0") == 0) {
			*(int64_t *)at = -1;
			return 0;
		}
		if (*end == '\0' && n <= 0 && end != value) {
			say_error("--%s: must be at least 1", o->name);
			return -1;
		}
		if (*end != '\0')
			n = 0;
		break;
	case ARGS_TIME:
		if (schema_parse_duration(value, &n) == -1)
			n = 0;
		break;
	}
	*(int64_t *)at = n;
	if (n > 0)
		return 0;
	say_error("--%s: \"%s\" is not a %s, such as %s", o->name, value,
	    o->type == ARGS_TIME ? "time" : "number",
	    o->type == ARGS_TIME ? "10s or 5m" : "50");
	return -1;
}

/* Take an option; `value` is glued to it, or NULL. */
static int
args_take_option(struct args_words *w, struct cli_args *a, enum args_opt opt,
    const char *value)
{
	const struct args_option *o = &args_table[opt];

	w->seen |= ARGS_BIT(opt);
	if (o->type == ARGS_FLAG && value != NULL) {
		say_error("--%s takes no value", o->name);
		return -1;
	}
	if (o->type != ARGS_FLAG && value == NULL) {
		value = *w->v;
		if (value == NULL) {
			say_error("--%s needs %s", o->name, o->arg);
			return -1;
		}
		w->v++;
	}
	return args_set(a, o, value);
}

/* Take "--name", "--name=value". */
static int
args_take_long(struct args_words *w, struct cli_args *a, const char *word)
{
	size_t len = strcspn(word, "=");
	char *name = xstrndup(word, len);
	enum args_opt opt = args_find_name(w, name);

	free(name);
	if (opt == N_ARGS_OPTS)
		return -1;
	return args_take_option(
	    w, a, opt, word[len] == '=' ? word + len + 1 : NULL);
}

/* Take "-f", "-fn5", "-n 5". */
static int
args_take_letters(struct args_words *w, struct cli_args *a, const char *letters)
{
	const char *value;
	enum args_opt opt;

	for (; *letters != '\0'; letters++) {
		opt = args_find_letter(w, *letters);
		if (opt == N_ARGS_OPTS)
			return -1;
		if (args_table[opt].type == ARGS_FLAG) {
			args_take_option(w, a, opt, NULL);
			continue;
		}
		value = letters[1] != '\0' ? letters + 1 : NULL;
		return args_take_option(w, a, opt, value);
	}
	return 0;
}

int
args_read(struct cli_args *a, struct args_words *w)
{
	bool options = true;
	int rc = 0;

	while (rc == 0 && *w->v != NULL) {
		const char *word = *w->v++;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && util_has_prefix(word, "--"))
			rc = args_take_long(w, a, word + 2);
		else if (options && word[0] == '-' && word[1] != '\0')
			rc = args_take_letters(w, a, word + 1);
		else if (w->verb == NULL)
			w->verb = word;
		else
			strv_push(&a->names, word);
	}
	return rc;
}
