/* SPDX-License-Identifier: ISC */
/* Which values of a profile are masked, and which stay readable. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/redact.h"
#include "base/util.h"
#include "profile/secretkeys.h"
#include "readprofile.h"

/* A line, masked with the secrets of a profile and with these values that were
 * found in variables and files. */
static void
expect(const char *text, const char *found, const char *line, const char *want)
{
	struct profile *p = read_good(text, NULL);
	struct strv values = { 0 };
	struct redact r = { 0 };
	char *masked;

	if (found != NULL)
		strv_push(&values, found);
	secretkeys_learn(&r, p, &values);
	masked = redact_text(&r, line);
	if (strcmp(masked, want) != 0)
		fail_msg("%s: %s: %s", text, line, masked);
	free(masked);
	redact_clear(&r);
	strv_clear(&values);
	profile_free(p);
}

/* By its place. */
static void
test_places(void **state UNUSED)
{
	static const struct {
		const char *text, *secret;
	} rows[] = {
		{ "{\"source\":{\"url\":\"rtsp://u:geheim7@h/\"}," OUT "}",
		    "geheim7" },
		{ "{\"source\":{\"url\":\"rtsp://h/\",\"user\":\"u\","
		  "\"password\":\"geheim7\"}," OUT "}",
		    "geheim7" },
		{ SOURCES ",{\"url\":\"rtsp://u:geheim7@h/\"}]," OUT "}",
		    "geheim7" },
		{ "{" URL ",\"outputs\":[{\"url\":\"rtmp://h/app/geheim7\"}]}",
		    "geheim7" },
		{ "{" URL ",\"outputs\":[{\"url\":\"srt://h:1\","
		  "\"options\":{\"passphrase\":\"geheim7-and-more\"}}]}",
		    "geheim7-and-more" },
		{ "{" URL ",\"audio\":{\"url\":\"http://u:geheim7@h/\"}," OUT
		  "}",
		    "geheim7" },
		{ "{" URL ",\"env\":{\"CAM_PASSWORD\":\"geheim7\"}," OUT "}",
		    "geheim7" },
		{ "{\"source\":{\"frames\":{" FRAMES ",\"command\":[\"cam\","
		  "\"--password\",\"geheim7\"]}}," OUT "}",
		    "geheim7" },
		{ "{\"source\":{\"h264\":{\"command\":[\"cam\","
		  "\"--token=geheim7\"]}}," OUT "}",
		    "geheim7" },
		{ "{\"args\":[\"-i\",\"rtsp://u:geheim7@h/\",\"a.ts\"]}",
		    "geheim7" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char *line = xasprintf("it said %s!", rows[i].secret);

		expect(rows[i].text, NULL, line, "it said ****!");
		free(line);
	}
}

/* A value from a variable or a file is a secret; but the profile's own name,
 * and its public words, are not. */
static void
test_found(void **state UNUSED)
{
	static const char text[] =
	    "{" URL ",\"outputs\":[{\"record\":\"/srv/cams/%s.mkv\"}]}";

	expect(text, "geheim7", "it said geheim7!", "it said ****!");
	expect(text, "p", "p is up", "p is up");
	expect(text, NULL, "cannot write /srv/cams", "cannot write /srv/cams");
}

/* A part of a path stays readable, though it is a stream key elsewhere; unless a
 * variable put it there. A password is masked all the same. */
static void
test_spared(void **state UNUSED)
{
	static const char line[] = "/srv/cam-9041/1.mkv: no space";
	static const char masked[] = "/srv/****/1.mkv: no space";
	static const char key[] =
	    "{\"source\":{\"url\":\"rtmp://h/live/cam-9041\"},"
	    "\"outputs\":[{\"record\":\"/srv/cam-9041/%s.mkv\"}]}";
	static const char password[] =
	    "{\"source\":{\"url\":\"rtsp://u:cam-9041@h/\"},"
	    "\"outputs\":[{\"record\":\"/srv/cam-9041/%s.mkv\"}]}";

	expect(key, NULL, line, line);
	expect(key, "cam-9041", line, masked);
	expect(password, NULL, line, masked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_spared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
