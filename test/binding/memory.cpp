// What memory the process has, by who knows it best; run by tensor-memory.test.ts.
#include <malloc.h>
#include <node_api.h>

namespace {

napi_value to_js(napi_env env, double value) {
  napi_value number;
  napi_create_double(env, value, &number);
  return number;
}

/** reported(): bytes that addons have reported to V8. process.memoryUsage() does not tell. */
napi_value reported(napi_env env, napi_callback_info) {
  int64_t bytes = 0;
  napi_adjust_external_memory(env, 0, &bytes);
  return to_js(env, static_cast<double>(bytes));
}

/** allocated(): bytes that malloc has given out and not got back. */
napi_value allocated(napi_env env, napi_callback_info) {
  const struct mallinfo2 info = mallinfo2();
  return to_js(env, static_cast<double>(info.uordblks + info.hblkhd));
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "reported", NAPI_AUTO_LENGTH, reported, nullptr, &function);
  napi_set_named_property(env, exports, "reported", function);
  napi_create_function(env, "allocated", NAPI_AUTO_LENGTH, allocated, nullptr, &function);
  napi_set_named_property(env, exports, "allocated", function);
  return exports;
}
