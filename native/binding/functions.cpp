#include "functions.h"

#include "../pse.h"
#include "arguments.h"
#include "error.h"
#include "exit.h"
#include "open.h"

namespace pse::binding {
namespace {

/** Reads three arrays, then the place of the result, and borrows them all for `call`. */
template <typename Call>
void with_arrays(const Napi::CallbackInfo& info, const pse_api_table& api,
                 const char* const names[3], size_t result_at, Call call) {
  const NativeArray arrays[] = {read_array(info[0], names[0]), read_array(info[1], names[1]),
                                read_array(info[2], names[2]),
                                read_array(info[result_at], "result")};
  const BorrowedTensor first(api, arrays[0]), second(api, arrays[1]), third(api, arrays[2]),
      result(api, arrays[3]);
  run_operation(info.Env(), [&](pse_error* error) {
    return call(first.get(), second.get(), third.get(), result.get(), error);
  });
}

}  // namespace

void dice_loss_sync(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "diceLossSync", 5);
  const auto given = info[3].As<Napi::Object>();
  const double eps = read_number(given, "eps");
  const int32_t in_numerator = read_flag(given, "epsInNumerator");
  constexpr const char* kNames[] = {"input", "target", "mask"};
  with_arrays(info, api, kNames, 4,
              [&](auto* input, auto* target, auto* mask, auto* result, auto* error) {
                return api.dice_loss(input, target, mask, eps, in_numerator, result, error);
              });
}

void ohem_batch_sync(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "ohemBatchSync", 5);
  const auto given = info[3].As<Napi::Object>();
  const double ratio = read_number(given, "ohemRatio");
  const pse_negative_pool pool = read_word(given, "negativePool", {"all", "valid"});
  const pse_fallback_mask fallback = read_word(given, "fallbackMask", {"value", "nonzero"});
  constexpr const char* kNames[] = {"scores", "gtTexts", "trainingMasks"};
  with_arrays(info, api, kNames, 4,
              [&](auto* scores, auto* gt_texts, auto* masks, auto* result, auto* error) {
                return api.ohem_batch(scores, gt_texts, masks, ratio, pool, fallback, result,
                                      error);
              });
}

void iou_sync(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "iouSync", 5);
  const int64_t classes = info[3].ToNumber();
  constexpr const char* kNames[] = {"a", "b", "mask"};
  with_arrays(info, api, kNames, 4, [&](auto* a, auto* b, auto* mask, auto* result, auto* error) {
    return api.iou(a, b, mask, classes, result, error);
  });
}

}  // namespace pse::binding
