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

}  // namespace

void loss_sync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pse_api_table* const api = operators();
  if (api == nullptr || info.Length() < 6 || !info[4].IsObject() || !info[5].IsObject()) {
    break_treaty(env, "lossSync takes an open LibTorch and six arguments");
  }
  // Everything is read before any memory is borrowed.
  const NativeArray arrays[] = {read_array(info[0], "maps"), read_array(info[1], "gtTexts"),
                                read_array(info[2], "gtKernels"),
                                read_array(info[3], "trainingMasks")};
  const pse_loss_options options = read_options(info[4].As<Napi::Object>());
  const auto given = info[5].As<Napi::Object>();
  const NativeArray outputs[] = {read_array(given.Get("perImage"), "perImage"),
                                 read_array(given.Get("reduced"), "reduced"),
                                 read_array(given.Get("lossPerKernel"), "lossPerKernel")};
  const auto mask_output = read_array_if(given, "selectedMask");
  const auto grad_output = read_array_if(given, "grad");

  const BorrowedTensor maps(*api, arrays[0]), gt_texts(*api, arrays[1]),
      gt_kernels(*api, arrays[2]), training_masks(*api, arrays[3]);
  const BorrowedTensor per_image(*api, outputs[0]), reduced(*api, outputs[1]),
      loss_per_kernel(*api, outputs[2]);
  std::optional<BorrowedTensor> selected_mask, grad_maps;
  if (mask_output) selected_mask.emplace(*api, *mask_output);
  if (grad_output) grad_maps.emplace(*api, *grad_output);

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
