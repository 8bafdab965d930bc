/* SPDX-License-Identifier: ISC */
/* Output to the person who started the program. */
#include "config.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/fs.h"
#include "base/say.h"
#include "base/secrets.h"
#include "base/text.h"
#include "base/util.h"

int
say_print(struct buf *b)
{
	int rc = fs_write_wait(STDOUT_FILENO, buf_text(b), b->len, -1),
	    err = errno;

	buf_clear(b);
	if (rc == 0 || err == EPIPE)
		return rc == 0 ? 0 : 1;
	say_error("cannot write the output: %s", strerror(err));
	return -1;
}

void
say_line(const char *prefix, const char *text)
{
	char *masked = secrets_text(text);
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, prefix);
	text_plain(&b, masked, util_streq(nl_langinfo(CODESET), "UTF-8"));
	free(masked);
	buf_puts(&b, "\n");
	fs_write_wait(STDERR_FILENO, buf_text(&b), b.len, -1);
	buf_clear(&b);
}

void
say_error(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	say_line("ffsup: ", text);
	free(text);
}

void
say_errors(struct errors *errs)
{
	errors_sort(errs);
	for (size_t i = 0; i < errs->n; i++) {
		char *text = errors_format(&errs->v[i]);

		say_line("", text);
		free(text);
	}
}
