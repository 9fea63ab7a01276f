/* SPDX-License-Identifier: MIT */
/* Arguments of calls: which is which, and what they are. */
#include "pyconsumer.h"

#include <string.h>

static bool
refuse_position(const PySignature *signature, Py_ssize_t n_arguments)
{
	PyErr_Format(PyExc_TypeError,
		     "%s() takes at most %d positional argument%s (%zd given)",
		     signature->function, signature->n_positional,
		     signature->n_positional == 1 ? "" : "s", n_arguments);
	return false;
}

/* The number of the parameter called 'keyword'; -1: there is none. */
static int
find_parameter(const PySignature *signature, PyObject *keyword)
{
	for (int i = 0; i < signature->n_parameters; i++) {
		if (PyUnicode_CompareWithASCIIString(keyword,
						     signature->names[i]) == 0)
			return i;
	}
	return -1;
}

static bool
bind_keyword(const PySignature *signature, PyObject *keyword, PyObject *value,
	     PyObject **values)
{
	const int i = find_parameter(signature, keyword);

	if (i < 0) {
		PyErr_Format(PyExc_TypeError,
			     "%s() got an unexpected keyword argument '%U'",
			     signature->function, keyword);
		return false;
	}
	if (values[i]) {
		PyErr_Format(PyExc_TypeError,
			     "argument for %s() given by name ('%U') and "
			     "position (%d)",
			     signature->function, keyword, i + 1);
		return false;
	}
	values[i] = value;
	return true;
}

bool
pyarguments_bind(const PySignature *signature, PyObject *const *arguments,
		 Py_ssize_t n_arguments, PyObject *keywords, PyObject **values)
{
	const Py_ssize_t n_keywords = keywords ? PyTuple_Size(keywords) : 0;

	if (n_arguments > signature->n_positional)
		return refuse_position(signature, n_arguments);
	for (int i = 0; i < signature->n_parameters; i++)
		values[i] = i < n_arguments ? arguments[i] : NULL;
	for (Py_ssize_t i = 0; i < n_keywords; i++) {
		if (!bind_keyword(signature, PyTuple_GetItem(keywords, i),
				  arguments[n_arguments + i], values))
			return false;
	}
	for (int i = 0; i < signature->n_required; i++) {
		if (!values[i]) {
			PyErr_Format(PyExc_TypeError,
				     "%s() missing required argument '%s' "
				     "(pos %d)",
				     signature->function, signature->names[i],
				     i + 1);
			return false;
		}
	}
	return true;
}

bool
pyarguments_integer(PyObject *value, const char *name, int64_t minimum,
		    int64_t *out)
{
	PyObject *integer = PyNumber_Index(value);
	int overflow;
	long long result;

	if (!integer)
		return false;
	result = PyLong_AsLongLongAndOverflow(integer, &overflow);
	if (overflow > 0)
		PyErr_Format(PyExc_ValueError, "%s %S is too large", name,
			     integer);
	else if (overflow < 0 || result < minimum)
		PyErr_Format(PyExc_ValueError,
			     "%s %S: expected an integer >= %lld", name,
			     integer, (long long)minimum);
	else
		*out = result;
	Py_DECREF(integer);
	return !PyErr_Occurred();
}

const char *
pyarguments_string(PyObject *value, const char *name)
{
	Py_ssize_t n_bytes;
	const char *string;

	if (!PyUnicode_Check(value)) {
		PyErr_Format(PyExc_TypeError, "%s must be a str, not %R", name,
			     value);
		return NULL;
	}
	string = PyUnicode_AsUTF8AndSize(value, &n_bytes);
	if (string && strlen(string) != (size_t)n_bytes) {
		PyErr_Format(PyExc_ValueError, "%s %R has a null character",
			     name, value);
		return NULL;
	}
	return string;
}
