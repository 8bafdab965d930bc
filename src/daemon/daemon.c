/* SPDX-License-Identifier: ISC */
/*
 * Start: descriptors, signals, lock, configuration, socket, READY. Run: the
 * loop. End: everything stopped in parallel, then the socket, then the lock.
 * The offline commands share its reading and printing.
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/exitcode.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/say.h"
#include "base/secrets.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/command.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/fleet.h"
#include "daemon/notify.h"
#include "daemon/reload.h"
#include "daemon/status.h"
#include "daemon/survey.h"
#include "process/child.h"
#include "process/lock.h"
#include "process/logwriter.h"
#include "process/pathkeeper.h"
#include "process/runtoken.h"

/* SIGHUPs that come closer than this are one. */
#define DAEMON_RELOAD_GAP_MS 250

#define DAEMON_STATUS_S 1.0 /* how often the service manager gets the status */

#define DAEMON_REMOVE_MS 2000 /* at the end, for disks to remove our files */

#define DAEMON_STATUS_PART 3500 /* bytes of JSON on one line of the log */

struct daemon {
	struct ev_loop *loop;
	struct fleet fleet;
	struct control control;
	char *socket; /* owned */
	struct lock lock;
	ev_signal hup, term, interrupt, usr1;
	struct reload reload;
	ev_timer hup_wait;   /* a SIGHUP waiting for its turn */
	int64_t reloaded_ms; /* when the last one was done */
	ev_timer status;
	char *summary; /* owned: as last reported */
	ev_timer watchdog;
};

/* --- signals ------------------------------------------------------------ */

static void
daemon_empty(void *ctx)
{
	struct daemon *d = ctx;

	ev_break(d->loop, EVBREAK_ALL);
}

static void
daemon_leave_cb(struct ev_loop *loop UNUSED, ev_signal *w, int revents UNUSED)
{
	struct daemon *d = w->data;

	if (d->fleet.leaving)
		log_info("second signal: no longer waiting");
	else
		log_info("stopping all streams");
	ev_timer_stop(d->loop, &d->hup_wait);
	notify_stopping();
	fleet_leave(&d->fleet);
}

/* The status of one stream, or of none, in the log: in parts when it is longer
 * than a line may be. */
static void
daemon_log_status(const struct daemon *d, struct stream *s)
{
	const struct strv all = { 0 };
	struct jsonw j;
	struct buf b;
	size_t parts;

	buf_init(&b, 0);
	jsonw_init(&j, &b);
	status_write(&j, &d->fleet,
	    &(struct status_choice){ &s, s != NULL, &all, false });
	parts = (b.len + DAEMON_STATUS_PART - 1) / DAEMON_STATUS_PART;
	if (parts == 1)
		log_info("status %s", buf_text(&b));
	for (size_t i = 0; parts > 1 && i < parts; i++)
		log_info("status part %zu of %zu %.*s", i + 1, parts,
		    DAEMON_STATUS_PART, buf_text(&b) + i * DAEMON_STATUS_PART);
	buf_clear(&b);
}

static void
daemon_usr1_cb(struct ev_loop *loop UNUSED, ev_signal *w, int revents UNUSED)
{
	struct daemon *d = w->data;
	struct stream *s;

	if (TAILQ_EMPTY(&d->fleet.streams))
		daemon_log_status(d, NULL);
	TAILQ_FOREACH(s, &d->fleet.streams, entry)
		daemon_log_status(d, s);
}

/* --- reload ------------------------------------------------------------- */

/* Every reload, whoever asked, is reported to the service manager. */
static void
daemon_reload_begins(void *ctx UNUSED)
{
	notify_reloading();
}

static void
daemon_reload_ends(void *ctx, int rc, const struct errors *errs)
{
	struct daemon *d = ctx;
	char *summary = status_summary(&d->fleet);

	for (size_t i = 0; i < errs->n; i++) {
		char *text = errors_format(&errs->v[i]);

		log_warn("%s", text);
		free(text);
	}
	if (rc == -1)
		log_error("reload: the configuration has errors; running "
			  "streams are untouched");
	notify_ready(summary);
	free(summary);
	d->reloaded_ms = mono_ms();
}

static void
daemon_hup_wait_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct daemon *d = t->data;

	if (!d->fleet.leaving)
		reload_ask(&d->reload, false, NULL, NULL);
}

static void
daemon_hup_cb(struct ev_loop *loop, ev_signal *w, int revents UNUSED)
{
	struct daemon *d = w->data;
	int64_t wait = d->reloaded_ms + DAEMON_RELOAD_GAP_MS - mono_ms();

	if (d->fleet.leaving || ev_is_active(&d->hup_wait))
		return;
	ev_now_update(loop);
	ev_timer_set(&d->hup_wait, wait > 0 ? (double)wait / 1000.0 : 0.0, 0.0);
	ev_timer_start(loop, &d->hup_wait);
}

/* --- the service manager ------------------------------------------------ */

static void
daemon_status_cb(struct ev_loop *loop UNUSED, ev_timer *t, int revents UNUSED)
{
	struct daemon *d = t->data;
	char *summary = status_summary(&d->fleet);

	if (!util_streq(summary, d->summary) && !d->fleet.leaving)
		notify_status(summary);
	free(d->summary);
	d->summary = summary;
}

static void
daemon_watchdog_cb(
    struct ev_loop *loop UNUSED, ev_timer *t UNUSED, int revents UNUSED)
{
	notify_watchdog();
}

static void
daemon_start_timers(struct daemon *d)
{
	double watchdog = (double)notify_watchdog_ms() / 1000.0;

	ev_init(&d->hup_wait, daemon_hup_wait_cb);
	d->hup_wait.data = d;
	ev_timer_init(
	    &d->status, daemon_status_cb, DAEMON_STATUS_S, DAEMON_STATUS_S);
	d->status.data = d;
	if (notify_is_wanted())
		ev_timer_start(d->loop, &d->status);
	ev_timer_init(&d->watchdog, daemon_watchdog_cb, watchdog, watchdog);
	if (watchdog > 0)
		ev_timer_start(d->loop, &d->watchdog);
}

/* --- birth -------------------------------------------------------------- */

static void
daemon_ignore(int sig UNUSED)
{
}

/*
 * SIGPIPE gets a handler that does nothing rather than SIG_IGN, which would
 * survive exec in children. Signals that were blocked or ignored when we were
 * started would never arrive.
 */
static void
daemon_init_signals(void)
{
	struct sigaction sa = { .sa_handler = daemon_ignore,
		.sa_flags = SA_RESTART };
	sigset_t none;

	sigaction(SIGPIPE, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
daemon_watch_signal(struct daemon *d, ev_signal *w, int sig,
    void (*cb)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(w, cb, sig);
	/* above the deaths of children, so that nothing is restarted when the
	 * whole control group must end */
	ev_set_priority(w, EV_MAXPRI);
	w->data = d;
	ev_signal_start(d->loop, w);
}

static void
daemon_start_signals(struct daemon *d)
{
	daemon_watch_signal(d, &d->hup, SIGHUP, daemon_hup_cb);
	daemon_watch_signal(d, &d->term, SIGTERM, daemon_leave_cb);
	daemon_watch_signal(d, &d->interrupt, SIGINT, daemon_leave_cb);
	daemon_watch_signal(d, &d->usr1, SIGUSR1, daemon_usr1_cb);
}

static void
daemon_stop_watchers(struct daemon *d)
{
	ev_signal_stop(d->loop, &d->hup);
	ev_signal_stop(d->loop, &d->term);
	ev_signal_stop(d->loop, &d->interrupt);
	ev_signal_stop(d->loop, &d->usr1);
	ev_timer_stop(d->loop, &d->hup_wait);
	ev_timer_stop(d->loop, &d->status);
	ev_timer_stop(d->loop, &d->watchdog);
}

/* The control socket's path: the command line, ffsup.json, the default. */
static int
daemon_find_socket(
    struct daemon *d, const struct daemon_opts *o, const struct conf_input *in)
{
	struct conf_settings settings;
	struct errors errs = { 0 };
	const char *path = o->socket;
	int rc = conf_load_settings(in, &settings, &errs);

	if (path == NULL && util_is_empty(getenv("FFSUP_SOCKET")))
		path = settings.socket;
	d->socket = sock_default_path(path);
	if (rc == -1)
		say_errors(&errs);
	conf_settings_clear(&settings);
	errors_clear(&errs);
	return rc;
}

static int
daemon_lock(struct daemon *d)
{
	const char *cause;
	pid_t holder;

	if (lock_take(&d->lock, d->socket, &holder, &cause) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		say_error("another ffsup (pid %d) is running on %s; see "
			  "`ffsup status`, or give this one its own socket "
			  "with -s",
		    (int)holder, d->socket);
	else
		say_error("cannot lock %s.lock: %s; choose another path with "
			  "-s or FFSUP_SOCKET",
		    d->socket, cause);
	return -1;
}

/* The first configuration. Returns an exit code. */
static int
daemon_load(struct daemon *d)
{
	struct errors errs = { 0 };
	struct fleet_diff diff;
	struct survey seen;
	int rc;

	survey_look(&seen, &d->fleet.input, NULL);
	rc = fleet_reload(&d->fleet, &seen, false, &diff, &errs);
	survey_clear(&seen);
	say_errors(&errs);
	errors_clear(&errs);
	if (rc == -1)
		return EXIT_CONFIG;
	fleet_diff_clear(&diff);
	return EXIT_DONE;
}

/* Open the control socket; nobody is served before the loop runs. Returns an
 * exit code. */
static int
daemon_open(struct daemon *d)
{
	const char *cause;

	if (control_open(&d->control, d->loop, &d->fleet, d->socket, &cause) ==
	    0) {
		d->control.clients.reload = &d->reload;
		d->control.path.lock = &d->lock;
		return EXIT_DONE;
	}
	say_error("cannot listen on %s: %s; choose another path with -s or "
		  "FFSUP_SOCKET",
	    d->socket, cause);
	return EXIT_FAILED;
}

/* Go round the loop until everything is off. */
static void
daemon_live(struct daemon *d, const struct daemon_opts *o)
{
	char *summary = status_summary(&d->fleet);

	log_info("ffsup %s, ffmpeg %s, %zu stream%s, control socket %s",
	    PACKAGE_VERSION, d->fleet.ffmpeg.ver.text, fleet_count(&d->fleet),
	    fleet_count(&d->fleet) == 1 ? "" : "s", d->socket);
	notify_ready(summary);
	free(summary);
	if (o->ready != NULL)
		o->ready(o->ctx, d->loop, &d->fleet);
	ev_run(d->loop, 0);
	log_info("all streams are stopped");
}

static int
daemon_supervise(
    struct daemon *d, const struct daemon_opts *o, const struct conf_input *in)
{
	int code;

	d->loop = ev_loop_new(EVFLAG_NOENV);
	if (d->loop == NULL) {
		say_error("no event loop: %s", strerror(errno));
		return EXIT_FAILED;
	}
	child_init(d->loop);
	runtoken_set_instance(d->lock.id);
	fleet_init(&d->fleet, d->loop, in);
	d->fleet.host.control = d->socket;
	d->fleet.empty = daemon_empty;
	d->fleet.ctx = d;
	reload_init(&d->reload, &d->fleet);
	d->reload.begin = daemon_reload_begins;
	d->reload.end = daemon_reload_ends;
	d->reload.ctx = d;
	daemon_start_signals(d);
	daemon_start_timers(d);
	code = daemon_open(d); /* before anything is started */
	if (code == EXIT_DONE) {
		child_sweep_left();
		code = daemon_load(d);
		if (code == EXIT_DONE)
			daemon_live(d, o);
		control_close(&d->control);
	}
	daemon_stop_watchers(d);
	reload_clear(&d->reload);
	fleet_clear(&d->fleet);
	lock_remove(&d->lock, d->loop);
	pathkeeper_finish_all(d->loop, DAEMON_REMOVE_MS);
	child_shutdown();
	ev_loop_destroy(d->loop);
	return code;
}

/* A proxy's password goes to the children, and is a secret for good. */
static void
daemon_learn_proxies(void)
{
	struct redact r = { 0 };

	redact_add_url(&r, getenv("http_proxy"));
	redact_add_url(&r, getenv("https_proxy"));
	secrets_new(&r); /* never let go */
	redact_clear(&r);
}

int
daemon_run(const struct daemon_opts *o)
{
	struct conf_input in = {
		.file = o->config, .paths = o->paths, .n_paths = o->n_paths
	};
	struct daemon d = { .lock = { .fd = -1, .guard = -1 } };
	int code = EXIT_FAILED;

	log_init(o->debug  ? LOG_LEVEL_DEBUG
		: o->quiet ? LOG_LEVEL_WARN
			   : LOG_LEVEL_INFO);
	log_set_mask(secrets_text);
	log_select(getenv("FFSUP_DEBUG"));
	logwriter_start();
	daemon_learn_proxies();
	daemon_init_signals();
	notify_init();
	if (daemon_find_socket(&d, o, &in) == -1)
		code = EXIT_CONFIG;
	else if (daemon_lock(&d) == 0)
		code = daemon_supervise(&d, o, &in);
	lock_release(&d.lock);
	free(d.socket);
	free(d.summary);
	return code;
}
