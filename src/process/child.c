/* SPDX-License-Identifier: ISC */
/*
 * fork, not vfork: that would hold us up until the exec, which may have to wait
 * for a disk. Its cost grows with our memory, so large memory (frames, the ring
 * of packets) is kept out of the fork by MADV_DONTFORK.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "process/child.h"
#include "process/childenv.h"
#include "process/procfs.h"
#include "process/runtoken.h"

#define CHILD_BUCKETS	    1024 /* of the table by pid; a power of two */
#define CHILD_FD_STAGING    16	 /* above every `to` */
#define CHILD_LAST_SWEEP_MS 1000 /* a stray in state D must not keep us */
#define CHILD_SWEEP_S	    0.1	 /* reading /proc must not delay a restart */
#define CHILD_SIGNALS	    64	 /* the kernel's, real-time ones included */
#define CHILD_AWAIT_MS	    2
#define CHILD_SEAL_MS	    1000 /* only a stopped one takes so long */
#define CHILD_LAST_MS	    1000 /* without a loop: to see one dead */
#define CHILD_LEFT_MS	    2000 /* for SIGTERM, then for SIGKILL */
#define CHILD_LEFT_POLL_MS  20
#define CHILD_BEFORE_MAX    64

static const char *const child_stage_names[] = {
	[CHILD_STAGE_PIPE] = "pipe",
	[CHILD_STAGE_FORK] = "fork",
	[CHILD_STAGE_BEFORE] = "preparing",
	[CHILD_STAGE_FIND] = "find program",
	[CHILD_STAGE_SESSION] = "new session",
	[CHILD_STAGE_FDS] = "file descriptors",
	[CHILD_STAGE_NICE] = "nice",
	[CHILD_STAGE_EXEC] = "exec",
};
_Static_assert(NELEM(child_stage_names) == N_CHILD_STAGES, "a name for each");

LIST_HEAD(child_list, child);

/* One per process, as SIGCHLD is. */
static struct {
	struct ev_loop *loop;
	ev_signal chld;
	struct child_list buckets[CHILD_BUCKETS];
	struct rlimit nofile; /* as we were started */
	ev_timer sweep;	      /* for strays, a little after a death */
	unsigned runs;
	bool ready;
	pid_t before[CHILD_BEFORE_MAX]; /* inherited children */
	size_t n_before;
} children;

/* The child's work between fork and exec, or instead of exec. */
struct child_setup {
	const struct child_spec *spec;
	char *const *envp;
	pid_t parent;
	int report_fd;
	const struct child_work *work; /* NULL: exec */
};

/* --- the table of living children --------------------------------------- */

static struct child_list *
child_bucket(pid_t pid)
{
	return &children.buckets[(unsigned)pid % CHILD_BUCKETS];
}

static struct child *
child_find(pid_t pid)
{
	struct child *c;

	LIST_FOREACH(c, child_bucket(pid), entry) {
		if (c->pid == pid)
			return c;
	}
	return NULL;
}

/* Whether a run's leader still lives. */
static bool
child_run_lives(unsigned run)
{
	struct child *c;

	for (size_t i = 0; i < CHILD_BUCKETS; i++) {
		LIST_FOREACH(c, &children.buckets[i], entry) {
			if (c->run == run)
				return true;
		}
	}
	return false;
}

/* --- death -------------------------------------------------------------- */

/* Whether it was our child already when we began: started by the program that
 * then exec'ed us. */
static bool
child_was_before(pid_t pid)
{
	for (size_t i = 0; i < children.n_before; i++) {
		if (children.before[i] == pid)
			return true;
	}
	return false;
}

static int
child_note_before(pid_t pid)
{
	if (children.n_before < CHILD_BEFORE_MAX)
		children.before[children.n_before++] = pid;
	return 1;
}

/* It has no owner: treat it as if from before. Where the table is full, it
 * takes the place of one that has gone. */
static void
child_set_apart(pid_t pid)
{
	for (size_t i = 0; i < children.n_before; i++) {
		if (procfs_is_running(children.before[i]))
			continue;
		children.before[i] = pid;
		return;
	}
	child_note_before(pid);
}

/* As the reaper of orphans we are its parent now, so the number cannot belong
 * to another process. */
static int
child_kill_stray(pid_t pid)
{
	log_info("process %d outlived its parent, killed", (int)pid);
	kill(pid, SIGKILL);
	return 1;
}

/* Kill one that left its group (setsid), when its run's leader is dead. Those
 * of a living run are left to it. */
static int
child_sweep_one(pid_t pid)
{
	unsigned run;

	if (child_find(pid) != NULL)
		return 0;
	run = runtoken_run_of(pid);
	return run == 0 || child_run_lives(run) ? 0 : child_kill_stray(pid);
}

/* The same at our own end, when no run lives: also one that has cleaned its
 * environment. */
static int
child_sweep_last(pid_t pid)
{
	if (child_find(pid) != NULL || child_was_before(pid))
		return 0;
	return child_kill_stray(pid);
}

static void
child_sweep_cb(
    struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int revents UNUSED)
{
	procfs_children(child_sweep_one);
}

/* Before we go: strays, and the strays that those leave. */
static void
child_sweep_all(void)
{
	int64_t deadline = mono_ms() + CHILD_LAST_SWEEP_MS;

	while (procfs_children(child_sweep_last) > 0 && mono_ms() < deadline) {
		poll(NULL, 0, 5);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

/* --- leftovers of a killed daemon --------------------------------------- */

/* Signal all leftovers; 0 only counts. Returns their number. */
static size_t
child_signal_left(int sig)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	size_t n = 0;

	while (proc != NULL && (d = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)atoi(d->d_name);

		if (pid <= 0 || !runtoken_is_left(pid))
			continue;
		n++;
		if (sig != 0) {
			kill(pid, sig);
			kill(pid, SIGCONT); /* so that a stopped one acts */
		}
	}
	if (proc != NULL)
		closedir(proc);
	return n;
}

/* Wait until no such process is left, not for ever. How many still are. */
static size_t
child_await_left(int sig)
{
	int64_t deadline = mono_ms() + CHILD_LEFT_MS;
	size_t n;

	while ((n = child_signal_left(sig)) > 0 && mono_ms() < deadline)
		poll(NULL, 0, CHILD_LEFT_POLL_MS);
	return n;
}

void
child_sweep_left(void)
{
	size_t n = runtoken_has_instance() ? child_signal_left(SIGTERM) : 0;

	if (n == 0)
		return;
	log_warn("%zu processes of a killed daemon were still running and were "
		 "ended",
	    n);
	if (child_await_left(0) > 0 && (n = child_await_left(SIGKILL)) > 0)
		log_warn("%zu processes of a killed daemon have not ended", n);
}

/* --- death, noticed -------------------------------------------------------- */

/* It reports nothing more: it runs, or is gone. */
static void
child_report_close(struct child *c)
{
	if (c->report.fd == -1)
		return;
	if (children.ready)
		ev_io_stop(children.loop, &c->report);
	close(c->report.fd);
	c->report.fd = -1;
}

/* Take the child's report, if it has come. */
static void
child_report_read(struct child *c)
{
	ssize_t n;

	if (c->report.fd == -1)
		return;
	n = read(c->report.fd, &c->error, sizeof(c->error));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	c->failed = n == (ssize_t)sizeof(c->error);
	child_report_close(c);
	if (n == 0 && c->started != NULL)
		c->started(c);
}

static void
child_report_cb(struct ev_loop *loop UNUSED, ev_io *io, int revents UNUSED)
{
	child_report_read(io->data);
}

/* Out of the table: it is not a child of this struct any more. */
static void
child_forget(struct child *c)
{
	LIST_REMOVE(c, entry);
	c->pid = 0;
	child_report_close(c);
}

/* Sweep the group of a zombie leader, reap it, call its owner. */
static void
child_bury(struct child *c)
{
	pid_t pid = c->pid;
	int status = 0;

	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	child_report_read(c);
	child_forget(c);
	c->exited(c, status);
}

/* Every death since the last time: signals coalesce, so loop until none is
 * left. Peeked at first (WNOWAIT), so that the group can be swept while the
 * leader's number is still taken. */
static void
child_reap_cb(struct ev_loop *loop, ev_signal *w UNUSED, int revents UNUSED)
{
	bool died = false;

	for (;;) {
		siginfo_t info = { .si_pid = 0 };
		struct child *c;

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
			-1 ||
		    info.si_pid == 0)
			break;
		died = true;
		c = child_find(info.si_pid);
		if (c != NULL)
			child_bury(c);
		else /* an orphan that we inherited */
			waitpid(info.si_pid, NULL, WNOHANG);
	}
	if (died && !ev_is_active(&children.sweep)) {
		ev_timer_set(&children.sweep, CHILD_SWEEP_S, 0.0);
		ev_timer_start(loop, &children.sweep);
	}
}

void
child_init(struct ev_loop *loop)
{
	struct rlimit raised;

	for (size_t i = 0; i < CHILD_BUCKETS; i++)
		LIST_INIT(&children.buckets[i]);
	children.loop = loop;
	children.ready = true;
	getrlimit(RLIMIT_NOFILE, &children.nofile);
	raised = children.nofile;
	raised.rlim_cur = raised.rlim_max;
	setrlimit(RLIMIT_NOFILE, &raised);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	children.n_before = 0;
	procfs_children(child_note_before);
	ev_init(&children.sweep, child_sweep_cb);
	ev_signal_init(&children.chld, child_reap_cb, SIGCHLD);
	/* below SIGTERM's: a shutdown that is already pending wins */
	ev_set_priority(&children.chld, EV_MINPRI);
	ev_signal_start(loop, &children.chld);
	ev_unref(loop);
}

void
child_shutdown(void)
{
	if (!children.ready)
		return;
	ev_ref(children.loop);
	ev_signal_stop(children.loop, &children.chld);
	ev_timer_stop(children.loop, &children.sweep);
	child_sweep_all();
	children.ready = false;
}

/* --- birth, the child's side -------------------------------------------- */

/* Report to the parent and leave, without atexit handlers. */
static void __attribute__((noreturn))
child_give_up(const struct child_setup *s, const struct child_error *e)
{
	ssize_t n = write(s->report_fd, e, sizeof(*e));

	_exit(n == (ssize_t)sizeof(*e) ? 127 : 126);
}

/* The same, of the program, for errno. */
static void __attribute__((noreturn))
child_abort(const struct child_setup *s, enum child_stage stage)
{
	struct child_error e = { .stage = stage, .err = errno };

	if (s->spec->argv != NULL)
		snprintf(e.what, sizeof(e.what), "%s", s->spec->argv->v[0]);
	child_give_up(s, &e);
}

/* Run the owner's before() in the child. */
static void
child_prepare(const struct child_setup *s)
{
	struct child_error e = { .stage = CHILD_STAGE_BEFORE };

	if (s->spec->before == NULL)
		return;
	e.err = s->spec->before(s->spec->ctx, e.what, sizeof(e.what));
	if (e.err != 0)
		child_give_up(s, &e);
}

/* Give every declared descriptor its number. In two steps, so that none is
 * overwritten before it was moved; dup2 clears close-on-exec, even for a
 * descriptor that already had its number. */
static void
child_place_fds(struct child_setup *s)
{
	const struct child_spec *spec = s->spec;
	int staged[CHILD_FDS_MAX];
	int report = fcntl(s->report_fd, F_DUPFD_CLOEXEC, CHILD_FD_STAGING);

	if (report == -1)
		child_abort(s, CHILD_STAGE_FDS);
	s->report_fd = report; /* above those placed now */
	for (size_t i = 0; i < spec->n_fds; i++) {
		staged[i] =
		    fcntl(spec->fds[i].from, F_DUPFD_CLOEXEC, CHILD_FD_STAGING);
		if (staged[i] == -1)
			child_abort(s, CHILD_STAGE_FDS);
	}
	for (size_t i = 0; i < spec->n_fds; i++)
		if (dup2(staged[i], spec->fds[i].to) == -1)
			child_abort(s, CHILD_STAGE_FDS);
}

/* Close first to last, both included. Best effort: needs Linux 5.9. */
static void
child_close_range(unsigned first, unsigned last)
{
#ifdef SYS_close_range
	if (first <= last)
		syscall(SYS_close_range, first, last, 0);
#endif
}

/* Close all undeclared descriptors, before, between and after the declared
 * ones, but not the report: among them are descriptors of other children, which
 * a child that hangs before its exec must not keep open. */
static void
child_seal_fds(const struct child_setup *s)
{
	const struct child_spec *spec = s->spec;
	unsigned report = (unsigned)s->report_fd, next = 0;

	for (size_t i = 0; i < spec->n_fds; i++) {
		unsigned to = (unsigned)spec->fds[i].to;

		if (to > 0)
			child_close_range(next, to - 1);
		next = to + 1;
	}
	child_close_range(next, report - 1);
	child_close_range(report + 1, ~0U);
}

/*
 * Default dispositions for every signal: a signal that we or our parent ignore
 * would stay ignored through exec. Straight to the kernel, because glibc keeps
 * 32 and 33 to itself, and posix_spawn(3), which may have started us, leaves
 * them ignored. All zero is SIG_DFL in every layout of the struct.
 */
static void
child_reset_signals(void)
{
	static const unsigned long dfl[16];

	for (int sig = 1; sig <= CHILD_SIGNALS; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, CHILD_SIGNALS / 8);
}

/* Do the work of this fork. */
static void __attribute__((noreturn)) child_do_work(const struct child_setup *s)
{
	close(s->report_fd);
	if (s->work->in == -1)
		open("/dev/null", O_RDONLY); /* is 0: no lower one is free */
	prctl(PR_SET_NAME, "ffsup-job");
	children.ready = false; /* no loop here */
	s->work->work(s->work->arg, STDOUT_FILENO);
	_exit(EXIT_SUCCESS);
}

/* Become a separate process, with the declared descriptors and nothing else. */
static void
child_settle(struct child_setup *s)
{
	sigset_t none;

	child_reset_signals();
	if (setsid() == -1)
		child_abort(s, CHILD_STAGE_SESSION);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->parent)
		_exit(126); /* it died before it could be watched */
	child_place_fds(s);
	child_seal_fds(s);
	sigemptyset(&none); /* from here on it may hang: let it be killed */
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child. */
static void __attribute__((noreturn)) child_main(struct child_setup *s)
{
	const struct child_spec *spec = s->spec;
	char *path;

	child_settle(s);
	if (s->work != NULL)
		child_do_work(s);
	child_prepare(s);
	path = child_search(spec->argv->v[0]);
	if (path == NULL)
		child_abort(s, CHILD_STAGE_FIND);
	setrlimit(RLIMIT_NOFILE, &children.nofile);
	if (spec->nice != 0) {
		errno = 0;
		if (nice(spec->nice) == -1 && errno != 0)
			child_abort(s, CHILD_STAGE_NICE);
	}
	execve(path, spec->argv->v, s->envp);
	child_abort(s, CHILD_STAGE_EXEC);
}

/* --- birth, the parent's side ------------------------------------------- */

char *
child_search(const char *name)
{
	const char *path = getenv("PATH");
	int err = ENOENT;

	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	if (path == NULL)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", (int)len, path, name);
		struct stat st;

		if (stat(full, &st) == 0 && S_ISREG(st.st_mode)) {
			if (access(full, X_OK) == 0)
				return full;
			err = EACCES;
		}
		free(full);
		path += len + (path[len] == ':');
	}
	errno = err;
	return NULL;
}

/* The child's environment with the token of its run; borrowed strings, the
 * token and the array are the caller's to free. */
static char **
child_environment(const struct strv *env, char *token)
{
	char **envp = xcalloc(env->n + 2, sizeof(*envp));

	for (size_t i = 0; i < env->n; i++)
		envp[i] = env->v[i];
	envp[env->n] = token;
	return envp;
}

/* Fork with every signal blocked: no handler of ours runs in the child. */
static pid_t
child_fork(struct child_setup *s)
{
	sigset_t all, old;
	pid_t pid;
	int err;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = fork();
	if (pid == 0)
		child_main(s);
	err = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return pid;
}

static int
child_fail(struct child_error *e, enum child_stage stage)
{
	*e = (struct child_error){ .stage = stage, .err = errno };
	return -1;
}

/* Wait until a child has closed our descriptors, the other end of this pipe
 * among them: a descriptor that we close stays in epoll while the child has a
 * copy. It touches no disk before. */
static void
child_await_seal(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, CHILD_SEAL_MS) == -1 && errno == EINTR)
		continue;
	close(fd);
}

/* Fork, with a pipe that closes with the exec, or speaks. */
static pid_t
child_start(struct child *c, struct child_setup *s, struct child_error *e)
{
	int report[2], seal[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) == -1)
		return child_fail(e, CHILD_STAGE_PIPE);
	if (pipe2(seal, O_CLOEXEC) == -1) {
		child_fail(e, CHILD_STAGE_PIPE);
		close(report[0]);
		close(report[1]);
		return -1;
	}
	s->report_fd = report[1];
	s->parent = getpid();
	pid = child_fork(s);
	if (pid == -1)
		child_fail(e, CHILD_STAGE_FORK);
	close(report[1]);
	close(seal[1]);
	child_await_seal(seal[0]);
	if (pid == -1)
		close(report[0]);
	else
		ev_io_init(&c->report, child_report_cb, report[0], EV_READ);
	return pid;
}

/* Fork, and put the child into the table. */
static int
child_add(
    struct child *c, struct child_setup *s, unsigned run, struct child_error *e)
{
	pid_t pid = child_start(c, s, e);

	if (pid == -1)
		return -1;
	c->pid = pid;
	c->run = run;
	c->failed = false;
	c->report.data = c;
	if (children.ready)
		ev_io_start(children.loop, &c->report);
	LIST_INSERT_HEAD(child_bucket(pid), c, entry);
	return 0;
}

int
child_spawn(
    struct child *c, const struct child_spec *spec, struct child_error *e)
{
	unsigned run = ++children.runs;
	char *token = runtoken_make(run);
	char **envp = child_environment(spec->env, token);
	struct child_setup s = { .spec = spec, .envp = envp };
	int rc = child_add(c, &s, run, e);

	free(envp);
	free(token);
	return rc;
}

int
child_fork_work(
    struct child *c, const struct child_work *work, struct child_error *e)
{
	struct child_spec spec = { .n_fds = 0 };
	struct child_setup s = { .spec = &spec, .work = work };

	if (work->in != -1)
		spec.fds[spec.n_fds++] =
		    (struct child_fd){ work->in, STDIN_FILENO };
	spec.fds[spec.n_fds++] = (struct child_fd){ work->out, STDOUT_FILENO };
	spec.fds[spec.n_fds++] =
	    (struct child_fd){ STDERR_FILENO, STDERR_FILENO };
	return child_add(c, &s, ++children.runs, e);
}

pid_t
child_fork_apart(const struct child_work *work)
{
	struct child c = { .pid = 0 };
	struct child_error e;
	pid_t pid;

	if (child_fork_work(&c, work, &e) == -1) {
		errno = e.err;
		return -1;
	}
	pid = c.pid;
	child_forget(&c);
	if (children.ready)
		child_set_apart(pid);
	return pid;
}

const struct child_error *
child_failure(const struct child *c)
{
	return c->failed ? &c->error : NULL;
}

const char *
child_error_text(const struct child_error *e)
{
	static char text[CHILD_WHAT_MAX + 128];

	snprintf(text, sizeof(text), "%s%s%s%s%s", e->what,
	    e->what[0] == '\0' ? "" : ": ",
	    e->stage == CHILD_STAGE_BEFORE ? "" : child_stage_names[e->stage],
	    e->stage == CHILD_STAGE_BEFORE ? "" : ": ", strerror(e->err));
	return text;
}

/* To the group; before its setsid only to the process. */
static void
child_kill(pid_t pid, int sig)
{
	if (kill(-pid, sig) == -1)
		kill(pid, sig);
}

void
child_signal(const struct child *c, int sig)
{
	if (c->pid <= 0)
		return;
	child_kill(c->pid, sig);
	if (sig != SIGKILL)
		child_kill(c->pid, SIGCONT);
}

void
child_poll(struct child *c)
{
	child_report_read(c);
}

bool
child_await_end(const struct child *c, int64_t deadline, siginfo_t *info)
{
	for (;;) {
		info->si_pid = 0;
		if (waitid(P_PID, (id_t)c->pid, info,
			WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info->si_pid != 0)
			return true;
		if (mono_ms() >= deadline)
			return false;
		poll(NULL, 0, CHILD_AWAIT_MS);
	}
}

/* Without a loop nothing else would reap it: wait, but not for one that
 * hangs. */
void
child_await(pid_t pid, int64_t ms)
{
	int64_t deadline = mono_ms() + ms;

	while (waitpid(pid, NULL, WNOHANG) == 0 && mono_ms() < deadline)
		poll(NULL, 0, CHILD_AWAIT_MS);
}

void
child_end(struct child *c)
{
	pid_t pid = c->pid;

	if (pid <= 0)
		return;
	child_kill(pid, SIGKILL);
	child_forget(c);
	if (!children.ready)
		child_await(pid, CHILD_LAST_MS);
}

/* --- a program run once ------------------------------------------------- */

int
child_spawn_once(struct child *c, const struct strv *argv,
    struct child_ends *ends, struct child_error *e)
{
	struct strv env = { 0 };
	struct child_spec spec = { .argv = argv, .env = &env, .n_fds = 3 };
	int in =
	    ends->in == -1 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : ends->in;
	int err[2] = { -1, -1 }, rc = -1;

	childenv_environment(&env);
	if (in == -1 || pipe2(err, O_CLOEXEC) == -1) {
		child_fail(e, CHILD_STAGE_PIPE);
	} else {
		spec.fds[0].from = in;
		spec.fds[1].from = ends->out == -1 ? err[1] : ends->out;
		spec.fds[2].from = err[1];
		for (int i = 0; i < 3; i++)
			spec.fds[i].to = i;
		if (!children.ready)
			getrlimit(RLIMIT_NOFILE, &children.nofile);
		rc = child_spawn(c, &spec, e);
	}
	if (in != ends->in)
		close(in);
	if (err[1] != -1)
		close(err[1]);
	if (rc == -1 && err[0] != -1)
		close(err[0]);
	ends->err = rc == -1 ? -1 : err[0];
	strv_clear(&env);
	return rc;
}
