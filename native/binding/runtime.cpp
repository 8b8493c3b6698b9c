#include "runtime.h"

#include "error.h"
#include "queue.h"
#include "staging.h"

namespace pse::binding {
namespace {

int64_t read_count(const Napi::CallbackInfo& info, const char* name) {
  if (info.Length() < 1 || !info[0].IsNumber()) {
    break_treaty(info.Env(), std::string(name) + " takes a number");
  }
  return info[0].As<Napi::Number>().Int64Value();
}

}  // namespace

Napi::Value cancel(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), cancel_job(info.Env(), read_count(info, "cancel")));
}

void set_threads(const Napi::CallbackInfo& info) {
  set_thread_count(static_cast<int32_t>(read_count(info, "setThreads")));
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), thread_count());
}

Napi::Value state_of_queue(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const QueueState state = queue_state();
  Napi::Object value = Napi::Object::New(env);
  const auto set = [&](const char* key, auto number) {
    value.Set(key, static_cast<double>(number));
  };
  set("ran", state.ran);
  set("waiting", state.waiting);
  set("nanoseconds", state.nanoseconds);
  set("stagedBytes", Staging::used());
  set("keptBytes", Staging::kept());
  return value;
}

void trim(const Napi::CallbackInfo&) { Staging::trim(); }

}  // namespace pse::binding
