/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "ffmpeg/ffprogress.h"
#include "process/child.h"
#include "process/stdpipes.h"
#include "profile/plan.h"

/* The -progress is read this often, or four times within a stall, and as it comes
 * where that would be too often to gain anything. */
#define STDPIPES_RELAX_MS     1000
#define STDPIPES_RELAX_MIN_MS 100

void
stdpipes_shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
stdpipes_close(struct stdpipes *p)
{
	stdpipes_shut(&p->null);
	for (int i = 0; i < 2; i++) {
		stdpipes_shut(&p->in[i]);
		stdpipes_shut(&p->out[i]);
		stdpipes_shut(&p->err[i]);
		stdpipes_shut(&p->progress[i]);
	}
}

int
stdpipes_open(struct stdpipes *p, const struct plan_worker *plan)
{
	*p = (struct stdpipes){ -1, { -1, -1 }, { -1, -1 }, { -1, -1 },
		{ -1, -1 } };
	p->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (p->null == -1 || pipe2(p->err, O_CLOEXEC) == -1)
		return -1;
	if (plan->in == STDIN_FED && pipe2(p->in, O_CLOEXEC) == -1)
		return -1;
	if (plan->out > 0 && pipe2(p->out, O_CLOEXEC) == -1)
		return -1;
	if (plan->ffmpeg && pipe2(p->progress, O_CLOEXEC) == -1)
		return -1;
	return 0;
}

/* Add one descriptor of the child; in the order of `to`. */
static void
stdpipes_add(struct child_spec *spec, int from, int to)
{
	spec->fds[spec->n_fds++] = (struct child_fd){ from, to };
}

void
stdpipes_declare(struct child_spec *spec, const struct stdpipes *p,
    const struct plan_worker *plan, int stdin_fd)
{
	int in = stdin_fd != -1 ? stdin_fd
	    : p->in[0] != -1	? p->in[0]
				: p->null;
	int out = plan->out == STDOUT_FILENO ? p->out[1]
	    : plan->out > 0		     ? p->err[1]
					     : p->null;

	stdpipes_add(spec, in, STDIN_FILENO);
	stdpipes_add(spec, out, STDOUT_FILENO);
	stdpipes_add(spec, p->err[1], STDERR_FILENO);
	if (p->progress[1] != -1)
		stdpipes_add(spec, p->progress[1], FFPROGRESS_FD);
	if (plan->out > STDERR_FILENO)
		stdpipes_add(spec, p->out[1], plan->out);
}

void
stdpipes_keep(struct stdpipes_ends *e, struct stdpipes *p)
{
	lines_open(&e->err, p->err[0]);
	if (p->progress[0] != -1)
		lines_open(&e->progress, p->progress[0]);
	e->in = p->in[1];
	e->out = p->out[0];
	p->err[0] = p->progress[0] = p->in[1] = p->out[0] = -1;
}

void
stdpipes_relax(struct stdpipes_ends *e, int64_t stall_ms)
{
	int64_t ms = stall_ms / 4;

	if (ms > STDPIPES_RELAX_MS)
		ms = STDPIPES_RELAX_MS;
	if (ms < STDPIPES_RELAX_MIN_MS)
		ms = 0;
	lines_relax(&e->progress, (double)ms / 1000.0);
}

void
stdpipes_finish(struct stdpipes_ends *e)
{
	lines_finish(&e->err);
	lines_finish(&e->progress);
	stdpipes_shut(&e->in);
	stdpipes_shut(&e->out);
}

void
stdpipes_drop(struct stdpipes_ends *e)
{
	lines_close(&e->err);
	lines_close(&e->progress);
	stdpipes_shut(&e->in);
	stdpipes_shut(&e->out);
}
