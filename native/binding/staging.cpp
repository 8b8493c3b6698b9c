#include "staging.h"

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

namespace pse::binding {
namespace {

using Clock = std::chrono::steady_clock;

/** How long memory is kept for the next call. */
constexpr auto kIdle = std::chrono::seconds(1);

/** Blocks are of whole pages, and a kept one serves whatever needs more than half of it. */
constexpr size_t kPage = 4096;

constexpr size_t kUnlessSet = size_t{1} << 30;

/** PSE_STAGING_BYTES, read when the first copy is made. */
size_t limit() {
  static const size_t bytes = [] {
    const char* const text = std::getenv("PSE_STAGING_BYTES");
    if (text == nullptr || *text == '\0') return kUnlessSet;
    char* end = nullptr;
    const unsigned long long number = std::strtoull(text, &end, 10);
    return *end == '\0' ? static_cast<size_t>(number) : kUnlessSet;
  }();
  return bytes;
}

struct Pool {
  std::mutex mutex;
  std::multimap<size_t, void*> free;
  std::map<void*, size_t> taken;
  size_t used = 0;
  size_t kept = 0;
  Clock::time_point touched = Clock::now();

  void clear() noexcept {
    for (const auto& [bytes, memory] : free) std::free(memory);
    free.clear();
    kept = 0;
  }
};

/** Never destroyed: blocks may come back while static destructors run. */
Pool& pool() {
  static Pool* const the = new Pool;
  return *the;
}

size_t whole_pages(size_t bytes) { return (bytes + (kPage - 1)) & ~(kPage - 1); }

}  // namespace

bool Staging::is_full(size_t bytes) {
  const std::lock_guard lock(pool().mutex);
  // One call that is larger than the whole pool is let in alone.
  return pool().used > 0 && pool().used + bytes > limit();
}

Staging::Block Staging::take(size_t bytes) {
  const size_t size = whole_pages(bytes == 0 ? 1 : bytes);
  Pool& the = pool();
  const std::lock_guard lock(the.mutex);
  the.touched = Clock::now();
  const auto fit = the.free.lower_bound(size);
  void* memory = nullptr;
  size_t given = size;
  if (fit != the.free.end() && fit->first <= size + size) {
    given = fit->first;
    memory = fit->second;
    the.free.erase(fit);
    the.kept -= given;
  } else {
    if (the.used + the.kept + size > limit()) the.clear();
    memory = std::aligned_alloc(kPage, size);
    if (memory == nullptr) return nullptr;
  }
  the.taken.emplace(memory, given);
  the.used += given;
  return Block(memory);
}

void Staging::Return::operator()(void* block) const noexcept {
  Pool& the = pool();
  const std::lock_guard lock(the.mutex);
  the.touched = Clock::now();
  const auto found = the.taken.find(block);
  const size_t bytes = found->second;
  the.taken.erase(found);
  the.used -= bytes;
  if (the.used + the.kept + bytes > limit()) {
    std::free(block);
    return;
  }
  try {
    the.free.emplace(bytes, block);
    the.kept += bytes;
  } catch (const std::bad_alloc&) {
    std::free(block);
  }
}

void Staging::trim() noexcept {
  const std::lock_guard lock(pool().mutex);
  pool().clear();
}

bool Staging::trim_idle() noexcept {
  const std::lock_guard lock(pool().mutex);
  if (Clock::now() - pool().touched >= kIdle) pool().clear();
  return pool().kept > 0;
}

size_t Staging::used() noexcept {
  const std::lock_guard lock(pool().mutex);
  return pool().used;
}

size_t Staging::kept() noexcept {
  const std::lock_guard lock(pool().mutex);
  return pool().kept;
}

}  // namespace pse::binding
