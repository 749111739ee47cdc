// A strict reading of XML as far as our SVG uses it: enough to know that a viewer will not refuse the file.
#pragma once
#include <string>
#include <string_view>

namespace seegrad::test {

/// What is wrong with the document, with its place; empty when it is well-formed: one root, tags that nest, quoted attributes that do
/// not repeat, known entities, no character that XML forbids, valid UTF-8.
std::string xml_fault(std::string_view document);

}  // namespace seegrad::test
