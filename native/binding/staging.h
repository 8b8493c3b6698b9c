// Memory for copies of plain ArrayBuffers. A buffer that is transferred or resized while another thread reads it crashes
// the process, so a call that is promised reads a copy; fresh memory costs ten times as much as memory that is used again.
#pragma once

#include <cstddef>
#include <memory>

namespace pse::binding {

class Staging {
 public:
  struct Return {
    void operator()(void* block) const noexcept;
  };
  using Block = std::unique_ptr<void, Return>;

  /** Memory for that many bytes, or null where the pool is full or the machine has none. */
  static Block take(size_t bytes);

  /** Whether a block of that size could not be had because others are in use. */
  static bool is_full(size_t bytes);

  /** Gives what is not in use back to the machine. */
  static void trim() noexcept;

  /** The same, if nothing was taken or returned for a while; true if something is kept still. */
  static bool trim_idle() noexcept;

  /** Bytes in use, and bytes kept. */
  static size_t used() noexcept;
  static size_t kept() noexcept;
};

}  // namespace pse::binding
