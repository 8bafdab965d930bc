/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tell.h"

/* The monotonic clock when a recording begins: nowhere is 0 a time. */
#define TELL_START_US ((int64_t)1000 * 1000000)

int64_t __wrap_mono_ms(void);
int64_t __wrap_mono_ns(void);
void __wrap_log_debug_line(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static int64_t tell_now_us;

void
tell_set_us(int64_t us)
{
	tell_now_us = us;
}

int64_t
tell_us(void)
{
	return tell_now_us;
}

int64_t
tell_of(int64_t mono_us)
{
	return mono_us - TELL_START_US;
}

static void __attribute__((format(printf, 1, 0)))
tell_text(const char *fmt, va_list ap)
{
	printf("%10.3f  ", (double)tell_now_us / 1e6);
	vprintf(fmt, ap);
	putchar('\n');
}

void
tell(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_text(fmt, ap);
	va_end(ap);
}

/* --- in place of ffsup's own --------------------------------------------- */

int64_t
__wrap_mono_ms(void)
{
	return (TELL_START_US + tell_now_us) / 1000;
}

int64_t
__wrap_mono_ns(void)
{
	return (TELL_START_US + tell_now_us) * 1000;
}

/* The stream of a replay has no name: "%s: relay: ..." begins behind it. */
void
__wrap_log_debug_line(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	tell("%s", strncmp(line, ": ", 2) == 0 ? line + 2 : line);
}
