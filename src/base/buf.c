/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer: appended at the end, consumed at the front, always
 * followed by a NUL.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"

#define BUF_FIRST 256 /* first allocation */

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

/* Room for `len` more bytes and the NUL. -1 when that would pass the cap. */
static int
buf_reserve(struct buf *b, size_t len)
{
	size_t need, cap;

	if (__builtin_add_overflow(b->len, len, &need) || need > SIZE_MAX / 4)
		return -1;
	if (b->max > 0 && need > b->max)
		return -1;
	if (b->head + need < b->cap)
		return 0;
	/* moving pays once the hole is as large as the data */
	if (b->head > 0 && b->head >= b->len) {
		memmove(b->data, b->data + b->head, b->len);
		b->head = 0;
	}
	if (b->head + need < b->cap)
		return 0;
	cap = b->cap > 0 ? b->cap : BUF_FIRST;
	while (cap <= b->head + need)
		cap *= 2;
	b->data = xrealloc(b->data, cap, 1);
	b->cap = cap;
	return 0;
}

int
buf_put(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len) == -1)
		return -1;
	if (len > 0)
		memcpy(b->data + b->head + b->len, data, len);
	b->len += len;
	b->data[b->head + b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

int
buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = buf_vputf(b, fmt, ap);
	va_end(ap);
	return result;
}

int
buf_vputf(struct buf *b, const char *fmt, va_list ap)
{
	char small[128]; /* enough for most, which then need no second pass */
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, again);
	va_end(again);
	if (len >= 0 && (size_t)len < sizeof(small))
		return buf_put(b, small, (size_t)len);
	if (len < 0 || buf_reserve(b, (size_t)len) == -1)
		return -1;
	vsnprintf(b->data + b->head + b->len, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
	return 0;
}

const char *
buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data + b->head : "";
}

void
buf_consume(struct buf *b, size_t len)
{
	if (len > b->len)
		len = b->len;
	b->head += len;
	b->len -= len;
	if (b->len == 0 && b->data != NULL) {
		b->head = 0;
		b->data[0] = '\0';
	}
}

char *
buf_steal(struct buf *b)
{
	char *text = b->data;

	if (text == NULL)
		return xstrdup("");
	if (b->head > 0)
		memmove(text, text + b->head, b->len + 1);
	buf_init(b, b->max);
	return text;
}
