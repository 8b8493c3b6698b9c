#include "open.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "error.h"
#include "exit.h"

namespace pse::binding {
namespace {

// RTLD_NODELETE: LibTorch cannot be unloaded. RTLD_LOCAL: its symbols are nobody else's business.
constexpr int kOpen = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;

struct Request {
  std::string directory;
  std::string operators;
  std::string cuda_operators;  // empty: none was built
  bool cuda;
};

struct Report {
  std::string version;
  std::string directory;
  std::string operators;
  bool shared;
  bool cuda;
};

/** What the process has opened; `mutex` is held while it opens. */
struct Process {
  std::mutex mutex;
  std::optional<Report> report;
  std::atomic<const pse_api_table*> api = nullptr;
};

Process& process() {
  static Process* const the = new Process;
  return *the;
}

using Outcome = std::variant<Report, Failure>;

std::string last_error() {
  const char* text = dlerror();
  return text == nullptr ? "unknown error" : text;
}

/** The paths of all libraries in the process. */
std::vector<std::string> loaded_libraries() {
  std::vector<std::string> paths;
  dl_iterate_phdr(
      [](dl_phdr_info* library, size_t, void* data) {
        if (library->dlpi_name != nullptr && library->dlpi_name[0] == '/') {
          static_cast<std::vector<std::string>*>(data)->emplace_back(library->dlpi_name);
        }
        return 0;
      },
      &paths);
  return paths;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/** The folder of the libtorch_cpu.so in the process, or empty. */
std::string loaded_directory() {
  for (const std::string& path : loaded_libraries()) {
    if (ends_with(path, "/libtorch_cpu.so")) return folder_of(path);
  }
  return {};
}

/** The function `pse_api` of a library, if the library itself exports it (dlsym looks into dependencies too). */
pse_api_function api_of(void* library, const std::string& path) {
  void* symbol = dlsym(library, "pse_api");
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || path != info.dli_fname) return nullptr;
  return reinterpret_cast<pse_api_function>(symbol);
}

struct Operators {
  std::string path;
  const pse_api_table* api;
};

/** An operator library that is in the process already: that of another copy of this package. */
std::optional<Operators> loaded_operators() {
  for (const std::string& path : loaded_libraries()) {
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) continue;
    if (const pse_api_function api = api_of(library, path)) return Operators{path, api()};
    dlclose(library);
  }
  return std::nullopt;
}

/** "2.13.0", as the LibTorch in the process says itself; empty if it does not. */
std::string libtorch_version(void* libtorch) {
  using Version = uint64_t (*)();
  const auto version = reinterpret_cast<Version>(dlsym(libtorch, "aoti_torch_abi_version"));
  if (version == nullptr) return {};
  const uint64_t bytes = version();  // major, minor, patch in the three highest bytes
  const auto part = [&](int shift) { return std::to_string((bytes >> shift) & 0xff); };
  return part(56) + "." + part(48) + "." + part(40);
}

bool same_minor(const std::string& version, const std::string& minor) {
  return version.rfind(minor + ".", 0) == 0;
}

/**
 * Opens the CUDA side of LibTorch, before anything touches LibTorch: one CPU backward pass or one question for
 * CUDA ahead of it leaves CUDA dead for the whole process.
 */
std::optional<Failure> open_cuda(const Request& request, bool& opened) {
  const std::string path = request.directory + "/libtorch_cuda.so";
  opened = false;
  if (!request.cuda || access(path.c_str(), R_OK) != 0) return std::nullopt;
  // No driver, no CUDA: libtorch_cuda.so would cost a second and 400 MB for nothing.
  if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) == nullptr) return std::nullopt;
  if (dlopen(path.c_str(), kOpen) == nullptr) return Failure{"ERR_PSE_CUDA", last_error()};
  opened = true;
  return std::nullopt;
}

std::optional<Failure> refuse(const Operators& operators, const std::string& version) {
  const pse_api_table& api = *operators.api;
  if (api.version != PSE_API_VERSION || api.size != sizeof(pse_api_table)) {
    return Failure{"ERR_PSE_CONFLICT",
                   operators.path + " speaks version " + std::to_string(api.version) +
                       " of the treaty between addon and operators, this addon speaks version " +
                       std::to_string(PSE_API_VERSION)};
  }
  if (api.registration_error != nullptr) {
    return Failure{"ERR_PSE_CONFLICT", operators.path + ": " + api.registration_error};
  }
  if (!same_minor(version, api.libtorch_minor)) {
    return Failure{"ERR_PSE_LIBTORCH_VERSION", operators.path + " was built for LibTorch " +
                                                   api.libtorch_minor + ", the process has " +
                                                   version};
  }
  return std::nullopt;
}

Outcome open_libraries(const Request& request) {
  const std::string path = request.directory + "/libtorch_cpu.so";
  void* const libtorch = dlopen(path.c_str(), kOpen);
  if (libtorch == nullptr) return Failure{"ERR_PSE_LIBTORCH_NOT_FOUND", last_error()};
  const std::string version = libtorch_version(libtorch);

  Report report{version, loaded_directory(), request.operators, false, false};
  std::optional<Operators> operators = loaded_operators();
  if (operators) {
    report.shared = operators->path != request.operators;
    report.operators = operators->path;
  } else {
    if (auto failure = open_cuda(request, report.cuda)) return *failure;
    void* const library = dlopen(request.operators.c_str(), kOpen);
    if (library == nullptr) return Failure{"ERR_PSE_LIBTORCH_VERSION", last_error()};
    const pse_api_function api = api_of(library, request.operators);
    if (api == nullptr) {
      return Failure{"ERR_PSE_NOT_BUILT", request.operators + " does not export pse_api"};
    }
    operators = Operators{request.operators, api()};
  }
  if (auto failure = refuse(*operators, version)) {
    if (report.shared) failure->message += "; this copy's own is " + request.operators;
    return *failure;
  }
  if (report.cuda && !request.cuda_operators.empty() &&
      dlopen(request.cuda_operators.c_str(), kOpen) == nullptr) {
    return Failure{"ERR_PSE_CUDA", last_error()};
  }
  process().api = operators->api;
  return report;
}

/** What this process opened first; later requests get the same answer. */
Outcome open_once(const Request& request) {
  const Operation operation;
  if (!operation.running()) return Failure{"ERR_PSE_ABORTED", "the process is ending"};
  const std::lock_guard lock(process().mutex);
  if (process().report) return *process().report;
  Outcome outcome = open_libraries(request);
  if (const Report* report = std::get_if<Report>(&outcome)) process().report = *report;
  return outcome;
}

Request read_request(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsObject())
    break_treaty(info.Env(), "open takes an OpenRequest");
  const auto given = info[0].As<Napi::Object>();
  const auto text = [&](const char* key) {
    const Napi::Value value = given.Get(key);
    return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
  };
  return {text("directory"), text("operators"), text("cudaOperators"),
          given.Get("cuda").ToBoolean()};
}

Napi::Value to_value(Napi::Env env, const Report& report) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("version", report.version);
  value.Set("directory", report.directory);
  value.Set("operators", report.operators);
  value.Set("shared", report.shared);
  value.Set("cuda", report.cuda);
  return value;
}

/** Opens on a thread of libuv's, and settles a promise. */
class Opening : public Napi::AsyncWorker {
 public:
  Opening(Napi::Env env, Request request)
      : Napi::AsyncWorker(env, "pse-loss: open LibTorch"),
        deferred_(Napi::Promise::Deferred::New(env)),
        request_(std::move(request)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { outcome_ = open_once(request_); }

  void OnOK() override {
    if (const Report* report = std::get_if<Report>(&outcome_)) {
      deferred_.Resolve(to_value(Env(), *report));
    } else {
      deferred_.Reject(to_error(Env(), std::get<Failure>(outcome_)).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Request request_;
  Outcome outcome_;
};

}  // namespace

const pse_api_table* operators() noexcept { return process().api; }

const pse_api_table& open_operators(const Napi::CallbackInfo& info, const char* call,
                                    size_t count) {
  const pse_api_table* const api = operators();
  bool fits = api != nullptr && info.Length() >= count;
  for (size_t i = 0; fits && i < count; ++i) {
    fits = info[i].IsObject() || info[i].IsNumber() || info[i].IsExternal();
  }
  if (fits) return *api;
  break_treaty(info.Env(), std::string(call) + " takes an open LibTorch and " +
                               std::to_string(count) + " arguments");
}

Napi::Value loaded_libtorch(const Napi::CallbackInfo& info) {
  const std::string directory = loaded_directory();
  return directory.empty() ? info.Env().Undefined() : Napi::String::New(info.Env(), directory);
}

Napi::Value open(const Napi::CallbackInfo& info) {
  auto* const opening = new Opening(info.Env(), read_request(info));
  const Napi::Promise promise = opening->promise();
  opening->Queue();
  return promise;
}

Napi::Value open_sync(const Napi::CallbackInfo& info) {
  const Outcome outcome = open_once(read_request(info));
  if (const Failure* failure = std::get_if<Failure>(&outcome)) throw to_error(info.Env(), *failure);
  return to_value(info.Env(), std::get<Report>(outcome));
}

}  // namespace pse::binding
