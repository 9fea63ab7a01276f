# SPDX-License-Identifier: MIT

# CONSUMER_ADD_CFLAG(FLAG)
# ------------------------
# Adds FLAG to CONSUMER_CFLAGS if the compiler takes it without a warning.
AC_DEFUN([CONSUMER_ADD_CFLAG], [
	AS_VAR_PUSHDEF([cache], [consumer_cv_cflag_$1])dnl
	AC_CACHE_CHECK([whether $CC accepts $1], [cache], [
		saved_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([cache], [yes])],
			[AS_VAR_SET([cache], [no])])
		CFLAGS=$saved_CFLAGS
	])
	AS_VAR_IF([cache], [yes],
		[CONSUMER_CFLAGS="$CONSUMER_CFLAGS $1"])
	AS_VAR_POPDEF([cache])dnl
])

# CONSUMER_ADD_LDFLAG(FLAG)
# -------------------------
# Adds FLAG to CONSUMER_LDFLAGS if the linker takes it.
AC_DEFUN([CONSUMER_ADD_LDFLAG], [
	AS_VAR_PUSHDEF([cache], [consumer_cv_ldflag_$1])dnl
	AC_CACHE_CHECK([whether $CC links with $1], [cache], [
		saved_LDFLAGS=$LDFLAGS
		LDFLAGS="$LDFLAGS $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([cache], [yes])],
			[AS_VAR_SET([cache], [no])])
		LDFLAGS=$saved_LDFLAGS
	])
	AS_VAR_IF([cache], [yes],
		[CONSUMER_LDFLAGS="$CONSUMER_LDFLAGS $1"])
	AS_VAR_POPDEF([cache])dnl
])

# CONSUMER_FORTIFY
# ----------------
# Lets libc check the sizes that the compiler knows, which needs optimisation,
# unless the user or the compiler has already decided.
AC_DEFUN([CONSUMER_FORTIFY], [
	AC_MSG_CHECKING([whether to define _FORTIFY_SOURCE])
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE
# error
#endif
	])], [
		AC_MSG_RESULT([yes])
		CONSUMER_CFLAGS="$CONSUMER_CFLAGS -D_FORTIFY_SOURCE=2"
	], [AC_MSG_RESULT([no])])
])

# CONSUMER_PYTHON
# ---------------
# Asks $PYTHON for what an extension needs: PYTHON_CPPFLAGS, PYTHON_EXT_SUFFIX,
# and consumerpydir, the folder that the package is installed to.
#
# That folder is under $prefix, in the first place where the interpreter looks
# for third-party modules; AM_PATH_PYTHON's answer names site-packages where
# Debian's interpreter searches dist-packages.  Under a prefix that the
# interpreter does not search, it is lib/pythonX.Y/site-packages.
AC_DEFUN([CONSUMER_PYTHON], [
	AC_MSG_CHECKING([for Python's header files])
	PYTHON_CPPFLAGS=`$PYTHON -I -c "import sysconfig
print('-I' + sysconfig.get_path('include'))"`
	saved_CPPFLAGS=$CPPFLAGS
	CPPFLAGS="$CPPFLAGS $PYTHON_CPPFLAGS"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <Python.h>]])],
		[AC_MSG_RESULT([$PYTHON_CPPFLAGS])],
		[AC_MSG_ERROR([Python.h of $PYTHON is missing.
Install it (Debian: python3-dev), name another interpreter with PYTHON=, or
use --disable-python.])])
	CPPFLAGS=$saved_CPPFLAGS
	AC_SUBST([PYTHON_CPPFLAGS])

	PYTHON_EXT_SUFFIX=`$PYTHON -I -c "import sysconfig
print(sysconfig.get_config_var('EXT_SUFFIX'))"`
	AC_SUBST([PYTHON_EXT_SUFFIX])

	AC_MSG_CHECKING([where the Python package goes])
	consumer_prefix=$prefix
	AS_VAR_IF([prefix], [NONE], [consumer_prefix=$ac_default_prefix])
	consumerpydir=`$PYTHON -I -c "import sys
prefix = sys.argv[[1]].rstrip('/') + '/'
for path in sys.path:
    if path.startswith(prefix + 'lib') and path.endswith(('site-packages', 'dist-packages')):
        print('\\${prefix}/' + path[[len(prefix):]] + '/consumer')
        break
else:
    print('\\${exec_prefix}/lib/python%d.%d/site-packages/consumer' % sys.version_info[[:2]])
" "$consumer_prefix"`
	AC_MSG_RESULT([$consumerpydir])
	AC_SUBST([consumerpydir])
])
