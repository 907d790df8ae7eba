// The reports of a run that --report asks for. Not for what is in them (controller/report).
// The thread that publishes the outcome.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "controller/cli/screen.h"
#include "controller/events/subscriber.h"
#include "controller/report/report.h"

namespace loadctl::cli {

/// Writes them when the outcome comes. `github` appends its page to the file, as GitHub's step
/// summaries are written, and prints its annotations.
class Reports final : public events::Subscriber {
 public:
  using MakeSubject = std::function<report::Subject(const v1::Outcome&)>;
  /// `html`: the text of an HTML report, which must have had the outcome by then.
  using MakeHtml = std::function<std::string()>;
  Reports(std::vector<report::Request> requests, MakeSubject subject, MakeHtml html, Screen& screen)
      : requests_(std::move(requests)),
        subject_(std::move(subject)),
        html_(std::move(html)),
        screen_(screen) {}

  void On(const v1::RunEvent& event) override;
  [[nodiscard]] bool WantHtml() const;
  /// False: one could not be written, which was logged.
  [[nodiscard]] bool written() const { return written_; }

 private:
  void Write(const report::Request& request, const report::Subject& subject);

  const std::vector<report::Request> requests_;
  const MakeSubject subject_;
  const MakeHtml html_;
  Screen& screen_;
  bool written_ = true;
};

}  // namespace loadctl::cli
