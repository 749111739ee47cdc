#include "support/xml.hpp"

#include <cctype>
#include <set>
#include <stdexcept>
#include <vector>

#include "record/utf8.hpp"

namespace seegrad::test {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void read() {
    check_characters();
    element();
    while (at_ < text_.size() && text_[at_] == '\n') ++at_;
    if (at_ != text_.size()) fail("something after the root");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(what + " at byte " + std::to_string(at_)); }

  void check_characters() const {
    std::string_view rest = text_;
    std::string back;
    while (!rest.empty()) {
      const char32_t c = records::next_character(rest);
      if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xfffe || c == 0xffff) fail("a forbidden character");
      records::append_utf8(back, c);
    }
    if (back != text_) fail("invalid UTF-8");
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void expect(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) fail("expected " + std::string(token));
    at_ += token.size();
  }
  std::string name() {
    const std::size_t start = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '-') ++at_;
    if (at_ == start || !std::isalpha(static_cast<unsigned char>(text_[start]))) fail("expected a name");
    return std::string(text_.substr(start, at_ - start));
  }
  void characters(char end) {
    for (; at_ < text_.size() && peek() != end; ++at_) {
      if (peek() == '<') fail("a stray <");
      if (peek() != '&') continue;
      bool known = false;
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
        known = known || text_.substr(at_, entity.size()) == entity;
      if (!known) fail("an unknown entity");
    }
    if (at_ == text_.size()) fail("an early end");
  }
  void element() {
    expect("<");
    const std::string tag = name();
    std::set<std::string> attributes;
    while (peek() == ' ') {
      ++at_;
      if (!attributes.insert(name()).second) fail("an attribute twice");
      expect("=\"");
      characters('"');
      expect("\"");
    }
    if (peek() == '/') return expect("/>");
    expect(">");
    while (true) {
      characters('<');
      if (text_.substr(at_, 2) == "</") break;
      element();
    }
    expect("</" + tag + ">");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string xml_fault(std::string_view document) {
  try {
    Reader(document).read();
    return "";
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
}

}  // namespace seegrad::test
