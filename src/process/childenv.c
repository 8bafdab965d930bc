/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secretlook.h"
#include "base/strv.h"
#include "base/util.h"
#include "process/childenv.h"

static const char *const inherit_names[] = {
	/* the person, the place, the language */
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ",
	"TZDIR", "TMPDIR",
	/* the loader */
	"LD_LIBRARY_PATH", "LD_PRELOAD",
	/* displays and sound: x11grab, kmsgrab, pulse */
	"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
	/* certificates, proxies, as ffmpeg and its TLS libraries read them */
	"SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy",
	"no_proxy",
	/* fonts of drawtext and subtitles */
	"FONTCONFIG_FILE", "FONTCONFIG_PATH",
	/* checkers of programs */
	"ASAN_OPTIONS", "LSAN_OPTIONS", "MSAN_OPTIONS", "TSAN_OPTIONS",
	"UBSAN_OPTIONS", NULL
};

/* Families: the locale, directories of the desktop, GPUs, sound servers. */
static const char *const inherit_families[] = { "LC_", "XDG_", "LIBVA_",
	"VDPAU_", "CUDA_", "NVIDIA_", "MESA_", "LIBGL_", "DRI_", "EGL_", "GBM_",
	"VK_", "OCL_", "ONEVPL_", "MFX_", "ROC_", "ROCR_", "HIP_", "ALSA_",
	"PULSE_", "PIPEWIRE_", "JACK_", "FREI0R_", "LADSPA_", "LV2_", "FFSUP_",
	NULL };

/* Ours, which describe a child: those of an outer ffsup do not. */
static const char *const inherit_own[] = { "FFSUP_RUN", "FFSUP_STREAM",
	"FFSUP_WORKER", "FFSUP_FD", "FFSUP_FPS", "FFSUP_SIZE", "FFSUP_FORMAT",
	NULL };

static bool
childenv_has(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool
childenv_is_passed(const char *name)
{
	if (childenv_has(inherit_own, name))
		return false;
	if (childenv_has(inherit_names, name))
		return true;
	for (const char *const *f = inherit_families; *f != NULL; f++)
		if (util_has_prefix(name, *f))
			return !secretlook_is_name(name);
	return false;
}

void
childenv_environment(struct strv *env)
{
	for (char **e = environ; *e != NULL; e++) {
		char *name = xstrndup(*e, strcspn(*e, "="));

		if (childenv_is_passed(name))
			strv_push(env, *e);
		free(name);
	}
}
