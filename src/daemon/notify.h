/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Word to the service manager, sd_notify(3)'s protocol: one datagram with
 * lines to $NOTIFY_SOCKET. Without one, every call does nothing.
 */

#include <stdbool.h>
#include <stdint.h>

/* Read NOTIFY_SOCKET and WATCHDOG_USEC, and take them out of the
 * environment: they are not for our children. */
void notify_init(void);

/* Whether a service manager listens. */
bool notify_is_wanted(void);

void notify_ready(const char *status);
void notify_status(const char *status);

/* RELOADING with the time it began; notify_ready() ends it. */
void notify_reloading(void);
void notify_stopping(void);

/* Milliseconds between two life signs (half of the manager's limit), 0: none
 * wanted. */
int64_t notify_watchdog_ms(void);
void notify_watchdog(void);

#endif
