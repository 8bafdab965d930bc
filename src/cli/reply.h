/* SPDX-License-Identifier: ISC */
#ifndef REPLY_H
#define REPLY_H

/*
 * The members of a reply of the daemon. A NULL object has none, and one of another
 * type than asked for counts as missing. Keys and words: doc/PROTOCOL.md. Pure.
 */

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "link/framepump.h"
#include "stream/verdict.h"

const cJSON *reply_get(const cJSON *object, const char *key); /* or NULL */
const char *reply_str(const cJSON *object, const char *key);  /* or NULL */
double reply_num(const cJSON *object, const char *key, double or_else);
bool reply_has_num(const cJSON *object, const char *key);
bool reply_is_true(const cJSON *object, const char *key);

/* What the words of a stream mean. The daemon may be of another version: see
 * verdict_by_name(), verdict_state_by_name(); N_FALLBACKS: an unknown one. */
enum stream_state reply_state(const cJSON *stream);
enum reason reply_reason(const cJSON *stream);
enum fallback reply_fallback(const cJSON *object);

/* Seconds to the next start of any worker of a stream; -1: none waits. */
double reply_next_try(const cJSON *stream);

#endif
