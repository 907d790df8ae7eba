#include "agent/session/sources.h"

#include <utility>

namespace loadctl::session {

js::Sources SourcesOf(std::shared_ptr<const bundle::Bundle> files,
                      std::function<Result<std::string_view>(const std::string&)> load_file) {
  js::Sources sources;
  sources.resolve = [files](const std::string& specifier, const std::string& referrer) {
    return files->Resolve(specifier, referrer);
  };
  sources.load = [files, load_file = std::move(load_file)](
                     const std::string& url) -> Result<js::Sources::Script> {
    const std::string* script = files->FindScript(url);
    if (script == nullptr)
      return load_file(url).map([](std::string_view text) {
        return js::Sources::Script{text, {}};
      });
    const std::string* map = files->FindSourceMap(url);
    return js::Sources::Script{*script, map == nullptr ? std::string_view() : *map};
  };
  return sources;
}

}  // namespace loadctl::session
