/* SPDX-License-Identifier: ISC */
#ifndef REQUEST_H
#define REQUEST_H

/*
 * A client's request, as doc/PROTOCOL.md has it.
 */

struct cJSON;
struct command;
struct command_call;

/* Read a request into a call, which borrows from `root`; its verb, or NULL with
 * *why (static). `root` NULL: it was not JSON. */
const struct command *request_parse(
    const struct cJSON *root, struct command_call *call, const char **why);

#endif
