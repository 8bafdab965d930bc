/* SPDX-License-Identifier: ISC */
#ifndef LEARN_H
#define LEARN_H

/*
 * Which values are secrets, by their place: an option or a variable whose name
 * says so, a line of HTTP headers, a URL anywhere in a command.
 */

struct redact;
struct strv;

/* The value of an ffmpeg option ("-name" or "name"): secret by its name, and
 * the URLs in it. */
void learn_option(struct redact *r, const char *name, const char *value);

/* Options as they are: "-name", "value", ... */
void learn_options(struct redact *r, const struct strv *options);

/* The arguments of any program: URLs, "--password X", "PASSWORD=X". */
void learn_arguments(struct redact *r, const struct strv *argv);

/* "NAME=value", ... */
void learn_environment(struct redact *r, const struct strv *env);

#endif
