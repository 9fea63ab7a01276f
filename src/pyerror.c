/* SPDX-License-Identifier: MIT */
/* The one place where an error of the library becomes an exception. */
#include "pyconsumer.h"

#include <errno.h>

static void
set_value_error(const ConsumerError *error, PyObject *subject)
{
	if (subject)
		PyErr_Format(PyExc_ValueError, "%R: %s", subject,
			     error->message);
	else
		PyErr_SetString(PyExc_ValueError, error->message);
}

PyObject *
pyerror_set(const ConsumerError *error, PyObject *subject)
{
	switch (error->status) {
	case CONSUMER_OK:
		PyErr_SetString(PyExc_SystemError, "an error without status");
		break;
	case CONSUMER_ERR_ARGUMENT:
	case CONSUMER_ERR_DATA:
		set_value_error(error, subject);
		break;
	case CONSUMER_ERR_OS:
		errno = error->system_errno;
		PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, subject);
		break;
	case CONSUMER_ERR_MEMORY:
		PyErr_NoMemory();
		break;
	case CONSUMER_ERR_VANISHED:
		PyErr_SetString(PyExc_BufferError, error->message);
		break;
	}
	return NULL;
}
