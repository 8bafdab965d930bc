/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <cjson/cJSON.h>

#include "daemon/command.h"
#include "daemon/request.h"
#include "profile/jsonc.h"

#define REQUEST_LINES_MAX 100000000 /* more than are kept: all */

static bool
request_is_true(const cJSON *opts, const char *key)
{
	return cJSON_IsTrue(jsonc_get(opts, key));
}

const struct command *
request_parse(const cJSON *root, struct command_call *call, const char **why)
{
	const cJSON *cmd = jsonc_get(root, "cmd");
	const cJSON *args = jsonc_get(root, "args");
	const cJSON *opts = jsonc_get(root, "opts");
	const cJSON *lines = jsonc_get(opts, "lines");
	const cJSON *v = jsonc_get(root, "v");
	const struct command *c;
	const cJSON *a;

	*why = "a request is {\"v\":1,\"cmd\":\"status\",\"args\":[...]}";
	if (!cJSON_IsNumber(v) || v->valuedouble != 1 || !cJSON_IsString(cmd))
		return NULL;
	if (args != NULL && !cJSON_IsArray(args))
		return NULL;
	cJSON_ArrayForEach(a, args) {
		if (!cJSON_IsString(a))
			return NULL;
		strv_push(&call->args, a->valuestring);
	}
	call->all = request_is_true(opts, "all");
	call->clean = request_is_true(opts, "clean");
	call->follow = request_is_true(opts, "follow");
	call->dry_run = request_is_true(opts, "dry_run");
	call->reveal = request_is_true(opts, "reveal");
	if (cJSON_IsNumber(lines) && lines->valuedouble == 0)
		call->lines = -1;
	else if (cJSON_IsNumber(lines) && lines->valuedouble >= 1)
		call->lines = lines->valuedouble < REQUEST_LINES_MAX
		    ? (int64_t)lines->valuedouble
		    : REQUEST_LINES_MAX;
	saying_read(&call->said.saying, opts);
	call->said.id = jsonc_text(opts, "id");
	c = command_find(cmd->valuestring);
	if (c == NULL)
		*why = "no such command";
	return c;
}
