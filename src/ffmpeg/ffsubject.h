/* SPDX-License-Identifier: ISC */
#ifndef FFSUBJECT_H
#define FFSUBJECT_H

/*
 * The thing that an ending is about, for a sentence to a person and to find it
 * in the profile.
 */

struct ffcause_end;
struct ffcause_verdict;

/*
 * Masked as the lines and addresses are. Of a server: "host:port" as the URL
 * has it, with the path where that is not found; of files: the path; of a disk:
 * the directory; of an option: its name, in ffmpeg's words; a codec's or an
 * encoder's name; "WxH"; of a program: "detect.py line 88". NULL: unknown.
 * Caller frees.
 */
char *
ffsubject_of(const struct ffcause_end *end, const struct ffcause_verdict *v);

/* Index of a line that names it where the proof does not; -1: none. */
int ffsubject_line(const struct ffcause_end *end,
    const struct ffcause_verdict *v, const char *subject);

#endif
