#include "seegrad/activation/name_list.hpp"

namespace seegrad {

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names{""};
  int open = 0;
  for (const char c : list) {
    open += (c == '(') - (c == ')');
    if (c == ',' && open <= 0)
      names.emplace_back();
    else
      names.back() += c;
  }
  return names;
}

}  // namespace seegrad
