// How many threads the CPU backend works with.
#pragma once

namespace seegrad {

/// Threads used for large arrays and matrix products, the calling one included; at first one for each processor this process may run on.
int thread_count();
/// Sets it (1 to 256). Results are equal from run to run for the same count. Throws UsageError for other numbers.
void set_thread_count(int count);

}  // namespace seegrad
