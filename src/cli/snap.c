/* SPDX-License-Identifier: ISC */
/*
 * One frame from the daemon to a file, a pipe or the terminal. An image is made
 * in memory: nothing is written, and no file replaced, before it is whole.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/fs.h"
#include "base/say.h"
#include "base/util.h"
#include "base/words.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/render.h"
#include "cli/reply.h"
#include "cli/snap.h"
#include "cli/terminal.h"
#include "ffmpeg/ffjobs.h"
#include "media/mosaic.h"
#include "process/runonce.h"

#define SNAP_TIMEOUT_MS 10000 /* for the daemon */
#define SNAP_FFMPEG_MS	20000 /* for making an image */
#define SNAP_WRITE_MS	10000 /* for the reader of a named pipe */
#define SNAP_WIDTH	80    /* when the output is not a terminal */
#define SNAP_TRIES	100   /* to find a name that is free */
#define SNAP_FD_MAX	1000000

enum snap_way {
	SNAP_RAW,
	SNAP_IMAGE,
	SNAP_TTY
};

struct snap {
	const struct cli_args *ask;
	enum snap_way way;
	enum image image;
	struct geometry geometry;
	uint8_t *data; /* owned: the pixels */
	char *ffmpeg;  /* owned */
};

/* --- the request --------------------------------------------------------- */

/* The kind of image that a name ends in. 0, or -1 after a complaint. */
static int
snap_image_of(const char *path, enum image *image)
{
	static const struct {
		const char *suffix;
		enum image image;
	} kinds[] = {
		{ ".jpg", IMAGE_JPEG },
		{ ".jpeg", IMAGE_JPEG },
		{ ".png", IMAGE_PNG },
	};
	const char *suffix = strrchr(path, '.');

	for (size_t i = 0; i < NELEM(kinds) && suffix != NULL; i++) {
		if (strcasecmp(suffix, kinds[i].suffix) == 0) {
			*image = kinds[i].image;
			return 0;
		}
	}
	say_error("%s: the name of an image must end in .jpg or .png; use "
		  "--raw for the raw bytes",
	    path);
	return -1;
}

/* The way that the options and standard output leave. 0, or -1 after a
 * complaint. */
static int
snap_choose(struct snap *s)
{
	const struct cli_args *a = s->ask;
	bool terminal = isatty(STDOUT_FILENO);

	s->way = a->snap.raw ? SNAP_RAW : SNAP_IMAGE;
	s->image = IMAGE_JPEG;
	if (a->snap.tty && (a->snap.raw || a->snap.output != NULL)) {
		say_error("--tty draws in the terminal; it cannot be combined "
			  "with --raw or --output");
		return -1;
	}
	if (a->snap.raw && a->snap.output == NULL && terminal) {
		say_error("--raw is not for a terminal; name a file "
			  "with -o, or use a pipe");
		return -1;
	}
	if (a->snap.output != NULL && !a->snap.raw)
		return snap_image_of(a->snap.output, &s->image);
	if (a->snap.tty || (terminal && !a->snap.raw))
		s->way = SNAP_TTY;
	return 0;
}

/* --- from the daemon ----------------------------------------------------- */

/* Read the format of the frame: 0, or -1 when the reply makes no sense. */
static int
snap_read_geometry(struct snap *s, const cJSON *data)
{
	const char *size = reply_str(data, "size");
	size_t i;
	int w, h;

	if (size == NULL || sscanf(size, "%dx%d", &w, &h) != 2)
		return -1;
	i = words_find(pixfmt_names, N_PIXFMTS, reply_str(data, "format"));
	return i < N_PIXFMTS &&
		frame_geometry_init(&s->geometry, (enum pixfmt)i, w, h) == 0 &&
		reply_num(data, "bytes", -1) == (double)s->geometry.bytes
	    ? 0
	    : -1;
}

/* Say so when the frame is not a current one of the source. */
static void
snap_tell(const cJSON *data)
{
	const char *name = reply_str(data, "name");
	enum stream_state state = reply_state(data);
	enum fallback fallback = reply_fallback(data);

	if (state == STREAM_RETRY || state == STREAM_FAILED)
		say_error("\"%s\" is not on air; this is the last frame that "
			  "was sent",
		    name);
	else if (fallback == FALLBACK_SLATE)
		say_error("\"%s\" gets no frames; this is the slate that is "
			  "sent instead",
		    name);
	else if (fallback == FALLBACK_HOLD)
		say_error("\"%s\" gets no frames; this is the last one, which "
			  "is repeated",
		    name);
}

/* Receive the frame that a reply announces. The exit code. */
static int
snap_receive(struct snap *s, struct client *c, struct client_reply *r)
{
	const cJSON *data = client_data(r);
	const char *ffmpeg = reply_str(data, "ffmpeg");

	if (snap_read_geometry(s, data) == -1) {
		say_error("cannot parse the daemon's reply; its version may "
			  "differ. Try: ffsup version");
		return EXIT_FAILED;
	}
	s->data = xcalloc(s->geometry.bytes, 1);
	if (client_bytes(c, SNAP_TIMEOUT_MS, s->data, s->geometry.bytes) !=
	    CLIENT_LINE) {
		say_error("the daemon closed the connection within the frame");
		return EXIT_FAILED;
	}
	/* root runs no program that another user's daemon names */
	if (ffmpeg == NULL || !client_is_trusted(c))
		ffmpeg = "ffmpeg";
	s->ffmpeg = xstrdup(ffmpeg);
	snap_tell(data);
	return EXIT_DONE;
}

/* Ask for the frame and wait until it is whole. The exit code. */
static int
snap_fetch(struct snap *s)
{
	const struct client_request rq = {
		.cmd = "snap",
		.args = s->ask->names.v,
		.n_args = s->ask->names.n,
		.clean = s->ask->snap.clean,
	};
	struct client_reply r;
	struct client *c;
	int code;

	c = client_open(s->ask->socket, &rq, SNAP_TIMEOUT_MS, &r);
	if (c != NULL) {
		code = snap_receive(s, c, &r);
	} else {
		say_error("%s", r.error);
		code = r.exit;
	}
	client_close(c);
	client_reply_clear(&r);
	return code;
}

/* --- an image ------------------------------------------------------------ */

/* All that a descriptor of ours holds. 0 / -1 with errno. */
static int
snap_read_all(int fd, struct buf *out)
{
	char chunk[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(out, chunk, (size_t)n);
	return (int)n;
}

/* Run ffmpeg from one piece of memory to another. 0, or -1 with *cause. */
static int
snap_convert(const struct snap *s, int in, int out, char **cause)
{
	struct strv argv = { 0 };
	int rc;

	*cause = NULL;
	if (in == -1 || out == -1) {
		*cause = xstrdup(strerror(errno));
		return -1;
	}
	ffjobs_snap(&argv, s->ffmpeg, &s->geometry, s->image);
	rc = runonce_filter(&argv, in, out, SNAP_FFMPEG_MS, cause);
	strv_clear(&argv);
	return rc;
}

/* The frame as the bytes of an image. 0, or -1 after a complaint. */
static int
snap_make_image(const struct snap *s, struct buf *image)
{
	int in = fs_memfd("picture", s->data, s->geometry.bytes);
	int out = memfd_create("image", MFD_CLOEXEC);
	char *cause = NULL;
	int rc = snap_convert(s, in, out, &cause);

	if (rc == 0 && (snap_read_all(out, image) == -1 || image->len == 0)) {
		cause = xstrdup("it wrote nothing");
		rc = -1;
	}
	if (rc == -1)
		say_error("%s did not convert the frame to an image: "
			  "%s",
		    s->ffmpeg, cause);
	free(cause);
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	return rc;
}

/* --- to where it is wanted ----------------------------------------------- */

/* A name in a directory that stays the same one while a file is put there,
 * whatever becomes of its path meanwhile. */
struct snap_place {
	int dir;	  /* owned; -1: none */
	const char *name; /* points into the path */
	mode_t kind;	  /* of the file there, not followed; 0: none */
	mode_t mode;	  /* for a file that takes its place */
};

/* The mode that the user's umask leaves to a new file. */
static mode_t
snap_new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Find the place that a path means. 0 / -1 with errno. */
static int
snap_find_place(struct snap_place *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".")
				  : xstrndup(path, (size_t)(slash - path) + 1);
	struct stat st;

	*p = (struct snap_place){ .name = slash == NULL ? path : slash + 1,
		.mode = snap_new_mode() };
	p->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (p->dir == -1)
		return -1;
	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT && *p->name != '\0' ? 0 : -1;
	p->kind = st.st_mode & S_IFMT;
	if (S_ISREG(st.st_mode))
		p->mode = st.st_mode & 0777;
	return 0;
}

/* A new file beside the place, with a name that nobody can foresee; the name
 * is malloc'd. -1 with errno. */
static int
snap_make_file(const struct snap_place *p, char **name)
{
	uint64_t random;
	int fd = -1;

	*name = NULL;
	for (int i = 0; i < SNAP_TRIES && fd == -1; i++) {
		free(*name);
		*name = NULL;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		*name = xasprintf(
		    "%s.%06llx", p->name, (unsigned long long)random >> 40);
		fd = openat(p->dir, *name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd == -1 && errno != EEXIST)
			return -1;
	}
	return fd;
}

/* Write a file beside the place, then give it the name: the old one, even a
 * link, is replaced, never followed nor written to. 0 / -1 with errno. */
static int
snap_replace(const struct snap_place *p, const struct buf *b)
{
	char *tmp;
	int fd = snap_make_file(p, &tmp), rc = -1, err = errno;

	if (fd != -1) {
		if (fs_write_wait(fd, buf_text(b), b->len, SNAP_WRITE_MS) ==
			0 &&
		    fchmod(fd, p->mode) == 0)
			rc = renameat(p->dir, tmp, p->dir, p->name);
		err = errno;
		close(fd);
		if (rc == -1)
			unlinkat(p->dir, tmp, 0);
	}
	free(tmp);
	errno = err;
	return rc;
}

/* Write into a named pipe, if it still is one once open, for its reader. 0 / -1
 * with errno. */
static int
snap_fill_pipe(const struct snap_place *p, const struct buf *b)
{
	int fd = openat(p->dir, p->name,
	    O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int rc = -1, err;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		errno = EEXIST;
	else
		rc = fs_write_wait(fd, buf_text(b), b->len, SNAP_WRITE_MS);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

/* The number of an open descriptor that a path means: /dev/stdout, which is a
 * link that must not be replaced, and the like; -1: it means none. */
static int
snap_descriptor(const char *path)
{
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	char *end;
	long fd;

	if (util_streq(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (util_streq(path, "/dev/stderr"))
		return STDERR_FILENO;
	for (size_t i = 0; i < NELEM(dirs); i++) {
		if (!util_has_prefix(path, dirs[i]))
			continue;
		fd = strtol(path + strlen(dirs[i]), &end, 10);
		if (*end == '\0' && fd >= 0 && fd <= SNAP_FD_MAX)
			return (int)fd;
	}
	return -1;
}

/* Put the bytes in the place. 0 / -1 with errno. */
static int
snap_fill_place(const struct snap_place *p, const struct buf *b)
{
	switch (p->kind) {
	case 0:
	case S_IFREG:
	case S_IFLNK:
		return snap_replace(p, b);
	case S_IFIFO:
		return snap_fill_pipe(p, b);
	case S_IFDIR:
		errno = EISDIR;
		return -1;
	}
	errno = EEXIST;
	return -1;
}

/* Put a file in place, whole or not at all. The exit code. */
static int
snap_save(const char *path, const struct buf *b)
{
	struct snap_place p = { .dir = -1 };
	int fd = snap_descriptor(path), rc;

	client_catch_signals(); /* no half file is left */
	if (fd != -1)
		rc = fs_write_wait(fd, buf_text(b), b->len, SNAP_WRITE_MS);
	else
		rc = snap_find_place(&p, path) == 0 ? snap_fill_place(&p, b)
						    : -1;
	if (rc == -1)
		say_error("cannot write %s: %s", path,
		    errno == EEXIST	     ? "it is not a regular file"
			: errno == ENXIO     ? "no program reads the pipe"
			: errno == ETIMEDOUT ? "nobody takes it"
					     : strerror(errno));
	if (p.dir != -1)
		close(p.dir);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

/* The abilities of standard output, as far as a drawing needs them. */
static struct mosaic_opts
snap_terminal(void)
{
	const char *term = getenv("TERM"), *depth = getenv("COLORTERM");
	struct mosaic_opts o = { .ink = MOSAIC_256 };
	struct render_opts ro;

	terminal_opts(&ro);
	o.width = ro.width > 0 ? ro.width : SNAP_WIDTH;
	o.height = ro.height > 2 ? ro.height - 1 : ro.height; /* the prompt */
	if (util_streq(depth, "truecolor") || util_streq(depth, "24bit"))
		o.ink = MOSAIC_TRUE;
	if (!ro.utf8 || !util_is_empty(getenv("NO_COLOR")) ||
	    util_streq(term, "dumb"))
		o.ink = MOSAIC_ASCII;
	return o;
}

/* Put the bytes that are wanted where they are wanted. The exit code. */
static int
snap_deliver(const struct snap *s)
{
	const char *path = s->ask->snap.output;
	struct mosaic_opts o;
	struct buf b;
	int code = EXIT_DONE;

	buf_init(&b, 0);
	switch (s->way) {
	case SNAP_RAW:
		buf_put(&b, s->data, s->geometry.bytes);
		break;
	case SNAP_IMAGE:
		if (snap_make_image(s, &b) == -1)
			code = EXIT_FAILED;
		break;
	case SNAP_TTY:
		o = snap_terminal();
		mosaic_draw(&b, &s->geometry, s->data, &o);
		break;
	}
	if (code == EXIT_DONE && path != NULL)
		code = snap_save(path, &b);
	else if (code == EXIT_DONE && say_print(&b) == -1)
		code = EXIT_FAILED;
	buf_clear(&b);
	return code;
}

int
snap_run(const struct cli_args *a)
{
	struct snap s = { .ask = a };
	int code;

	if (snap_choose(&s) == -1)
		return EXIT_USAGE;
	code = snap_fetch(&s);
	if (code == EXIT_DONE)
		code = snap_deliver(&s);
	free(s.data);
	free(s.ffmpeg);
	return code;
}
