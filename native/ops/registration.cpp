// Runs the queue of registrations once, when the library is loaded (see registration.h).
#include "registration.h"

#include <c10/util/Exception.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace pse::ops {
namespace {

// Written before any constructor runs: constant initialisation, no order to depend on.
constinit const Registration* queue = nullptr;

/**
 * Registers everything or nothing: the schemas first, so that a second copy of this library fails before
 * it replaces an implementation of the first.
 */
std::string register_all() {
  std::vector<std::unique_ptr<torch::Library>> libraries;
  try {
    for (const auto kind : {torch::Library::DEF, torch::Library::IMPL}) {
      for (const Registration* each = queue; each != nullptr; each = each->next) {
        if (each->kind != kind) continue;
        libraries.push_back(
            std::make_unique<torch::Library>(kind, "pse", each->key, each->file, each->line));
        each->function(*libraries.back());
      }
    }
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  }
  // Kept until the process ends: taking operators back while static destructors run helps nobody.
  for (auto& library : libraries) static_cast<void>(library.release());
  return {};
}

const std::string& result() {
  static const auto* const text = new std::string(register_all());
  return *text;
}

// For Python, which only loads the library and never asks pse_api().
[[maybe_unused]] const bool at_load = result().empty();

}  // namespace

Registration::Registration(torch::Library::Kind kind_, std::optional<c10::DispatchKey> key_,
                           Function function_, const char* file_, uint32_t line_) noexcept
    : kind(kind_), key(key_), function(function_), file(file_), line(line_), next(queue) {
  queue = this;
}

const char* registration_error() noexcept { return result().empty() ? nullptr : result().c_str(); }

}  // namespace pse::ops
