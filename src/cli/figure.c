/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/figure.h"

void
figure_put(char out[FIGURE_CELL], const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(out, FIGURE_CELL, fmt, ap);
	va_end(ap);
	if (len < 0 || len >= FIGURE_CELL)
		strcpy(out, "?");
}

const char *
figure_span(double seconds, char out[FIGURE_CELL])
{
	long s = seconds > 0 ? lround(seconds) : 0;

	if (s < 60)
		figure_put(out, "%lds", s);
	else if (s < 3600)
		figure_put(out, "%ldm%02lds", s / 60, s % 60);
	else if (s < 86400)
		figure_put(out, "%ldh%02ldm", s / 3600, s / 60 % 60);
	else
		figure_put(out, "%ldd%02ldh", s / 86400, s / 3600 % 24);
	return out;
}

const char *
figure_seconds(double seconds, char out[FIGURE_CELL])
{
	if (seconds >= 59.95)
		return figure_span(seconds, out);
	figure_put(out, "%.1fs", seconds > 0 ? seconds : 0);
	return out;
}

void
figure_rate(char out[FIGURE_CELL], double n)
{
	figure_put(out, "%.1f", n);
}

void
figure_bitrate(char out[FIGURE_CELL], double kbps)
{
	figure_put(out, "%.0fk", kbps);
}

void
figure_memory(char out[FIGURE_CELL], double bytes)
{
	figure_put(out, "%.0fM", ceil(bytes / (1024 * 1024)));
}

void
figure_ordinal(char out[FIGURE_CELL], double n)
{
	static const char *const ends[] = { "th", "st", "nd", "rd" };
	bool small = n >= 0 && n < 1e9;
	int last = small ? (int)fmod(n, 10) : 0;
	bool teen = small && (int)fmod(n, 100) / 10 == 1;

	figure_put(out, "%.0f%s", n, teen || last > 3 ? "th" : ends[last]);
}
