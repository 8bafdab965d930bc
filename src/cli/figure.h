/* SPDX-License-Identifier: ISC */
#ifndef FIGURE_H
#define FIGURE_H

/*
 * Numbers as text for people: durations, rates, bitrates. Each is one word without
 * a blank, so that it can stand in a column. Pure.
 */

#define FIGURE_CELL 24 /* bytes of a cell, which is the caller's */

/* As printf; "?" where it does not fit. */
void figure_put(char out[FIGURE_CELL], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "41s", "4m10s", "3h20m", "6d04h"; returns `out`. */
const char *figure_span(double seconds, char out[FIGURE_CELL]);

/* "30", "29.97", "14.8": as many decimals as are needed, at most `most`. */
void figure_decimal(char out[FIGURE_CELL], double n, int most);

/* "812k", "2.5M", "1.2G" bits per second. */
void figure_bitrate(char out[FIGURE_CELL], double kbps);

#endif
