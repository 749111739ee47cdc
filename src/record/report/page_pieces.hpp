// The page without its data: page/report.html with its style and script in place, cut at @DATA@. cmake/EmbedPage.cmake writes the source
// that defines these, in pieces that every compiler takes as literals.
#pragma once
#include <span>
#include <string_view>

namespace seegrad::records::report {

std::span<const std::string_view> page_before_data();
std::span<const std::string_view> page_after_data();

}  // namespace seegrad::records::report
