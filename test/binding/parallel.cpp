// Counts the chunks and the threads of ops::parallel_for; run by parallel.test.ts.
#include "../../native/ops/parallel.h"

#include <ATen/Parallel.h>

#include <cstdio>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

int main() {
  struct Record {
    std::mutex mutex;
    std::vector<int> visits = std::vector<int>(1000);
    std::set<std::thread::id> threads;
    int chunks = 0;
  } record;
  at::set_num_threads(4);
  pse::ops::parallel_for(
      1000, 10,
      [](void* context, int64_t begin, int64_t end) {
        auto& seen = *static_cast<Record*>(context);
        const std::lock_guard lock(seen.mutex);
        ++seen.chunks;
        seen.threads.insert(std::this_thread::get_id());
        for (int64_t i = begin; i < end; ++i) ++seen.visits[static_cast<size_t>(i)];
      },
      &record);
  bool once = true;
  for (const int visits : record.visits) once = once && visits == 1;
  std::printf("{\"chunks\": %d, \"threads\": %zu, \"once\": %s}\n", record.chunks,
              record.threads.size(), once ? "true" : "false");
}
