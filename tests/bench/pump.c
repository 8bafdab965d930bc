/* SPDX-License-Identifier: ISC */
/*
 * The ends of the bench's pipes: one that makes pictures, one that reads and
 * discards them, and what lies between at its barest.
 *
 *	pump make SIZE FPS		pictures to stdout, stamped
 *	pump write SIZE FPS		the same picture with write(2)
 *	pump vmsplice SIZE FPS		the same picture with vmsplice(2)
 *	pump copy SIZE FPS LOG		the same picture from memory to memory
 *	pump read SIZE LOG		pictures from stdin
 *	pump ... -video_size SIZE ...	plays ffmpeg: reads, reports progress
 *
 * FPS 0 is as fast as can be. All pictures are bgr24. A stamp is the time of
 * the picture's last byte, in its last eight bytes. LOG (or $PUMP_LOG) gets a
 * struct record for every picture.
 */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define PUMP_PIPE (1024 * 1024) /* as large as ffsup makes its own */

/* Pictures in memory: no loop profits from a cache that ffsup's pool, which
 * goes round, has not. */
#define PUMP_SLOTS 8

struct record {
	int64_t first_ns, last_ns; /* its first and last bytes were there */
	int64_t stamp_ns;	   /* what stands in it */
};

struct pump {
	size_t bytes; /* of one picture */
	double fps;   /* 0: no pauses */
	int64_t start_ns, n;
	uint8_t *slots;
	int log_fd, progress_fd; /* -1: none */
	int64_t report_ns;	 /* when the next report is due */
};

static int64_t
pump_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void __attribute__((noreturn)) pump_die(const char *what)
{
	fprintf(stderr, "pump: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
pump_size(struct pump *p, const char *text)
{
	unsigned w, h;

	if (sscanf(text, "%ux%u", &w, &h) != 2) {
		errno = EINVAL;
		pump_die(text);
	}
	p->bytes = (size_t)w * h * 3;
	p->slots = aligned_alloc(4096, (p->bytes * PUMP_SLOTS + 4095) & ~4095U);
	if (p->slots == NULL)
		pump_die("memory");
	madvise(p->slots, p->bytes * PUMP_SLOTS, MADV_HUGEPAGE); /* as ffsup */
	memset(p->slots, 'p', p->bytes * PUMP_SLOTS);
}

static void
pump_log(struct pump *p, const char *path)
{
	if (path == NULL)
		return;
	p->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (p->log_fd == -1)
		pump_die(path);
}

static uint8_t *
pump_slot(const struct pump *p)
{
	return p->slots + (size_t)(p->n % PUMP_SLOTS) * p->bytes;
}

/* Wait until the next picture is due. */
static void
pump_pace(struct pump *p)
{
	int64_t at = p->start_ns;
	struct timespec ts;

	p->n++;
	if (p->fps <= 0)
		return;
	at += (int64_t)((double)p->n * 1e9 / p->fps);
	ts.tv_sec = at / NS_PER_S;
	ts.tv_nsec = at % NS_PER_S;
	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}

static void
pump_record(const struct pump *p, int64_t first_ns, int64_t stamp_ns)
{
	struct record r = { first_ns, pump_now(), stamp_ns };

	if (p->log_fd != -1 && write(p->log_fd, &r, sizeof(r)) != sizeof(r))
		pump_die("log");
}

/* --- out ---------------------------------------------------------------- */

static void
pump_write(const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n == -1 && errno != EINTR)
			pump_die("write");
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

static void
pump_splice(uint8_t *data, size_t len)
{
	while (len > 0) {
		struct iovec iov = { data, len };
		ssize_t n = vmsplice(STDOUT_FILENO, &iov, 1, 0);

		if (n == -1 && errno != EINTR)
			pump_die("vmsplice");
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

/* The last bytes go apart: they say when that was. */
static void
pump_make(const struct pump *p)
{
	int64_t stamp;

	pump_write(pump_slot(p), p->bytes - sizeof(stamp));
	stamp = pump_now();
	pump_write((const uint8_t *)&stamp, sizeof(stamp));
}

static void
pump_copy(const struct pump *p)
{
	uint8_t *to = pump_slot(p), *from = p->slots;

	if (to == from)
		from += p->bytes;
	memcpy(to, from, p->bytes);
	__asm__ volatile("" ::"r"(to) : "memory"); /* no store is left out */
	pump_record(p, 0, 0);
}

static void __attribute__((noreturn)) pump_out(struct pump *p, const char *how)
{
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PUMP_PIPE);
	for (p->start_ns = pump_now();; pump_pace(p)) {
		if (strcmp(how, "make") == 0)
			pump_make(p);
		else if (strcmp(how, "write") == 0)
			pump_write(pump_slot(p), p->bytes);
		else if (strcmp(how, "vmsplice") == 0)
			pump_splice(pump_slot(p), p->bytes);
		else
			pump_copy(p);
	}
}

/* --- in ----------------------------------------------------------------- */

/* A block as ffmpeg 5.1 writes it. */
static void
pump_report(struct pump *p)
{
	int64_t now = pump_now();
	char block[512];
	int len;

	if (p->progress_fd == -1 || now < p->report_ns)
		return;
	p->report_ns = now + NS_PER_S;
	len = snprintf(block, sizeof(block),
	    "frame=%" PRId64 "\nfps=30.00\nstream_0_0_q=28.0\n"
	    "bitrate=2000.0kbits/s\ntotal_size=%" PRId64 "\n"
	    "out_time_us=%" PRId64 "\ndup_frames=0\ndrop_frames=0\n"
	    "speed=   1x\nprogress=continue\n",
	    p->n, p->n * 10000, p->n * 33333);
	if (write(p->progress_fd, block, (size_t)len) != len)
		pump_die("progress");
}

/* One picture, as ffmpeg reads it: what is left of it at a time. False: the
 * end. */
static bool
pump_read(struct pump *p)
{
	uint8_t *data = pump_slot(p);
	int64_t first_ns = 0, stamp;
	size_t filled = 0;

	while (filled < p->bytes) {
		ssize_t n =
		    read(STDIN_FILENO, data + filled, p->bytes - filled);

		if (n == -1 && errno != EINTR)
			pump_die("read");
		if (n == 0)
			return false;
		if (filled == 0)
			first_ns = pump_now();
		if (n > 0)
			filled += (size_t)n;
	}
	memcpy(&stamp, data + p->bytes - sizeof(stamp), sizeof(stamp));
	pump_record(p, first_ns, stamp);
	p->n++;
	return true;
}

static int
pump_in(struct pump *p)
{
	while (pump_read(p))
		pump_report(p);
	return 0;
}

/* What ffsup tells its encoder. */
static int
pump_ffmpeg(struct pump *p, char **argv)
{
	for (char **a = argv + 1; a[0] != NULL; a++) {
		if (strcmp(*a, "-version") == 0) {
			puts("ffmpeg version 5.1.9-bench Copyright (c) nobody\n"
			     "libavformat    59. 27.100 / 59. 27.100");
			return 0;
		}
		if (a[1] == NULL)
			break;
		if (strcmp(*a, "-progress") == 0)
			sscanf(a[1], "pipe:%d", &p->progress_fd);
		else if (strcmp(*a, "-video_size") == 0)
			pump_size(p, a[1]);
	}
	if (p->slots == NULL)
		return 64;
	pump_log(p, getenv("PUMP_LOG"));
	return pump_in(p);
}

int
main(int argc, char **argv)
{
	struct pump p = { .log_fd = -1, .progress_fd = -1 };

	/* Whatever happens to the one who started it, none is left behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc < 4 || argv[1][0] == '-')
		return pump_ffmpeg(&p, argv);
	pump_size(&p, argv[2]);
	if (strcmp(argv[1], "read") == 0) {
		pump_log(&p, argv[3]);
		return pump_in(&p);
	}
	p.fps = strtod(argv[3], NULL);
	pump_log(&p, argv[4]);
	pump_out(&p, argv[1]);
}
