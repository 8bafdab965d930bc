/* SPDX-License-Identifier: ISC */
/*
 * sd_notify's datagrams: small enough to be written by hand.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sock.h"
#include "base/util.h"
#include "daemon/notify.h"

static struct {
	char *path; /* owned */
	int64_t watchdog_ms;
} notify;

/* Variables of the service manager that are ours alone. */
static const char *const notify_vars[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
	"WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
	"LIBEV_FLAGS" };

void
notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!util_is_empty(path) && (path[0] == '/' || path[0] == '@'))
		notify.path = xstrdup(path);
	if (usec != NULL && (pid == NULL || atoi(pid) == (int)getpid()))
		notify.watchdog_ms = strtoll(usec, NULL, 10) / 1000 / 2;
	for (size_t i = 0; i < NELEM(notify_vars); i++)
		unsetenv(notify_vars[i]);
}

bool
notify_is_wanted(void)
{
	return notify.path != NULL;
}

/* A manager that does not listen is not a reason to stop. */
static void
notify_send(const char *text)
{
	if (notify.path != NULL)
		(void)sock_send_datagram(notify.path, text, strlen(text));
}

void
notify_ready(const char *status)
{
	char *text = xasprintf("READY=1\nSTATUS=%s", status);

	notify_send(text);
	free(text);
}

void
notify_status(const char *status)
{
	char *text = xasprintf("STATUS=%s", status);

	notify_send(text);
	free(text);
}

void
notify_reloading(void)
{
	char *text = xasprintf(
	    "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(mono_ns() / 1000));

	notify_send(text);
	free(text);
}

void
notify_stopping(void)
{
	notify_send("STOPPING=1\nSTATUS=stopping all streams");
}

int64_t
notify_watchdog_ms(void)
{
	return notify.path == NULL ? 0 : notify.watchdog_ms;
}

void
notify_watchdog(void)
{
	notify_send("WATCHDOG=1");
}
