/* SPDX-License-Identifier: ISC */
#ifndef FIGURE_H
#define FIGURE_H

/*
 * Numbers as text for people: durations, rates, bitrates. Each is one word without
 * a blank, so that it can stand in a column, and each kind has one unit and one
 * number of decimals, so that a column can be compared at a glance. Pure.
 */

#define FIGURE_CELL 24 /* bytes of a cell, which is the caller's */

/* As printf; "?" where it does not fit. */
void figure_put(char out[FIGURE_CELL], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "41s", "4m10s", "3h20m", "6d04h"; returns `out`. */
const char *figure_span(double seconds, char out[FIGURE_CELL]);

/* The same, but below a minute with a decimal: "0.8s", "12.1s". */
const char *figure_seconds(double seconds, char out[FIGURE_CELL]);

/* "30.0", "14.8": frames per second. */
void figure_rate(char out[FIGURE_CELL], double n);

/* "12k", "2500k": kbit per second, for whatever is sent. */
void figure_bitrate(char out[FIGURE_CELL], double kbps);

/* "84M": mebibytes. */
void figure_memory(char out[FIGURE_CELL], double bytes);

/* "1st", "2nd", "11th". */
void figure_ordinal(char out[FIGURE_CELL], double n);

#endif
