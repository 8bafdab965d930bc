/* SPDX-License-Identifier: ISC */
#ifndef OVERLAYS_H
#define OVERLAYS_H

/*
 * The commands about overlays: say, text, overlay.
 */

#include "media/danmaku.h"

struct command_call;

/* say NAME TEXT...: with "follow" it has no text; comments follow the reply as
 * lines. */
void overlays_say(struct command_call *call);

/* text NAME ID [TEXT] */
void overlays_text(struct command_call *call);

/* overlay NAME [ID on|off] */
void overlays_overlay(struct command_call *call);

/* The reply to a say, once its verdict is known. */
void overlays_write_said(struct command_call *call, const char *stream,
    const char *id, enum danmaku_word word);

#endif
