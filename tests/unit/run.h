/* SPDX-License-Identifier: ISC */
#ifndef RUN_H
#define RUN_H

/* For tests with real children: one run of a program. The loop has to be one
 * that child_init() knows. */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/child.h"
#include "spin.h"

/* One child and its end. */
struct run {
	struct child child;
	int status, deaths;
	int in, out; /* our ends of its stdin and stdout */
};

static inline void
run_exited(struct child *c, int status)
{
	struct run *r = c->ctx;

	assert_int_equal(c->pid, 0);
	r->status = status;
	r->deaths++;
}

/* Start a program with pipes at 0 and 1; *e as child_spawn(). */
static inline int
run_try(struct run *r, const struct strv *argv, struct child_error *e)
{
	struct strv env = { 0 };
	int in[2], out[2], rc;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	strv_push(&env, "A=1");
	strv_push(&env, "PATH=/usr/bin:/bin");
	*r = (struct run){ .child = { .exited = run_exited } };
	r->child.ctx = r;
	rc = child_spawn(&r->child,
	    &(struct child_spec){ .argv = argv,
		.env = &env,
		.fds = { { in[0], 0 }, { out[1], 1 }, { STDERR_FILENO, 2 } },
		.n_fds = 3,
		.nice = 3 },
	    e);
	close(in[0]);
	close(out[1]);
	r->in = in[1];
	r->out = out[0];
	strv_clear(&env);
	return rc;
}

/* Start a program that can be started; arguments up to NULL. */
static inline void
run_start(struct run *r, const char *program, ...)
{
	struct strv argv = { 0 };
	struct child_error e;
	va_list ap;

	va_start(ap, program);
	for (const char *a = program; a != NULL; a = va_arg(ap, const char *))
		strv_push(&argv, a);
	va_end(ap);
	if (run_try(r, &argv, &e) == -1)
		fail_msg("%s: %s", program, child_error_text(&e));
	assert_true(r->child.pid > 0);
	strv_clear(&argv);
}

static inline void
run_clear(struct run *r)
{
	close(r->in);
	close(r->out);
}

/* Its output, up to its end or the first newline; borrowed. */
static inline const char *
run_read(struct run *r, bool line)
{
	static char text[4096];
	size_t len = 0;

	while (len < sizeof(text) - 1 && read(r->out, text + len, 1) == 1) {
		if (line && text[len] == '\n')
			break;
		len++;
	}
	text[len] = '\0';
	return text;
}

/* Run a script of the shell to its end; its output, borrowed. */
static inline const char *
run_script(const char *script)
{
	const char *text;
	struct run r;

	run_start(&r, "/bin/sh", "-c", script, NULL);
	text = run_read(&r, false);
	SPIN_UNTIL(loop, r.deaths > 0);
	assert_int_equal(r.status, 0);
	run_clear(&r);
	return text;
}

/* No child of ours is left, not even a zombie. */
static inline void
expect_childless(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* The same, after the loop has reaped the orphans that came to us. */
static inline void
spin_until_childless(void)
{
	siginfo_t info;

	SPIN_UNTIL(
	    loop, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1);
	expect_childless();
}

#endif
