// What the page is given: one JSON object.
#pragma once
#include <span>
#include <string>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// Numbers with four significant digits, those that are not finite null; whole numbers in full. Texts that are no UTF-8 have U+FFFD in the
/// place of what is wrong. Safe inside a script element: there is no '<' in it.
std::string page_json(std::span<const Run> runs);

}  // namespace seegrad::records::report
