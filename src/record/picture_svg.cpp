// A canvas as SVG: plain elements with presentation attributes, text as text, nothing that needs a style sheet or a script.
#include <fmt/format.h>

#include <cmath>

#include "seegrad/record/picture.hpp"
#include "utf8.hpp"

namespace seegrad::records {
namespace {

/// With at most two digits after the point: a hundredth of a pixel is not seen.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string hex(Colour c) { return fmt::format("#{:02x}{:02x}{:02x}", c.red, c.green, c.blue); }

/// Text as XML: the five characters with a meaning escaped, those that XML forbids and broken UTF-8 as U+FFFD.
std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const char32_t c = next_character(text);
    switch (c) {
      case U'&': result += "&amp;"; break;
      case U'<': result += "&lt;"; break;
      case U'>': result += "&gt;"; break;
      case U'"': result += "&quot;"; break;
      case U'\'': result += "&#39;"; break;
      default: {
        const bool allowed = c >= 0x20 ? (c < 0x7f || c > 0x9f) && c != 0xfffe && c != 0xffff : c == U'\t' || c == U'\n';
        append_utf8(result, allowed ? c : U'\ufffd');
      }
    }
  }
  return result;
}

/// "M x,y x,y ...": further pairs after M are lines.
std::string path_of(const std::vector<Point>& points) {
  std::string d = "M";
  for (const Point& p : points) d += (d.size() > 1 ? " " : "") + number(p.x) + "," + number(p.y);
  return d;
}

struct Writer {
  std::string& out;

  void operator()(const Canvas::Polygon& p) const {
    out += fmt::format(R"(<path d="{}Z" fill="{}"{}/>)", path_of(p.corners), hex(p.look.colour), opacity(p.look, "fill"));
  }
  void operator()(const Canvas::Line& l) const {
    // A point has no length; a line to itself with round ends is a dot in every viewer.
    const std::string d = path_of(l.points) + (l.points.size() == 1 ? " " + path_of(l.points).substr(1) : "");
    out += fmt::format(R"(<path d="{}" fill="none"{} stroke-linecap="round" stroke-linejoin="round"/>)", d, stroke(l.look));
  }
  void operator()(const Canvas::Circle& c) const {
    out += fmt::format(R"(<circle cx="{}" cy="{}" r="{}")", number(c.centre.x), number(c.centre.y), number(c.radius));
    if (c.inside)
      out += fmt::format(R"( fill="{}"{}/>)", hex(*c.inside), stroke(c.look));
    else
      out += fmt::format(R"( fill="{}"{}/>)", hex(c.look.colour), opacity(c.look, "fill"));
  }
  void operator()(const Canvas::Text& t) const {
    static constexpr const char* anchors[] = {"", R"( text-anchor="middle")", R"( text-anchor="end")"};
    const Lettering& l = t.lettering;
    const std::string x = number(t.baseline.x), y = number(t.baseline.y);
    out += fmt::format(R"(<text x="{}" y="{}" font-size="{}" fill="{}"{}{}{}>{}</text>)", x, y, number(l.size), hex(l.colour),
                       anchors[static_cast<int>(l.anchor)], l.bold ? R"( font-weight="600")" : "",
                       l.upwards ? fmt::format(" transform=\"rotate(-90 {} {})\"", x, y) : "", escaped(t.text));
  }

 private:
  static std::string opacity(const Look& look, const char* of) {
    return look.opacity < 1 ? fmt::format(R"( {}-opacity="{}")", of, number(look.opacity)) : "";
  }
  static std::string stroke(const Look& look) {
    std::string text = fmt::format(R"( stroke="{}" stroke-width="{}"{})", hex(look.colour), number(look.width), opacity(look, "stroke"));
    std::string lengths;
    for (const double length : look.dash) lengths += (lengths.empty() ? "" : ",") + number(length);
    return lengths.empty() ? text : text + fmt::format(R"( stroke-dasharray="{}")", lengths);
  }
};

}  // namespace

std::string Canvas::svg() const {
  const std::string w = number(width_), h = number(height_);
  std::string out = fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
                                R"(font-family="Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif">)"
                                "\n",
                                w, h);
  if (!title_.empty()) out += "<title>" + escaped(title_) + "</title>\n";
  if (!description_.empty()) out += "<desc>" + escaped(description_) + "</desc>\n";
  out += fmt::format(R"(<rect width="{}" height="{}" fill="{}"/>)", w, h, hex(white)) + "\n";
  for (const Item& item : items_) {
    std::visit(Writer{out}, item);
    out += '\n';
  }
  return out + "</svg>\n";
}

}  // namespace seegrad::records
