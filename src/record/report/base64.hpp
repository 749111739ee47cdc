// Bytes as text: how a page carries its pictures inside.
#pragma once
#include <string>
#include <string_view>

namespace seegrad::records::report {

/// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace seegrad::records::report
