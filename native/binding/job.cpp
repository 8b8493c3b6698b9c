#include "job.h"

#include <malloc.h>

#include <new>
#include <string>
#include <utility>

namespace pse::binding {
namespace {

/** The operands as tensors, while the work lasts. */
class OpenOperands {
 public:
  OpenOperands(const pse_api_table& api, const std::vector<Operand>& operands)
      : api_(&api), operands_(&operands), tensors_(operands.size(), nullptr) {}
  ~OpenOperands() {
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const bool ours = (*operands_)[i].kind == Operand::Kind::kMemory;
      if (ours && tensors_[i] != nullptr) api_->tensor_release(tensors_[i]);
    }
  }
  OpenOperands(const OpenOperands&) = delete;
  OpenOperands& operator=(const OpenOperands&) = delete;

  pse_status open(pse_error* error) {
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const Operand& operand = (*operands_)[i];
      if (operand.kind == Operand::Kind::kTensor) tensors_[i] = operand.slot->get();
      if (operand.kind != Operand::Kind::kMemory) continue;
      const pse_memory memory{operand.memory, operand.shape.data(),
                              static_cast<int32_t>(operand.shape.size()), operand.dtype};
      const pse_status status = api_->tensor_from_memory(&memory, &tensors_[i], error);
      if (status != PSE_OK) return status;
    }
    return PSE_OK;
  }

  const Job::Tensors& tensors() const noexcept { return tensors_; }

 private:
  const pse_api_table* api_;
  const std::vector<Operand>* operands_;
  Job::Tensors tensors_;
};

pse_status attempt(const pse_api_table& api, const std::vector<Operand>& operands,
                   const Job::Work& work, pse_error* error) {
  OpenOperands open(api, operands);
  const pse_status status = open.open(error);
  return status == PSE_OK ? work(open.tensors(), error) : status;
}

}  // namespace

void Job::run() noexcept {
  try {
    for (const Operand& operand : operands) {
      if (operand.slot == nullptr || !operand.slot->failure) continue;
      fail(*operand.slot->failure);
      return;
    }
    pse_error error{};
    pse_status status = attempt(*api, operands, work, &error);
    if (status == PSE_OUT_OF_MEMORY && repeatable) {
      // Once more with what was only kept for later; what fails again has really no room.
      Staging::trim();
      malloc_trim(0);
      status = attempt(*api, operands, work, &error);
    }
    if (status != PSE_OK) fail({code_of(status), error.message});
    // Copies serve the next call as soon as they are read.
    for (Operand& operand : operands) operand.staged.reset();
  } catch (const std::bad_alloc&) {
    fail({"ERR_PSE_OUT_OF_MEMORY", "out of memory"});
  }
}

void Job::abort() noexcept { fail({"ERR_PSE_ABORTED", "the process is ending"}); }

void Job::fail(Failure with) noexcept {
  for (const auto& slot : made) {
    if (slot->get() == nullptr) slot->failure = with;
  }
  failure = std::move(with);
}

}  // namespace pse::binding
