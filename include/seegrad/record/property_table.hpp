// The nine properties that one wants of an activation, judged from its card: a mark, and the number behind it.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "seegrad/record/property_card.hpp"

namespace seegrad::records {

enum class Mark : std::uint8_t { yes, partly, no, unknown };

/// A tick, a tilde or a cross as the reader's terminal can show it, in colour if it can.
std::string sign_of(Mark mark, TextStyle style);

struct Verdict {
  Mark mark = Mark::unknown;
  std::string number;
};

/// One of the nine: its name, what is measured, and from where on a mark is given. All thresholds stand here and nowhere else.
struct Property {
  std::string_view name, heading, measure, yes, partly, why;
  Verdict (*judge)(const PropertyCard&);
};

/// In the order of the source text: nonlinear, differentiable, stable gradients, cheap, monotone, controlled range, few parameters,
/// zero-centred, sparse.
std::span<const Property, 9> nine_properties();

/// Activations down, properties across; under the table, the thresholds.
std::string table_text(std::span<const PropertyCard> cards, TextStyle style);
std::string table_markdown(std::span<const PropertyCard> cards);
/// Columns: name, then PROPERTY and PROPERTY_number for each.
std::string table_csv(std::span<const PropertyCard> cards);
/// What a mark asks for, one line a property, as Markdown.
std::string thresholds_markdown();

}  // namespace seegrad::records
