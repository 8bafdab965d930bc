/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdarg.h>
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

void
figure_decimal(char out[FIGURE_CELL], double n, int most)
{
	char *end;

	figure_put(out, "%.*f", most, n);
	if (strchr(out, '.') == NULL)
		return;
	end = out + strlen(out);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
}

void
figure_bitrate(char out[FIGURE_CELL], double kbps)
{
	if (kbps < 999.5)
		figure_put(out, "%.0fk", kbps);
	else if (kbps < 999950)
		figure_put(out, "%.1fM", kbps / 1e3);
	else
		figure_put(out, "%.1fG", kbps / 1e6);
}
