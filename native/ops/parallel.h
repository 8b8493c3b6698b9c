// Threads for the code in fused/: LibTorch's own, so that nobody grows a second pool.
#pragma once

#include <cstdint>

#include "../fused/parallel.h"

namespace pse::ops {

/** A fused::ParallelFor on LibTorch's threads. */
void parallel_for(int64_t count, int64_t grain, fused::ParallelBody body, void* context);

/** Threads of the parallel regions that the calling thread opens itself; answers what they were. */
int32_t set_own_threads(int32_t count);

}  // namespace pse::ops
