// What goes wrong, in one clear line: which flag, file, byte or layer; what was expected; what to do.
#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seegrad {

/// A failure at run time (a broken file, a full disk, shapes that do not fit). Programs exit with code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A request that cannot be meant so (an unknown name, a value out of its range). Programs exit with code 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The candidate with the fewest edits from `word` (insert, delete, replace, swap neighbours), or an empty string when
/// even the nearest needs more than a third of the longer word's letters, rounded up.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// " (did you mean 'relu'?)", or an empty string when nothing is near.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

}  // namespace seegrad
