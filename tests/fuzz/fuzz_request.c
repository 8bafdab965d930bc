/* SPDX-License-Identifier: ISC */
/*
 * Any bytes from a client of the control socket, in two pieces, to a daemon
 * without streams: whatever is asked, the answer is none or one line of JSON
 * as doc/PROTOCOL.md has it. The source is included for its inside.
 */

#include "config.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "../../src/control.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reload would read the configuration of this machine. */
static int
fuzz_reload(struct fleet *f UNUSED, bool dry_run, struct fleet_diff *diff,
    struct errors *errs)
{
	*diff = (struct fleet_diff){ .v = NULL };
	if (dry_run)
		return 0;
	errors_add(errs, "p.json", 1, 2, "key: what");
	return -1;
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_input input = { 0 };
	const char *text = (const char *)data;
	size_t cut = size > 0 ? data[0] % size : 0;
	struct control c = { .fd = -1 };
	struct ev_loop *loop;
	struct fleet fleet;
	struct buf reply;
	char chunk[4096];
	ssize_t n;
	int fds[2];

	if (size > 8192 || /* what a socket surely takes as a reply */
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == -1)
		return 0;
	command_reload = fuzz_reload;
	loop = ev_loop_new(EVFLAG_NOENV);
	fleet_init(&fleet, loop, &input);
	c.loop = loop;
	c.fleet = &fleet;
	TAILQ_INIT(&c.conns);
	control_add(&c, fds[0]);
	control_take_input(TAILQ_FIRST(&c.conns), text, cut);
	if (c.n_conns > 0)
		control_take_input(
		    TAILQ_FIRST(&c.conns), text + cut, size - cut);
	buf_init(&reply, 0);
	while ((n = read(fds[1], chunk, sizeof(chunk))) > 0)
		buf_put(&reply, chunk, (size_t)n);
	fuzz_check(buf_text(&reply), reply.len);
	buf_clear(&reply);
	if (c.n_conns > 0)
		control_drop(TAILQ_FIRST(&c.conns));
	if (c.n_conns != 0 || !TAILQ_EMPTY(&fleet.listeners) ||
	    !TAILQ_EMPTY(&fleet.events.listeners))
		abort();
	close(fds[1]);
	fleet_clear(&fleet);
	ev_loop_destroy(loop);
	return 0;
}
