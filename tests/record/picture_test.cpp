#include "seegrad/record/picture.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "data/temporary_folder.hpp"
#include "record/stroke_font.hpp"
#include "record/utf8.hpp"
#include "seegrad/math/error.hpp"
#include "support/png.hpp"
#include "support/xml.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::message_of;
namespace fs = std::filesystem;

namespace {

constexpr Colour black{0, 0, 0};

/// One of everything.
Canvas all_kinds(const std::string& text) {
  Canvas canvas(120, 80, text, text);
  canvas.polygon({{10, 10}, {50, 12}, {30, 60}}, {.colour = palette[1], .opacity = 0.5});
  canvas.line({{0, 0}, {120, 80}, {60, 80}}, {.colour = palette[2], .width = 3, .dash = {4, 2, 1}});
  canvas.line({{20, 20}}, {.width = 5});
  canvas.circle({90, 20}, 8, {.colour = palette[3]});
  canvas.circle({90, 50}, 8, {.width = 2}, white);
  canvas.text({60, 40}, text, {.size = 11, .anchor = Anchor::middle, .bold = true});
  canvas.text({110, 70}, text, {.size = 9, .anchor = Anchor::end, .upwards = true});
  return canvas;
}

std::size_t files_in(const fs::path& folder) { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {})); }

const std::vector<std::string> hostile = {"<script>alert('x')</script>",
                                          "a & b \"c\" ]]>",
                                          "&amp;amp;",
                                          std::string("\0\x01\x1b[31m", 7),
                                          "\xff\xfe broken \xc3 utf-8 \xe2\x82",
                                          "\xed\xa0\x80",
                                          "\xf4\x90\x80\x80",
                                          "\xef\xbf\xbe\xc2\x85",
                                          "名前 🙂",
                                          std::string(100000, '<')};

}  // namespace

TEST_CASE("a pixel that is half covered is half as dark", "[record][picture]") {
  Canvas canvas(4, 3);
  canvas.rectangle({1, 0, 2.5, 3}, {.colour = black});
  canvas.rectangle({3, 1, 4, 2}, {.colour = black, .opacity = 0.2});
  const test::Image image = test::decoded_png(canvas.png(1));
  CHECK(image.at(0, 0) == std::array{255, 255, 255});
  CHECK(image.at(1, 1) == std::array{0, 0, 0});
  CHECK(image.at(2, 1) == std::array{128, 128, 128});
  CHECK(image.at(3, 1) == std::array{204, 204, 204});
  const test::Image twice = test::decoded_png(canvas.png(2));
  CHECK(twice.at(4, 1) == std::array{0, 0, 0});
  CHECK(twice.at(5, 1) == std::array{255, 255, 255});
}

TEST_CASE("a PNG has the canvas's size in pixels, three channels and the same bytes every time", "[record][picture]") {
  const Canvas canvas = all_kinds("size");
  for (const double scale : {0.5, 1.0, 2.0, 3.3}) {
    const test::Image image = test::decoded_png(canvas.png(scale));
    CHECK(image.width == int(std::lround(120 * scale)));
    CHECK(image.height == int(std::lround(80 * scale)));
    CHECK(image.channels == 3);
  }
  CHECK(canvas.png() == canvas.png());
  CHECK(message_of<Error>([&] { (void)canvas.png(1e4); }) == "picture: a PNG of 1200000 x 800000 pixels cannot be made");
}

TEST_CASE("the check of XML finds what is wrong", "[record][picture]") {
  CHECK(test::xml_fault("<a b=\"1\"><c/>x &lt; y</a>\n").empty());
  for (const char* bad : {"", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "<a b=\"<\"/>", "<a>&</a>", "<a>&nbsp;</a>", "<a b=\"1\" b=\"2\"/>",
                          "<a>\x01</a>", "<a>\xff</a>", "text"})
    CHECK(test::xml_fault(bad) != "");
}

TEST_CASE("an SVG is well-formed and shows hostile text as text", "[record][picture]") {
  CHECK(test::xml_fault(all_kinds("plain").svg()).empty());
  for (const std::string& text : hostile) {
    const std::string svg = all_kinds(text).svg();
    CHECK(test::xml_fault(svg).empty());
    CHECK(svg.find("<script") == std::string::npos);
    CHECK_NOTHROW(test::decoded_png(all_kinds(text.substr(0, 1000)).png(1)));
  }
  CHECK(all_kinds("a<b & 'c'").svg().find(">a&lt;b &amp; &#39;c&#39;</text>") != std::string::npos);
}

TEST_CASE("an SVG says its title and description", "[record][picture]") {
  const std::string svg = Canvas(10, 10, "loss", "falls").svg();
  CHECK(svg.find("<title>loss</title>") != std::string::npos);
  CHECK(svg.find("<desc>falls</desc>") != std::string::npos);
  CHECK(svg.find("role=\"img\"") != std::string::npos);
}

TEST_CASE("what cannot be drawn is refused by name", "[record][picture]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  Canvas canvas(10, 10);
  CHECK(message_of<Error>([&] {
          canvas.line({{0, 0}, {1, nan}}, {});
        }) == "picture: the point (1, nan) cannot be drawn; leave such points out");
  CHECK_THROWS_AS(canvas.polygon({{0, 0}, {1, inf}, {2, 2}}, {}), Error);
  CHECK_THROWS_AS(canvas.circle({0, 0}, nan, {}), Error);
  CHECK_THROWS_AS(canvas.text({-inf, 0}, "x", {}), Error);
  CHECK_THROWS_AS(canvas.line({{0, 0}, {1e9, 0}}, {}), Error);
  CHECK_THROWS_AS(canvas.line({{0, 0}, {1, 1}}, {.dash = {-1, 2}}), Error);
  CHECK_THROWS_AS(canvas.line({{0, 0}, {1, 1}}, {.opacity = nan}), Error);
  for (const double side : {0.0, -5.0, nan, inf, 1e9}) CHECK_THROWS_AS(Canvas(side, 10), Error);
  CHECK(canvas.items().empty());
}

TEST_CASE("panels stand side by side with what is on them", "[record][picture]") {
  Canvas left(10, 8, "left"), right(6, 12, "right");
  left.rectangle({0, 0, 10, 8}, {.colour = black});
  right.rectangle({5, 11, 6, 12}, {.colour = black});
  const Canvas both = side_by_side(std::vector{left, right}, 4);
  CHECK(both.title() == "left; right");
  const test::Image image = test::decoded_png(both.png(1));
  CHECK((image.width == 20 && image.height == 12));
  CHECK(image.at(9, 7) == std::array{0, 0, 0});
  CHECK(image.at(10, 7) == std::array{255, 255, 255});
  CHECK(image.at(19, 11) == std::array{0, 0, 0});
  CHECK(image.at(18, 11) == std::array{255, 255, 255});
}

TEST_CASE("dashes leave their gaps open", "[record][picture]") {
  Canvas canvas(40, 3);
  canvas.line({{1, 1.5}, {39, 1.5}}, {.colour = black, .width = 1, .dash = {6, 6}});
  const test::Image image = test::decoded_png(canvas.png(1));
  for (const int dark : {2, 5, 15, 28}) CHECK(image.at(dark, 1)[0] == 0);
  for (const int light : {9, 10, 22, 34}) CHECK(image.at(light, 1)[0] == 255);
}

TEST_CASE("a picture is written whole or not at all", "[record][picture]") {
  const test::TemporaryFolder folder;
  const Canvas canvas = all_kinds("file");
  write_picture(canvas, folder / "a.svg");
  write_picture(canvas, folder / "a.PNG");
  const auto svg = test::read_bytes(folder / "a.svg"), png = test::read_bytes(folder / "a.PNG");
  CHECK(std::string(svg.begin(), svg.end()) == canvas.svg());
  CHECK(std::string(png.begin(), png.end()) == canvas.png());
  CHECK(files_in(folder.path()) == 2);

  for (const char* ending : {".svg", ".png"}) {
    const fs::path missing = folder / "missing" / ("a" + std::string(ending)), below_file = folder / "a.svg" / ("b" + std::string(ending));
    CHECK(message_of<Error>([&] { write_picture(canvas, missing); }) ==
          missing.string() + ": cannot be written: No such file or directory");
    CHECK(message_of<Error>([&] { write_picture(canvas, below_file); }) == below_file.string() + ": cannot be written: Not a directory");
    const fs::path taken = folder / ("taken" + std::string(ending));
    fs::create_directory(taken);
    CHECK(message_of<Error>([&] { write_picture(canvas, taken); }) == taken.string() + ": cannot be written: Is a directory");
    CHECK(message_of<Error>([&] { write_picture(canvas, std::string("/dev/full/a") + ending); }).find("cannot be written") !=
          std::string::npos);
  }
  CHECK(files_in(folder.path()) == 4);
  const std::string jpg = (folder / "a.jpg").string();
  CHECK(message_of<UsageError>([&] { write_picture(canvas, jpg); }) == jpg + ": a picture's file name ends in .svg or .png");
}

TEST_CASE("every letter of the stroke font is drawn inside its line", "[record][picture]") {
  std::u32string letters = U"°±·×÷ΔΣΦαβγδελμπσφω–—…′″∂−√∞∫≈≠≤≥⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˣ";
  for (char32_t c = U' '; c <= U'~'; ++c) letters += c;
  for (const char32_t c : letters) {
    std::string text;
    append_utf8(text, c);
    INFO(text);
    CHECK(has_glyph(c));
    const Strokes strokes = strokes_of(text, false);
    CHECK((c == U' ') == strokes.lines.empty());
    for (const auto& line : strokes.lines) {
      CHECK(line.size() >= 2);
      for (const Point& p : line) CHECK((p.x >= 0.05 && p.x <= strokes.advance - 0.05 && p.y >= -0.85 && p.y <= 0.25));
    }
  }
  CHECK(!has_glyph(U'名'));
  CHECK(!strokes_of("名", false).lines.empty());
}

TEST_CASE("text that is fitted is no wider than its place", "[record][picture]") {
  const Lettering letters{.size = 13};
  for (const std::string text : {"short", "a somewhat longer line of text", "名前名前名前名前名前名前名前"}) {
    for (const double width : {20.0, 60.0, 150.0, 400.0}) CHECK(text_width(fitted_text(text, letters, width), letters) <= width);
    CHECK(fitted_text(text, letters, 1000) == text);
  }
  CHECK(fitted_text(std::string(10'000'000, 'x'), letters, 300).size() < 100);
  CHECK(fitted_text("abc", letters, 0) == "…");
}
