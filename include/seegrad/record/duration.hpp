// How long something took or will take, for people.
#pragma once
#include <string>

namespace seegrad::records {

/// "12 s", "3 min 05 s", "2 h 07 min"
std::string duration(double seconds);

}  // namespace seegrad::records
