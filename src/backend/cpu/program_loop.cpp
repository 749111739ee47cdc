#include "backend/cpu/program_loop.hpp"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace seegrad::cpu {
namespace {

/// What a thread keeps from call to call: programs run on the blocks of matrix products, thousands of times a second.
template <class T>
struct Workspace {
  std::uint64_t program = 0;  // what it is prepared for: Program::id(), derivative, instruction set
  Derivative derivative;
  const void* kernels = nullptr;
  int slots = 0;
  std::vector<Register<T>> registers;
  std::vector<unsigned char> moves;
  std::vector<int> last_use, slot, free_slots;
  std::vector<T> memory;
};

/// A program prepared for one derivative: which results move, and where each finds room. Results whose last reader has run
/// leave their room to later ones.
template <class T>
class Runner {
 public:
  Runner(const ProgramKernels<T>& kernels, const Program& program, Derivative derivative)
      : kernels_(kernels),
        code_(program.instructions()),
        derivative_(derivative),
        order_(derivative.order()),
        parts_(std::size_t{1} << order_) {
    if (workspace.program == program.id() && workspace.derivative == derivative && workspace.kernels == &kernels) return;
    workspace.program = 0;  // until all is done: memory may run out
    find_moving();
    assign_slots();
    lay_out_memory();
    workspace.program = program.id(), workspace.derivative = derivative, workspace.kernels = &kernels;
  }

  /// Whole vectors only: `count` elements, a multiple of the lanes.
  void run(const ElementwiseCall<T>& call) {
    for (std::size_t from = 0; from < call.count; from += block) {
      const std::size_t count = std::min(block, call.count - from);
      read_arguments(call, from);
      for (std::size_t i = 0; i < code_.size(); ++i) compute(i, count);
      const Register<T>& result = workspace.registers.back();
      const std::size_t wanted = parts_ - 1;  // the part that belongs to all directions at once
      const bool known = order_ == 0 || workspace.moves.back();
      const T* scale = call.scale ? call.scale + from : single(1);
      kernels_.finish(call.x + from, known ? result.part[wanted] : single(0), known ? result.step[wanted] : 0, scale, call.scale ? 1 : 0,
                      call.y + from, count, call.stream);
    }
    if (call.stream) std::atomic_thread_fence(std::memory_order_seq_cst);  // what went around the cache is there for other threads
  }

 private:
  static constexpr std::size_t block = 2048 / sizeof(T);

  bool seeded(int argument) const { return argument == derivative_.first || argument == derivative_.second; }

  void find_moving() {
    auto& moves = workspace.moves;
    moves.assign(code_.size(), 0);
    const auto at = [&](int i) { return i >= 0 && moves[std::size_t(i)]; };
    for (std::size_t i = 0; i < code_.size() && order_ > 0; ++i) {
      const Instruction& step = code_[i];
      if (step.word == Word::x)
        moves[i] = seeded(0);
      else if (step.word == Word::parameter)
        moves[i] = seeded(step.parameter + 1);
      else if (step.word == Word::select)
        moves[i] = at(step.b) || at(step.c);
      else
        moves[i] = !info(step.word).condition && (at(step.a) || at(step.b));
    }
  }

  void assign_slots() {
    auto& last_use = workspace.last_use;
    last_use.assign(code_.size(), -1);
    for (std::size_t i = 0; i < code_.size(); ++i)
      for (const int from : {code_[i].a, code_[i].b, code_[i].c})
        if (from >= 0) last_use[std::size_t(from)] = int(i);
    workspace.slot.assign(code_.size(), -1);
    workspace.free_slots.clear();
    workspace.slots = 0;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (info(code_[i].word).arguments == 0) continue;
      release(i);  // first: a loop reads an element's arguments before it writes the result, which may take their place
      if (workspace.free_slots.empty()) workspace.free_slots.push_back(workspace.slots++);
      workspace.slot[i] = workspace.free_slots.back();
      workspace.free_slots.pop_back();
    }
  }
  void release(std::size_t i) {
    const Instruction& step = code_[i];
    for (const int from : {step.a, step.b, step.c}) {
      if (from < 0 || workspace.last_use[std::size_t(from)] != int(i) || workspace.slot[std::size_t(from)] < 0) continue;
      workspace.free_slots.push_back(workspace.slot[std::size_t(from)]);
      workspace.last_use[std::size_t(from)] = -1;  // named twice (x*x), released once
    }
  }

  // One vector each of ones, zeros and every instruction's constant; then the slots.
  T* single(std::size_t i) { return workspace.memory.data() + i * kernels_.lanes; }
  T* constant(std::size_t i) { return single(2 + i); }
  T* room(std::size_t i, std::size_t part) { return constant(code_.size()) + (std::size_t(workspace.slot[i]) * parts_ + part) * block; }

  void lay_out_memory() {
    const std::size_t n = kernels_.lanes;
    workspace.memory.resize((2 + code_.size()) * n + std::size_t(workspace.slots) * parts_ * block);
    std::fill_n(single(0), n, T(0));
    std::fill_n(single(1), n, T(1));
    workspace.registers.assign(code_.size(), {});
    for (std::size_t i = 0; i < code_.size(); ++i) {
      Register<T>& r = workspace.registers[i];
      if (workspace.slot[i] >= 0) {
        for (std::size_t part = 0; part < parts_; ++part) r.part[part] = room(i, part), r.step[part] = 1;
        continue;
      }
      std::fill_n(constant(i), n, T(code_[i].constant));
      const int argument = code_[i].word == Word::x ? 0 : code_[i].parameter + 1;
      const auto seed = [&](int direction) { return single(workspace.moves[i] && direction == argument); };
      r.part[0] = constant(i), r.part[1] = seed(derivative_.first), r.part[2] = seed(derivative_.second), r.part[3] = single(0);
    }
  }

  /// Points x and the parameters at this block's values.
  void read_arguments(const ElementwiseCall<T>& call, std::size_t from) {
    for (std::size_t i = 0; i < code_.size(); ++i) {
      Register<T>& r = workspace.registers[i];
      const bool is_parameter = code_[i].word == Word::parameter;
      const T* values = is_parameter ? call.parameters[code_[i].parameter] : call.x;
      if (code_[i].word == Word::x || (is_parameter && call.parameters_per_element)) {
        r.part[0] = values + from, r.step[0] = 1;
      } else if (is_parameter && from == 0) {
        std::fill_n(constant(i), kernels_.lanes, *values);
        r.part[0] = constant(i), r.step[0] = 0;
      }
    }
  }

  void compute(std::size_t i, std::size_t count) {
    const Instruction& step = code_[i];
    if (workspace.slot[i] < 0) return;
    const auto at = [&](int index) { return index >= 0 ? &workspace.registers[std::size_t(index)] : &workspace.registers[i]; };
    const auto moving = [&](int index) { return index >= 0 && workspace.moves[std::size_t(index)] ? 1 : 0; };
    const bool selects = step.word == Word::select;
    const int mask = info(step.word).condition ? 0 : moving(selects ? step.b : step.a) | moving(selects ? step.c : step.b) << 1;
    Step<T> work{at(step.a), at(step.b), at(step.c), {}, count};
    for (std::size_t part = 0; part < parts_; ++part) work.result[part] = room(i, part);
    kernels_.step(step.word, mask ? order_ : 0, mask)(work);
  }

  const ProgramKernels<T>& kernels_;
  std::span<const Instruction> code_;
  Derivative derivative_;
  int order_;
  std::size_t parts_;
  static thread_local Workspace<T> workspace;
};

template <class T>
thread_local Workspace<T> Runner<T>::workspace;

constexpr std::size_t most_lanes = 16, most_parameters = 16;

/// The elements that fill no vector, in a padded one.
template <class T>
void run_rest(Runner<T>& runner, std::size_t lanes, int parameter_count, const ElementwiseCall<T>& call, std::size_t done) {
  T x[most_lanes], scale[most_lanes], y[most_lanes], values[most_parameters][most_lanes];
  const T* parameters[most_parameters] = {};
  const std::size_t rest = call.count - done;
  for (int p = 0; p < parameter_count; ++p) parameters[p] = call.parameters_per_element ? values[p] : call.parameters[p];
  for (std::size_t i = 0; i < lanes; ++i) {
    const std::size_t from = done + (i < rest ? i : 0);
    x[i] = call.x[from];
    scale[i] = call.scale ? call.scale[from] : T(1);
    for (int p = 0; p < parameter_count && call.parameters_per_element; ++p) values[p][i] = call.parameters[p][from];
  }
  runner.run({x, scale, y, lanes, parameters, call.parameters_per_element});
  std::copy_n(y, rest, call.y + done);
}

}  // namespace

template <class T>
void run_program(InstructionSet set, const Program& program, int parameter_count, Derivative derivative, const ElementwiseCall<T>& call) {
  // As visit_derivative() does: one order of directions for both, so that roundings and limits are the same.
  if (derivative.second != Derivative::none && derivative.second < derivative.first) std::swap(derivative.first, derivative.second);
  const ProgramKernels<T>& kernels = program_kernels<T>(set);
  Runner<T> runner(kernels, program, derivative);
  ElementwiseCall<T> whole = call;
  whole.count = call.count / kernels.lanes * kernels.lanes;
  runner.run(whole);
  if (whole.count < call.count) run_rest(runner, kernels.lanes, parameter_count, call, whole.count);
}

template void run_program<float>(InstructionSet, const Program&, int, Derivative, const ElementwiseCall<float>&);
template void run_program<double>(InstructionSet, const Program&, int, Derivative, const ElementwiseCall<double>&);

}  // namespace seegrad::cpu
