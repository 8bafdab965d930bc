/* SPDX-License-Identifier: ISC */
/*
 * Any bytes from a client of the control socket, in two pieces, to a daemon
 * without streams: whatever is asked, the answer is none or one line of JSON
 * as doc/PROTOCOL.md has it.
 */

#include "config.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/errors.h"
#include "base/util.h"
#include "daemon/clients.h"
#include "daemon/fleet.h"
#include "daemon/reload.h"
#include "profile/jsonc.h"

/* A reload would read the configuration of this machine: it ends here. */
static struct {
	reload_done *done; /* NULL: nobody waits */
	void *ctx;
	bool dry_run;
} fuzz_asked;

struct reload_ask *
__wrap_reload_ask(struct reload *r, bool dry_run, reload_done *done, void *ctx);
void __wrap_reload_cancel(struct reload_ask *ask);

struct reload_ask *
__wrap_reload_ask(
    struct reload *r UNUSED, bool dry_run, reload_done *done, void *ctx)
{
	fuzz_asked.done = done;
	fuzz_asked.ctx = ctx;
	fuzz_asked.dry_run = dry_run;
	return (struct reload_ask *)&fuzz_asked;
}

void
__wrap_reload_cancel(struct reload_ask *ask)
{
	if (ask != NULL)
		fuzz_asked.done = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Answer the client that waits for a reload. */
static void
fuzz_reload(void)
{
	const struct fleet_diff diff = { .v = NULL };
	reload_done *done = fuzz_asked.done;
	struct errors errs = { 0 };

	fuzz_asked.done = NULL;
	if (done == NULL)
		return;
	if (!fuzz_asked.dry_run)
		errors_add(&errs, "p.json", 1, 2, "key: what");
	done(fuzz_asked.ctx, fuzz_asked.dry_run ? 0 : -1, &diff, &errs);
	errors_clear(&errs);
}

/* A reply is one line, and says how it went. */
static void
fuzz_check(const char *text, size_t len)
{
	cJSON *root;

	if (len == 0)
		return;
	if (memchr(text, '\n', len) != text + len - 1)
		abort();
	root = cJSON_ParseWithLength(text, len);
	if (root == NULL || !cJSON_IsNumber(jsonc_get(root, "v")) ||
	    !cJSON_IsBool(jsonc_get(root, "ok")) ||
	    !cJSON_IsNumber(jsonc_get(root, "exit")) ||
	    cJSON_IsTrue(jsonc_get(root, "ok")) !=
		(jsonc_get(root, "data") != NULL) ||
	    cJSON_IsTrue(jsonc_get(root, "ok")) !=
		(jsonc_get(root, "error") == NULL))
		abort();
	cJSON_Delete(root);
}

/* Send a piece, and let it be read: some turns, for a read takes 4 KiB. */
static void
fuzz_send(struct ev_loop *loop, int fd, const char *text, size_t len)
{
	if (len > 0 && send(fd, text, len, MSG_NOSIGNAL) == -1)
		return; /* it was dropped */
	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_input input = { 0 };
	const char *text = (const char *)data;
	size_t cut = size > 0 ? data[0] % size : 0;
	struct clients c;
	struct ev_loop *loop;
	struct fleet fleet;
	struct buf reply;
	char chunk[4096];
	ssize_t n;
	int fds[2];

	if (size > 8192 || /* what a socket surely takes as a reply */
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == -1)
		return 0;
	loop = ev_loop_new(EVFLAG_NOENV);
	fleet_init(&fleet, loop, &input);
	clients_init(&c, loop, &fleet);
	clients_add(&c, fds[0]);
	fuzz_send(loop, fds[1], text, cut);
	fuzz_send(loop, fds[1], text + cut, size - cut);
	fuzz_reload();
	buf_init(&reply, 0);
	while ((n = read(fds[1], chunk, sizeof(chunk))) > 0)
		buf_put(&reply, chunk, (size_t)n);
	fuzz_check(buf_text(&reply), reply.len);
	buf_clear(&reply);
	clients_clear(&c);
	if (c.n_conns != 0 || !TAILQ_EMPTY(&fleet.listeners) ||
	    !TAILQ_EMPTY(&fleet.events.listeners))
		abort();
	close(fds[1]);
	fleet_clear(&fleet);
	ev_loop_destroy(loop);
	return 0;
}
