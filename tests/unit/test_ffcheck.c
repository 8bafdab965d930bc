/* SPDX-License-Identifier: ISC */
/* What depends on the version of ffmpeg. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/util.h"
#include "ffmpeg/ffcheck.h"
#include "ffmpeg/ffver.h"
#include "profile/profile.h"
#include "readprofile.h"

/* H.265 over RTMP: an error until 6.0, a warning since, each at its output. */
static void
test_h265_over_rtmp(void **state UNUSED)
{
	static const struct {
		int number;
		bool wrong;
	} rows[] = { { FFVER(4, 3), true }, { FFVER(5, 1), true },
		{ FFVER(6, 0), true }, { FFVER(6, 1), false },
		{ FFVER(7, 1), false }, { FFVER(9, 0), false }, { 0, false } };
	static const char *const encoders[] = { "libx265", "hevc_nvenc" };

	for (size_t i = 0; i < NELEM(rows) * 2; i++) {
		const struct ffver ver = { rows[i / 2].number, "X" };
		char *text = xasprintf("{\"source\":{\"url\":\"rtsp://c/1\"},"
				       "\"video\":{\"encoder\":\"%s\"},"
				       "\"outputs\":[{\"url\":\"srt://h:1\"},"
				       "{\"url\":\"rtmp://h/a/b\"}]}",
		    encoders[i % 2]);
		struct errors errs = { 0 };
		struct profile *p = read_good(text, NULL);

		ffcheck_profile(p, &ver, &errs);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].warning, !rows[i / 2].wrong);
		assert_int_equal(errs.v[0].line, 1);
		assert_non_null(strstr(errs.v[0].text, "outputs[1].url: "));
		assert_non_null(strstr(errs.v[0].text, encoders[i % 2]));
		errors_clear(&errs);
		profile_free(p);
		free(text);
	}
}

/* Nothing is said of other codecs, and of arguments that are passed on. */
static void
test_nothing_to_say(void **state UNUSED)
{
	static const char *const texts[] = {
		"{\"source\":{\"url\":\"rtsp://c/1\"},"
		"\"video\":{\"encoder\":\"libx264\"},"
		"\"outputs\":[{\"url\":\"rtmp://h/a/b\"}]}",
		"{\"source\":{\"url\":\"rtsp://c/1\"},\"video\":\"copy\","
		"\"outputs\":[{\"url\":\"rtmp://h/a/b\"}]}",
		"{\"args\":[\"-i\",\"a\",\"-c:v\",\"libx265\",\"b\"]}",
	};
	const struct ffver ver = { FFVER(4, 3), "4.3.9" };

	for (size_t i = 0; i < NELEM(texts); i++) {
		struct errors errs = { 0 };
		struct profile *p = read_good(texts[i], NULL);

		ffcheck_profile(p, &ver, &errs);
		assert_int_equal(errs.n, 0);
		profile_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_h265_over_rtmp),
		cmocka_unit_test(test_nothing_to_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
