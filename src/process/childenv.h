/* SPDX-License-Identifier: ISC */
#ifndef CHILDENV_H
#define CHILDENV_H

/*
 * The part of our environment that children get: the variables that programs
 * need to find their files, speak the user's language and reach a GPU, a
 * display or a sound server. Any other may be a secret of another stream; the
 * key "env" of a profile hands it on.
 */

#include <stdbool.h>

struct strv;

/* Append "NAME=value" of each variable of ours that children get. */
void childenv_environment(struct strv *env);

/* Whether a variable of that name is handed on. */
bool childenv_is_passed(const char *name);

#endif
