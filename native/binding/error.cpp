#include "error.h"

namespace pse::binding {

Napi::Error to_error(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, failure.code));
  return error;
}

const char* code_of(pse_status status) {
  switch (status) {
    case PSE_OUT_OF_MEMORY:
      return "ERR_PSE_OUT_OF_MEMORY";
    case PSE_UNSUPPORTED:
      return "ERR_PSE_DTYPE";
    case PSE_GRAPH_FREED:
      return "ERR_PSE_DISPOSED";
    case PSE_CHANGED:
      return "ERR_PSE_VALUE";
    default:
      return "ERR_PSE_INTERNAL";
  }
}

void check(Napi::Env env, pse_status status, const pse_error& error) {
  if (status == PSE_OK) return;
  throw to_error(env, {code_of(status), error.message});
}

void break_treaty(Napi::Env env, const std::string& what) {
  Napi::TypeError error = Napi::TypeError::New(env, "binding.gyp.d.ts: " + what);
  error.Set("code", Napi::String::New(env, "ERR_PSE_INTERNAL"));
  throw error;
}

}  // namespace pse::binding
