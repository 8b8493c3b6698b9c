#include "functions.h"

#include <memory>

#include "../pse.h"
#include "arguments.h"
#include "handle.h"

namespace pse::binding {
namespace {

/**
 * Reads three inputs, then the place of the result: an array, or a handle that gets a tensor of its own. `call` is the
 * function of native/pse.h on them.
 */
template <typename Function>
Napi::Value with_operands(Call& call, const Napi::CallbackInfo& info, const char* const names[3],
                          Function function) {
  const Napi::Value to = info[4];
  const size_t first = call.input(info[0], names[0]), second = call.input(info[1], names[1]),
               third = call.input(info[2], names[2]);
  const bool makes = to.IsExternal();
  const std::shared_ptr<Slot> slot = makes ? call.make(to, "result") : nullptr;
  const size_t result = makes ? call.absent() : call.output(to, "result");
  call.set_largest(read_number(info[3].As<Napi::Object>(), "largest"));
  return call.go([=](const Job::Tensors& operands, pse_error* error) {
    pse_tensor* made = nullptr;
    const pse_status status = function(operands[first], operands[second], operands[third],
                                       operands[result], &made, error);
    if (slot != nullptr) slot->put(made);
    return status;
  });
}

}  // namespace

Napi::Value dice_loss(const Napi::CallbackInfo& info) {
  Call call(info, "diceLoss", 5);
  const auto given = info[3].As<Napi::Object>();
  const double eps = read_number(given, "eps");
  const int32_t in_numerator = read_flag(given, "epsInNumerator");
  const pse_api_table& api = call.api();
  constexpr const char* kNames[] = {"input", "target", "mask"};
  return with_operands(
      call, info, kNames,
      [=, &api](auto* input, auto* target, auto* mask, auto* result, auto** made, auto* error) {
        return api.dice_loss(input, target, mask, eps, in_numerator, result, made, error);
      });
}

Napi::Value ohem_batch(const Napi::CallbackInfo& info) {
  Call call(info, "ohemBatch", 5);
  const auto given = info[3].As<Napi::Object>();
  const double ratio = read_number(given, "ohemRatio");
  const pse_negative_pool pool = read_word(given, "negativePool", {"all", "valid"});
  const pse_fallback_mask fallback = read_word(given, "fallbackMask", {"value", "nonzero"});
  const pse_api_table& api = call.api();
  constexpr const char* kNames[] = {"scores", "gtTexts", "trainingMasks"};
  return with_operands(
      call, info, kNames,
      [=, &api](auto* scores, auto* gt_texts, auto* masks, auto* result, auto** made, auto* error) {
        return api.ohem_batch(scores, gt_texts, masks, ratio, pool, fallback, result, made, error);
      });
}

Napi::Value iou(const Napi::CallbackInfo& info) {
  Call call(info, "iou", 5);
  const auto given = info[3].As<Napi::Object>();
  const auto classes = static_cast<int64_t>(read_number(given, "nClass"));
  const int32_t mean = read_flag(given, "mean");
  const pse_api_table& api = call.api();
  constexpr const char* kNames[] = {"a", "b", "mask"};
  return with_operands(
      call, info, kNames,
      [=, &api](auto* a, auto* b, auto* mask, auto* result, auto** made, auto* error) {
        return api.iou(a, b, mask, classes, mean, result, made, error);
      });
}

}  // namespace pse::binding
