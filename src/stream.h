/* SPDX-License-Identifier: MIT */
/* What of stream.c is not public. */
#ifndef STREAM_H
#define STREAM_H

#include "internal.h"

/* Makes reads ask 'interrupt', which must live as long as 'stream'. */
void stream_set_interrupt(ConsumerStream *stream,
			  const ConsumerInterrupt *interrupt);

#endif
