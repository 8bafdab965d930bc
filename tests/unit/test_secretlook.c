/* SPDX-License-Identifier: ISC */
/* Texts that look like a secret, and texts that look like a word. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/secretlook.h"
#include "base/util.h"

/* Names that only look as if they named a secret, and those that do. */
static void
test_f20_names(void **state UNUSED)
{
	static const char *const harmless[] = { "key-int-max", "keyint",
		"min-keyint", "keyint_min", "keyIntMax", "keyframe-interval",
		"videokeyframeinterval", "force_key_frames", "auth_type",
		"authType", "lowpass", "highpass", "chromakey", "chroma_key",
		"colorkey", "passlogfile", "-passlogfile:v", "monkey",
		"keyboard", "--keypoints", "multipass", "passthrough",
		"max_tokens", "tokenizer", "credits", "AUTHOR", "pbkeylen" };
	static const char *const secret[] = { "PASS", "key", "auth",
		"API_KEY_INTERNAL", "KEYBOARD_KEY", "MONKEY_TOKEN",
		"LOWPASSWORD", "authorization", "Proxy-Authorisation",
		"passphrase", "PASSTHROUGHKEY", "bypassword", "auth_type_key",
		"keyfram", "AUTHKEY", "passcode", "access_token",
		"hls_enc_key" };

	for (size_t i = 0; i < NELEM(harmless); i++)
		if (secretlook_is_name(harmless[i]))
			fail_msg("%s", harmless[i]);
	for (size_t i = 0; i < NELEM(secret); i++)
		if (!secretlook_is_name(secret[i]))
			fail_msg("%s", secret[i]);
}

static void
test_words(void **state UNUSED)
{
	static const char *const words[] = { "test", "live", "Main-Stream",
		"my front door", "ABC.def" };
	static const char *const others[] = { "tEst", "a1", "abc/def",
		"abcdefghijklm" };

	for (size_t i = 0; i < NELEM(words); i++)
		assert_true(secretlook_is_words(words[i], strlen(words[i])));
	for (size_t i = 0; i < NELEM(others); i++)
		assert_false(secretlook_is_words(others[i], strlen(others[i])));
}

static void
test_word(void **state UNUSED)
{
	static const char *const words[] = { "", "127", "9999", "live", "abc12",
		"Channels", "cam17", "Stream1234567", "1920x1080" };
	static const char *const others[] = { "12345", "abc123", "channelOn",
		"channels1", "cam-1", "123456x1" };

	for (size_t i = 0; i < NELEM(words); i++)
		if (!secretlook_is_word(words[i]))
			fail_msg("%s", words[i]);
	for (size_t i = 0; i < NELEM(others); i++)
		if (secretlook_is_word(others[i]))
			fail_msg("%s", others[i]);
	assert_true(secretlook_is_label("640x480"));
	assert_true(secretlook_is_label("cam2"));
	assert_false(secretlook_is_label("door2"));
	assert_true(secretlook_is_telling("abc-123", 7));
	assert_false(secretlook_is_telling("{ abc: }", 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_f20_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
