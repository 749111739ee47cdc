// Chooses how the kernels of update.hpp run: fills the tables and cuts the parameters into chunks.
#pragma once
#include <span>

#include "kernels/site.hpp"
#include "kernels/update.hpp"

namespace seegrad::kernels {

/// So long that all chunks together fill the device once, and that their sizes, when wanted, have room in the workspace.
template <class T>
std::int64_t chunk_length_for(const Site& site, std::span<const UpdateEntry<T>> entries, bool measures) {
  constexpr std::int64_t grain = 1024;
  std::int64_t total = 0;
  for (const UpdateEntry<T>& entry : entries) total += entry.count;
  const std::int64_t blocks = static_cast<std::int64_t>(site.multiprocessors) * blocks_at_once;
  std::int64_t most = blocks;
  const auto others = static_cast<std::int64_t>(entries.size());  // each entry may end in a chunk that is not full
  if (measures) most = std::clamp<std::int64_t>(static_cast<std::int64_t>(site.workspace_bytes / sizeof(UpdateSizes)) - others, 1, blocks);
  return std::max<std::int64_t>(quotient_up(quotient_up(total, most), grain), 1) * grain;
}

/// Up to UpdateTable::most parameters.
template <UpdateRule rule, class T>
Status launch_update_table(const Site& site, std::span<const UpdateEntry<T>> entries, UpdateControl control, double* sizes) {
  UpdateTable<T> table{};
  table.chunk_length = chunk_length_for(site, entries, sizes != nullptr);
  for (const UpdateEntry<T>& from : entries) {
    UpdateEntry<T>& entry = table.entry[table.count++] = from;
    entry.first_chunk = table.chunks;
    entry.packets = aligned_for_packets(entry.parameter, entry.gradient, entry.state[0], entry.state[1]);
    table.chunks += quotient_up(entry.count, table.chunk_length);
  }
  control.sizes_of_chunk = sizes ? static_cast<double*>(site.workspace) : nullptr;
  Status status = success;
  if (table.chunks > 0)
    status = launch(update<T, rule>, dim3(blocks_for(site, table.chunks, 1)), dim3(block_threads), 0, site.stream, table, control);
  if (status != success || !sizes) return status;
  return launch(sum_update_sizes<T>, dim3(static_cast<unsigned>(table.count)), dim3(block_threads), 0, site.stream, table, control, sizes);
}

/// One step for these parameters, all by one rule. `sizes`, when present, is [parameters of the step, 2].
template <class T>
Status launch_update(const Site& site, UpdateRule rule, std::span<const UpdateEntry<T>> entries, const UpdateControl& control,
                     double* sizes) {
  for (std::size_t from = 0; from < entries.size(); from += UpdateTable<T>::most) {
    const auto some = entries.subspan(from, std::min<std::size_t>(UpdateTable<T>::most, entries.size() - from));
    const auto with = [&]<UpdateRule which>() { return launch_update_table<which, T>(site, some, control, sizes); };
    const Status status = rule == UpdateRule::sgd    ? with.template operator()<UpdateRule::sgd>()
                          : rule == UpdateRule::adam ? with.template operator()<UpdateRule::adam>()
                                                     : with.template operator()<UpdateRule::rmsprop>();
    if (status != success) return status;
  }
  return success;
}

}  // namespace seegrad::kernels
