#include "controller/output/outputs.h"

#include <utility>

#include "controller/output/decoder.h"
#include "controller/output/registry.h"
#include "controller/output/runner.h"

namespace loadctl::output {

Outputs::Outputs(Context context) : context_(std::move(context)) {}
Outputs::~Outputs() {
  if (decoder_) decoder_->Stop();
}

Result<std::unique_ptr<Outputs>> Outputs::Make(std::span<const std::string> asked,
                                               const metrics::MetricSet& set, Context context) {
  std::unique_ptr<Outputs> outputs(new Outputs(std::move(context)));
  const Context& shared = outputs->context_;
  LOADCTL_TRY(Selection selection, Selection::Make(*shared.options, set));
  for (const std::string& warning : selection.warnings())
    shared.log(Severity::kWarning, warning, {});
  outputs->decoder_ =
      std::make_unique<Decoder>(set, *shared.options, std::move(selection), shared.log);
  for (const std::string& one : asked) {
    LOADCTL_TRY(auto output, MakeOutput(one, shared));
    outputs->runners_.push_back(
        std::make_unique<Runner>(one, std::move(output), kMostWaiting, shared.log));
  }
  return outputs;
}

std::vector<std::string> Outputs::Descriptions() const {
  std::vector<std::string> texts;
  for (const auto& runner : runners_) texts.push_back(runner->output().Description());
  return texts;
}

Result<void> Outputs::Start() {
  for (auto& runner : runners_) {
    const auto started = runner->Start();
    if (started) continue;
    for (auto& other : runners_) other->Stop();
    return started;
  }
  decoder_->Start([this](const std::shared_ptr<const Batch>& batch) {
    for (auto& runner : runners_) runner->Put(batch);
  });
  return {};
}

void Outputs::Take(int agent, std::string chunk) { decoder_->Take(agent, std::move(chunk)); }

std::vector<OutputReport> Outputs::Stop() {
  decoder_->Stop();
  if (decoder_->shared() > 0) {
    context_.log(Severity::kWarning,
                 std::to_string(decoder_->shared()) +
                     " samples have the tag other=\"true\" at the outputs instead of their own: "
                     "--out-max-series",
                 {});
  }
  std::vector<OutputReport> reports;
  for (auto& runner : runners_) runner->Stop();
  for (auto& runner : runners_)
    reports.push_back({runner->name(), runner->flushed(), decoder_->lost() + runner->lost()});
  return reports;
}

}  // namespace loadctl::output
