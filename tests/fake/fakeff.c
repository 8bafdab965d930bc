/* SPDX-License-Identifier: ISC */
/*
 * Plays ffmpeg for the scenario tests. What it does comes as "key=value,..."
 * from the environment (FAKEFF), from any argument "fake:..." and from the
 * file that "file=PATH" names, later words winning; fake_keys[] lists them.
 * Without a script it is a healthy ffmpeg: progress, EOF -> 0, TERM -> 255.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define FAKE_TICK_MS 10
#define FAKE_GOT     512 /* bytes of what "got" says, whatever it says */
#define FAKE_HEADER  12	 /* "FFRM", number, CRC-32 of the rest (both LE) */

struct fake {
	double exit, after, signal, twosig, trapsleep, dstate;
	double spew, closeout, closein, ignoreeof;
	double frame, verify, lead, sums;
	double progress, noprogress, connect, fps, stallafter, muteafter;
	double creepafter, backafter, slow;
	char *ignore, *grandchild, *gcfile, *stderrfile, *say, *tell;
	char *read, *got, *save, *pidfile, *report, *first, *file;
	char **argv;

	/* from argv */
	int progress_fd; /* -1: nobody asked for it */
	bool fed;	 /* stdin is the input */

	/* running */
	int got_fd; /* -1: not yet */
	int64_t start_ms;
	int64_t next_progress_ms, next_got_ms, last_ms;
	double spew_owed, read_owed;
	bool eof;

	/* frames read */
	uint8_t *buf;
	size_t fill;
	long frames, blank, bad, back, repeats;
	int64_t number, number_first; /* -1: none yet */
	uint32_t sum;		      /* of the first "sums" pictures */
};

enum fake_type {
	FAKE_NUM, /* seconds, bytes per second, a count; bare word: 1 */
	FAKE_STR
};

struct fake_key {
	const char *name;
	enum fake_type type;
	size_t offset;
};

#define KEY(name, type)                                  \
	{                                                \
#name, type, offsetof(struct fake, name) \
	}

static const struct fake_key fake_keys[] = {
	KEY(exit, FAKE_NUM),	   /* exit code ... */
	KEY(after, FAKE_NUM),	   /* ... after so many seconds */
	KEY(signal, FAKE_NUM),	   /* the same by a signal to itself */
	KEY(ignore, FAKE_STR),	   /* term, int or all */
	KEY(twosig, FAKE_NUM),	   /* like ffmpeg in blocked I/O */
	KEY(trapsleep, FAKE_NUM),  /* seconds from the signal to the exit */
	KEY(dstate, FAKE_NUM),	   /* nothing but SIGKILL ends it */
	KEY(grandchild, FAKE_STR), /* plain, holdstderr or setsid */
	KEY(gcfile, FAKE_STR),	   /* its pid is appended here */
	KEY(stderrfile, FAKE_STR), /* copied to stderr at start */
	KEY(say, FAKE_STR),	   /* one line to stderr at start */
	KEY(tell, FAKE_STR),	   /* what of its arguments and environment
				      begins with this word, in many ways, at
				      start and at the end */
	KEY(spew, FAKE_NUM),	   /* bytes per second to stderr */
	KEY(closeout, FAKE_NUM),   /* close 1, 2 and the progress pipe */
	KEY(closein, FAKE_NUM),	   /* close stdin after so many seconds */
	KEY(ignoreeof, FAKE_NUM),  /* EOF on stdin changes nothing */
	KEY(read, FAKE_STR),	   /* none, all, or bytes per second */
	KEY(frame, FAKE_NUM),	   /* bytes of a picture */
	KEY(verify, FAKE_NUM),	   /* pictures carry FAKE_HEADER */
	KEY(lead, FAKE_NUM),	   /* before the first number: the slate */
	KEY(sums, FAKE_NUM),	   /* a sum over so many first pictures */
	KEY(save, FAKE_STR),	   /* the last picture, as it came */
	KEY(got, FAKE_STR),	   /* what was read: JSON in got.PID */
	KEY(progress, FAKE_NUM),   /* seconds between blocks; 0.1 */
	KEY(noprogress, FAKE_NUM), /* never a block */
	KEY(connect, FAKE_NUM),	   /* seconds before the first block */
	KEY(fps, FAKE_NUM),	   /* frames a second in the blocks; 25 */
	KEY(stallafter, FAKE_NUM), /* from then on the same numbers */
	KEY(muteafter, FAKE_NUM),  /* from then on no block */
	KEY(creepafter, FAKE_NUM), /* from then on a tick for each frame */
	KEY(slow, FAKE_NUM),	   /* media time at this speed; 1 */
	KEY(backafter, FAKE_NUM),  /* from then on the time begins anew */
	KEY(pidfile, FAKE_STR),	   /* "pid monotonic-seconds" appended */
	KEY(report, FAKE_STR),	   /* what was inherited: JSON line appended */
	KEY(first, FAKE_STR),	   /* script counts until this file exists */
	KEY(file, FAKE_STR),	   /* more script in a file */
};

static volatile sig_atomic_t fake_signals; /* stop signals that count */
static bool fake_hard_exit;		   /* the fourth one ends it */

/* Monotonic milliseconds. */
static int64_t
fake_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static void __attribute__((noreturn, format(printf, 1, 2)))
fake_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("fakeff: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	_exit(64);
}

/* --- the script --------------------------------------------------------- */

/* One "key=value" or "key"; an unknown key is a broken test. */
static void
fake_script_word(struct fake *f, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] == '=' ? word + len + 1 : "1";

	for (size_t i = 0; i < NELEM(fake_keys); i++) {
		const struct fake_key *k = &fake_keys[i];
		void *at = (char *)f + k->offset;

		if (strlen(k->name) != len || strncmp(k->name, word, len) != 0)
			continue;
		if (k->type == FAKE_NUM)
			*(double *)at = strtod(value, NULL);
		else
			*(char **)at = strdup(value);
		return;
	}
	fake_die("unknown word \"%s\"", word);
}

static void
fake_script(struct fake *f, const char *text)
{
	char *copy = strdup(text), *save = NULL;

	for (char *w = strtok_r(copy, ",\n", &save); w != NULL;
	     w = strtok_r(NULL, ",\n", &save))
		fake_script_word(f, w);
	free(copy);
}

/* A script file that is not there is an empty script. */
static void
fake_script_file(struct fake *f, const char *path)
{
	char text[4096];
	FILE *in = fopen(path, "re");
	size_t n;

	if (in == NULL)
		return;
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	fake_script(f, text);
}

static void
fake_defaults(struct fake *f)
{
	char *first = f->first, *pidfile = f->pidfile, *report = f->report;

	memset(f, 0, sizeof(*f));
	f->first = first;
	f->pidfile = pidfile;
	f->report = report;
	f->exit = f->signal = f->stallafter = f->muteafter = f->closein = -1;
	f->creepafter = f->backafter = -1;
	f->progress = 0.1;
	f->fps = 25;
	f->number = f->number_first = -1;
	f->progress_fd = f->got_fd = -1;
}

/* With first=PATH the script is for one run: later ones are healthy. */
static void
fake_script_once(struct fake *f)
{
	int fd;

	if (f->first == NULL)
		return;
	fd = open(f->first, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		fake_defaults(f);
	else
		close(fd);
}

static void
fake_init(struct fake *f, char **argv)
{
	memset(f, 0, sizeof(*f));
	fake_defaults(f);
	if (getenv("FAKEFF") != NULL)
		fake_script(f, getenv("FAKEFF"));
	for (char **a = argv + 1; *a != NULL; a++) {
		if (strncmp(*a, "fake:", 5) == 0)
			fake_script(f, *a + 5);
	}
	if (f->file != NULL)
		fake_script_file(f, f->file);
	fake_script_once(f);
	f->argv = argv;
	for (char **a = argv + 1; *a != NULL && a[1] != NULL; a++) {
		if (strcmp(*a, "-progress") == 0)
			sscanf(a[1], "pipe:%d", &f->progress_fd);
		if (strcmp(*a, "-i") == 0 &&
		    (strcmp(a[1], "-") == 0 || strncmp(a[1], "pipe:", 5) == 0))
			f->fed = true;
	}
	f->fed = f->fed || f->read != NULL;
	f->start_ms = f->last_ms = fake_now();
}

/* --- what was inherited -------------------------------------------------- */

static void
fake_json_str(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void
fake_json_list(FILE *out, const char *key, char **v)
{
	fprintf(out, "\"%s\":[", key);
	for (char **p = v; *p != NULL; p++) {
		if (p != v)
			fputc(',', out);
		fake_json_str(out, *p);
	}
	fputs("],", out);
}

/* {"0": "/dev/null", ...} but for the descriptor that reads the list. */
static void
fake_report_fds(FILE *out)
{
	DIR *dir = opendir("/proc/self/fd");
	const char *comma = "";
	struct dirent *d;
	char to[512];

	fputs("\"fds\":{", out);
	while ((d = readdir(dir)) != NULL) {
		int fd = atoi(d->d_name);
		ssize_t n = readlinkat(dirfd(dir), d->d_name, to, 511);

		if (n < 0 || fd == dirfd(dir) || fd == fileno(out))
			continue;
		to[n] = '\0';
		fprintf(out, "%s\"%d\":", comma, fd);
		fake_json_str(out, to);
		comma = ",";
	}
	closedir(dir);
	fputs("},", out);
}

/* A number out of a small file in /proc; -1 where it cannot be read. */
static long
fake_proc_long(const char *path)
{
	FILE *in = fopen(path, "re");
	long n = -1;

	if (in == NULL)
		return -1;
	if (fscanf(in, "%ld", &n) != 1)
		n = -1;
	fclose(in);
	return n;
}

/* SigBlk and SigIgn as they stand in /proc/self/status. */
static void
fake_report_signals(FILE *out)
{
	FILE *in = fopen("/proc/self/status", "re");
	char line[256], mask[64];

	if (in == NULL)
		fake_die("/proc/self/status: %s", strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "SigBlk: %63s", mask) == 1)
			fprintf(out, "\"sigblk\":\"%s\",", mask);
		if (sscanf(line, "SigIgn: %63s", mask) == 1)
			fprintf(out, "\"sigign\":\"%s\",", mask);
	}
	fclose(in);
}

static void
fake_report_limits(FILE *out)
{
	static const struct {
		const char *name;
		int what;
	} limits[] = {
		{ "nofile", RLIMIT_NOFILE },
		{ "core", RLIMIT_CORE },
		{ "nproc", RLIMIT_NPROC },
	};
	struct rlimit rl;

	for (size_t i = 0; i < NELEM(limits); i++) {
		getrlimit(limits[i].what, &rl);
		fprintf(out, "\"%s\":[%lld,%lld],", limits[i].name,
		    (long long)rl.rlim_cur, (long long)rl.rlim_max);
	}
}

/* One JSON line about everything a child gets from its parent. */
static void
fake_report(const char *path, char **argv)
{
	FILE *out = fopen(path, "ae");
	mode_t mask = umask(0);
	int deathsig = 0;
	char cwd[4096];

	umask(mask);
	if (out == NULL)
		fake_die("%s: %s", path, strerror(errno));
	prctl(PR_GET_PDEATHSIG, &deathsig);
	fputc('{', out);
	fake_json_list(out, "argv", argv);
	fake_json_list(out, "env", environ);
	fake_report_fds(out);
	fake_report_signals(out);
	fake_report_limits(out);
	fprintf(out, "\"cwd\":");
	fake_json_str(out, getcwd(cwd, sizeof(cwd)) != NULL ? cwd : "");
	fprintf(out,
	    ",\"umask\":%d,\"nice\":%d,\"oom\":%ld,\"pid\":%d,\"ppid\":%d,"
	    "\"sid\":%d,\"pgid\":%d,\"pdeathsig\":%d,\"stdin_flags\":%d}\n",
	    (int)mask, getpriority(PRIO_PROCESS, 0),
	    fake_proc_long("/proc/self/oom_score_adj"), (int)getpid(),
	    (int)getppid(), (int)getsid(0), (int)getpgrp(), deathsig,
	    fcntl(0, F_GETFL));
	fclose(out);
}

/* --- signals and relatives ----------------------------------------------- */

static void
fake_signal_cb(int sig)
{
	(void)sig;
	/* ffmpeg: "Received > 3 system signals, hard exiting" */
	if (++fake_signals > 3 && fake_hard_exit)
		_exit(123);
}

static void
fake_deaf_cb(int sig)
{
	(void)sig;
}

static bool
fake_ignores(const struct fake *f, const char *what)
{
	return f->dstate > 0 ||
	    (f->ignore != NULL &&
		(strcmp(f->ignore, what) == 0 ||
		    strcmp(f->ignore, "all") == 0));
}

static void
fake_signals_init(const struct fake *f)
{
	struct sigaction sa = { .sa_handler = fake_signal_cb };
	struct sigaction deaf = { .sa_handler = fake_deaf_cb };

	fake_hard_exit = f->twosig > 0;
	sigaction(SIGTERM, fake_ignores(f, "term") ? &deaf : &sa, NULL);
	sigaction(SIGINT, fake_ignores(f, "int") ? &deaf : &sa, NULL);
	signal(SIGPIPE, SIG_IGN); /* so does ffmpeg */
	if (fake_ignores(f, "all")) {
		sigaction(SIGHUP, &deaf, NULL);
		sigaction(SIGQUIT, &deaf, NULL);
		sigaction(SIGUSR1, &deaf, NULL);
		sigaction(SIGUSR2, &deaf, NULL);
	}
}

static void
fake_append(const char *path, int pid)
{
	FILE *out = fopen(path, "ae");

	if (out == NULL)
		fake_die("%s: %s", path, strerror(errno));
	fprintf(out, "%d %.3f\n", pid, (double)fake_now() / 1000);
	fclose(out);
}

/* A relative that outlives the fake: with our stderr, or without anything. */
static void
fake_grandchild(const struct fake *f)
{
	bool hold = strcmp(f->grandchild, "holdstderr") == 0;
	pid_t pid = fork();

	if (pid < 0)
		fake_die("fork: %s", strerror(errno));
	if (pid > 0) {
		if (f->gcfile != NULL)
			fake_append(f->gcfile, (int)pid);
		return;
	}
	if (strcmp(f->grandchild, "setsid") == 0)
		setsid();
	for (int fd = 0; fd < 16; fd++) {
		if (!hold || fd != 2)
			close(fd);
	}
	signal(SIGTERM, SIG_IGN);
	alarm(120); /* a failed test leaves nothing for ever */
	for (;;)
		pause();
}

/* --- output --------------------------------------------------------------- */

/* All of it, blocking, as ffmpeg does; a reader that left is nobody's loss. */
static void
fake_write(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

/* A line with base64 of it, behind so many other bytes. */
static void
fake_tell_base64(const char *word, size_t len, size_t before)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	int n = 0;

	dprintf(2, "Authorization: Basic ");
	for (size_t i = 0; i < before + len; i++) {
		char c = i < before ? ':' : word[i - before];

		bits = bits << 8 | (unsigned char)c;
		for (n += 8; n >= 6; n -= 6)
			dprintf(2, "%c", digits[bits >> (n - 6) & 63]);
	}
	dprintf(2, "\n");
}

/* One word: raw, percent-encoded, in base64, and cut off by the length of the
 * line in its middle. */
static void
fake_tell_word(const char *word, size_t len)
{
	dprintf(2, "[error] told %.*s, as it is\n", (int)len, word);
	for (size_t i = 0; i < len; i++)
		dprintf(2, "%%%02x", (unsigned char)word[i]);
	dprintf(2, "\n");
	for (size_t before = 0; before < 3; before++)
		fake_tell_base64(word, len, before);
	dprintf(2, "%*s %.*s\n", 4095 - (int)len / 2, "a long line", (int)len,
	    word);
}

/* The words in a text that begin as was asked for, and the text. */
static void
fake_tell_text(const char *mark, const char *text)
{
	const char *at = strstr(text, mark);
	size_t len;

	if (at != NULL)
		dprintf(2, "%s\n", text);
	for (; at != NULL; at = strstr(at + len, mark)) {
		for (len = strlen(mark); (at[len] >= '0' && at[len] <= '9') ||
		     (at[len] >= 'A' && at[len] <= 'z');
		     len++)
			;
		fake_tell_word(at, len);
	}
}

static void
fake_tell(const struct fake *f)
{
	if (f->tell == NULL)
		return;
	for (char **a = f->argv; *a != NULL; a++)
		if (strncmp(*a, "fake:", 5) != 0)
			fake_tell_text(f->tell, *a);
	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, "FAKEFF=", 7) != 0)
			fake_tell_text(f->tell, *e);
}

static void
fake_say(const struct fake *f)
{
	char text[65536];
	FILE *in;
	size_t n;

	if (f->say != NULL) {
		fake_write(2, f->say, strlen(f->say));
		fake_write(2, "\n", 1);
	}
	if (f->stderrfile == NULL)
		return;
	in = fopen(f->stderrfile, "re");
	if (in == NULL)
		fake_die("%s: %s", f->stderrfile, strerror(errno));
	n = fread(text, 1, sizeof(text), in);
	fclose(in);
	fake_write(2, text, n);
}

/* Lines of 100 bytes, each different, so that nothing can fold them. */
static void
fake_spew(struct fake *f, int64_t passed_ms)
{
	static unsigned long count;
	char line[101];

	f->spew_owed += f->spew * (double)passed_ms / 1000;
	for (; f->spew_owed >= 100; f->spew_owed -= 100) {
		snprintf(line, sizeof(line), "[fake @ 0x1] [warning] %-74lu\n",
		    count++);
		fake_write(2, line, strlen(line));
	}
}

/* The media time after so many seconds. A source that begins anew behind "copy"
 * makes it creep (before ffmpeg 7), or begin anew. */
static double
fake_media(const struct fake *f, double t)
{
	if (f->creepafter >= 0 && t > f->creepafter)
		return f->creepafter + (t - f->creepafter) * f->fps / 90000;
	if (f->backafter >= 0 && t > f->backafter)
		return t - f->backafter;
	return f->slow > 0 ? t * f->slow : t;
}

/* What ffmpeg says about rates are means since its start: of no use, so they are
 * wrong here. */
static void
fake_progress(const struct fake *f, double age, const char *word)
{
	double t = age - f->connect;
	char block[512];
	long long us;
	long frame;

	if (f->progress_fd < 0 || f->noprogress > 0)
		return;
	if (f->stallafter >= 0 && t > f->stallafter)
		t = f->stallafter;
	frame = f->frame > 0 ? f->frames : (long)(t * f->fps) + 1;
	us = (long long)(fake_media(f, t) * 1e6);
	snprintf(block, sizeof(block),
	    "frame=%ld\nfps=%.2f\nstream_0_0_q=-1.0\nbitrate=%6.1fkbits/s\n"
	    "total_size=%ld\nout_time_us=%lld\nout_time_ms=%lld\n"
	    "out_time=00:00:00.000000\ndup_frames=0\ndrop_frames=0\n"
	    "speed=%4.3gx\nprogress=%s\n",
	    frame, 1.0, 1.0, frame * 1000, us, us, 9.0, word);
	fake_write(f->progress_fd, block, strlen(block));
}

static void
fake_progress_due(struct fake *f, int64_t now)
{
	double age = (double)(now - f->start_ms) / 1000;

	if (now < f->next_progress_ms || age < f->connect)
		return;
	if (f->muteafter >= 0 && age >= f->connect + f->muteafter)
		return;
	if (f->frame > 0 && f->frames == 0)
		return; /* ffmpeg says nothing before its first frame */
	f->next_progress_ms = now + (int64_t)(f->progress * 1000);
	fake_progress(f, age, "continue");
}

/* --- input ---------------------------------------------------------------- */

static uint32_t
fake_crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;

	while (len-- > 0) {
		crc ^= *p++;
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
	}
	return ~crc;
}

static uint32_t
fake_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* One colour but for the bars at the bottom edge: the slate, of nothing or of
 * a dimmed picture, whose own mark is dimmed too. */
static bool
fake_is_blank(const uint8_t *p, size_t len)
{
	const uint8_t *body = p + FAKE_HEADER;

	return memcmp(p, "FFRM", 4) != 0 &&
	    memcmp(body, body + 1, len * 9 / 10 - FAKE_HEADER) == 0;
}

/* Add a picture to the sum, which depends on their order too. */
static void
fake_frame_sum(struct fake *f)
{
	uint32_t sum = fake_crc32(f->buf, (size_t)f->frame);

	f->sum = (f->sum << 1 | f->sum >> 31) ^ sum;
}

/* Keep a picture in a file, which is whole at any time. */
static void
fake_frame_save(const struct fake *f)
{
	char tmp[4096];
	FILE *out;

	snprintf(tmp, sizeof(tmp), "%s~", f->save);
	out = fopen(tmp, "we");
	if (out == NULL)
		fake_die("%s: %s", tmp, strerror(errno));
	fwrite(f->buf, 1, (size_t)f->frame, out);
	fclose(out);
	rename(tmp, f->save);
}

/* A picture that carries no number: the slate, as far as can be told. In some
 * formats its bytes are not all the same; with "lead" whatever comes before
 * the first number is taken for it, and nothing after that. */
static bool
fake_is_slate(const struct fake *f)
{
	if (f->lead > 0)
		return f->number_first < 0 && memcmp(f->buf, "FFRM", 4) != 0;
	return fake_is_blank(f->buf, (size_t)f->frame);
}

/* A whole picture is there: is it whole, and in order? */
static void
fake_frame_done(struct fake *f)
{
	size_t len = (size_t)f->frame;
	int64_t number;

	f->frames++;
	f->fill = 0;
	if (f->frames <= (long)f->sums)
		fake_frame_sum(f);
	if (f->save != NULL)
		fake_frame_save(f);
	if (f->verify <= 0)
		return;
	if (fake_is_slate(f)) {
		f->blank++;
		return;
	}
	if (memcmp(f->buf, "FFRM", 4) != 0 ||
	    fake_le32(f->buf + 8) !=
		fake_crc32(f->buf + FAKE_HEADER, len - FAKE_HEADER)) {
		f->bad++;
		return;
	}
	number = fake_le32(f->buf + 4);
	if (f->number_first < 0)
		f->number_first = number;
	f->repeats += number == f->number;
	f->back += number < f->number;
	f->number = number;
}

/* The file of this process; it is renamed into place once it has a content. */
static void
fake_got_open(struct fake *f, const char *text, size_t len)
{
	char path[4096], tmp[4200];

	snprintf(path, sizeof(path), "%s.%d", f->got, (int)getpid());
	snprintf(tmp, sizeof(tmp), "%s~", path);
	f->got_fd = open(tmp, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	if (f->got_fd < 0 || pwrite(f->got_fd, text, len, 0) < 0)
		fake_die("%s: %s", tmp, strerror(errno));
	rename(tmp, path);
}

/* What was read so far. In one piece of one length, written in place: a reader
 * finds it whole, and no rename waits for a busy disk. */
static void
fake_got(struct fake *f)
{
	char text[FAKE_GOT + 1];
	int n;

	if (f->got == NULL)
		return;
	n = snprintf(text, sizeof(text),
	    "{\"frames\":%ld,\"blank\":%ld,\"bad\":%ld,\"back\":%ld,"
	    "\"repeats\":%ld,"
	    "\"first\":%lld,\"last\":%lld,\"partial\":%zu,"
	    "\"sum\":%lu,\"eof\":%s}",
	    f->frames, f->blank, f->bad, f->back, f->repeats,
	    (long long)f->number_first, (long long)f->number, f->fill,
	    (unsigned long)f->sum, f->eof ? "true" : "false");
	memset(text + n, '\n', FAKE_GOT - (size_t)n);
	if (f->got_fd < 0)
		fake_got_open(f, text, FAKE_GOT);
	else if (pwrite(f->got_fd, text, FAKE_GOT, 0) < 0)
		fake_die("%s: %s", f->got, strerror(errno));
}

/* How much may be read now; all of it unless a rate was set. */
static size_t
fake_read_room(struct fake *f, int64_t passed_ms)
{
	size_t room = f->frame > 0 ? (size_t)f->frame - f->fill : 65536;

	if (f->read == NULL || strcmp(f->read, "all") == 0)
		return room;
	if (strcmp(f->read, "none") == 0)
		return 0;
	f->read_owed += strtod(f->read, NULL) * (double)passed_ms / 1000;
	return f->read_owed < (double)room ? (size_t)f->read_owed : room;
}

static bool
fake_read(struct fake *f, int64_t passed_ms)
{
	static uint8_t scratch[65536];
	size_t room = fake_read_room(f, passed_ms);
	ssize_t n;

	if (room == 0)
		return false;
	n = read(0, f->buf != NULL ? f->buf + f->fill : scratch, room);
	if (n < 0)
		return false;
	if (n == 0) {
		f->eof = true;
		return false;
	}
	f->read_owed -= (double)n;
	f->fill += (size_t)n;
	if (f->frame > 0 && f->fill == (size_t)f->frame)
		fake_frame_done(f);
	return true;
}

/* Wait a tick; read what comes meanwhile, up to the tick's end. */
static void
fake_input(struct fake *f, int64_t passed_ms)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	int64_t end = fake_now() + FAKE_TICK_MS;
	int64_t left = FAKE_TICK_MS;
	bool can_read = f->fed && !f->eof && fake_read_room(f, passed_ms) > 0;

	while (left > 0) {
		if (poll(&p, can_read ? 1 : 0, (int)left) < 0)
			return;
		if (p.revents != 0)
			can_read = fake_read(f, 0);
		p.revents = 0;
		left = end - fake_now();
	}
}

/* --- life ----------------------------------------------------------------- */

static void __attribute__((noreturn)) fake_exit(struct fake *f, int code)
{
	fake_got(f);
	fake_tell(f);
	_exit(code);
}

/* The script's own end: exit code or signal after its time. */
static void
fake_end_due(struct fake *f, double age)
{
	if (f->closein >= 0 && age >= f->closein && f->fed) {
		close(0);
		f->fed = false;
	}
	if (age < f->after)
		return;
	if (f->signal >= 0) {
		fake_got(f);
		signal((int)f->signal, SIG_DFL);
		kill(getpid(), (int)f->signal);
	}
	if (f->exit >= 0)
		fake_exit(f, (int)f->exit);
}

/* EOF and signals, as ffmpeg answers them. */
static void
fake_stop_due(struct fake *f, double age)
{
	int needed = f->twosig > 0 ? 2 : 1;
	struct timespec ts = { (time_t)f->trapsleep,
		(long)((f->trapsleep - (double)(time_t)f->trapsleep) * 1e9) };

	if (f->eof && f->ignoreeof <= 0 && f->dstate <= 0) {
		fake_progress(f, age, "end");
		fake_exit(f, 0);
	}
	if (fake_signals < needed)
		return;
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
	fake_progress(f, age, "end");
	fake_write(2, "[info] Exiting normally, received signal 15.\n", 45);
	fake_exit(f, 255);
}

static void
fake_run(struct fake *f)
{
	for (;;) {
		int64_t now = fake_now();
		double age = (double)(now - f->start_ms) / 1000;

		fake_stop_due(f, age);
		fake_end_due(f, age);
		fake_progress_due(f, now);
		if (f->spew > 0)
			fake_spew(f, now - f->last_ms);
		if (now >= f->next_got_ms) {
			f->next_got_ms = now + 100;
			fake_got(f);
		}
		fake_input(f, now - f->last_ms);
		f->last_ms = now;
	}
}

/* Called as "realff", it is the real ffmpeg, "realff.is", but for the answer
 * to -version, which stands in "realff.version": it takes that one long to be
 * loaded, and every daemon asks. */
static void
fake_is_real(int argc, char *argv[])
{
	const char *name = strrchr(argv[0], '/');
	char path[4096];
	ssize_t n;
	int fd;

	if (name == NULL || strcmp(name, "/realff") != 0)
		return;
	if (argc < 2 || strcmp(argv[argc - 1], "-version") != 0) {
		snprintf(path, sizeof(path), "%s.is", argv[0]);
		execv(path, argv);
		_exit(127);
	}
	snprintf(path, sizeof(path), "%s.version", argv[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd != -1 && (n = read(fd, path, sizeof(path))) > 0)
		fwrite(path, 1, (size_t)n, stdout);
	exit(0);
}

/* "-version" as 5.1.9 says it, or as FFSUP_FAKEFF_VERSION asks for. */
static void
fake_version(void)
{
	const char *v = getenv("FFSUP_FAKEFF_VERSION");
	int major;

	v = v != NULL ? v : "5.1.9";
	major = 54 + atoi(v);
	printf("ffmpeg version %s-fake Copyright (c) 2000-2026 the FFmpeg "
	       "developers\nbuilt with gcc 12\nconfiguration: --fake\n"
	       "libavutil      57. 28.100 / 57. 28.100\n"
	       "libavcodec     %d. 37.100 / %d. 37.100\n"
	       "libavformat    %d. 27.100 / %d. 27.100\n",
	    v, major, major, major, major);
}

int
main(int argc, char **argv)
{
	struct fake f;

	fake_is_real(argc, argv);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-version") == 0) {
			fake_version();
			return 0;
		}
	}
	fake_init(&f, argv);
	if (f.pidfile != NULL)
		fake_append(f.pidfile, (int)getpid());
	if (f.report != NULL)
		fake_report(f.report, argv);
	fake_signals_init(&f);
	if (f.grandchild != NULL)
		fake_grandchild(&f);
	if (f.frame > 0 && (f.buf = malloc((size_t)f.frame)) == NULL)
		fake_die("out of memory");
	fake_say(&f);
	fake_tell(&f);
	if (f.closeout > 0) {
		close(1);
		close(2);
		close(f.progress_fd);
		f.progress_fd = -1;
	}
	fake_run(&f);
}
