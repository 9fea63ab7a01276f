/* SPDX-License-Identifier: MIT */
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli_message.h"

bool
cli_take_standard_descriptors(void)
{
	for (int descriptor = 0; descriptor <= 2; descriptor++) {
		/* The wrong way round, so that reading or writing fails. */
		int flags = descriptor == 0 ? O_WRONLY : O_RDONLY;

		if (fcntl(descriptor, F_GETFD) == -1 &&
		    open("/dev/null", flags) != descriptor)
			return false;
	}
	return true;
}

/* A line on its way to standard error, written at once if it is not long. */
typedef struct {
	size_t n_bytes;
	char bytes[1024];
} Line;

static void
flush(Line *line)
{
	size_t n_written = 0;

	while (n_written < line->n_bytes) {
		ssize_t n = write(STDERR_FILENO, line->bytes + n_written,
				  line->n_bytes - n_written);

		if (n > 0)
			n_written += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break; /* there is nobody left to tell */
	}
	line->n_bytes = 0;
}

static void
put_bytes(Line *line, const char *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (line->n_bytes == sizeof(line->bytes))
			flush(line);
		line->bytes[line->n_bytes++] = bytes[i];
	}
}

/*
 * How many bytes the character at 'text' has, which ends with a NUL; 0 if it is
 * not UTF-8: a stray byte, an overlong form, a surrogate, beyond U+10FFFF.
 */
static size_t
utf8_length(const char *text, uint32_t *code_point)
{
	static const unsigned char lengths[16] = { 1, 1, 1, 1, 1, 1, 1, 1,
						   0, 0, 0, 0, 2, 2, 3, 4 };
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = lengths[*byte >> 4];
	uint32_t c = *byte & (0xFFu >> length);

	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (byte[i] & 0x3F);
	}
	if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*code_point = c;
	return length;
}

static void
put_escaped_byte(Line *line, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char named[] = "\n\r\t\\";
	static const char letters[] = "nrt\\";
	const char *found = strchr(named, byte);

	put_bytes(line, "\\", 1);
	if (found) {
		put_bytes(line, &letters[found - named], 1);
	} else {
		put_bytes(line, "x", 1);
		put_bytes(line, &digits[byte >> 4], 1);
		put_bytes(line, &digits[byte & 15], 1);
	}
}

/* Those characters make a terminal show what follows them backwards. */
static bool
is_bidi_control(uint32_t c)
{
	return c == 0x61C || c == 0x200E || c == 0x200F ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void
put_escaped(Line *line, const char *text)
{
	while (*text) {
		uint32_t c = 0;
		size_t length = utf8_length(text, &c);
		bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0) ||
				  is_bidi_control(c);

		if (length > 0 && !is_control && c != '\\') {
			put_bytes(line, text, length);
			text += length;
		} else {
			put_escaped_byte(line, (unsigned char)*text++);
		}
	}
}

static void
put_message(Line *line, const char *format, va_list arguments)
{
	put_bytes(line, "consumer-cli: ", 14);
	while (*format) {
		size_t n_literal = strcspn(format, "%");

		put_bytes(line, format, n_literal);
		format += n_literal;
		if (*format == '%') {
			put_escaped(line, va_arg(arguments, const char *));
			format += strlen("%s");
		}
	}
	put_bytes(line, "\n", 1);
}

void
cli_message(const char *format, ...)
{
	Line line = { .n_bytes = 0 };
	va_list arguments;

	va_start(arguments, format);
	put_message(&line, format, arguments);
	va_end(arguments);
	flush(&line);
}

void
cli_usage_message(const char *format, ...)
{
	static const char try[] =
		"Try 'consumer-cli --help' for more information.\n";
	Line line = { .n_bytes = 0 };
	va_list arguments;

	va_start(arguments, format);
	put_message(&line, format, arguments);
	va_end(arguments);
	put_bytes(&line, try, strlen(try));
	flush(&line);
}

void
cli_input_message(const char *name, const ConsumerError *error)
{
	cli_message("%s: %s%s", name, error->argument ? "--" : "",
		    error->message);
}
