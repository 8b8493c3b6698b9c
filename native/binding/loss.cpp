#include "loss.h"

#include <optional>

#include "../pse.h"
#include "arguments.h"
#include "error.h"
#include "exit.h"
#include "open.h"

namespace pse::binding {
namespace {

pse_loss_options read_options(const Napi::Object& given) {
  pse_loss_options options{};
  options.alpha = read_number(given, "alpha");
  options.kernel_weight = read_number(given, "kernelWeight");
  options.ohem_ratio = read_number(given, "ohemRatio");
  options.eps = read_number(given, "eps");
  options.kernel_sample_mask = read_word(given, "kernelSampleMask", {"pred", "gt"});
  options.reduction = read_word(given, "reduction", {"none", "mean", "sum"});
  if (given.Get("textThreshold").IsNumber()) {
    options.text_threshold = read_number(given, "textThreshold");
  } else {
    options.sigmoid_half = 1 + read_word(given, "textThreshold", {"sigmoid-half"});
  }
  return options;
}

/** A result that may be left out. */
std::optional<BorrowedTensor>& borrow_if(std::optional<BorrowedTensor>& tensor,
                                         const pse_api_table& api, const Napi::Object& results,
                                         const char* key) {
  const Napi::Value array = results.Get(key);
  if (!array.IsUndefined()) tensor.emplace(api, array, key);
  return tensor;
}

}  // namespace

void loss_sync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pse_api_table* const api = operators();
  if (api == nullptr || info.Length() < 6 || !info[4].IsObject() || !info[5].IsObject()) {
    break_treaty(env, "lossSync takes an open LibTorch and six arguments");
  }
  const BorrowedTensor maps(*api, info[0], "maps"), gt_texts(*api, info[1], "gtTexts"),
      gt_kernels(*api, info[2], "gtKernels"), training_masks(*api, info[3], "trainingMasks");
  const pse_loss_options options = read_options(info[4].As<Napi::Object>());

  const auto given = info[5].As<Napi::Object>();
  const BorrowedTensor per_image(*api, given.Get("perImage"), "perImage"),
      reduced(*api, given.Get("reduced"), "reduced"),
      loss_per_kernel(*api, given.Get("lossPerKernel"), "lossPerKernel");
  std::optional<BorrowedTensor> selected_mask, grad_maps;
  borrow_if(selected_mask, *api, given, "selectedMask");
  borrow_if(grad_maps, *api, given, "grad");

  const pse_loss_batch batch{maps.get(), gt_texts.get(), gt_kernels.get(), training_masks.get()};
  const pse_loss_results results{per_image.get(), reduced.get(), loss_per_kernel.get(),
                                 selected_mask ? selected_mask->get() : nullptr,
                                 grad_maps ? grad_maps->get() : nullptr};
  pse_error error;
  const Operation operation;
  if (!operation.running()) throw to_error(env, {"ERR_PSE_ABORTED", "the process is ending"});
  check(env, api->loss(&batch, &options, &results, &error), error);
}

}  // namespace pse::binding
