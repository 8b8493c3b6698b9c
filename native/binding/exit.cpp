#include "exit.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace pse::binding {
namespace {

/** How long the end of the process may be held up by an operation in hand. */
constexpr int kPatience = 5000;

struct State {
  std::mutex mutex;
  std::condition_variable idle;
  int operations = 0;
  bool stopped = false;
};

/** Never destroyed: operations may outlive static destructors. */
State& state() {
  static State* const the = new State;
  return *the;
}

bool on_main_thread() { return syscall(SYS_gettid) == getpid(); }

/** process.on('exit', code => stop() || _exit(code)) */
void listener(const Napi::CallbackInfo& info) {
  const int code = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>() : 0;
  // Whatever still runs would meet half-destroyed statics: leave without running them.
  if (!stop(kPatience)) _exit(code);
}

}  // namespace

Operation::Operation() noexcept {
  const std::lock_guard lock(state().mutex);
  running_ = !state().stopped;
  if (running_) ++state().operations;
}

Operation::~Operation() {
  if (!running_) return;
  const std::lock_guard lock(state().mutex);
  if (--state().operations == 0) state().idle.notify_all();
}

bool stop(int milliseconds) noexcept {
  std::unique_lock lock(state().mutex);
  state().stopped = true;
  // wait_until on the system's clock: wait_for asks for a newer glibc.
  const auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds);
  return state().idle.wait_until(lock, deadline, [] { return state().operations == 0; });
}

void stop_on_exit(Napi::Env env) {
  // A worker's 'exit' fires when the worker ends, which is not the end of the process.
  if (!on_main_thread()) return;
  static std::atomic<bool> registered = false;
  if (registered.exchange(true)) return;
  const Napi::Object process = env.Global().Get("process").As<Napi::Object>();
  process.Get("on").As<Napi::Function>().Call(
      process, {Napi::String::New(env, "exit"), Napi::Function::New(env, listener)});
  // The last net, for ends that emit no event.
  static_cast<void>(std::atexit([] { stop(kPatience); }));
}

}  // namespace pse::binding
