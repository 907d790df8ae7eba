#include "controller/cli/run_files.h"

namespace loadctl::cli {

Result<void> RunFiles::Begin() {
  LOADCTL_CHECK_OK(OpenRecord(line_.record));
  LOADCTL_CHECK_OK(OpenHistory());
  if (auto good = profile_.Begin(); !good)
    return tl::unexpected(good.error().While("failed to save the CPU profile"));
  told_.AddFirst(profile_);
  return {};
}

Result<void> RunFiles::OpenHar(const std::string& path) {
  if (path.empty()) return {};
  har_file_.emplace(path, [this](const v1::Outcome&) { return har_.Text(LOADCTL_VERSION); });
  if (auto good = har_file_->Begin(); !good)
    return tl::unexpected(good.error().While("failed to save the HTTP archive"));
  told_.AddFirst(*har_file_);
  return {};
}

Result<void> RunFiles::OpenRecord(const std::string& path) {
  if (path.empty()) return {};
  if (record_) return Fail("the run is recorded to " + record_path_ + " already: --record");
  record_path_ = path;
  LOADCTL_TRY(record_, record::Writer::Create(path));
  to_record_ = std::make_unique<events::Queue>(*record_);
  told_.AddFirst(*to_record_);
  return {};
}

Result<void> RunFiles::OpenHistory() {
  if (line_.history.empty()) return {};
  LOADCTL_TRY(history_, record::HistoryWriter::Make(line_.history));
  to_history_ = std::make_unique<events::Queue>(*history_);
  told_.AddFirst(*to_history_);
  return {};
}

bool RunFiles::written() const {
  return (!record_ || record_->problem().empty()) && (!history_ || history_->problem().empty()) &&
         (!har_file_ || har_file_->problem().empty()) && profile_.problem().empty();
}

void RunFiles::Say(terminal::Logger& logger) const {
  if (har_file_ && !har_file_->problem().empty())
    logger.Error("failed to save the HTTP archive: " + har_file_->problem());
  if (har_.cut())
    logger.Warn("the HTTP archive has the first requests of each agent only: " + har_.Limits());
  if (!profile_.problem().empty())
    logger.Error("failed to save the CPU profile: " + profile_.problem());
  if (record_ && !record_->problem().empty()) logger.Error(record_->problem());
  if (history_ && !history_->problem().empty()) logger.Error(history_->problem());
  if (record_ && events::Any(record_->missed())) {
    logger.Warn("the record lacks " + std::to_string(record_->missed().seconds()) +
                " seconds and " + std::to_string(record_->missed().logs()) + " log lines: '" +
                record_path_ + "' was too slow");
  }
}

}  // namespace loadctl::cli
