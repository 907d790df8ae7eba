#include "agent/session/run_scripts.h"

#include <algorithm>
#include <string_view>

#include "agent/session/sources.h"

namespace loadctl::session {

Result<bool> RunScripts::Take(const v1::BundleChunk& chunk, const std::string& hash) {
  packed_ += chunk.data();
  if (!chunk.last()) return false;
  auto unpacked = bundle::Bundle::Unpack(packed_, hash, bundle::SharedFiles::Inherited().get());
  packed_.clear();
  packed_.shrink_to_fit();
  if (!unpacked) return tl::unexpected(unpacked.error());
  bundle_ = std::make_shared<const bundle::Bundle>(std::move(*unpacked));
  return true;
}

void RunScripts::Fill(vu::Program& program) {
  program.code = &code_;
  program.offload = [this](std::function<void()> work) { offload_.Run(std::move(work)); };
  program.modules = modules_;
  vu::NoteNames(program, bundle_->files());
  program.load_file = [files = bundle_](const std::string& url) -> Result<std::string_view> {
    if (const auto content = files->FindContent(url)) return *content;
    if (const std::string* why = files->FindMissing(url)) return Fail(ErrorCode::kScript, *why);
    return Fail(ErrorCode::kScript,
                "open() can't be used with files that weren't previously opened during "
                "initialization (__VU==0), path: \"" +
                    (url.rfind("file://", 0) == 0 ? url.substr(7) : url) + "\"");
  };
  program.sources = SourcesOf(bundle_, program.load_file);
}

bool RunScripts::MayUseTls(const metrics::TagMap& env) const {
  const auto names_it = [](const std::string& text) {
    return text.find("https:") != text.npos || text.find("wss:") != text.npos;
  };
  return std::any_of(env.begin(), env.end(),
                     [&](const auto& one) { return names_it(one.second); }) ||
         std::any_of(bundle_->files().begin(), bundle_->files().end(),
                     [&](const auto& file) { return names_it(file.second); });
}

}  // namespace loadctl::session
