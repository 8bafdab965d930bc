/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/words.h"
#include "cli/reply.h"

const cJSON *
reply_get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *
reply_str(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(reply_get(object, key));
}

double
reply_num(const cJSON *object, const char *key, double or_else)
{
	const cJSON *item = reply_get(object, key);

	return cJSON_IsNumber(item) ? item->valuedouble : or_else;
}

bool
reply_has_num(const cJSON *object, const char *key)
{
	return cJSON_IsNumber(reply_get(object, key));
}

bool
reply_is_true(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(reply_get(object, key));
}

enum stream_state
reply_state(const cJSON *stream)
{
	return verdict_state_by_name(reply_str(stream, "state"));
}

enum reason
reply_reason(const cJSON *stream)
{
	return verdict_by_name(reply_str(stream, "reason"));
}

enum fallback
reply_fallback(const cJSON *object)
{
	return (enum fallback)words_find(
	    fallback_names, N_FALLBACKS, reply_str(object, "fallback"));
}

double
reply_next_try(const cJSON *stream)
{
	const cJSON *workers = reply_get(stream, "workers"), *w;
	double least = -1, in;

	cJSON_ArrayForEach(w, workers) {
		in = reply_num(w, "retry_in_s", -1);
		if (in >= 0 && (least < 0 || in < least))
			least = in;
	}
	return least;
}
