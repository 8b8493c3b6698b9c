// Linked into each library of ours, in place of what newer systems have.

// libstdc++'s reference counts ask this variable of GLIBC_2.32 whether the process has one thread only; an own one that
// says "no" costs an atomic instruction and works everywhere.
extern "C" {
extern char __libc_single_threaded;
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
}

namespace std {
[[noreturn]] void __throw_bad_alloc();  // of every libstdc++
}

// What containers throw, with GLIBCXX_3.4.29, where more elements are asked for than there are addresses.
extern "C" __attribute__((visibility("hidden"), noreturn)) void
_ZSt28__throw_bad_array_new_lengthv() {
  std::__throw_bad_alloc();
}
