#include "seegrad/train/program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <new>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

/// One line; more only where they are meant: the place in a formula is shown by indented lines.
int report(const Example& example, std::string message, int code) {
  for (std::size_t at = message.find('\n'); at != std::string::npos; at = message.find('\n', at + 1))
    if (message.compare(at, 3, "\n  ") != 0) message[at] = ' ';
  fmt::print(stderr, "{}: {}\n", example.name, message);
  return code;
}

int run(const Example& example, const std::string& what_to_shrink, const std::function<int()>& program) {
  try {
    const int code = program();
    if (std::fflush(stdout) != 0) throw Error("standard output cannot be written");
    return code;
  } catch (const UsageError& error) {
    return report(example, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return report(example, "there is not enough memory" + what_to_shrink, 1);
  } catch (const std::exception& error) {
    return report(example, error.what(), 1);
  }
}

}  // namespace

int guarded_main(const Example& example, const std::function<int()>& program) { return run(example, "", program); }

int guarded_main(int argc, const char* const* argv, const Example& example, const std::function<int(const TrainOptions&)>& lesson,
                 const TrainOptions& defaults) {
  return run(example, "; try a smaller --batch, --width or --depth", [&] {
    const std::optional<TrainOptions> options = parse_flags(argc, argv, example, defaults);
    return options ? lesson(*options) : 0;
  });
}

}  // namespace seegrad::train
