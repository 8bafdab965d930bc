/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/exitcode.h"
#include "base/util.h"
#include "base/words.h"
#include "daemon/call.h"
#include "daemon/fleet.h"
#include "daemon/snapstore.h"

void
call_fail(struct command_call *call, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	free(call->error);
	call->error = xvasprintf(fmt, ap);
	va_end(ap);
	call->exit = code;
}

/* No stream of that name: say which one may have been meant. */
void
call_fail_name(struct command_call *call, const char *name)
{
	size_t n = 0, count = fleet_count(call->fleet);
	const char **names = xcalloc(count + 1, sizeof(*names));
	const char *near;
	struct stream *s;

	TAILQ_FOREACH(s, &call->fleet->streams, entry) {
		names[n++] = s->profile->name;
	}
	near = words_nearest(name, names, n);
	if (near != NULL)
		call_fail(call, EXIT_NO_STREAM,
		    "no stream \"%s\", did you mean \"%s\"?", name, near);
	else
		call_fail(call, EXIT_NO_STREAM,
		    "no stream \"%s\", `ffsup status` lists all", name);
	free(names);
}

struct stream *
call_stream(struct command_call *call)
{
	struct stream *s = fleet_find(call->fleet, call->args.v[0]);

	if (s == NULL)
		call_fail_name(call, call->args.v[0]);
	return s;
}

void
call_clear(struct command_call *call)
{
	snapstore_put(call->held, call->payload);
	strv_clear(&call->args);
	errors_clear(&call->errors);
	free(call->error);
	free(call->of_stream);
	free(call->of_overlay);
}
