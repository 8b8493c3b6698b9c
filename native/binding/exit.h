// The end of the process. An operation that runs while static destructors run crashes it, and Node runs no
// cleanup hook on the main thread when process.exit() is called or an error is uncaught.
#pragma once

#include <napi.h>

#include "error.h"

namespace pse::binding {

/**
 * Holds the process while LibTorch works: made on the thread that works, around the work only.
 * `running()` is false when the process has begun to end; then nothing may be started.
 */
class Operation {
 public:
  Operation() noexcept;
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  bool running() const noexcept { return running_; }

 private:
  bool running_;
};

/** Lets no operation begin any more and waits for those in hand; false if some still run after `milliseconds`. */
bool stop(int milliseconds) noexcept;

/** Registers stop() for the end of the process, once per process, in the environment of the main thread. */
void stop_on_exit(Napi::Env env);

}  // namespace pse::binding
