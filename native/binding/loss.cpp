#include "loss.h"

#include <array>
#include <memory>
#include <utility>

#include "../pse.h"
#include "arguments.h"

namespace pse::binding {
namespace {

pse_loss_options parse_options(const Napi::Object& given) {
  pse_loss_options options{};
  options.alpha = read_number(given, "alpha");
  options.kernel_weight = read_number(given, "kernelWeight");
  options.ohem_ratio = read_number(given, "ohemRatio");
  options.eps = read_number(given, "eps");
  options.grad_scale = read_number(given, "gradScale");
  options.kernel_sample_mask = read_word(given, "kernelSampleMask", {"pred", "gt", "union"});
  options.fallback_mask = read_word(given, "fallbackMask", {"value", "nonzero"});
  options.kernel_training_mask = read_word(given, "kernelTrainingMask", {"value", "above-half"});
  options.upsample = read_word(given, "upsample", {"nearest", "bilinear", "none"});
  options.negative_pool = read_word(given, "negativePool", {"all", "valid"});
  options.empty_images = read_word(given, "emptyImages", {"include", "skip"});
  options.reduction = read_word(given, "reduction", {"none", "mean", "sum"});
  options.eps_in_numerator = read_flag(given, "epsInNumerator");
  options.binarize_labels = read_flag(given, "binarizeLabels");
  options.align_corners = read_flag(given, "alignCorners");
  if (given.Get("textThreshold").IsNumber()) {
    options.text_threshold = read_number(given, "textThreshold");
  } else {
    options.sigmoid_half = 1 + read_word(given, "textThreshold", {"sigmoid-half"});
  }
  return options;
}

/** The options of an object, which is read once: with it goes what was read. */
pse_loss_options read_options(const Napi::Object& given) {
  void* read = nullptr;
  if (napi_unwrap(given.Env(), given, &read) == napi_ok && read != nullptr) {
    return *static_cast<pse_loss_options*>(read);
  }
  auto* const options = new pse_loss_options(parse_options(given));
  const auto drop = [](napi_env, void* data, void*) {
    delete static_cast<pse_loss_options*>(data);
  };
  const pse_loss_options copy = *options;
  if (napi_wrap(given.Env(), given, options, drop, nullptr, nullptr) != napi_ok) delete options;
  return copy;
}

/** A NativeBatch of binding.gyp.d.ts, as places among a call's operands. */
struct BatchPlaces {
  size_t maps, gt_texts, gt_kernels, training_masks, counts;
  int64_t scale;

  pse_loss_batch in(const Job::Tensors& operands) const {
    return {operands[maps],           operands[gt_texts], operands[gt_kernels],
            operands[training_masks], operands[counts],   scale};
  }
};

BatchPlaces read_batch(Call& call, const Napi::Object& given) {
  BatchPlaces batch{};
  call.set_largest(read_number(given, "largest"));
  batch.maps = call.input(given.Get("maps"), "maps");
  const Napi::Value counts = given.Get("counts");
  batch.counts = call.input(counts, "counts");
  if (!counts.IsUndefined()) {
    batch.scale = static_cast<int64_t>(read_number(given, "scale"));
    batch.gt_texts = batch.gt_kernels = batch.training_masks = call.absent();
    return batch;
  }
  batch.gt_texts = call.input(given.Get("gtTexts"), "gtTexts");
  batch.gt_kernels = call.input(given.Get("gtKernels"), "gtKernels");
  batch.training_masks = call.input(given.Get("trainingMasks"), "trainingMasks");
  return batch;
}

/** What every call on a batch takes. */
struct LossArguments {
  BatchPlaces batch;
  pse_loss_options options;
  Napi::Object results;
};

LossArguments read_arguments(Call& call, const Napi::CallbackInfo& info) {
  return {read_batch(call, info[0].As<Napi::Object>()), read_options(info[1].As<Napi::Object>()),
          info[2].As<Napi::Object>()};
}

/** By the numbers of native/pse.h. */
constexpr std::array kTensors = {
    "loss",        "lossText", "lossKernels", "iouText",       "iouKernel",    "loss", "lossText",
    "lossKernels", "iouText",  "iouKernel",   "lossPerKernel", "selectedMask", "grad",
};
static_assert(kTensors.size() == PSE_LOSS_TENSORS);

}  // namespace

Napi::Value loss(const Napi::CallbackInfo& info) {
  Call call(info, "loss", 3);
  const auto [batch, options, given] = read_arguments(call, info);
  const size_t per_image = call.output(given.Get("perImage"), "perImage");
  const size_t reduced = call.output(given.Get("reduced"), "reduced");
  const size_t loss_per_kernel = call.output(given.Get("lossPerKernel"), "lossPerKernel");
  const size_t selected_mask = call.output_if(given, "selectedMask");
  const size_t grad = call.output_if(given, "grad");
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error* error) {
    const pse_loss_batch arguments = batch.in(operands);
    const pse_loss_results results{operands[per_image], operands[reduced],
                                   operands[loss_per_kernel], operands[selected_mask],
                                   operands[grad]};
    return api.loss(&arguments, &options, &results, error);
  });
}

Napi::Value loss_tensors(const Napi::CallbackInfo& info) {
  Call call(info, "lossTensors", 3);
  const auto [batch, options, given] = read_arguments(call, info);
  const auto reduced = given.Get("reduced"), per_image = given.Get("perImage");
  std::array<std::shared_ptr<Slot>, PSE_LOSS_TENSORS> slots;
  std::array<int32_t, PSE_LOSS_TENSORS> wanted{};
  for (size_t i = 0; i < slots.size(); ++i) {
    const bool first = i < PSE_PER_IMAGE, second = !first && i < PSE_LOSS_PER_KERNEL;
    const Napi::Value from = first ? reduced : second ? per_image : Napi::Value(given);
    if (!from.IsObject()) continue;
    slots[i] = call.make_if(from.As<Napi::Object>(), kTensors[i]);
    wanted[i] = slots[i] != nullptr ? 1 : 0;
  }
  const pse_dtype grad_dtype = read_dtype(info.Env(), given.Get("gradDtype").ToString(), "grad");
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error* error) {
    const pse_loss_batch arguments = batch.in(operands);
    std::array<pse_tensor*, PSE_LOSS_TENSORS> results{};
    const pse_status status =
        api.loss_tensors(&arguments, &options, wanted.data(), grad_dtype, results.data(), error);
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i] != nullptr) slots[i]->put(results[i]);
    }
    return status;
  });
}

Napi::Value loss_masks(const Napi::CallbackInfo& info) {
  Call call(info, "lossMasks", 3);
  const auto [batch, options, given] = read_arguments(call, info);
  const size_t selected_mask = call.output(given.Get("selectedMask"), "selectedMask");
  const size_t kernel_mask = call.output(given.Get("kernelMask"), "kernelMask");
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error* error) {
    const pse_loss_batch arguments = batch.in(operands);
    return api.loss_masks(&arguments, &options, operands[selected_mask], operands[kernel_mask],
                          error);
  });
}

}  // namespace pse::binding
