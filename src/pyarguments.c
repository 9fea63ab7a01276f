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
pyarguments_bind_any(const PySignature *signature, PyObject *const *arguments,
		     Py_ssize_t n_arguments, PyObject *keywords,
		     PyObject **values)
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

/* More of a value than this does not help. */
#define SHOWN_MAX 80

PyObject *
pyarguments_refuse(PyObject *exception, const char *before, PyObject *value,
		   const char *after)
{
	PyObject *text = PyObject_Repr(value);
	PyObject *cut;

	if (!text && PyErr_ExceptionMatches(PyExc_Exception)) {
		PyErr_Clear();
		text = PyObject_Repr((PyObject *)Py_TYPE(value));
	}
	if (text && PyUnicode_GetLength(text) > SHOWN_MAX) {
		cut = PyUnicode_Substring(text, 0, SHOWN_MAX);
		Py_DECREF(text);
		text = cut ? PyUnicode_FromFormat("%U...", cut) : NULL;
		Py_XDECREF(cut);
	}
	if (text)
		PyErr_Format(exception, "%s%U%s", before, text, after);
	Py_XDECREF(text);
	return NULL;
}

static void
refuse_integer(const char *name, PyObject *integer, int64_t minimum,
	       bool is_too_large)
{
	char before[64], after[64];

	PyOS_snprintf(before, sizeof(before), "%s ", name);
	PyOS_snprintf(after, sizeof(after), ": expected an integer >= %lld",
		      (long long)minimum);
	pyarguments_refuse(PyExc_ValueError, before, integer,
			   is_too_large ? " is too large" : after);
}

bool
pyarguments_integer(PyObject *value, const char *name, int64_t minimum,
		    int64_t *out)
{
	PyObject *integer;
	char before[64];
	int overflow;
	long long result;
	bool is_good;

	if (!PyIndex_Check(value)) {
		PyOS_snprintf(before, sizeof(before),
			      "%s must be an integer, not ", name);
		pyarguments_refuse(PyExc_TypeError, before, value, "");
		return false;
	}
	integer = PyNumber_Index(value);
	if (!integer)
		return false;
	result = PyLong_AsLongLongAndOverflow(integer, &overflow);
	if (overflow < 0)
		result = INT64_MIN;
	is_good = overflow <= 0 && result >= minimum;
	if (is_good)
		*out = result;
	else if (!PyErr_Occurred())
		refuse_integer(name, integer, minimum, overflow > 0);
	Py_DECREF(integer);
	return is_good;
}

const char *
pyarguments_string(PyObject *value, const char *name)
{
	Py_ssize_t n_bytes;
	const char *string;
	char before[64];

	if (!PyUnicode_Check(value)) {
		PyOS_snprintf(before, sizeof(before), "%s must be a str, not ",
			      name);
		pyarguments_refuse(PyExc_TypeError, before, value, "");
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
