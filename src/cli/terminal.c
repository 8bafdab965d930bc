/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/util.h"
#include "cli/terminal.h"

const char terminal_begin[] = "\033[?25l\033[?7l\033[2J";
const char terminal_end[] = "\033[?7h\033[?25h";

void
terminal_frame(struct buf *b, const char *text, const struct render_opts *o)
{
	int lines = 0;
	size_t len;

	buf_puts(b, "\033[H");
	while (*text != '\0' && (o->height <= 0 || lines < o->height)) {
		if (lines++ > 0)
			buf_puts(b, "\n");
		len = strcspn(text, "\n");
		buf_put(b, text, len);
		buf_puts(b, "\033[K");
		text += len + (text[len] == '\n');
	}
	buf_puts(b, "\033[J");
}

/* Columns and lines from the environment, for what is no terminal. */
static void
terminal_opts_environ(struct render_opts *o)
{
	const char *columns = getenv("COLUMNS");
	char *end;
	long n;

	if (util_is_empty(columns))
		return;
	n = strtol(columns, &end, 10);
	if (*end == '\0' && n > 0 && n < 10000)
		o->width = (int)n;
}

void
terminal_opts(struct render_opts *o)
{
	bool terminal = isatty(STDOUT_FILENO);
	const char *term = getenv("TERM");
	struct winsize ws;

	memset(o, 0, sizeof(*o));
	o->utf8 = util_streq(nl_langinfo(CODESET), "UTF-8");
	o->marks = terminal;
	o->colour = terminal && util_is_empty(getenv("NO_COLOR")) &&
	    term != NULL && strcmp(term, "dumb") != 0;
	o->now_wall = wall_ms();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0) {
		o->width = ws.ws_col;
		o->height = ws.ws_row;
		return;
	}
	o->width = terminal ? 80 : 0;
	terminal_opts_environ(o);
}
