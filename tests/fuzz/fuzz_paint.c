/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the datagram of a painter, and as one to a painter: an accepted
 * one is within the limits of media/paint.h, and the same after it was written
 * and read once more.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/size.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/util.h"
#include "media/paint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_check(bool good)
{
	if (!good)
		abort();
}

/* One harmless line. */
static void
fuzz_check_said(const char *s)
{
	uint32_t cp;

	fuzz_check(strlen(s) <= PAINT_SAID_MAX);
	while (*s != '\0') {
		fuzz_check(utf8_len(s) > 0);
		s += utf8_decode(s, &cp);
		fuzz_check(!text_is_control(cp));
	}
}

static void
fuzz_check_reply(const struct paint_reply *r)
{
	struct paint_reply again;
	const char *cause;
	struct buf b;

	fuzz_check(r->kind >= 0 && r->kind < N_PAINT_KINDS);
	fuzz_check_said(r->said);
	if (r->kind == PAINT_TILE)
		fuzz_check(r->id >= 1 && r->id <= PAINT_ID_MAX && r->w >= 1 &&
		    r->w <= SIZE_SIDE_MAX && r->h >= 1 &&
		    r->h <= SIZE_SIDE_MAX && r->bytes >= 1 &&
		    r->bytes <= PAINT_BYTES_MAX && r->cpu_us >= 0);
	buf_init(&b, 0);
	paint_put_reply(&b, r);
	fuzz_check(paint_read_reply(&again, buf_text(&b), b.len, &cause) == 0 &&
	    again.kind == r->kind && again.id == r->id && again.w == r->w &&
	    again.h == r->h && again.bytes == r->bytes &&
	    strcmp(again.said, r->said) == 0);
	buf_clear(&b);
}

static void
fuzz_check_request(const struct paint_request *r)
{
	struct paint_request again;
	const char *cause;
	struct buf b;

	fuzz_check(r->id >= 1 && r->id <= PAINT_ID_MAX && r->size >= 1 &&
	    r->size <= PAINT_SIZE_MAX && r->outline >= 0 &&
	    r->outline <= PAINT_OUTLINE_MAX && r->clusters >= 1 &&
	    r->width >= 1 && r->width <= SIZE_SIDE_MAX &&
	    r->target.format < N_PIXFMTS && r->color <= 0xffffff);
	buf_init(&b, 0);
	paint_put_request(&b, r);
	fuzz_check(b.len <= PAINT_REQUEST_MAX);
	fuzz_check(
	    paint_read_request(&again, buf_text(&b), b.len, &cause) == 0 &&
	    again.id == r->id && again.image == r->image &&
	    again.width == r->width && again.target.full == r->target.full &&
	    again.target.bt709 == r->target.bt709);
	if (!r->image)
		fuzz_check(again.color == r->color && again.box == r->box &&
		    (again.text == NULL) == (r->text == NULL));
	paint_request_clear(&again);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = xcalloc(size > 0 ? size : 1, 1); /* no NUL behind it */
	struct paint_request request;
	struct paint_reply reply;
	const char *cause = NULL;

	memcpy(copy, data, size);
	if (paint_read_reply(&reply, copy, size, &cause) == 0)
		fuzz_check_reply(&reply);
	else
		fuzz_check(cause != NULL);
	if (paint_read_request(&request, copy, size, &cause) == 0)
		fuzz_check_request(&request);
	paint_request_clear(&request);
	free(copy);
	return 0;
}
