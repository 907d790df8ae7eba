#include "agent/js/cpu_profile.h"

#include <v8-profiler.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "agent/js/call_info.h"
#include "common/text/json_writer.h"

namespace loadctl::js {
namespace {

// Between two samples of a script that runs there is one interval, or a few where cores are scarce.
constexpr std::int64_t kIdleFrom = 3 * CpuProfile::kEvery.count();

/// Writes one profile.
class Writer {
 public:
  Writer(const v8::CpuProfile& profile, const Realm& realm) : profile_(profile), realm_(realm) {}

  std::string Write() {
    json_.Object([this] {
      json_.Key("nodes").Array([this] { Nodes(); });
      json_.Key("startTime").Number(profile_.GetStartTime());
      json_.Key("endTime").Number(profile_.GetEndTime());
      Times();
    });
    return json_.Take();
  }

 private:
  /// All of the tree, those above first, and one of ours.
  void Nodes() {
    std::vector<const v8::CpuProfileNode*> nodes = {profile_.GetTopDownRoot()};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      idle_ = std::max(idle_, nodes[i]->GetNodeId() + 1);
      for (int child = 0; child < nodes[i]->GetChildrenCount(); ++child)
        nodes.push_back(nodes[i]->GetChild(child));
    }
    for (const auto* node : nodes) json_.Element().Object([&] { Node(*node); });
    json_.Element().Object([this] {
      json_.Key("id").Number(std::uint64_t{idle_});
      json_.Key("callFrame").Object([this] { Frame("(idle)", 0, {"", 0, 0}); });
      json_.Key("hitCount").Number(std::uint64_t{0});
    });
  }

  void Node(const v8::CpuProfileNode& node) {
    const std::string url = node.GetScriptResourceNameStr();
    const bool placed = node.GetLineNumber() > 0;
    json_.Key("id").Number(std::uint64_t{node.GetNodeId()});
    json_.Key("callFrame").Object([&] {
      Frame(node.GetFunctionNameStr(), node.GetScriptId(),
            placed ? realm_.Authors(url, node.GetLineNumber(), std::max(node.GetColumnNumber(), 1))
                   : bundle::SourceMap::Place{url, 0, 0});
    });
    json_.Key("hitCount").Number(std::uint64_t{node.GetHitCount()});
    json_.Key("children").Array([&] {
      for (int child = 0; child < node.GetChildrenCount(); ++child)
        json_.Element().Number(std::uint64_t{node.GetChild(child)->GetNodeId()});
      if (node.GetParent() == nullptr) json_.Element().Number(std::uint64_t{idle_});
    });
    std::vector<v8::CpuProfileNode::LineTick> ticks(node.GetHitLineCount());
    if (ticks.empty() || !node.GetLineTicks(ticks.data(), node.GetHitLineCount())) return;
    json_.Key("positionTicks").Array([&] {
      for (const auto& tick : ticks) {
        json_.Element().Object([&] {
          json_.Key("line").Number(std::int64_t{LineOf(url, tick.line)});
          json_.Key("ticks").Number(std::uint64_t{tick.hit_count});
        });
      }
    });
  }

  /// V8 names the line alone, whose last statement stands for it.
  [[nodiscard]] int LineOf(const std::string& url, int line) const {
    return realm_.Authors(url, line, std::numeric_limits<int>::max()).line;
  }

  /// Places are from 0 here, and -1 where there is none.
  void Frame(std::string_view function, int script, const bundle::SourceMap::Place& place) {
    json_.Key("functionName").String(function);
    json_.Key("scriptId").String(std::to_string(script));
    json_.Key("url").String(place.url);
    json_.Key("lineNumber").Number(std::int64_t{place.line} - 1);
    json_.Key("columnNumber").Number(std::int64_t{place.column} - 1);
  }

  /// A sample stands for the time up to the next one: where that is long, the script waited.
  void Times() {
    std::vector<std::uint64_t> samples;
    std::vector<std::int64_t> deltas;
    std::int64_t last = profile_.GetStartTime();
    const auto add = [&](std::uint64_t node, std::int64_t at) {
      samples.push_back(node);
      deltas.push_back(std::max<std::int64_t>(at - last, 0));
      last = std::max(at, last);
    };
    for (int i = 0; i < profile_.GetSamplesCount(); ++i) {
      const std::int64_t at = profile_.GetSampleTimestamp(i);
      if (at - last > kIdleFrom) add(idle_, i == 0 ? last : last + CpuProfile::kEvery.count());
      add(profile_.GetSample(i)->GetNodeId(), at);
    }
    if (profile_.GetEndTime() - last > kIdleFrom) add(idle_, last + CpuProfile::kEvery.count());
    json_.Key("samples").Array([&] {
      for (const std::uint64_t node : samples) json_.Element().Number(node);
    });
    json_.Key("timeDeltas").Array([&] {
      for (const std::int64_t delta : deltas) json_.Element().Number(delta);
    });
  }

  const v8::CpuProfile& profile_;
  const Realm& realm_;
  text::JsonWriter json_;
  unsigned idle_ = 0;
};

}  // namespace

struct CpuProfile::V8s {
  v8::Isolate* isolate;
  v8::CpuProfiler* profiler;
};

CpuProfile::CpuProfile(v8::Isolate* isolate)
    : v8s_(std::make_unique<V8s>(V8s{isolate, v8::CpuProfiler::New(isolate)})) {
  const v8::HandleScope scope(isolate);
  v8s_->profiler->SetSamplingInterval(static_cast<int>(kEvery.count()));
  v8s_->profiler->StartProfiling(v8::String::Empty(isolate),
                                 v8::CpuProfilingOptions(v8::kLeafNodeLineNumbers, kMostSamples,
                                                         static_cast<int>(kEvery.count())));
}

CpuProfile::~CpuProfile() = default;

std::string CpuProfile::Take(const Realm& realm) {
  const v8::HandleScope scope(v8s_->isolate);
  v8::CpuProfile* const profile = v8s_->profiler->StopProfiling(v8::String::Empty(v8s_->isolate));
  std::string json;
  if (profile != nullptr) {
    json = Writer(*profile, realm).Write();
    profile->Delete();
  }
  v8s_->profiler->Dispose();
  return json;
}

}  // namespace loadctl::js
