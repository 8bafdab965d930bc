/* SPDX-License-Identifier: ISC */
#ifndef BUF_H
#define BUF_H

/*
 * A byte buffer with a cap. It keeps a NUL after the data, so text in it can
 * be used as a string. Bytes are taken from the front without moving memory
 * until that pays.
 */

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;  /* owned; NULL while empty and unused */
	size_t head; /* bytes already consumed */
	size_t len;  /* bytes valid, from head */
	size_t cap;
	size_t max; /* 0: no cap */
};

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees; the cap stays */

/* Append. -1 and nothing appended when that would pass the cap. */
int buf_put(struct buf *b, const void *data, size_t len);
int buf_puts(struct buf *b, const char *s);
int buf_putf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vputf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* First valid byte; len bytes, then a NUL ("" when unused). */
const char *buf_text(const struct buf *b);

void buf_consume(struct buf *b, size_t len);

/* Give the text away as a malloc'd string; the buffer is empty after. */
char *buf_steal(struct buf *b);

#endif
