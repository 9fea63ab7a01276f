/* SPDX-License-Identifier: MIT */
/* cli_elements.h - the elements themselves, as text or as a file. */
#ifndef CLI_ELEMENTS_H
#define CLI_ELEMENTS_H

#include "cli_transfer.h"

/*
 * Prints all elements in the format of the options.  What failed is in the
 * transfer; without input nothing is printed, not even a bracket.
 */
void cli_elements_print(CliTransfer *transfer);

/* Writes all elements as they are, with a .npy header if the options say so. */
void cli_elements_save(CliTransfer *transfer);

#endif
