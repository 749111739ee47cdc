// The JSON library, which is slow to compile, for the few sources that write objects with it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace seegrad::records {

using Json = nlohmann::ordered_json;

/// Indented, with a line break at the end. NaN and Inf become null, bytes that are no UTF-8 the replacement character.
inline std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace seegrad::records
