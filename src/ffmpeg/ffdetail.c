/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "ffmpeg/ffdetail.h"

const char *const ffside_names[N_FAIL_SIDES] = {
	[SIDE_SOURCE] = "source",
	[SIDE_OUTPUT] = "output",
	[SIDE_PROGRAM] = "program",
	[SIDE_PROFILE] = "profile",
	[SIDE_MACHINE] = "machine",
};

const char *const ffdetail_names[N_FAIL_DETAILS] = {
	[DETAIL_NAME] = "name",
	[DETAIL_RESOLVER] = "resolver",
	[DETAIL_ROUTE] = "route",
	[DETAIL_NETWORK] = "network",
	[DETAIL_CONNECT] = "connect",
	[DETAIL_ANSWER] = "answer",
	[DETAIL_PROTOCOL] = "protocol",
	[DETAIL_PASSWORD] = "password",
	[DETAIL_NO_PASSWORD] = "no password",
	[DETAIL_FORBIDDEN] = "forbidden",
	[DETAIL_PASSPHRASE] = "passphrase",
	[DETAIL_PERMISSION] = "permission",
	[DETAIL_MISSING] = "missing",
	[DETAIL_DIRECTORY] = "directory",
	[DETAIL_NOT_DIRECTORY] = "not a directory",
	[DETAIL_EMPTY] = "empty",
	[DETAIL_CUT] = "cut off",
	[DETAIL_NO_MEDIA] = "no media",
	[DETAIL_PAGE] = "page",
	[DETAIL_SEGMENTS] = "segments",
	[DETAIL_NO_VIDEO] = "no video",
	[DETAIL_NO_AUDIO] = "no audio",
	[DETAIL_TRANSPORT] = "transport",
	[DETAIL_LIMIT] = "limit",
	[DETAIL_RATE] = "too many requests",
	[DETAIL_METHOD] = "method",
	[DETAIL_MEDIA] = "media",
	[DETAIL_GONE] = "gone",
	[DETAIL_REQUEST] = "request",
	[DETAIL_KEY] = "stream key",
	[DETAIL_ACCESS] = "access",
	[DETAIL_EARLY] = "early",
	[DETAIL_VANISHED] = "vanished",
	[DETAIL_FILES] = "files",
	[DETAIL_CERTIFICATE] = "certificate",
	[DETAIL_FULL] = "full",
	[DETAIL_READ_ONLY] = "read-only",
	[DETAIL_NAME_LENGTH] = "name too long",
	[DETAIL_AUDIO] = "audio",
	[DETAIL_VIDEO] = "video",
	[DETAIL_STAMPS] = "stamps",
	[DETAIL_UNKNOWN] = "unknown",
	[DETAIL_VALUE] = "value",
	[DETAIL_GONE_OPTION] = "gone option",
	[DETAIL_TOO_LARGE] = "too large",
	[DETAIL_ODD] = "odd",
	[DETAIL_NOT_FOR_CODEC] = "not for codec",
	[DETAIL_VAAPI] = "vaapi",
	[DETAIL_NVENC] = "nvenc",
	[DETAIL_V4L2] = "v4l2",
	[DETAIL_QSV] = "qsv",
	[DETAIL_BUSY_DEVICE] = "busy",
	[DETAIL_NOT_DEVICE] = "not a device",
	[DETAIL_USB] = "bandwidth",
	[DETAIL_SOUND_CARD] = "sound card",
	[DETAIL_LIBRARY] = "library",
	[DETAIL_EXECUTABLE] = "not executable",
	[DETAIL_TRACEBACK] = "traceback",
	[DETAIL_STOPPED] = "stopped",
};

enum fail_policy
ffdetail_policy(enum fail_class class, enum fail_detail detail)
{
	switch (detail) {
	case DETAIL_LIMIT:
		/* a camera that boots says 503 for a few seconds */
		return class == FAIL_REJECTED ? POLICY_RARE
					      : ffclass_policy(class);
	case DETAIL_RATE:
	case DETAIL_FULL:
	case DETAIL_READ_ONLY:
		return POLICY_RARE;
	case DETAIL_NO_VIDEO:
	case DETAIL_NO_AUDIO:
		return POLICY_SLOW;
	default:
		return ffclass_policy(class);
	}
}
