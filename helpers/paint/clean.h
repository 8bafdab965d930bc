/* SPDX-License-Identifier: ISC */
#ifndef CLEAN_H
#define CLEAN_H

/*
 * Text from anywhere, made fit to be shaped as one line: UTF-8 in the composed
 * normal form (NFC); no controls, line ends or overrides of the writing
 * direction; few marks on a letter, few characters in a cluster (a reader's
 * idea of one character), and a limited number of clusters.
 */

#define CLEAN_MARKS_MAX	  6  /* on one letter */
#define CLEAN_CLUSTER_MAX 32 /* characters of one cluster */

/* At most `clusters` clusters of a text, then "…". Caller frees. */
char *clean_text(const char *text, int clusters);

#endif
