/* SPDX-License-Identifier: ISC */
/*
 * The supervised child of the bench. It writes down when it began to run and
 * then only exists: mute, or reporting progress once a second as ffmpeg does.
 * For ffsup it plays ffmpeg, so it answers -version.
 *
 *	stamp [-stamp FILE] [-mute] [-progress pipe:FD] [anything else]
 *
 * FILE may come from $STAMP_FILE instead: a run file of runit and s6 has no
 * arguments.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define FPS	 25
#define NS_PER_S INT64_C(1000000000)

struct stamp {
	const char *file; /* NULL: no stamp wanted */
	int progress_fd;  /* -1: mute */
	bool asked;	  /* a question about the binary, not a run */
};

static const char *const stamp_questions[] = { "-version", "-h", "-encoders",
	"-muxers", "-demuxers", "-formats", "-protocols", "-filters", "-codecs",
	"-devices" };

static int64_t
stamp_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static bool
stamp_is_question(const char *arg)
{
	size_t n = sizeof(stamp_questions) / sizeof(stamp_questions[0]);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(arg, stamp_questions[i]) == 0)
			return true;
	}
	return false;
}

static void
stamp_parse(struct stamp *s, int argc, char **argv)
{
	bool mute = false;
	int fd;

	s->file = getenv("STAMP_FILE");
	s->progress_fd = -1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-mute") == 0)
			mute = true;
		else if (stamp_is_question(argv[i]))
			s->asked = true;
		else if (i + 1 < argc && strcmp(argv[i], "-stamp") == 0)
			s->file = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "-progress") == 0 &&
		    sscanf(argv[i + 1], "pipe:%d", &fd) == 1)
			s->progress_fd = fd;
	}
	if (mute)
		s->progress_fd = -1;
}

/* One write to a file opened for appending: two children cannot mix. */
static int
stamp_write(const char *file, int64_t born)
{
	char line[64];
	int fd, len;

	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	len = snprintf(
	    line, sizeof(line), "%" PRId64 " %ld\n", born, (long)getpid());
	if (write(fd, line, (size_t)len) != len)
		return -1;
	return close(fd);
}

/* A block as ffmpeg 5.1 writes it, after `seconds` of a 25 fps stream. */
static int
stamp_report(int fd, int64_t seconds)
{
	char block[512];
	int len;

	len = snprintf(block, sizeof(block),
	    "frame=%" PRId64 "\nfps=25.00\nstream_0_0_q=28.0\n"
	    "bitrate=2000.0kbits/s\ntotal_size=%" PRId64 "\n"
	    "out_time_us=%" PRId64 "\nout_time_ms=%" PRId64 "\n"
	    "out_time=%02d:%02d:%02d.000000\ndup_frames=0\n"
	    "drop_frames=0\nspeed=   1x\nprogress=continue\n",
	    seconds * FPS + 1, seconds * 250000, seconds * 1000000,
	    seconds * 1000000, (int)(seconds / 3600), (int)(seconds / 60 % 60),
	    (int)(seconds % 60));
	return write(fd, block, (size_t)len) == len ? 0 : -1;
}

static void
stamp_sleep_until(int64_t at)
{
	struct timespec ts = { .tv_sec = at / NS_PER_S,
		.tv_nsec = at % NS_PER_S };

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}

/*
 * Report at once, then every second. The phase comes from the pid, so that a
 * crowd of children spreads over the second as real streams do.
 */
static int
stamp_run(int fd, int64_t born)
{
	int64_t phase = getpid() % 1000 * (NS_PER_S / 1000);

	for (int64_t n = 0; stamp_report(fd, n) == 0; n++)
		stamp_sleep_until(born + phase + n * NS_PER_S);
	return 1;
}

int
main(int argc, char **argv)
{
	int64_t born = stamp_now();
	struct stamp s = { 0 };

	stamp_parse(&s, argc, argv);
	if (s.asked) {
		printf("ffmpeg version 5.1.9-bench Copyright (c) nobody\n"
		       "libavformat    59. 27.100 / 59. 27.100\n");
		return 0;
	}
	if (s.file != NULL && stamp_write(s.file, born) == -1) {
		perror(s.file);
		return 1;
	}
	/* Whatever happens to the supervisor, no child is left behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s.progress_fd != -1)
		return stamp_run(s.progress_fd, born);
	for (;;)
		pause();
}
