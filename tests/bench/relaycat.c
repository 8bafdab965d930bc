/* SPDX-License-Identifier: ISC */
/*
 * relaycat OUTLETS SECONDS: MPEG-TS from a child through a relay to as many
 * readers, as fast as it goes; prints bytes a second into the relay, and the
 * nanoseconds of processor time that the relay took for a megabyte of it.
 */
#include "config.h"

#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/packet.h"
#include "base/clock.h"
#include "base/util.h"
#include "link/relay.h"

#define PICTURE 50 /* packets: 2.3 Mbit/s at 30 fps */
#define GROUP	60 /* pictures */

static void
nothing(void *ctx UNUSED, int end UNUSED)
{
}

/* Write groups of pictures for ever. */
static void
make(int fd)
{
	size_t n = 2 + (size_t)PICTURE * GROUP;
	uint8_t *b = xcalloc(n, TS_PACKET), *p = b + 2 * TS_PACKET;

	packet_pat(b);
	packet_pmt(b + TS_PACKET, 0x1b, 0x0f);
	for (size_t i = 0; i < (size_t)PICTURE * GROUP; i++, p += TS_PACKET) {
		if (i % PICTURE == 0)
			packet_pes(p, VIDEO_PID, i & 0x0f,
			    (int64_t)(i / PICTURE) * 3000, i == 0);
		else
			packet_more(p, VIDEO_PID, i & 0x0f);
	}
	for (int64_t dts = 0;; dts += (int64_t)GROUP * 3000) {
		for (size_t k = 0; k < GROUP; k++)
			packet_pes(b + (2 + k * PICTURE) * TS_PACKET, VIDEO_PID,
			    (k * PICTURE) & 0x0f, dts + (int64_t)k * 3000,
			    k == 0);
		for (size_t at = 0; at < n * TS_PACKET;) {
			ssize_t w = write(fd, (char *)b + at,
			    n * TS_PACKET - at > 65536 ? 65536
						       : n * TS_PACKET - at);

			if (w <= 0)
				_exit(0);
			at += (size_t)w;
		}
	}
}

static void
discard(int fd)
{
	static char b[65536];

	while (read(fd, b, sizeof(b)) > 0)
		continue;
	_exit(0);
}

static pid_t
spawn(void (*work)(int), int mine, int other)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(other);
		work(mine);
	}
	close(mine);
	return pid;
}

int
main(int argc, char **argv)
{
	int outlets = argc > 2 ? atoi(argv[1]) : 1;
	double seconds = argc > 2 ? atof(argv[2]) : 3, cpu;
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
	struct relay_opts opts = { .ring_max = 1 << 25,
		.lag_ms = 100000,
		.tables = nothing,
		.fed = nothing };
	struct relay *r = relay_new(loop, &opts);
	struct relay_inlet_stats st;
	struct rusage use;
	int64_t end;
	pid_t pids[RELAY_OUTLETS + 1];
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	relay_select(r, 0);
	for (int i = 0; i < outlets && i < RELAY_OUTLETS; i++) {
		if (pipe2(fds, O_CLOEXEC) == -1)
			return 1;
		pids[i + 1] = spawn(discard, fds[0], fds[1]);
		relay_open_outlet(r, i, fds[1], true);
	}
	if (pipe2(fds, O_CLOEXEC) == -1)
		return 1;
	pids[0] = spawn(make, fds[1], fds[0]);
	relay_open_inlet(r, 0, fds[0]);
	end = mono_ms() + (int64_t)(seconds * 1000);
	while (mono_ms() < end)
		ev_run(loop, EVRUN_ONCE);
	relay_inlet_stats(r, 0, &st);
	getrusage(RUSAGE_SELF, &use);
	cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e9 +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e3;
	printf("%.0f %.0f\n", (double)st.bytes / seconds,
	    cpu / ((double)st.bytes / 1e6));
	for (int i = 0; i <= outlets; i++)
		kill(pids[i], SIGKILL);
	relay_free(r);
	ev_loop_destroy(loop);
	return 0;
}
