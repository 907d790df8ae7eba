// Hostile messages of clients (submissions) and of controllers (what a client shows).
#include <cstddef>
#include <cstdint>
#include <string>

#include "controller/results/results.h"
#include "controller/service/convert.h"
#include "controller/summary/json.h"
#include "controller/summary/text.h"
#include "controller/terminal/progress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl;
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0: {
      v1::Submission submission;
      if (!submission.ParseFromString(bytes)) return 0;
      // A bundle that fits, so that what follows it is reached.
      bundle::Bundle files;
      files.Add(submission.main_url(), "export default function () {}");
      const std::string packed = files.Pack();
      submission.set_bundle_hash(bundle::Sha256(packed));
      if (const auto run = service::FromProto(submission, packed))
        (void)controller::Results::Make(controller::PlannedOf(run->Inputs()));
      return 0;
    }
    case 1: {
      v1::Outcome outcome;
      if (!outcome.ParseFromString(bytes)) return 0;
      (void)summary::SummaryExportJson(outcome.summary());
      (void)summary::HandleSummaryData(outcome.summary(), {});
      (void)summary::RenderText(outcome.summary(), summary::Colors::kNo);
      return 0;
    }
    case 2: {
      v1::ApiRequest request;
      if (request.ParseFromString(bytes)) (void)service::FromProto(request);
      return 0;
    }
    default: {
      v1::RunProgress progress;
      if (!progress.ParseFromString(bytes)) return 0;
      (void)terminal::RenderProgress(progress, {});
      return 0;
    }
  }
}
