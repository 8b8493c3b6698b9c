#include "loss.h"

#include <optional>
#include <vector>

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

/** A NativeBatch of binding.gyp.d.ts, its properties read. */
struct BatchArrays {
  NativeArray maps;
  std::vector<NativeArray> labels;  // gtTexts, gtKernels, trainingMasks; or counts
  int64_t scale;
};

BatchArrays read_batch(const Napi::Object& given) {
  BatchArrays batch{read_array(given.Get("maps"), "maps"), {}, 0};
  if (auto counts = read_array_if(given, "counts")) {
    batch.labels.push_back(*std::move(counts));
    batch.scale = static_cast<int64_t>(read_number(given, "scale"));
  } else {
    for (const char* name : {"gtTexts", "gtKernels", "trainingMasks"}) {
      batch.labels.push_back(read_array(given.Get(name), name));
    }
  }
  return batch;
}

/** The same with its memory borrowed. */
class BorrowedBatch {
 public:
  BorrowedBatch(const pse_api_table& api, const BatchArrays& arrays)
      : maps_(api, arrays.maps), scale_(arrays.scale) {
    for (size_t i = 0; i < arrays.labels.size(); ++i) labels_[i].emplace(api, arrays.labels[i]);
  }

  pse_loss_batch get() const {
    if (!labels_[1]) return {maps_.get(), nullptr, nullptr, nullptr, labels_[0]->get(), scale_};
    return {maps_.get(), labels_[0]->get(), labels_[1]->get(), labels_[2]->get(), nullptr, 0};
  }

 private:
  BorrowedTensor maps_;
  std::optional<BorrowedTensor> labels_[3];
  int64_t scale_;
};

/** Results that may be left out. */
class BorrowedIf {
 public:
  BorrowedIf(const pse_api_table& api, const std::optional<NativeArray>& array) {
    if (array) tensor_.emplace(api, *array);
  }
  pse_tensor* get() const { return tensor_ ? tensor_->get() : nullptr; }

 private:
  std::optional<BorrowedTensor> tensor_;
};

}  // namespace

void loss_sync(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "lossSync", 3);
  // Everything is read before any memory is borrowed.
  const BatchArrays arrays = read_batch(info[0].As<Napi::Object>());
  const pse_loss_options options = read_options(info[1].As<Napi::Object>());
  const auto given = info[2].As<Napi::Object>();
  const NativeArray outputs[] = {read_array(given.Get("perImage"), "perImage"),
                                 read_array(given.Get("reduced"), "reduced"),
                                 read_array(given.Get("lossPerKernel"), "lossPerKernel")};
  const auto mask_output = read_array_if(given, "selectedMask");
  const auto grad_output = read_array_if(given, "grad");

  const BorrowedBatch borrowed(api, arrays);
  const BorrowedTensor per_image(api, outputs[0]), reduced(api, outputs[1]),
      loss_per_kernel(api, outputs[2]);
  const BorrowedIf selected_mask(api, mask_output), grad_maps(api, grad_output);

  const pse_loss_batch batch = borrowed.get();
  const pse_loss_results results{per_image.get(), reduced.get(), loss_per_kernel.get(),
                                 selected_mask.get(), grad_maps.get()};
  run_operation(info.Env(),
                [&](pse_error* error) { return api.loss(&batch, &options, &results, error); });
}

void loss_masks_sync(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "lossMasksSync", 3);
  const BatchArrays arrays = read_batch(info[0].As<Napi::Object>());
  const pse_loss_options options = read_options(info[1].As<Napi::Object>());
  const auto given = info[2].As<Napi::Object>();
  const NativeArray outputs[] = {read_array(given.Get("selectedMask"), "selectedMask"),
                                 read_array(given.Get("kernelMask"), "kernelMask")};

  const BorrowedBatch borrowed(api, arrays);
  const BorrowedTensor selected_mask(api, outputs[0]), kernel_mask(api, outputs[1]);
  const pse_loss_batch batch = borrowed.get();
  run_operation(info.Env(), [&](pse_error* error) {
    return api.loss_masks(&batch, &options, selected_mask.get(), kernel_mask.get(), error);
  });
}

}  // namespace pse::binding
