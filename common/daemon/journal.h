// Log lines as entries of systemd's journal, with fields of their own (systemd.journal-fields(7)),
// by its native protocol. Not for how lines look elsewhere (common/text/log_line.h). Any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/text/log_line.h"

namespace loadctl::daemon {

/// Whether this process's standard error is the journal: what JOURNAL_STREAM names is what is open
/// there.
[[nodiscard]] bool StandardErrorIsJournal();

/// MESSAGE, PRIORITY (syslog's), SYSLOG_IDENTIFIER, and each field of the line as LOADCTL_NAME.
[[nodiscard]] std::string JournalEntry(const text::LogRecord& record, std::string_view identifier);

/// Gives one entry to the journal; false if it takes none, or none so long: then the line is to be
/// written as elsewhere. Never waits longer than the journal does.
bool SendToJournal(const text::LogRecord& record, std::string_view identifier);

}  // namespace loadctl::daemon
