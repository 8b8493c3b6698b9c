// How the mathematics in this room runs on several threads: through a function that ops hands in, because
// at::parallel_for is silently serial unless the calling file itself is compiled with -fopenmp.
#pragma once

#include <cstdint>

namespace pse::fused {

/** The work on the indices begin … end − 1; `context` is what the caller of ParallelFor gave. */
using ParallelBody = void (*)(void* context, int64_t begin, int64_t end);

/**
 * Runs `body` over 0 … count − 1 in chunks of at least `grain` indices, on the threads of LibTorch, and returns
 * when all are done. Chunks run in any order and must not depend on each other; where their bounds lie depends
 * on the number of threads, so nothing that must be reproducible may depend on them.
 */
using ParallelFor = void (*)(int64_t count, int64_t grain, ParallelBody body, void* context);

}  // namespace pse::fused
