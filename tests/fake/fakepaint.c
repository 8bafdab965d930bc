/* SPDX-License-Identifier: ISC */
/*
 * Plays ffsup-paint without a font: a text becomes a row of boxes in its
 * colour, one for each character but blanks, half as wide as they are high
 * where it is ASCII and full width elsewhere; an image is what it is.
 *
 * A text that begins with "fake:" is a command; a blank and a text to paint may
 * follow it:
 *
 *     fake:exit=N          ends with this code
 *     fake:signal=N        dies of this signal
 *     fake:hang            answers nothing any more
 *     fake:slow=MS         answers later
 *     fake:mute            answers nothing, this once
 *     fake:error           answers that it cannot
 *     fake:garbage         answers with a datagram that is no JSON
 *     fake:id=N            answers for another request
 *     fake:twice           answers two times
 *     fake:nofile          sends no descriptor
 *     fake:pipe            sends a descriptor that is no memory
 *     fake:plain           sends an ordinary file
 *     fake:two             sends the descriptor two times at once
 *     fake:close           closes its socket and lives on
 *     fake:unsealed        sends memory that it can still write to
 *     fake:short           sends half of the tile
 *     fake:bytes=N         says that the tile has so many bytes
 *     fake:size=N          says that the tile is so wide
 *     fake:wide=N          a tile as wide as that
 *     fake:high=N          a tile as high as that
 *     fake:wrong=N         byte N of the tile is another one
 *     fake:format=NAME     a tile for another pixel format
 *     fake:flood=N         so many answers more, for no request
 *
 * FAKEPAINT in the environment is such a command for the start: "exit=N",
 * "signal=N", "hang", "slow=MS", "mute" (is never ready), "garbage".
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/util.h"
#include "base/words.h"
#include "media/paint.h"
#include "paint/pam.h"
#include "paint/picture.h"
#include "paint/serve.h"

#define FAKE_WORD_MAX 64

/* A command: what it is, and its value. */
struct fake {
	char word[FAKE_WORD_MAX]; /* "": none */
	char value[FAKE_WORD_MAX];
	long n; /* the value as a number */
};

static void
fake_read(struct fake *f, const char *text, size_t len)
{
	char all[FAKE_WORD_MAX];
	size_t n;

	snprintf(all, sizeof(all), "%.*s", (int)len, text);
	n = strcspn(all, "=");
	snprintf(f->word, sizeof(f->word), "%.*s", (int)n, all);
	snprintf(
	    f->value, sizeof(f->value), "%s", all[n] == '=' ? all + n + 1 : "");
	f->n = strtol(f->value, NULL, 10);
}

/* The command that a text begins with; what is left of the text. */
static const char *
fake_command(struct fake *f, const char *text)
{
	size_t len;

	*f = (struct fake){ .n = 0 };
	if (text == NULL || !util_has_prefix(text, "fake:"))
		return text == NULL ? "" : text;
	text += strlen("fake:");
	len = strcspn(text, " ");
	fake_read(f, text, len);
	return text[len] == ' ' ? text + len + 1 : text + len;
}

static bool
fake_is(const struct fake *f, const char *word)
{
	return strcmp(f->word, word) == 0;
}

/* Those after which there is nothing more to do. */
static void
fake_end(const struct fake *f)
{
	const struct timespec t = { .tv_sec = f->n / 1000,
		.tv_nsec = f->n % 1000 * 1000000 };

	if (fake_is(f, "exit"))
		_exit((int)f->n);
	if (fake_is(f, "signal"))
		raise((int)f->n);
	if (fake_is(f, "close"))
		close(STDIN_FILENO);
	while (fake_is(f, "hang") || fake_is(f, "close"))
		pause();
	if (fake_is(f, "slow"))
		nanosleep(&t, NULL);
}

/* --- boxes --------------------------------------------------------------- */

static void
fake_box(struct picture *p, int x, int w, uint32_t color)
{
	for (int y = p->h / 8; y < p->h - p->h / 8; y++) {
		uint8_t *pixel = p->bgra + ((size_t)y * p->w + x) * 4;

		for (int i = 0; i < w; i++, pixel += 4) {
			pixel[0] = (uint8_t)color;
			pixel[1] = (uint8_t)(color >> 8);
			pixel[2] = (uint8_t)(color >> 16);
			pixel[3] = 255;
		}
	}
}

/* How wide a text is; with a picture it is drawn there. */
static int
fake_draw(const struct paint_request *r, const char *text, struct picture *p)
{
	int gap = r->size / 8 + 1, x = gap, w, n = 0;
	uint32_t cp;

	for (; *text != '\0' && n < r->clusters; n++) {
		text += utf8_decode(text, &cp);
		w = cp < 0x80 ? r->size / 2 : r->size;
		if (x + w + gap > r->width)
			break;
		if (p != NULL && cp != ' ')
			fake_box(p, x, w, r->color);
		x += w + gap;
	}
	return x;
}

static const char *
fake_picture(const struct paint_request *r, const char *text, int file,
    struct picture *p)
{
	int w;

	if (r->image)
		return file == -1 ? "no file came with it"
				  : pam_read_file(p, file);
	w = fake_draw(r, text, NULL);
	if (*text == '\0' || w > r->width)
		return "nothing to see";
	picture_init(p, w, r->size * 5 / 4);
	fake_draw(r, text, p);
	return NULL;
}

/* An empty image of another size. */
static void
fake_stretch(const struct fake *f, struct picture *p)
{
	int w = fake_is(f, "wide") ? (int)f->n : p->w;
	int h = fake_is(f, "high") ? (int)f->n : p->h;

	if (w == p->w && h == p->h)
		return;
	picture_clear(p);
	picture_init(p, w, h);
}

/* --- answers ------------------------------------------------------------- */

/* A file or memory that can still be written to. */
static int
fake_open(const struct buf *tile, bool plain)
{
	int fd = plain ? open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
		       : memfd_create("fake", MFD_CLOEXEC);

	if (write(fd, buf_text(tile), tile->len) == -1)
		fprintf(stderr, "fakepaint: no memory\n");
	return fd;
}

/* A tile, or what is to be taken for one. */
static int
fake_seal(const struct fake *f, struct buf *tile)
{
	int ends[2];

	if (fake_is(f, "pipe"))
		return pipe(ends) == 0 ? ends[0] : -1;
	if (fake_is(f, "unsealed") || fake_is(f, "plain"))
		return fake_open(tile, fake_is(f, "plain"));
	if (fake_is(f, "wrong"))
		tile->data[tile->head + (size_t)f->n % tile->len] ^= (char)0xff;
	if (fake_is(f, "short"))
		tile->len /= 2;
	return serve_seal(tile);
}

static int
fake_tile(const struct fake *f, const struct picture *p,
    const struct tile_target *target, struct paint_reply *reply)
{
	const struct tile_image image = { .bgra = p->bgra,
		.stride = (size_t)p->w * 4,
		.w = p->w,
		.h = p->h };
	struct tile_target t = *target;
	int other = words_index(pixfmt_names, f->value), fd;
	struct buf tile;

	if (fake_is(f, "format") && other >= 0)
		t.format = (enum pixfmt)other;
	buf_init(&tile, 0);
	tile_build(&tile, &image, &t);
	reply->w = fake_is(f, "size") ? (int)f->n : p->w;
	reply->h = p->h;
	reply->bytes = fake_is(f, "bytes") ? f->n : (int64_t)tile.len;
	fd = fake_seal(f, &tile);
	buf_clear(&tile);
	return fd;
}

/* An answer with two descriptors, which fit where one is expected. */
static int
fake_send_two(const struct paint_reply *reply, int fd)
{
	struct buf line;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	buf_init(&line, 0);
	paint_put_reply(&line, reply);
	iov = (struct iovec){ line.data, line.len };
	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(2 * sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(
	    CMSG_DATA(CMSG_FIRSTHDR(&msg)), (int[]){ fd, fd }, 2 * sizeof(int));
	n = sendmsg(STDIN_FILENO, &msg, MSG_NOSIGNAL);
	buf_clear(&line);
	return n == -1 ? -1 : 0;
}

static int
fake_send(const struct fake *f, const struct paint_reply *reply, int fd)
{
	int rc = 0, n = fake_is(f, "twice") ? 2 : 1;

	if (fake_is(f, "mute"))
		return 0;
	if (fake_is(f, "garbage"))
		return send(STDIN_FILENO, "{\"id\":\x01", 7, MSG_NOSIGNAL) == -1
		    ? -1
		    : 0;
	if (fake_is(f, "two"))
		return fake_send_two(reply, fd);
	if (fake_is(f, "flood"))
		n += (int)f->n;
	while (n-- > 0 && rc == 0)
		rc = serve_send(
		    STDIN_FILENO, reply, fake_is(f, "nofile") ? -1 : fd);
	return rc;
}

static int
fake_paint(const struct paint_request *r, int file)
{
	struct paint_reply reply = { .kind = PAINT_TILE, .id = r->id };
	struct picture p = { .bgra = NULL };
	struct fake f;
	const char *text = fake_command(&f, r->text), *cause;
	int fd = -1, rc;

	fake_end(&f);
	cause = fake_is(&f, "error") ? "it was told to"
				     : fake_picture(r, text, file, &p);
	if (cause == NULL) {
		fake_stretch(&f, &p);
		fd = fake_tile(&f, &p, &r->target, &reply);
	} else {
		reply.kind = PAINT_ERROR;
		snprintf(reply.said, sizeof(reply.said), "%s", cause);
	}
	if (fake_is(&f, "id"))
		reply.id = f.n;
	rc = fake_send(&f, &reply, fd);
	picture_clear(&p);
	if (fd != -1)
		close(fd);
	return rc;
}

static int
fake_ready(void)
{
	struct paint_reply ready = { .kind = PAINT_READY, .said = "fake" };
	const char *start = getenv("FAKEPAINT");
	struct fake f = { .n = 0 };

	if (start != NULL)
		fake_read(&f, start, strlen(start));
	fake_end(&f);
	return fake_send(&f, &ready, -1);
}

int
main(void)
{
	const char *cause = NULL;
	struct paint_request r;
	enum serve_got got;
	int file, rc = fake_ready();

	while (rc == 0) {
		got = serve_receive(STDIN_FILENO, &r, &file, &cause);
		if (got == SERVE_END)
			break;
		if (got == SERVE_REQUEST)
			rc = fake_paint(&r, file);
		else if (got == SERVE_BAD)
			fprintf(stderr, "fakepaint: bad request: %s\n", cause);
		if (file != -1)
			close(file);
		paint_request_clear(&r);
	}
	return 0;
}
