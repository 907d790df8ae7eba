#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/json_part.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"
#include "common/text/json_layout.h"

namespace loadctl::modules::data {
namespace {

/// The elements of an array as JSON; all VUs of the process share it once it is kept. They are one
/// text, one after the other, or stay where they lie in a file.
class Texts {
 public:
  Texts() = default;
  explicit Texts(std::string_view array)
      : file_(array), starts_(loadctl::text::ElementsOfJson(array)) {}

  void Add(std::string_view text) {
    all_ += text;
    ends_.push_back(all_.size());
  }
  /// No more are added: gives back the room for them.
  void Close() {
    all_.shrink_to_fit();
    ends_.shrink_to_fit();
    starts_.shrink_to_fit();
  }
  [[nodiscard]] std::size_t size() const {
    return starts_.empty() ? ends_.size() : starts_.size() - 1;
  }
  /// `index` is less than size().
  [[nodiscard]] std::string_view At(std::size_t index) const {
    if (!starts_.empty())
      return loadctl::text::ElementOfJson(file_, starts_[index], starts_[index + 1]);
    const std::size_t start = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(all_).substr(start, ends_[index] - start);
  }

 private:
  std::string all_;
  std::vector<std::size_t> ends_;
  std::string_view file_;
  std::vector<std::uint32_t> starts_;  ///< empty: they are in all_
};

bool InInit(vu::Vu& vu) { return vu.execution().phase() == vu::Phase::kInit; }

/// An array by its name: which VU makes it, and then the texts.
struct Entry {
  std::mutex mutex;
  std::condition_variable changed;
  bool being_made = false;            // guarded by mutex, as is the next
  std::shared_ptr<const Texts> kept;  // null: not there yet
};

/// The arrays as one VU sees them. While it makes one, the others of the process wait, since the
/// values that become texts are several times as large as these.
class Arrays {
 public:
  explicit Arrays(vu::Vu& vu) : vu_(vu) {}
  Arrays(const Arrays&) = delete;
  Arrays& operator=(const Arrays&) = delete;
  // Where the script was ended, nobody has called GiveUp().
  ~Arrays() {
    for (const auto& [name, entry] : making_) Leave(*entry);
  }

  // find(name) → the array; null: this VU is to make it, and says keep() or giveUp()
  std::optional<js::Held<const Texts>> Find(std::string name) {
    const auto entry = EntryOf(name);
    std::unique_lock lock(entry->mutex);
    // One who makes an array waits for nobody: the other might wait for that array.
    while (making_.empty() && entry->being_made && !entry->kept && !vu_.interrupted())
      entry->changed.wait_for(lock, std::chrono::milliseconds(50));
    if (entry->kept) return js::Held<const Texts>(entry->kept);
    if (!entry->being_made) {
      entry->being_made = true;
      making_.emplace(std::move(name), entry);
    }
    return std::nullopt;
  }

  // keep(name, texts) → the array; of two VUs that made it, the first one's is kept
  js::Held<const Texts> Keep(std::string name, js::Held<Texts> texts) {
    texts->Close();
    const auto entry = EntryOf(name);
    {
      const std::lock_guard lock(entry->mutex);
      if (!entry->kept) entry->kept = texts.shared();
    }
    GiveUp(std::move(name));
    return js::Held<const Texts>(entry->kept);
  }

  // giveUp(name): it could not be made
  void GiveUp(std::string name) {
    const auto made = making_.extract(name);
    if (!made.empty()) Leave(*made.mapped());
  }

 private:
  std::shared_ptr<Entry> EntryOf(const std::string& name) {
    auto& program = vu_.program();
    const std::lock_guard lock(program.shared_mutex);
    auto& entry = program.shared["shared_array." + name];
    if (!entry) entry = std::make_shared<Entry>();
    return std::static_pointer_cast<Entry>(entry);
  }
  static void Leave(Entry& entry) {
    {
      const std::lock_guard lock(entry.mutex);
      entry.being_made = false;
    }
    entry.changed.notify_all();
  }

  vu::Vu& vu_;
  std::map<std::string, std::shared_ptr<Entry>> making_;
};

js::Held<Texts> Begin() { return js::Hold(Texts()); }

// within(part) → texts, all of them
js::Held<Texts> Within(js::Held<const JsonPart> part) { return js::Hold(Texts(part->text)); }

// add(texts, element): before they are kept
void Add(js::Held<Texts> texts, std::string_view element) { texts->Add(element); }

std::size_t Length(js::Held<const Texts> array) { return array->size(); }

std::string_view Element(js::Held<const Texts> array, std::size_t index) {
  return index < array->size() ? array->At(index) : "null";
}

}  // namespace

Module Describe() {
  return {faces::kData,
          {
              js::Native<&InInit>("inInit"),
              js::Native<&Arrays::Find>("find"),
              js::Native<&Begin>("begin"),
              js::Native<&Add>("add"),
              js::Native<&Within>("within"),
              js::Native<&Arrays::Keep>("keep"),
              js::Native<&Arrays::GiveUp>("giveUp"),
              js::Native<&Length>("length"),
              js::Native<&Element>("element"),
          }};
}

}  // namespace loadctl::modules::data
