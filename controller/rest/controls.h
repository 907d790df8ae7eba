// The way from whoever may steer a run by a page to the run that goes on, if one does.
// Not for what is asked (command.h). Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "controller/rest/command.h"
#include "controller/web/server.h"

namespace loadctl::rest {

class Controls final {
 public:
  /// Nothing: it was done.
  using Reply = std::function<void(std::optional<Response>)>;
  using Ask = std::function<void(const Command&, Reply)>;

  /// Replies at once with 503 where no run goes on.
  void Change(const StatusChange& change, const Reply& reply);

  /// The time in which a run can be asked.
  class Scope final {
   public:
    /// `ask` must not call back; both outlive this.
    Scope(Controls& controls, Ask ask) : controls_(controls) { controls_.Set(std::move(ask)); }
    ~Scope() { controls_.Set(nullptr); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Controls& controls_;
  };

 private:
  void Set(Ask ask) {
    const std::lock_guard lock(mutex_);
    ask_ = std::move(ask);
  }

  std::mutex mutex_;
  Ask ask_;
};

/// Answers `PATCH` with the body of k6's PATCH /v1/status. What was done is answered with `{}`.
void AnswerControl(const web::Request& request, Controls& controls,
                   const web::Server::Reply& reply);

}  // namespace loadctl::rest
