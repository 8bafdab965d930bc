# Macros that try compiler and linker flags one by one. A flag that the tool
# chain knows goes to FFSUP_CFLAGS or FFSUP_LDFLAGS, which the Makefile puts
# before the user's own, so that the user has the last word.

# FFSUP_COMPILES(FLAG, IF-YES, IF-NO)
# -Werror, because clang only warns about flags that it does not know.
AC_DEFUN([FFSUP_COMPILES], [
	AC_MSG_CHECKING([whether $CC takes $1])
	ffsup_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $FFSUP_CFLAGS $1 -Werror"
	AC_LINK_IFELSE([AC_LANG_SOURCE([int main(void) { return 0; }])],
		[ffsup_ok=yes], [ffsup_ok=no])
	CFLAGS=$ffsup_save_CFLAGS
	AC_MSG_RESULT([$ffsup_ok])
	AS_IF([test "$ffsup_ok" = yes], [$2], [$3])
])

# FFSUP_TRY_CFLAGS(FLAGS)
AC_DEFUN([FFSUP_TRY_CFLAGS], [
	for ffsup_flag in $1; do
		FFSUP_COMPILES([$ffsup_flag],
			[AS_VAR_APPEND([FFSUP_CFLAGS], [" $ffsup_flag"])])
	done
])

# FFSUP_NEED_CFLAGS(FLAGS)
AC_DEFUN([FFSUP_NEED_CFLAGS], [
	for ffsup_flag in $1; do
		FFSUP_COMPILES([$ffsup_flag],
			[AS_VAR_APPEND([FFSUP_CFLAGS], [" $ffsup_flag"])],
			[AC_MSG_ERROR([$CC does not take $ffsup_flag])])
	done
])

# FFSUP_TRY_LDFLAGS(FLAGS)
AC_DEFUN([FFSUP_TRY_LDFLAGS], [
	for ffsup_flag in $1; do
		AC_MSG_CHECKING([whether the linker takes $ffsup_flag])
		ffsup_save_LDFLAGS=$LDFLAGS
		ffsup_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS $FFSUP_CFLAGS"
		LDFLAGS="$LDFLAGS $FFSUP_LDFLAGS $ffsup_flag"
		AC_LINK_IFELSE([AC_LANG_SOURCE([int main(void) { return 0; }])],
			[ffsup_ok=yes
			AS_VAR_APPEND([FFSUP_LDFLAGS], [" $ffsup_flag"])],
			[ffsup_ok=no])
		CFLAGS=$ffsup_save_CFLAGS
		LDFLAGS=$ffsup_save_LDFLAGS
		AC_MSG_RESULT([$ffsup_ok])
	done
])

# FFSUP_IF_OPTIMISED(IF-YES)
# glibc warns about _FORTIFY_SOURCE where the compiler does not optimise.
AC_DEFUN([FFSUP_IF_OPTIMISED], [
	AC_MSG_CHECKING([whether $CC optimises])
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#ifndef __OPTIMIZE__
#error no
#endif
int main(void) { return 0; }])],
		[AC_MSG_RESULT([yes])
		$1],
		[AC_MSG_RESULT([no])])
])
