/* SPDX-License-Identifier: MIT */
/* cli_summary.h - --info, --stats, --quantiles and --histogram. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "cli_transfer.h"

/*
 * Prints the summaries that the options ask for, as text, csv or json.  What
 * failed is in the transfer; a summary is printed whole or not at all.
 */
void cli_summary_print(CliTransfer *transfer);

#endif
