#include "error.h"

namespace pse::binding {

Napi::Error to_error(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, failure.code));
  return error;
}

void check(Napi::Env env, pse_status status, const pse_error& error) {
  if (status == PSE_OK) return;
  const char* code = status == PSE_OUT_OF_MEMORY ? "ERR_PSE_OUT_OF_MEMORY" : "ERR_PSE_INTERNAL";
  throw to_error(env, {code, error.message});
}

void break_treaty(Napi::Env env, const std::string& what) {
  Napi::TypeError error = Napi::TypeError::New(env, "binding.gyp.d.ts: " + what);
  error.Set("code", Napi::String::New(env, "ERR_PSE_INTERNAL"));
  throw error;
}

}  // namespace pse::binding
